// What a plan says of values that several of its secrets have: the same one, or one inside another.
import { passwordsWithin } from '../compose/connection-password.js'
import { isTellingValue } from '../compose/secret-names.js'
import { findUrlPassword, percentDecoded } from '../compose/url-password.js'
import { TextIndex } from '../support/text-index.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { variableParts, writtenText } from './unsettled.js'

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
          `${[...equal].sort().join(', ')}: have the same value now, and are secrets of their own. Where they are one account's, change them together.`,
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

/** Values of which variables are a part: Compose put them together anew at each start, the secret holds one of them. */
export function composedNotes({ project }: Pick<Gathered, 'project'>, moves: readonly Move[]): readonly string[] {
  const lone: { readonly id: string; readonly name: string }[] = []
  const notes = moves.flatMap(({ candidate }) => {
    const { id, value, source } = candidate
    const [name, ...more] = source === value ? variableParts(candidate, project) : []
    if (name === undefined) return []
    const names = [name, ...more]
    if (more.length === 0 && /^\$\{[^{}]*\}$/.test(writtenText(project, value))) {
      lone.push({ id, name })
      return []
    }
    return [
      `${id}: put together with ${names.join(', ')}. The secret holds the whole value as it is now: another ${names.length === 1 ? 'value' : 'value of one of them'} at a later start no longer reaches it, rotate the secret instead.`,
    ]
  })
  if (lone.length === 0) return notes
  const list = (some: readonly string[]) => [...new Set(some)].join(', ')
  const ids = list(lone.map(({ id }) => id))
  const them = lone.length === 1 ? 'it' : 'them'
  return [
    `${ids}: ${list(lone.map(({ name }) => name))} of the shell no longer reaches ${them}, also where another machine or a pipeline sets it: the secret holds the default. Rotate the secret there instead.`,
    ...notes,
  ]
}
