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
  const region = text.slice(base, to + within)
  let best: FoundPart | undefined
  let bestRank: readonly number[] = [Number.POSITIVE_INFINITY]
  for (const match of region.matchAll(patternOf(pattern))) {
    const [first, last] = secretSpan(match.indices?.groups) ?? match.indices?.[0] ?? [0, 0]
    const [start, end] = [base + first, base + last]
    if (start < to && end > from) continue
    const isBehind = start >= to
    const [gapStart, gapEnd] = isBehind ? [to, start] : [end, from]
    const rank = [borders(text, gapStart, gapEnd), isBehind ? 0 : 1, gapEnd - gapStart]
    if (!isLess(rank, bestRank)) continue
    bestRank = rank
    best = { role, start, end, value: text.slice(start, end) }
  }
  return best
}

/** Ends of lines and of objects between two places: what separates one pair from the next. */
function borders(text: string, from: number, to: number): number {
  return text.slice(from, to).match(/[\n{}]/g)?.length ?? 0
}

function isLess(one: readonly number[], other: readonly number[]): boolean {
  for (const [place, value] of one.entries()) {
    const compared = other[place] ?? Number.NEGATIVE_INFINITY
    if (value !== compared) return value < compared
  }
  return false
}
