// What of a service's command is secret, by what gives it and by what is known of values: each part once, with the reason.
import { type CommandSecret, keyedSecrets } from '../compose/command-secrets.js'
import { isTellingValue } from '../compose/secret-names.js'
import type { Detection } from './candidates.js'

export interface CommandPart {
  /** Tells it from the other parts of the command. */
  readonly key: string
  readonly secret: CommandSecret
  readonly why: Detection
}

/** A text that is secret wherever it stands. */
export interface KnownText extends Detection {
  /** Plain: must not be printed. */
  readonly text: string
  readonly key: string
  /** What the value is for. */
  readonly name: string
}

const WHY: Readonly<Record<Exclude<CommandSecret['by'], 'text'>, (name: string) => string>> = {
  option: (name) => `Password given by ${name}`,
  login: (name) => `Password given by ${name}`,
  variable: (name) => `Secret by its name, ${name} in a command`,
  url: () => 'Holds a password in a URL',
}

type Part = Pick<CommandSecret, 'word' | 'start' | 'value'>

const overlaps = (left: Part, right: Part): boolean =>
  left.word === right.word &&
  left.start < right.start + right.value.length &&
  right.start < left.start + left.value.length

function placesOf(words: readonly string[], value: string): readonly Part[] {
  return words.flatMap((text, word) => {
    const places: Part[] = []
    for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + value.length))
      places.push({ word, start, value })
    return places
  })
}

/** The secrets of `words`, of the one with index `only` where that is given. What gives a value comes before what knows it. */
export function secretsOfCommand(
  words: readonly string[],
  only: number | undefined,
  known: readonly KnownText[],
): readonly CommandPart[] {
  const isOwn = ({ word }: Part) => only === undefined || only === word
  const parts: CommandPart[] = [...keyedSecrets(words)].flatMap(([key, secret]) =>
    isOwn(secret) && secret.by !== 'text' ? [{ key, secret, why: { title: WHY[secret.by](secret.name) } }] : [],
  )
  const given = new Set(parts.map(({ secret }) => secret.value))
  for (const { text, key, name, title, remedy } of known) {
    // Elsewhere in the command it is as likely a name: the user "guest" with the password "guest".
    if (given.has(text) && !isTellingValue(text)) continue
    for (const place of placesOf(words, text)) {
      if (!isOwn(place) || parts.some(({ secret }) => overlaps(place, secret))) continue
      const why = { title, ...(remedy === undefined ? {} : { remedy }) }
      parts.push({ key, secret: { ...place, by: 'text', name }, why })
    }
  }
  return parts
}
