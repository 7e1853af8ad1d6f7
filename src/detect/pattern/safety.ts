// Patterns that can blow up are refused when they are loaded: a repeat without a bound (or with a large one) inside another.

const LARGE = 64

interface Repeat {
  readonly length: number
  readonly large: boolean
}

function repeatAt(pattern: string, at: number): Repeat | undefined {
  const match = /^(?:[*+]|\{(\d+)(,?)(\d*)\})/.exec(pattern.slice(at, at + 20))
  if (match === null) return undefined
  const [whole, least, comma, most] = match
  if (least === undefined) return { length: whole.length, large: true }
  const variable = comma === ',' && most !== least
  return { length: whole.length, large: variable && (most === '' || Number(most) > LARGE) }
}

/** The end of a character class that begins at `at`. */
function classEnd(pattern: string, at: number): number {
  for (let index = at + 1; index < pattern.length; index++) {
    if (pattern[index] === '\\') index++
    else if (pattern[index] === ']' && index > at + 1) return index
  }
  return pattern.length
}

/**
 * What is dangerous in a regular expression, or undefined: nested large repeats, and back-references. Sequences of repeats are linear
 * enough on windows of bounded length.
 */
export function patternDanger(pattern: string): string | undefined {
  const groups: { holdsLarge: boolean }[] = [{ holdsLarge: false }]
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]
    if (character === '\\') {
      if (/[1-9k]/.test(pattern[index + 1] ?? '')) return 'a back-reference'
      index++
    } else if (character === '[') index = classEnd(pattern, index)
    else if (character === '(') {
      groups.push({ holdsLarge: false })
      continue
    } else if (character === ')') {
      const closed = groups.pop() ?? { holdsLarge: false }
      const repeat = repeatAt(pattern, index + 1)
      const outer = groups.at(-1)
      if (closed.holdsLarge && repeat?.large) return 'a repeat without a small bound inside another'
      if (outer !== undefined && (closed.holdsLarge || repeat?.large)) outer.holdsLarge = true
      continue
    }
    if (repeatAt(pattern, index + 1)?.large) {
      const group = groups.at(-1)
      if (group !== undefined) group.holdsLarge = true
    }
  }
  return undefined
}
