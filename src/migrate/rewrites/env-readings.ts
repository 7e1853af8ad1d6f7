// Where a shell text that runs without the entrypoint's exports (a health check, a hook) takes a variable from its environment: read from
// the secret's file instead where it is certain how.
import { isShell } from '../../compose/shell-script.js'
import { escaped } from '../../support/regexp.js'
import { asOneWord, quoteAt, quotingAt, quotingIn } from '../shell-quotes.js'

/** `$(…)` that gives the value, as Compose files write it. */
export const reading = (name: string): string => `$$(cat /run/secrets/${name})`

/** What may stand behind an operator: text, and references in braces of their own. */
const WORD = String.raw`(?:[^{}$]|\$(?!\$?\{)|\$\$?\{[^{}]*\})*`

/**
 * `script` as a Compose file writes it (dollars doubled) with every sure reading of `variable`, which is set, from the file of `name`.
 * `quoted`: those outside of all quotes get their own.
 */
export function withReadings(script: string, variable: string, name: string, quoted: boolean): string {
  const own = escaped(variable)
  const given = new RegExp(String.raw`\$\$\{${own}:?\+(${WORD})\}`, 'g')
  const value = new RegExp(
    String.raw`\$\$(?:\{${own}(?::?[-?=]${WORD})?\}|${own}(?![A-Za-z0-9_])|\(\s*printenv\s+${own}\s*\))`,
    'g',
  )
  const oneWord = wordReader(reading(name))
  const printed = new RegExp(String.raw`(?<![\w./-])printenv\s+${own}(?![A-Za-z0-9_])`, 'g')
  return script
    .replace(given, (found, word: string, at: number, all: string) => (isExpanded(all, at) ? word : found))
    .replace(value, (found, ...rest) => {
      const [at, all] = rest.slice(-2) as [number, string]
      if (!isExpanded(all, at)) return found
      return quoted ? oneWord(all, at) : reading(name)
    })
    .replace(printed, (found, at: number, all: string) =>
      isExpanded(all, at) ? `{ cat /run/secrets/${name}; echo; }` : found,
    )
}

/**
 * Single quotes keep a text from being expanded, but where they hold the script of another shell. Behind a backslash, a reference is that of
 * another shell only inside double quotes; elsewhere "\$(" would be no script any more.
 */
function isExpanded(script: string, at: number): boolean {
  const { quote, opened, isEscaped } = quotingAt(script, at)
  if (quote !== "'") return quote !== '#' && !(isEscaped && quote === '')
  return script[at - 1] !== '\\' && /\s-[A-Za-z]*c\s+$/.test(script.slice(Math.max(0, opened - NEAR), opened))
}

/** Writes a reading at an offset of a script as one word, inside single quotes as the other shell reads their text. */
function wordReader(read: string): (script: string, at: number) => string {
  let inner = { from: -1, script: '', at: quotingIn('') }
  return (script, at) => {
    const quoting = quotingAt(script, at)
    if (quoting.quote !== "'") return asOneWord(read, script, quoting)
    const from = quoting.opened + 1
    if (inner.from !== from) {
      const text = script.slice(from, script.indexOf("'", from))
      inner = { from, script: text, at: quotingIn(text) }
    }
    return asOneWord(read, inner.script, inner.at(at - from))
  }
}

/** Characters in which `-c` stands before its script. */
const NEAR = 100

/** What lists the whole environment. */
const LISTING = /(?<![\w./-])(?:env|printenv|set)\s*\||\/environ\b/

/** true where `text` names `variable` still, other than to set it or in a comment: it would find nothing. */
export function readsVariable(text: string, variable: string): boolean {
  const set = LISTING.test(text) ? '' : '='
  const named = new RegExp(`(?<![A-Za-z0-9_./-])${escaped(variable)}(?![A-Za-z0-9_${set}])`, 'g')
  return [...text.matchAll(named)].some(({ index }) => quoteAt(text, index) !== '#')
}

/** The words of a health check without references that are mere text: no shell expands those of `["CMD", "mysqladmin", "-p$$PW"]`. */
export function withoutPlainReferences(words: readonly string[], variable: string): readonly string[] {
  if (words[0] !== 'CMD' || words.some((word) => isShell(word) || /^(?:su|runuser|env|envsubst)$/.test(word)))
    return words
  const plain = new RegExp(String.raw`\$\$(?:\{${escaped(variable)}\}|${escaped(variable)}(?![A-Za-z0-9_]))`, 'g')
  return words.map((word) => word.replace(plain, ''))
}
