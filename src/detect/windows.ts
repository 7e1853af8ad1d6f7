// The parts of a text in which a rule's pattern is run: round its anchors, merged where they touch, so that no byte is looked at twice,
// and cut where they grow long, so that a slow rule can be stopped between them.
import type { AnchorUse } from './compiled-rules.js'

/** Bytes of a window after which it is cut. */
const LONGEST = 64 * 1024

export interface Window {
  readonly start: number
  readonly end: number
  /** Matches that begin in this range are the window's own; others are seen better by its neighbour. */
  readonly from: number
  readonly to: number
}

/** What one rule wants to see. */
interface Wanted {
  readonly spans: { start: number; end: number }[]
  /** The widest reach of its anchors. */
  before: number
  after: number
}

export class Windows {
  readonly #byRule = new Map<number, Wanted>()
  readonly #length: number

  constructor(textLength: number) {
    this.#length = textLength
  }

  /** Adds what `use` wants to see of an anchor that begins at `at`. */
  add(use: AnchorUse, at: number): void {
    const start = Math.max(0, at - use.before)
    const end = Math.min(this.#length, at + use.after)
    const wanted = this.#byRule.get(use.rule)
    if (wanted === undefined) {
      this.#byRule.set(use.rule, { spans: [{ start, end }], before: use.before, after: use.after })
      return
    }
    wanted.before = Math.max(wanted.before, use.before)
    wanted.after = Math.max(wanted.after, use.after)
    const last = wanted.spans[wanted.spans.length - 1]
    if (last !== undefined && start <= last.end && end >= last.start) {
      last.start = Math.min(last.start, start)
      last.end = Math.max(last.end, end)
    } else wanted.spans.push({ start, end })
  }

  /** By rule, in order of their starts. */
  *all(): Generator<readonly [number, readonly Window[]]> {
    for (const [rule, wanted] of this.#byRule) yield [rule, merged(wanted).flatMap((span) => cut(span, wanted))]
  }
}

function merged({ spans }: Wanted): Wanted['spans'] {
  if (spans.length === 1) return spans
  const result: Wanted['spans'] = []
  for (const span of spans.sort((a, b) => a.start - b.start)) {
    const last = result.at(-1)
    if (last !== undefined && span.start <= last.end) last.end = Math.max(last.end, span.end)
    else result.push(span)
  }
  return result
}

/** A match begins at most `before` bytes ahead of its anchor and ends at most `after` bytes behind it: pieces overlap by that. */
function cut({ start, end }: Wanted['spans'][number], { before, after }: Wanted): Window[] {
  if (end - start <= LONGEST) return [{ start, end, from: start, to: end }]
  const pieces: Window[] = []
  for (let from = start; from < end; from += LONGEST) {
    const to = Math.min(end, from + LONGEST)
    pieces.push({ start: Math.max(start, from - before), end: Math.min(end, to + before + after), from, to })
  }
  return pieces
}
