// What a plan says of values that several of its secrets have: the same one, or one inside another.
import { passwordsWithin } from '../compose/connection-password.js'
import { isTellingValue } from '../compose/secret-names.js'
import { findUrlPassword, percentDecoded } from '../compose/url-password.js'
import { TextIndex } from '../support/text-index.js'
import type { Move } from './plan-moves.js'

/** Secrets that a rotation of another one does not reach. */
export const valueNotes = (moves: readonly Move[]): readonly string[] => [...equalNotes(moves), ...holdingNotes(moves)]

/** Secrets with one value that were kept apart. */
function equalNotes(moves: readonly Move[]): readonly string[] {
  const names = new Map<string, Set<string>>()
  for (const { candidate, name } of moves)
    names.set(candidate.secret, (names.get(candidate.secret) ?? new Set()).add(name))
  return [...names.values()].flatMap((equal) =>
    equal.size === 1
      ? []
      : [
          `${[...equal].sort().join(', ')}: have the same value now, and are secrets of their own, since nothing says that they are one account's. Where they are, change them together.`,
        ],
  )
}

/** Secrets that hold another one's value, as a connection string does. */
function holdingNotes(moves: readonly Move[]): readonly string[] {
  const named = new Map(moves.map(({ candidate, name }) => [candidate.secret, name]))
  const known = new TextIndex([...named].filter(([secret]) => isTellingValue(secret)))
  return [...named].flatMap(([secret, name]) => {
    const passwords = [findUrlPassword(secret)?.password ?? '', ...passwordsWithin(secret).map(percentDecoded)]
    const inside = [...known.within(percentDecoded(secret)), ...passwords.flatMap((each) => named.get(each) ?? [])]
    const held = [...new Set(inside)].filter((other) => other !== name)
    return held.length === 0
      ? []
      : [
          `${name}: holds the value of ${held.join(', ')}, too. A rotation of one does not reach the other: change both together.`,
        ]
  })
}
