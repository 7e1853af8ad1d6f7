// Quotes of a POSIX shell script: which are open where, and how a reading stands inside them.

/** The quotes that are open at `offset` of a shell script; "" for none. */
export function quoteAt(script: string, offset: number): string {
  let quote = ''
  for (let at = 0; at < offset; at++) {
    const character = script[at] ?? ''
    if (character === '\\' && quote !== "'") at++
    else if (quote === '' ? character === '"' || character === "'" : character === quote)
      quote = quote === '' ? character : ''
  }
  return quote
}

/**
 * true where quoteAt() cannot tell: in here-documents, behind comments (an apostrophe there opens nothing), and in commands inside quotes,
 * which have quotes of their own.
 */
export function hasUnsureQuotes(script: string): boolean {
  return /<<|(?:^|\s|;)#|`|"[^"]*\$\(/.test(script)
}

/** `reading`, a word that a shell expands, such that it expands to one word inside the open `quote`. */
export function quotedReading(reading: string, quote: string): string {
  if (quote === '"') return reading
  return quote === "'" ? `'"${reading}"'` : `"${reading}"`
}
