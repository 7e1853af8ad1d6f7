// The parts of a text in which a rule's pattern is run: round its anchors, merged where they touch, so that no byte is looked at twice,
// and cut where they grow long, so that a slow rule can be stopped between them.
import type { AnchorUse, Boundaries, Follows } from './compiled-rules.js'
import { BEHIND_START, type Follow, mayFollow } from './pattern/follow.js'

/** Bytes of a window after which it is cut. */
const LONGEST = 64 * 1024

/** So few beginnings are tried one by one, however close they stand. */
const FEW_STARTS = 32
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
  readonly starts: number[] | undefined
  /** The widest reach of its anchors. */
  before: number
  after: number
}

/** Up to where beginnings of one use were looked for, and the last one found. */
interface Looked {
  to: number
  found: number
}

interface Span {
  start: number
  end: number
}

export class Windows {
  readonly #byRule = new Map<number, Wanted>()
  readonly #looked = new Map<AnchorUse, Looked>()
  readonly #bytes: Uint8Array
  readonly #boundaries: Boundaries
  readonly #follows: Follows

  constructor(bytes: Uint8Array, boundaries: Boundaries, follows: Follows) {
    this.#bytes = bytes
    this.#boundaries = boundaries
    this.#follows = follows
  }

  /** Adds what `use` wants to see of an anchor that begins at `at`. */
  add(use: AnchorUse, at: number): void {
    if (use.follow !== undefined) {
      const { table, state, from } = use.follow
      if (!mayFollow(this.#follows[table] as Follow, state, this.#bytes, at + from, 1)) return
    }
    if (use.start === undefined) this.#addSpan(this.#wanted(use), use, at)
    else this.#addStarts(use, use.start, at)
  }

  /** Every place where a match with the anchor at `at` can begin, and what is to be seen of it, if there is one. */
  #addStarts(
    use: AnchorUse,
    { least, most, boundary, isRun, behinds }: NonNullable<AnchorUse['start']>,
    at: number,
  ): void {
    const bytes = this.#bytes
    const isBoundary = this.#boundaries[boundary] as Uint8Array
    const first = Math.max(0, at - most)
    const looked = this.#lookedFor(use)
    // An anchor further ahead has looked at all of that already.
    const from = at - least > looked.to ? Math.max(first, looked.to + 1) : first
    let found = false
    for (let begin = at - least; begin >= from; begin--) {
      if (begin > 0 && isBoundary[bytes[begin - 1] as number] === 1) continue
      if (!this.#mayBegin(behinds, begin)) {
        if (isRun) break
        continue
      }
      this.#wanted(use).starts?.push(begin)
      looked.found = Math.max(looked.found, begin)
      found = true
      if (isRun) break
    }
    looked.to = Math.max(looked.to, at - least)
    if (found || (from > first && looked.found >= first)) this.#addSpan(this.#wanted(use), use, at)
  }

  /** Whether what stands before `begin` is what the pattern demands there. */
  #mayBegin(behinds: readonly number[], begin: number): boolean {
    for (const table of behinds)
      if (!mayFollow(this.#follows[table] as Follow, BEHIND_START, this.#bytes, begin - 1, -1)) return false
    return true
  }

  #lookedFor(use: AnchorUse): Looked {
    let looked = this.#looked.get(use)
    if (looked === undefined) {
      looked = { to: -1, found: -1 }
      this.#looked.set(use, looked)
    }
    return looked
  }

  #addSpan(wanted: Wanted, use: AnchorUse, at: number): void {
    const start = Math.max(0, at - use.before)
    const end = Math.min(this.#bytes.length, at + use.after)
    wanted.before = Math.max(wanted.before, use.before)
    wanted.after = Math.max(wanted.after, use.after)
    const last = wanted.spans[wanted.spans.length - 1]
    if (last !== undefined && start <= last.end && end >= last.start) {
      last.start = Math.min(last.start, start)
      last.end = Math.max(last.end, end)
    } else wanted.spans.push({ start, end })
  }

  #wanted({ rule, start, before, after }: AnchorUse): Wanted {
    let wanted = this.#byRule.get(rule)
    if (wanted === undefined) {
      wanted = { spans: [], starts: start === undefined ? undefined : [], before, after }
      this.#byRule.set(rule, wanted)
    }
    return wanted
  }

  /** By rule, in order of their starts. */
  *all(): Generator<readonly [number, readonly Window[]]> {
    for (const [rule, wanted] of this.#byRule) yield [rule, windowsOf(wanted)]
  }
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
