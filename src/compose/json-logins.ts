// Passwords in JSON that no key names: maps of users, whose keys are their names (Orthanc's RegisteredUsers).
import { jsonStrings } from '../support/json-strings.js'
import { isReference } from './option-password.js'
import { isNoSecretValue } from './secret-names.js'

const LONGEST = 65_536
/** Maps of users and their passwords, and of nothing else. */
const OF_PASSWORDS = /registered[-_]?users$/i
/** Maps of users, whose values may be their passwords, roles, numbers or anything else. */
const OF_USERS = /(?:^|[a-z\d_.-])(?:users|accounts|credentials|logins)$/i
/** What is said of one thing, not of several users: such a map is no list of them. */
const ATTRIBUTE =
  /^(?:(?:user|host|login|display|full|first|last|db|database|service|class|table|file)?[-_]?name|user|host|port|url|uri|endpoint|type|kind|id|e?mail|role|roles|database|db|schema|table|index|alias|cache|version|tag|image|region|path|file|source|provider|driver|algorithm|format|mode|limit|theme|default|prefix|client[-_]?id|.*(?:password|passwd|secret|token|key))$/i

/** Eight letters and digits of both kinds, or a sign among six. */
const PASSWORD = /^(?=.*[a-z])(?:(?=.*\d).{8,}|(?=.*[!@#$%^&?~=]).{6,})$/i
const LONGEST_PASSWORD = 128
/** What has digits or signs, too: addresses, hosts, paths, dates, amounts, IDs, and the names of things that are numbered. */
const OTHER: readonly RegExp[] = [
  /[\s"'<>|*]|^#|%$/,
  /^[\w-]+[:=]|:\/\//,
  /^[^@]+@[\w-]+(?:\.[\w-]+)+$/,
  /^[\w-]+(?:\.[\w-]+)+$/,
  /^[a-z\d.-]*\/[a-z\d./:_-]*$/,
  /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
  /^0x|^[A-Z\d]+$|^(?:UTC|GMT)[+-]/,
  /^\d{4}-\d\d-\d\d|^[\d.]+[a-z]{1,5}(?:\d+[a-z]{1,5})*$/i,
  /^[a-z]+(?:[-_][a-z\d]+)+$/i,
  /^(?:users?|roles?|groups?|teams?|accounts?|acct?|profile|project|level|tier|plan|org|client|tenant|node|host|server|cluster)\d+$/i,
]

const looksLikePassword = (value: string): boolean =>
  value.length <= LONGEST_PASSWORD && PASSWORD.test(value) && !OTHER.some((pattern) => pattern.test(value))

interface Entry {
  readonly map: string
  /** What the map is called. */
  readonly holder: string
  readonly name: string
  readonly value: string
  readonly start: number
  readonly end: number
}

/** Of a map that may be of anything, each entry has to look like a password. */
const mayBeNone = ({ holder, name, value }: Entry): boolean =>
  !OF_USERS.test(holder) || ATTRIBUTE.test(name) || !(isReference(value) || looksLikePassword(value))

/**
 * UTF-16 offsets of the passwords of users in `text`, where that is JSON; `end` exclusive. `key`: the variable that holds it, which may be
 * the map's name itself.
 */
export function jsonLogins(key: string, text: string): readonly (readonly [start: number, end: number])[] {
  if (text.length > LONGEST || !/^\s*[{[]/.test(text)) return []
  const entries = [...jsonStrings(text)].map(({ path, value, start, end }): Entry => {
    const map = path.slice(0, -1)
    return { map: map.join('\n'), holder: map.at(-1) ?? key, name: path.at(-1) ?? '', value, start, end }
  })
  const others = new Set(entries.filter(mayBeNone).map(({ map }) => map))
  return entries.flatMap(({ map, holder, name, value, start, end }) => {
    const isOne = name !== '' && (OF_PASSWORDS.test(holder) || !others.has(map))
    return isOne && !isReference(value) && !isNoSecretValue(value) ? [[start, end] as const] : []
  })
}
