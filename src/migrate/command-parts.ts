// What of a service's command is secret, by what gives it and by what is known of values: each part once, with the reason.
import { type CommandSecret, keyedSecrets } from '../compose/command-secrets.js'
import { overlaps, type WordPart } from '../compose/command-words.js'
import { isTellingValue } from '../compose/secret-names.js'
import { madeUpWords } from '../scan/made-up-words.js'
import { LOOKS } from './candidate-base.js'
import type { Detection } from './candidates.js'

export interface CommandPart {
  /** Tells it from the other parts of the command. */
  readonly key: string
  readonly secret: CommandSecret
  readonly why: Detection
  /** Nothing but its looks tells it. */
  readonly doubtful?: true
}

/** A text that is secret wherever it stands. */
export interface KnownText extends Detection {
  /** Plain: must not be printed. */
  readonly text: string
  readonly key: string
  /** What the value is for. */
  readonly name: string
}

const givenBy = (name: string): string =>
  name === 'password' ? 'Password among the words of a command' : `Password given by ${name}`
const WHY: Readonly<Record<Exclude<CommandSecret['by'], 'text'>, (name: string) => string>> = {
  option: (name) => givenBy(name),
  login: (name) => givenBy(name),
  variable: (name) => `Secret by its name, ${name} in a command`,
  url: () => 'Holds a password in a URL',
}

function placesOf(words: readonly string[], only: number | undefined, value: string): readonly WordPart[] {
  const places: WordPart[] = []
  const end = only === undefined ? words.length : only + 1
  for (let word = only ?? 0; word < end; word++) {
    const text = words[word] ?? ''
    for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + value.length))
      places.push({ word, start, value })
  }
  return places
}

/** Rules that say of a value only that it is a secret: what stands before it says more. */
const GENERIC = /^generic_/
const OPTION = /^--?[A-Za-z][\w.-]*$/
const NAME_BEFORE = /(?:^|[\s;&|"'])(?:(--?[A-Za-z][\w.-]*)(?:=|\s+)|([A-Za-z_][\w.-]*)=)["']?$/

/** The option or variable that a value stands behind, in its own word or as the word before. */
function namedBefore(words: readonly string[], { word, start }: WordPart): string | undefined {
  const before = words[word - 1] ?? ''
  if (start === 0) return OPTION.test(before) ? before : undefined
  const [, option, variable] = NAME_BEFORE.exec((words[word] ?? '').slice(0, start)) ?? []
  return option ?? variable
}

interface Given {
  /** By the words that they stand in. */
  readonly named: ReadonlyMap<number, readonly CommandPart[]>
  readonly madeUp: readonly CommandPart[]
}

/** By the words, and by what is started before them. */
const given = new WeakMap<readonly string[], Map<string, Given>>()

/** What the words give by options, variables and the like, by the word that it stands in; worked out once for each command. */
function givenIn(words: readonly string[], leading: readonly string[], plain?: ReadonlySet<string>): Given {
  const byLeading = given.get(words) ?? new Map<string, Given>()
  const before = leading.join('\0')
  const known = byLeading.get(before)
  if (known !== undefined) return known
  const parts = new Map<number, CommandPart[]>()
  for (const [key, secret] of keyedSecrets(words, leading)) {
    if (secret.by === 'text') continue
    const part = { key, secret, why: { title: WHY[secret.by](secret.name) } }
    const own = parts.get(secret.word)
    if (own === undefined) parts.set(secret.word, [part])
    else own.push(part)
  }
  const madeUp = madeUpWords(words, leading, plain).map((secret) => ({
    key: secret.name,
    secret,
    why: LOOKS,
    doubtful: true as const,
  }))
  const all = { named: parts, madeUp }
  given.set(words, byLeading.set(before, all))
  return all
}

/**
 * The secrets of `words`, of the one with index `only` where that is given. What gives a value comes before what knows it.
 * `leading`: words that are started before these; `plain`: what is a password elsewhere in the project, and nothing else.
 */
export function secretsOfCommand(
  words: readonly string[],
  only: number | undefined,
  known: readonly KnownText[],
  leading: readonly string[] = [],
  plain?: ReadonlySet<string>,
): readonly CommandPart[] {
  const { named, madeUp } = givenIn(words, leading, plain)
  const parts: CommandPart[] = only === undefined ? [...named.values()].flat() : [...(named.get(only) ?? [])]
  const byName = new Set(parts.map(({ secret }) => secret.value))
  for (const { text, key, name, title, remedy } of known) {
    // Elsewhere in the command it is as likely a name: the user "guest" with the password "guest".
    if (byName.has(text) && !isTellingValue(text)) continue
    for (const place of placesOf(words, only, text)) {
      if (parts.some(({ secret }) => overlaps(place, secret))) continue
      const why = { title, ...(remedy === undefined ? {} : { remedy }) }
      const option = GENERIC.test(key) ? namedBefore(words, place) : undefined
      parts.push({ key: option ?? key, secret: { ...place, by: 'text', name: option ?? name }, why })
    }
  }
  const isOpen = ({ secret }: CommandPart) => !parts.some((other) => overlaps(other.secret, secret))
  return [...parts, ...madeUp.filter((part) => (only === undefined || part.secret.word === only) && isOpen(part))]
}

/** true where what stands from `start` to `end` begins and ends as a word does. */
export const isWholeWord = (text: string, start: number, end: number): boolean =>
  !/\w/.test(text[start - 1] ?? '') && !/\w/.test(text[end] ?? '')
