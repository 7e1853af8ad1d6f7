// Where else in a project's files a secret's value stands: entries that a rotation does not reach. Not for text that is no value (remains.ts).
import { relative } from 'node:path'
import { commandSecrets } from '../compose/command-secrets.js'
import { passwordsWithin } from '../compose/connection-password.js'
import { isPlainWord, isSecret } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { printable } from '../support/printable.js'
import { TextIndex } from '../support/text-index.js'
import { sourceOf } from './value-source.js'

/** Shorter values stand in others by chance. */
const TELLING = 6

/** true for a value that holds the secret. */
export type Holds = (value: LocatedValue) => boolean

/** true for one that may be a name as well. */
const isVague = (secret: string): boolean => secret.length < TELLING || isPlainWord(secret)

/** What of a value can be a secret: a variable under a telling name, the password of a URL, an option, a connection string or a setting. */
function parts({ resolved, key }: LocatedValue): readonly string[] {
  const url = findUrlPassword(resolved)?.password
  const options = /\s/.test(resolved) ? commandSecrets([resolved]).map(({ value }) => value) : []
  const named = key !== undefined && isSecret(key, resolved) ? [resolved] : []
  const within = passwordsWithin(resolved).flatMap((password) => [password, decoded(password)])
  return [...named, ...(url === undefined ? [] : [url, decoded(url)]), ...options, ...within]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What is called so is no copy of a password that is the same word: a user, a database, an image. */
const NAMES_SOMETHING =
  /(?:user(?:_?name)?|login|db|database|_name|_id|host(?:name)?|ur[il]|domain|e?mail|realm|region|tenant|bucket|image|container_name)$/i

/** true for what is a user, an address or the like by its own name, and only has the same text. */
export function isName({ key, path, resolved }: LocatedValue, secret: string): boolean {
  const called = key ?? String(path.at(-1) ?? '')
  return NAMES_SOMETHING.test(called) && !isSecret(called, resolved) && (resolved === secret || called === 'image')
}

/** For a value that is known. One that is also a name ("postgres") counts only where a secret is expected. */
export function holding(secret: string): Holds {
  const vague = isVague(secret)
  return (value) =>
    !isName(value, secret) && (parts(value).includes(secret) || (!vague && value.resolved.includes(secret)))
}

/** For a value of which only a keyed hash is known. */
export const holdingHashed = (hmac: string, hash: (text: string) => string): Holds => {
  return (value) =>
    [...parts(value), ...(isVague(value.resolved) ? [] : [value.resolved])].some(
      (text) => text !== '' && hash(text) === hmac,
    )
}

/** Entries of the project that hold the secret, in the files' order: `path:line (SERVICE.VARIABLE)`. */
export function entriesHolding(project: ComposeProject, holds: Holds): readonly LocatedValue[] {
  const seen = new Set<string>()
  return project.values.filter((value) => {
    const id = idOf(value)
    if (value.passThrough || value.resolved === '' || seen.has(id) || !holds(value)) return false
    seen.add(id)
    return true
  })
}

/** As entriesHolding(project, holding(secret)) for each of `secrets`, in one pass. */
export function entriesHoldingEach(
  project: ComposeProject,
  secrets: Iterable<string>,
): ReadonlyMap<string, readonly LocatedValue[]> {
  const entries = new Map([...secrets].map((secret) => [secret, new Map<string, LocatedValue>()]))
  const telling = [...entries.keys()].filter((secret) => !isVague(secret))
  const index = new TextIndex(telling.map((secret) => [secret, secret]))
  for (const value of project.values) {
    if (value.passThrough || value.resolved === '') continue
    for (const secret of new Set([...parts(value), ...index.within(value.resolved)])) {
      const own = entries.get(secret)
      const id = idOf(value)
      if (own !== undefined && !own.has(id) && !isName(value, secret)) own.set(id, value)
    }
  }
  return new Map([...entries].map(([secret, own]) => [secret, [...own.values()]]))
}

/** An entry in which a value is written, and the services that have it from there by a reference. */
export interface Written {
  readonly entry: LocatedValue
  /** Sorted. */
  readonly readers: readonly string[]
}

/** Where the value of `entries` is written: of what only refers to a line of .env or of an env file that line, once. */
export function whereWritten(project: ComposeProject, entries: readonly LocatedValue[]): readonly Written[] {
  const sources = entries.map((entry) => sourceOf(project, entry) ?? entry)
  const lines = new Map(sources.filter(isEnvLine).map((entry) => [entry.key ?? '', entry]))
  const found = new Map<string, { readonly entry: LocatedValue; readonly readers: Set<string> }>()
  for (const [index, held] of entries.entries()) {
    // A URL around the reference is right once the line is.
    const line = held.interpolates.map((name) => lines.get(name)).find((each) => each !== undefined)
    const entry = line ?? sources[index] ?? held
    const known = found.get(idOf(entry)) ?? { entry, readers: new Set() }
    if (entry !== held) for (const service of held.usedBy) known.readers.add(service)
    found.set(idOf(entry), known)
  }
  return [...found.values()].map(({ entry, readers }) => ({ entry, readers: [...readers].sort() }))
}

const isEnvLine = ({ section }: LocatedValue): boolean => section === 'dotenv' || section === 'env-file-entry'

/** An entry that is read twice (as .env and as an env file) is one. */
const idOf = ({ file, line, key, column }: LocatedValue): string => `${file}\0${line}\0${key ?? column}`

/** `path:line (SERVICE.VARIABLE)`: where a person finds it, never the value. `readers`: services that refer to it. */
export function placeWords(
  { directory }: ComposeProject,
  value: LocatedValue,
  readers: readonly string[] = [],
): string {
  const { file, line, service, key, section, usedBy } = value
  const owner = isEnvLine(value) ? undefined : (service ?? (usedBy.length === 1 ? usedBy[0] : undefined))
  const name = [owner, key ?? section].filter((part) => part !== undefined).join('.')
  const read = readers.length === 0 ? '' : `, read by ${readers.join(', ')}`
  return printable(`${relative(directory, file)}:${line} (${name}${read})`)
}
