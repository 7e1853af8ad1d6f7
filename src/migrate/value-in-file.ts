// Where a text file holds a value, as itself and not as a part of something longer. Reads nothing.
import { commandSecrets } from '../compose/command-secrets.js'
import { isPlainWord, isSecret } from '../compose/secret-names.js'
import { findUrlPassword, percentDecoded } from '../compose/url-password.js'
import { escaped } from '../support/regexp.js'

/** Shorter values stand in files by chance. */
const TELLING = 6

/**
 * The first line, from 1; 0 where the value is not there, also percent-encoded. One that may be a word counts as a whole file, as the password
 * of a URL, or as what a line gives under a name that says secret.
 */
export function lineHolding(bytes: Buffer, value: string): number {
  const text = bytes.toString('utf8')
  const lines = text.split('\n')
  if (value.length >= TELLING && !isPlainWord(value)) {
    const itself = new RegExp(`(?<![A-Za-z0-9])${escaped(value)}(?![A-Za-z0-9])`)
    const at = text.search(itself)
    if (at !== -1) return text.slice(0, at).split('\n').length
    return 1 + lines.findIndex((line) => line.includes('%') && itself.test(percentDecoded(line)))
  }
  if (text === value) return 1
  const isGiven = (line: string, at: number) => line.includes(value) && gives(line, value, lines[at - 1] ?? '')
  // The name of an access key may be the same word as its secret, which stands behind it.
  const secret = lines.findIndex((line, at) => isGiven(line, at) && !/access[-_.]?key(?:[-_.]?id)?\s*[=:]/i.test(line))
  return 1 + (secret >= 0 ? secret : lines.findIndex(isGiven))
}

/** true where `line` gives `value` as a password: as a setting, in a URL, in a command, in a statement of SQL, or as Hadoop's <value> behind a <name>. */
const gives = (line: string, value: string, before: string): boolean =>
  givenIn(line).some(([name, given]) => given === value && isSecret(name, value)) ||
  findUrlPassword(line)?.password === value ||
  commandSecrets([line]).some((given) => given.value === value) ||
  (line.includes(`<value>${value}</value>`) &&
    isSecret(/<name>\s*([\w.-]+)\s*<\/name>\s*$/.exec(before)?.[1] ?? '', value))

const bare = (text: string): string =>
  text
    .trim()
    .replace(/[;,]$/, '')
    .replace(/^["']|["']$/g, '')
    .replace(/^\$\{[\w.]+:-?([^{}]*)\}$/, '$1')

/** Names and values of a line, as files of settings have them: `password = x`, `password: ${NAME:x}`, JAAS's `username="u" password="x";`, `requirepass x`, `<password>x</password>`, `"user" "x"` of pgbouncer. */
function givenIn(line: string): readonly (readonly [name: string, value: string])[] {
  const [name = '', ...rest] = line.split(/([=:])/)
  const pairs = [...line.matchAll(/([\w.-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s;,]+)/g)].map(
    ([, key = '', given = '']) => [key, bare(given)] as const,
  )
  const elements = [...line.matchAll(/<([\w.-]+)>([^<>]*)<\/\1>/g)].map(
    ([, key = '', given = '']) => [key, given] as const,
  )
  const [, listed] = /^\s*"[^"]+"\s+"([^"]*)"/.exec(line) ?? []
  const words = line.trim().split(/\s+/)
  const directives = words.length > 4 ? [] : words.slice(0, -1).map((word) => [word, bare(words.at(-1) ?? '')] as const)
  return [
    [name.trim(), bare(rest.slice(1).join(''))],
    ...pairs,
    ...elements,
    ...(listed === undefined ? [] : [['password', listed] as const]),
    ...directives,
  ]
}
