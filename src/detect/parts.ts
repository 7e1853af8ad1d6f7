// The second part of a two-part credential, looked for near the first.
import type { RequiredPart, Rule } from './rule.js'
import { secretSpan } from './secret-group.js'

export interface FoundPart {
  readonly role: string
  /** Offsets in the text that was searched. */
  readonly start: number
  readonly end: number
  readonly value: string
}

const DEFAULT_REACH = 512
const compiled = new Map<string, RegExp>()

function patternOf(source: string): RegExp {
  let pattern = compiled.get(source)
  if (pattern === undefined) {
    pattern = new RegExp(source, 'dg')
    compiled.set(source, pattern)
  }
  return pattern
}

/** Bytes round a match that its parts are looked for in. */
export function partReach(rule: Rule): number {
  return Math.max(0, ...(rule.requires ?? []).map(({ within = DEFAULT_REACH }) => within))
}

/** The parts of `rule` round the match at from..to, or undefined where one that must be there is not. */
export function findParts(rule: Rule, text: string, from: number, to: number): readonly FoundPart[] | undefined {
  const parts: FoundPart[] = []
  for (const required of rule.requires ?? []) {
    const part = nearest(required, text, from, to)
    if (part !== undefined) parts.push(part)
    else if (required.optional !== true) return undefined
  }
  return parts
}

/** What is in the same line, object or block is preferred, then what follows to what stands before, then the near to the far. */
function nearest(
  { role, pattern, within = DEFAULT_REACH }: RequiredPart,
  text: string,
  from: number,
  to: number,
): FoundPart | undefined {
  const base = Math.max(0, from - within)
  let before: Place
  let behind: Place
  for (const match of matchesOf(patternOf(pattern), text.slice(base, to + within))) {
    const [first, last] = secretSpan(match.indices?.groups) ?? match.indices?.[0] ?? [0, 0]
    const [start, end] = [base + first, base + last]
    if (end <= from) before = [start, end]
    else if (start >= to) {
      // They come in order, and what is farther has no fewer borders between.
      behind = [start, end]
      break
    }
  }
  const place = nearer(text, from, to, before, behind)
  return place && { role, start: place[0], end: place[1], value: text.slice(...place) }
}

/** No matchAll: it would make another expression for each of many texts. */
function* matchesOf(pattern: RegExp, text: string): Generator<RegExpExecArray> {
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[0] === '') pattern.lastIndex++
    yield match
  }
}

type Place = readonly [number, number] | undefined

function nearer(text: string, from: number, to: number, before: Place, behind: Place): Place {
  if (before === undefined || behind === undefined) return behind ?? before
  return borders(text, before[1], from) < borders(text, to, behind[0]) ? before : behind
}

/** Ends of lines and of objects between two places: what separates one pair from the next. */
function borders(text: string, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x0a || code === 0x7b || code === 0x7d) count++
  }
  return count
}
