// What a plan says of values that several of its secrets have: the same one, or one inside another.
import { passwordsWithin } from '../compose/connection-password.js'
import { isTellingValue } from '../compose/secret-names.js'
import { findUrlPassword, percentDecoded } from '../compose/url-password.js'
import { shellWord } from '../support/shell-word.js'
import { TextIndex } from '../support/text-index.js'
import { holds, storedText } from './already-stored.js'
import { secretName } from './names.js'
import type { Gathered } from './plan.js'
import { type Move, readersOf } from './plan-moves.js'
import { storeName } from './print-plan.js'
import { octal } from './secrets-folder.js'
import { nameKey } from './shared-secrets.js'

/** Secrets that a rotation of another one does not reach. */
export const valueNotes = (moves: readonly Move[]): readonly string[] => [...equalNotes(moves), ...holdingNotes(moves)]

/** Secrets with one value that were kept apart. */
function equalNotes(moves: readonly Move[]): readonly string[] {
  const names = new Map<string, Set<string>>()
  for (const { candidate, name } of moves)
    if (candidate.companion !== true) names.set(candidate.secret, (names.get(candidate.secret) ?? new Set()).add(name))
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
  const owners = new Map<string, Move[]>()
  for (const move of moves) owners.set(move.candidate.secret, [...(owners.get(move.candidate.secret) ?? []), move])
  const known = new TextIndex([...owners.keys()].filter(isTellingValue).map((secret) => [secret, secret]))
  return [...owners].flatMap(([secret, own]) => {
    const passwords = [findUrlPassword(secret)?.password ?? '', ...passwordsWithin(secret).map(percentDecoded)]
    const whole = percentDecoded(secret)
    const within = known.within(whole).filter((each) => standsAlone(whole, each))
    const inside = new Set([...within, ...passwords].filter((each) => each !== secret))
    const held = [...inside].flatMap((each) => accountsIn(secret, each, owners.get(each) ?? []))
    const names = [...new Set(held.map(({ name }) => name))]
    return names.length === 0
      ? []
      : [...new Set(own.map(({ name }) => name))].map(
          (name) =>
            `${name}: holds the value of ${names.join(', ')}, too${wholeWhy(own.filter((move) => move.name === name))}. Whoever gives one a new value later (secretscan rotate) changes both.`,
        )
  })
}

/** Why a URL, or a text of options, is a secret beside that of its password. */
function wholeWhy(moves: readonly Move[]): string {
  const found = moves.find(({ candidate }) => candidate.whole !== undefined)?.candidate
  if (found === undefined) return ''
  const what = found.value.resolved.trim().startsWith('-') ? 'text' : 'URL'
  return `: the whole ${what} of ${found.id} is the secret, since ${found.whole}`
}

/** true where `part` stands somewhere in `whole` and is not the half of a longer word (bitnami1 in bitnami123). */
function standsAlone(whole: string, part: string): boolean {
  for (let at = whole.indexOf(part); at >= 0; at = whole.indexOf(part, at + 1)) {
    const joins = (left: string | undefined, right: string | undefined) => /^[a-z0-9]{2}$/i.test(`${left}${right}`)
    if (!joins(whole[at - 1] ?? ' ', part[0]) && !joins(part.at(-1), whole[at + part.length] ?? ' ')) return true
  }
  return false
}

const USER_AND_HOST = /(?:^|[/\s"'])([^\s:@/"']*):[^\s@/"']+@(?:[a-z]+\()?([\w.-]+)/i
const USER_FIELD = /\b(?:user(?:[ _]?(?:id|name))?|uid)["']?\s*[=:]\s*["']?([^\s;,"'}&]+)/i
const HOST_FIELD = /(?:\b(?:server|host(?:name)?|data source)["']?\s*[=:]\s*["']?|\/\/)([\w.-]+)/i
const IS_ROOT = /^(?:root|admin|sa|postgres)$/i
const FOR_ROOT = /(?:^|_)(?:root|admin|sa)(?:_|$)/i

/** Of secrets with the value `password`, those that the login in `text` means: by its host, then by its user; all where it says neither. */
function accountsIn(text: string, password: string, all: readonly Move[]): readonly Move[] {
  if (all.length < 2 || !text.includes(password)) return all
  const [, before, behind] = USER_AND_HOST.exec(text) ?? []
  const host = behind ?? HOST_FIELD.exec(text)?.[1]
  const user = before ?? USER_FIELD.exec(text)?.[1]
  const those = (some: readonly Move[], isMeant: (move: Move) => boolean) => {
    const meant = some.filter(isMeant)
    return meant.length === 0 ? some : meant
  }
  const there = those(all, ({ candidate }) => host !== undefined && candidate.services.includes(host))
  return user === undefined
    ? there
    : those(there, ({ candidate }) => FOR_ROOT.test(candidate.variable) === IS_ROOT.test(user))
}

/** Secrets that are there with the very value. */
export function sameNotes({ stored, store }: Gathered, moves: readonly Move[]): readonly string[] {
  const names = [...new Set(moves.filter((move) => holds(stored, move.name, storedText(move))).map(({ name }) => name))]
  if (names.length === 0) return []
  const [is, it] = names.length === 1 ? ['is', 'it'] : ['are', 'them']
  return [
    `${names.join(', ')}: ${is} there already with this value (${storeName(store.kind)}), so the services get ${it} and nothing is written. A rollback leaves ${it}.`,
  ]
}

/** Second secrets of a value, since the one that is there may not be read by all who need it. */
export function closedNotes({ stored }: Pick<Gathered, 'stored'>, moves: readonly Move[]): readonly string[] {
  const closedOf = ({ candidate }: Move) => stored?.closed?.get(candidate.id)
  const places = new Map(
    moves.flatMap((move) => {
      const closed = closedOf(move)
      return closed === undefined ? [] : [[closed.at, closed] as const]
    }),
  )
  return [...places].flatMap(([place, closed]) => {
    const own = moves.filter((move) => closedOf(move)?.at === place)
    const names = [...new Set(own.map(({ name }) => name))].join(', ')
    const readers = [...new Set(own.flatMap(readersOf))].join(', ')
    const open = `chmod ${octal(closed.mode | closed.needed)} ${shellWord(place)}`
    return [
      `${names}: a second secret of the value that ${place} has: with the mode of that file (${octal(closed.mode)}) ${readers} may not be able to read it, as another user than root, or as a root without its rights (cap_drop). To have one secret for all, open the file (${open}) in a folder that only you may enter, and plan again. Else give both a new value together.`,
    ]
  })
}

/** Secrets that have another name than they would, since the store has something under that: it may be left of a migration that was taken back. */
export function takenNotes({ inStore, names, store, stored }: Gathered, moves: readonly Move[]): readonly string[] {
  return [...new Set(moves.map(({ name }) => name))].flatMap((name) => {
    const own = moves.filter((move) => move.name === name)
    const wanted = own.map(({ candidate }) => secretName(nameKey(candidate)))
    const taken = wanted.find((each) => inStore?.has(each))
    const isSaid = own.some(({ candidate: { id } }) => names[id] !== undefined || stored?.closed?.has(id) === true)
    if (taken === undefined || wanted.includes(name) || isSaid) return []
    return [
      `${name}: called so since there is a secret ${taken} already (${storeName(store.kind)}), which stays as it is. Where nothing uses that one (a migration that was taken back may have left it), remove it and plan again.`,
    ]
  })
}
