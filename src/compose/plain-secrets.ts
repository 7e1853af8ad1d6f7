// Which part of a value in a project's files is a secret by its name, by being the password of a URL or of a connection string, or by being
// a password option's value.
// Says nothing about what a value looks like: that is detection's task.

import { shellWord } from '../support/shell-word.js'
import { type CommandSecret, commandSecrets } from './command-secrets.js'
import { assignedSecrets, connectionPasswords } from './connection-password.js'
import { jsonLogins } from './json-logins.js'
import { loginPasswords } from './login-values.js'
import { isNoSecretValue, isSecret, isSecretName } from './secret-names.js'
import { scriptIndex } from './shell-script.js'
import { findUrlPassword, type UrlPassword, writtenUrlPassword } from './url-password.js'

export interface PlainSecret {
  /** UTF-16 offsets in the text, `end` exclusive. */
  readonly start: number
  readonly end: number
  readonly why: 'name' | 'url' | 'connection' | 'option'
  /** The option or variable that names it, where that is not the value's own key. */
  readonly key?: string
}

const REFERENCE = /\$(?:[A-Za-z_]\w*|\{[^{}]*\})/
/** `${NAME:-default}` and `${NAME:+instead}`: what the variable's place takes is written here, whatever the variable is set to. */
const DEFAULT = /\$\{([A-Za-z_]\w*):?([-+])([^{}]*)\}/g

/**
 * The secrets in one value. `interpolated`: the text is as written and may hold references, which are no secrets (their defaults may
 * be). `command`: the text is a command line, `leading`: what is started before it; `isWord`: one
 * of its words, of which only the URL is looked for.
 */
export function plainSecrets(
  text: string,
  options: {
    readonly key?: string
    readonly interpolated: boolean
    readonly command: boolean
    readonly leading?: readonly string[]
    readonly isWord?: boolean
  },
): readonly PlainSecret[] {
  const { key, interpolated, command, leading = [], isWord = false } = options
  const isNamed =
    key !== undefined && (interpolated && REFERENCE.test(text) ? isSecretName(key) : isSecret(key, text.trim()))
  const found: PlainSecret[] = interpolated ? [...defaultSecrets(text, isNamed)] : []
  const urls = command ? [...wordUrls(text, interpolated)] : passwordIn(text, interpolated)
  for (const { start, end, password } of urls) if (!isNoSecretValue(password)) found.push({ start, end, why: 'url' })
  if (!command && urls.length === 0 && !isNamed)
    for (const [start, end] of connectionPasswords(text))
      if (!isNoSecretValue(text.slice(start, end))) found.push({ start, end, why: 'connection' })
  if (command && !isWord) found.push(...optionSecrets(text, leading))
  if (!command && key !== undefined) found.push(...givenByCommands(key, text).map(optionOf))
  const isReference = interpolated && REFERENCE.test(text)
  if (isNamed && urls.length === 0 && !isReference) found.push({ start: 0, end: text.length, why: 'name' })
  if (command || isNamed || key === undefined) return found
  const logins = isReference ? jsonLogins(key, text) : [...loginPasswords(key, text), ...jsonLogins(key, text)]
  for (const [start, end] of logins) found.push({ start, end, why: 'name' })
  for (const { name, start, end } of assignedSecrets(text)) found.push({ start, end, why: 'name', key: name })
  return found
}

type InUrl = Pick<UrlPassword, 'start' | 'end' | 'password'>

function passwordIn(text: string, interpolated: boolean): readonly InUrl[] {
  const url = interpolated ? writtenUrlPassword(text) : findUrlPassword(text)
  return url === undefined ? [] : [url]
}

/** Of a command each URL is looked at by itself: where it ends is known then. */
function* wordUrls(text: string, interpolated: boolean): Generator<InUrl> {
  for (const { 0: word, index } of text.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi))
    for (const url of passwordIn(word.replace(/["'`;)]+$/, ''), interpolated))
      yield { ...url, start: index + url.start, end: index + url.end }
}

/** A default that says what to do with it. */
const TO_FILL_IN = /^(?:<[^<>]*>|x{3,}|change[-_ ]?(?:me|it|this).*|(?:your|insert|enter|replace)[-_ ].*|placeholder)$/i

function* defaultSecrets(text: string, isNamed: boolean): Generator<PlainSecret> {
  for (const match of text.matchAll(DEFAULT)) {
    const [whole, name = '', operator, value = ''] = match
    const isWholeValue = isNamed && whole === text
    // Behind "+" mostly an option or "true" stands for a secret that is set: only a variable's whole value is one.
    const isMeant = operator === '-' ? isSecret(name, value) || isWholeValue : isWholeValue && !REFERENCE.test(value)
    if (isNoSecretValue(value) || TO_FILL_IN.test(value) || !isMeant) continue
    const end = match.index + whole.length - 1
    yield { start: end - value.length, end, why: 'name', key: name }
  }
}

/** Of a whole command line; URLs are looked at by themselves. */
const optionSecrets = (text: string, leading: readonly string[]): readonly PlainSecret[] =>
  inLine(text, leading, (words) => commandSecrets(words).filter(isGiven)).map(optionOf)

const optionOf = ({ start, value, name }: CommandSecret): PlainSecret => ({
  start,
  end: start + value.length,
  why: 'option',
  key: name,
})

/** Variables of an image that hold commands of its program, one behind another. */
const HOLDS_COMMANDS: readonly (readonly [RegExp, string])[] = [[/^CTL_ON_(?:CREATE|START)$/, 'ejabberdctl']]

/** What the commands that a variable holds give as passwords. */
export function givenByCommands(key: string, text: string): readonly CommandSecret[] {
  const [, program] = HOLDS_COMMANDS.find(([name]) => name.test(key)) ?? []
  if (program === undefined) return []
  return [...text.matchAll(/[^;]+/g)].flatMap(({ 0: line, index }) =>
    inLine(line, [program], (words) => commandSecrets(words).filter(isGiven)).map((each) => ({
      ...each,
      start: index + each.start,
    })),
  )
}

/** What `find` finds in a command line behind the words that are started before it; offsets are those of `text`. */
export function inLine(
  text: string,
  leading: readonly string[],
  find: (words: readonly string[]) => readonly CommandSecret[],
): readonly CommandSecret[] {
  const isScript = scriptIndex([...leading, text]) === leading.length
  const front = isScript ? '' : leading.map((word) => `${shellWord(word)} `).join('')
  return find([front + text]).flatMap((found) =>
    found.start < front.length ? [] : [{ ...found, start: found.start - front.length }],
  )
}

const isGiven = ({ by, value }: CommandSecret): boolean => by !== 'url' && !isNoSecretValue(value)

/** What words of a command give as passwords, but for those of URLs. `leading`: words that are started before these. */
export const givenByWords = (words: readonly string[], leading: readonly string[] = []): readonly CommandSecret[] =>
  commandSecrets(words, leading).filter(isGiven)
