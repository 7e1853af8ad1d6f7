// The parts of a text in which a rule's pattern is run: round its anchors, merged where they touch, so that no byte is looked at twice,
// and cut where they grow long, so that a slow rule can be stopped between them.
import type { AnchorUse, Boundaries, Follows } from './compiled-rules.js'
import { answerOf, BEHIND_START, type Follow, type Known } from './pattern/follow.js'

/** Bytes of a window after which it is cut. */
const LONGEST = 64 * 1024

/** So few beginnings are tried one by one, however close they stand. */
const FEW_STARTS = 32
/** After each so many it is looked whether all of them are too many. */
const STARTS_AT_ONCE = 1024
/** Bytes from one beginning to the next below which one look over the text costs less than trying each. */
const APART = 24

interface Piece {
  readonly start: number
  readonly end: number
  /** Matches that begin in this range are the window's own; others are seen better by its neighbour. */
  readonly from: number
  readonly to: number
}

export interface Window extends Piece {
  /** Where in its own range a match can begin, in order; undefined: anywhere. */
  readonly starts: readonly number[] | undefined
}

/** What one rule wants to see. */
interface Wanted {
  readonly spans: Span[]
  /** undefined where they cannot be told, or are too many to be tried one by one. */
  starts: number[] | undefined
  /** The widest reach of its anchors. */
  before: number
  after: number
}

/** What is known of one use of an anchor. */
interface Seen {
  /** Where it stood last. */
  at: number
  /** Up to where beginnings were looked for, and the last one found. */
  to: number
  found: number
  /** Once there is something to see. */
  wanted: Wanted | undefined
}

const nothingSeen = (): Seen => ({
  at: Number.NEGATIVE_INFINITY,
  to: -1,
  found: -1,
  wanted: undefined,
})

interface Span {
  start: number
  end: number
}

export class Windows {
  readonly #byRule = new Map<number, Wanted>()
  readonly #seen = new Map<AnchorUse, Seen>()
  /** The last of them: a text may hold nothing but one anchor. */
  #lastUse: AnchorUse | undefined
  #last: Seen = nothingSeen()
  readonly #bytes: Uint8Array
  readonly #boundaries: Boundaries
  readonly #follows: Follows
  /** By table, what its last answer was for what stands before a beginning. */
  readonly #known: (Known | undefined)[] = []

  constructor(bytes: Uint8Array, boundaries: Boundaries, follows: Follows) {
    this.#bytes = bytes
    this.#boundaries = boundaries
    this.#follows = follows
  }

  /** Adds what `use` wants to see of an anchor that begins at `at`. */
  add(use: AnchorUse, at: number): void {
    const seen = this.#seenOf(use)
    if (use.follow !== undefined && !this.#mayGoOn(use.follow, seen, at)) return
    const { wanted } = seen
    const isAnywhere = use.start === undefined || (wanted !== undefined && wanted.starts === undefined)
    if (isAnywhere || this.#addStarts(use, use.start, seen, at)) this.#addSpan(seen, use, at)
  }

  /** Adds every place where a match with the anchor at `at` can begin; tells whether there is one. */
  #addStarts(
    use: AnchorUse,
    { least, most, boundary, isRun, behinds }: NonNullable<AnchorUse['start']>,
    seen: Seen,
    at: number,
  ): boolean {
    const bytes = this.#bytes
    const isBoundary = this.#boundaries[boundary] as Uint8Array
    const first = Math.max(0, at - most)
    // An anchor further ahead has looked at all of that already.
    const from = at - least > seen.to ? Math.max(first, seen.to + 1) : first
    let found = false
    for (let begin = at - least; begin >= from; begin--) {
      if (begin > 0 && isBoundary[bytes[begin - 1] as number] === 1) continue
      if (!this.#mayBegin(behinds, begin)) {
        if (isRun) break
        continue
      }
      addStart(this.#wantedOf(seen, use), begin)
      seen.found = Math.max(seen.found, begin)
      found = true
      if (isRun) break
    }
    seen.to = Math.max(seen.to, at - least)
    return found || (from > first && seen.found >= first)
  }

  /** Whether what stands behind the anchor is what the pattern demands there. */
  #mayGoOn({ table, state, from }: NonNullable<AnchorUse['follow']>, seen: Seen, at: number): boolean {
    const look = { at: at + from, step: 1, since: Math.abs(at - seen.at) } as const
    seen.at = at
    return answerOf(this.#follows[table] as Follow, state, this.#bytes, look) > 0
  }

  /** Whether what stands before `begin` is what the pattern demands there. */
  #mayBegin(behinds: readonly number[], begin: number): boolean {
    for (const table of behinds) {
      const known = this.#known[table]
      const at = begin - 1
      const since = known === undefined ? Number.POSITIVE_INFINITY : Math.abs(at - known.at)
      const look = { at, step: -1, since, known } as const
      const answer = answerOf(this.#follows[table] as Follow, BEHIND_START, this.#bytes, look)
      this.#known[table] = { at, answer }
      if (answer < 0) return false
    }
    return true
  }

  #seenOf(use: AnchorUse): Seen {
    if (use === this.#lastUse) return this.#last
    let seen = this.#seen.get(use)
    if (seen === undefined) {
      seen = nothingSeen()
      this.#seen.set(use, seen)
    }
    this.#lastUse = use
    this.#last = seen
    return seen
  }

  #addSpan(seen: Seen, use: AnchorUse, at: number): void {
    const { spans } = this.#wantedOf(seen, use)
    const start = Math.max(0, at - use.before)
    const end = Math.min(this.#bytes.length, at + use.after)
    const last = spans[spans.length - 1]
    if (last !== undefined && start <= last.end && end >= last.start) {
      last.start = Math.min(last.start, start)
      last.end = Math.max(last.end, end)
    } else spans.push({ start, end })
  }

  #wantedOf(seen: Seen, use: AnchorUse): Wanted {
    seen.wanted ??= this.#wanted(use)
    return seen.wanted
  }

  #wanted({ rule, start, before, after }: AnchorUse): Wanted {
    let wanted = this.#byRule.get(rule)
    if (wanted === undefined) {
      wanted = { spans: [], starts: start === undefined ? undefined : [], before, after }
      this.#byRule.set(rule, wanted)
    }
    wanted.before = Math.max(wanted.before, before)
    wanted.after = Math.max(wanted.after, after)
    return wanted
  }

  /** By rule, in order of their starts. */
  *all(): Generator<readonly [number, readonly Window[]]> {
    for (const [rule, wanted] of this.#byRule) yield [rule, windowsOf(wanted)]
  }
}

function addStart(wanted: Wanted, begin: number): void {
  const { starts, spans } = wanted
  if (starts === undefined) return
  starts.push(begin)
  if (starts.length % STARTS_AT_ONCE === 0 && areMany(starts, spans)) wanted.starts = undefined
}

function windowsOf(wanted: Wanted): readonly Window[] {
  const spans = merged(wanted.spans)
  const starts = wanted.starts !== undefined && areMany(wanted.starts, spans) ? undefined : wanted.starts
  if (starts !== undefined && starts.length > 1) starts.sort(byNumber)
  const windows: Window[] = []
  let next = 0
  for (const span of spans) {
    for (const { start, end, from, to } of cut(span, wanted)) {
      const first = next
      if (starts !== undefined) while (next < starts.length && (starts[next] as number) < to) next++
      windows.push({ start, end, from, to, starts: starts?.slice(first, next) })
    }
  }
  return windows
}

/** So many, and so close, that the pattern is run over the whole text. */
const areMany = (starts: readonly number[], spans: readonly Span[]): boolean =>
  starts.length > FEW_STARTS && starts.length * APART > spans.reduce((sum, { start, end }) => sum + end - start, 0)

const byNumber = (a: number, b: number): number => a - b

function merged(spans: readonly Span[]): readonly Span[] {
  if (spans.length === 1) return spans
  const result: Span[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = result[result.length - 1]
    if (last !== undefined && span.start <= last.end) last.end = Math.max(last.end, span.end)
    else result.push(span)
  }
  return result
}

/** A match begins at most `before` bytes ahead of its anchor and ends at most `after` bytes behind it: pieces overlap by that. */
function cut({ start, end }: Span, { before, after }: Wanted): Piece[] {
  if (end - start <= LONGEST) return [{ start, end, from: start, to: end }]
  const pieces: Piece[] = []
  for (let from = start; from < end; from += LONGEST) {
    const to = Math.min(end, from + LONGEST)
    pieces.push({ start: Math.max(start, from - before), end: Math.min(end, to + before + after), from, to })
  }
  return pieces
}
