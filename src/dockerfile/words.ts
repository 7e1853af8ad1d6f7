// Splits the arguments of an instruction into words, flags and pairs as BuildKit does, with the place of each in the logical line.
import type { Escape } from './lines.js'

export interface Word {
  /** As written, quotes and escapes kept. */
  readonly text: string
  /** Offsets in the logical line. */
  readonly start: number
  readonly end: number
}

const SPACE = /\s/

/** End of the quoted part that opens at `open`; the end of the line where it does not close. */
function closingQuote(line: string, open: number, token: Escape): number {
  const quote = line[open]
  for (let at = open + 1; at < line.length; at++) {
    if (line[at] === quote) return at
    if (line[at] === token && quote === '"') at++
  }
  return line.length
}

/** Words between blanks; quotes hold blanks together, the escape character takes the next one with it. */
export function splitWords(line: string, from: number, token: Escape): readonly Word[] {
  const words: Word[] = []
  let start = -1
  for (let at = from; at <= line.length; at++) {
    const character = line[at]
    if (character === undefined || SPACE.test(character)) {
      if (start !== -1) words.push({ text: line.slice(start, at), start, end: at })
      start = -1
      continue
    }
    if (start === -1) start = at
    if (character === '"' || character === "'") at = Math.min(closingQuote(line, at, token), line.length - 1)
    else if (character === token && at + 1 < line.length) at++
  }
  return words
}

/** A word with quotes and escapes undone; variables stay as they are written. */
export function unquote(text: string, token: Escape): string {
  let plain = ''
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    const next = text[at + 1]
    if (character === quote) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (
      character === token &&
      quote !== "'" &&
      next !== undefined &&
      (quote === '' || next === '"' || next === '$' || next === token)
    ) {
      plain += next
      at++
    } else plain += character
  }
  return plain
}

/** Names of variables in a word, those in single quotes and escaped ones left out. */
export function variablesIn(text: string, token: Escape): readonly string[] {
  const names = new Set<string>()
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === quote) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (character === token && quote !== "'") at++
    else if (character === '$' && quote !== "'") {
      const name = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)/.exec(text.slice(at, at + 256))?.[1]
      if (name !== undefined) names.add(name)
    }
  }
  return [...names]
}

export interface HeredocStart {
  readonly name: string
  readonly expand: boolean
  readonly chomp: boolean
}

const HEREDOC = /^\d*<<(-?)\s*([^<]+)$/

/** Heredocs that a line opens, in order. */
export function heredocStarts(line: string): readonly HeredocStart[] {
  if (!line.includes('<<')) return []
  return splitWords(line, 0, '\\').flatMap(({ text }) => {
    const match = HEREDOC.exec(text)
    const rest = match?.[2]
    if (rest === undefined) return []
    return [{ name: unquote(rest, '\\'), expand: !/["']/.test(rest), chomp: match?.[1] === '-' }]
  })
}

/** The strings of an exec form; undefined where `text` is none. */
export function execWords(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) && parsed.every((word) => typeof word === 'string') ? parsed : undefined
  } catch {
    return undefined
  }
}
