// Quotes of a POSIX shell script: which are open where, and how a reading stands inside them.

/** Behind these a # begins a comment. */
const BEFORE_COMMENT = /[\s;&|()]/

/** The quotes that are open at `offset` of a shell script; "#" for a comment, "" for none. */
export function quoteAt(script: string, offset: number): string {
  let quote = ''
  for (let at = 0; at < offset; at++) {
    const character = script[at] ?? ''
    if (quote === '#') quote = character === '\n' ? '' : '#'
    else if (character === '\\' && quote !== "'") at++
    else if (quote === '' && character === '#' && (at === 0 || BEFORE_COMMENT.test(script[at - 1] ?? ''))) quote = '#'
    else if (quote === '' ? character === '"' || character === "'" : character === quote)
      quote = quote === '' ? character : ''
  }
  return quote
}

/** true where quoteAt() cannot tell: in here-documents, and in commands inside quotes, which have quotes of their own. */
export function hasUnsureQuotes(script: string): boolean {
  return [...script.matchAll(/<<|`|\$\(/g)].some(({ 0: found, index }) => {
    const quote = quoteAt(script, index)
    if (found === '<<') return quote === ''
    return quote === '"' || (found === '`' && quote === '')
  })
}

/** `reading`, a word that a shell expands, such that it expands to one word inside the open `quote`. */
export function quotedReading(reading: string, quote: string): string {
  if (quote === '"' || quote === '#') return reading
  return quote === "'" ? `'"${reading}"'` : `"${reading}"`
}
