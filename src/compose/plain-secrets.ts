// Which part of a value in a project's files is a secret by its name, by being the password of a URL or of a connection string, or by being
// a password option's value.
// Says nothing about what a value looks like: that is detection's task.
import { connectionPasswords } from './connection-password.js'
import { flagValue } from './option-password.js'
import { isNoSecretValue, isSecret, isSecretName, loginPassword } from './secret-names.js'
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
 * be). `command`: the text is a command line.
 */
export function plainSecrets(
  text: string,
  options: { readonly key?: string; readonly interpolated: boolean; readonly command: boolean },
): readonly PlainSecret[] {
  const { key, interpolated, command } = options
  const isNamed =
    key !== undefined && (interpolated && REFERENCE.test(text) ? isSecretName(key) : isSecret(key, text.trim()))
  const found: PlainSecret[] = interpolated ? [...defaultSecrets(text, isNamed)] : []
  const urls = command ? [...wordUrls(text, interpolated)] : passwordIn(text, interpolated)
  for (const { start, end, password } of urls) if (!isNoSecretValue(password)) found.push({ start, end, why: 'url' })
  if (!command && urls.length === 0 && !isNamed)
    for (const [start, end] of connectionPasswords(text))
      if (!isNoSecretValue(text.slice(start, end))) found.push({ start, end, why: 'connection' })
  if (command) found.push(...optionSecrets(text))
  const isReference = interpolated && REFERENCE.test(text)
  if (isNamed && urls.length === 0 && !isReference) found.push({ start: 0, end: text.length, why: 'name' })
  const login = isNamed || isReference || key === undefined ? undefined : loginPassword(key, text)
  if (login !== undefined) found.push({ start: login, end: text.length, why: 'name' })
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

/** At most one: a command line that gives two passwords is rare, and detection looks at it too. */
function optionSecrets(text: string): PlainSecret[] {
  const option = flagValue(text)
  if (option === undefined || isNoSecretValue(option.value)) return []
  const start = text.indexOf(option.value, text.indexOf(option.flag) + option.flag.length)
  return start < 0 ? [] : [{ start, end: start + option.value.length, why: 'option', key: option.flag }]
}

export interface PasswordWord {
  readonly index: number
  /** UTF-16 offset in that word; the password goes to its end. */
  readonly start: number
  readonly option: string
}

/** Which word of a command an option gives as a password: the one behind it, or its own part behind "=". */
export function passwordWord(words: readonly string[]): PasswordWord | undefined {
  const given = flagValue(words)
  if (given === undefined) return undefined
  const { flag: option, value } = given
  const joined = words.indexOf(`${option}=${value}`)
  if (joined >= 0) return { index: joined, start: option.length + 1, option }
  const index = words.findIndex((word, i) => word === option && words[i + 1] === value)
  return index < 0 ? undefined : { index: index + 1, start: 0, option }
}
