// Quotes of a POSIX shell script: which are open where, and how a reading stands inside them.

/** Behind these a # begins a comment. */
const BEFORE_COMMENT = /[\s;&|()]/

/** What holds at an offset of a shell script. */
export interface Quoting {
  /** The quotes that are open; "#" for a comment, "" for none. */
  readonly quote: string
  /** Offset at which they were opened. */
  readonly opened: number
  /** true behind a backslash that takes the character's meaning away. */
  readonly isEscaped: boolean
}

/** Reads `script` once for offsets that ascend, however many are asked. */
export function quotingIn(script: string): (offset: number) => Quoting {
  let [at, opened, quote, isEscaped] = [0, 0, '', false]
  return (offset) => {
    if (offset < at - (isEscaped ? 1 : 0)) [at, opened, quote] = [0, 0, '']
    for (; at < offset; at++) {
      const character = script[at] ?? ''
      const before = quote
      isEscaped = quote !== '#' && quote !== "'" && character === '\\'
      if (isEscaped) at++
      else if (quote === '#') quote = character === '\n' ? '' : '#'
      else if (quote === '' && character === '#' && (at === 0 || BEFORE_COMMENT.test(script[at - 1] ?? ''))) quote = '#'
      else if (quote === '' ? character === '"' || character === "'" : character === quote)
        quote = quote === '' ? character : ''
      if (quote !== before) opened = at
    }
    return { quote, opened, isEscaped: isEscaped && at > offset }
  }
}

let last = { script: '', at: quotingIn('') }

/** What holds at `offset` of a shell script. */
export function quotingAt(script: string, offset: number): Quoting {
  if (script !== last.script) last = { script, at: quotingIn(script) }
  return last.at(offset)
}

/** The quotes that are open at `offset` of a shell script; "#" for a comment, "" for none. */
export const quoteAt = (script: string, offset: number): string => quotingAt(script, offset).quote

let asked = { script: '', isUnsure: false }

/** Begins what may have quotes of its own; the reading of a secret's file has none. */
const UNSURE = /<<|`|\$\((?!cat \/run\/secrets\/[\w.-]+\))/g

/** true where quoteAt() cannot tell: in here-documents, and in commands inside quotes, which have quotes of their own. */
export function hasUnsureQuotes(script: string): boolean {
  if (script === asked.script) return asked.isUnsure
  const at = quotingIn(script)
  const isUnsure = [...script.matchAll(UNSURE)].some(({ 0: found, index }) => {
    const { quote } = at(index)
    if (found === '<<') return quote === ''
    return quote === '"' || (found === '`' && quote === '')
  })
  asked = { script, isUnsure }
  return isUnsure
}

/** true where what gives `value` without quotes around it gives just this one word, so that it may as well stand in double quotes. */
export const isOneWord = (value: string): boolean => value !== '' && !/[\s*?[\\]/.test(value)

/**
 * `reading` as it should stand at `offset` of `script`, outside of all quotes: in double ones, since the next value may hold spaces. As it
 * is elsewhere, and where quotes are not certain.
 */
export function asOneWord(reading: string, script: string, { quote, isEscaped }: Quoting): string {
  const isSure = quote === '' && !isEscaped && !hasUnsureQuotes(script)
  return isSure ? `"${reading}"` : reading
}

/** `reading`, a word that a shell expands, such that it expands to one word inside the open `quote`. */
export function quotedReading(reading: string, quote: string): string {
  if (quote === '"' || quote === '#') return reading
  return quote === "'" ? `'"${reading}"'` : `"${reading}"`
}
