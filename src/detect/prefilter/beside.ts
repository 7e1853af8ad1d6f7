// What the kernel knows of the bytes beside anchors (beside.as.ts), laid out for its memory. Pure: uses in, bytes out.
import type { AnchorUse, AnchorUses, Boundaries, Follows } from '../compiled-rules.js'
import type { Follow } from '../pattern/follow.js'

export interface BesideTables {
  /** By anchor the number of its first use, and one more that ends them. */
  readonly useStarts: Uint32Array
  readonly useChecks: Uint8Array
  readonly automata: Uint8Array
  readonly boundarySets: Uint8Array
}

/** What is known of rules' anchors, as anchorUses() says it. */
export interface KnownBeside {
  readonly uses: AnchorUses
  readonly boundaries: Boundaries
  readonly follows: Follows
}

/** Bytes of a use: flags, the automaton's first state, how far behind the anchor it begins, its number, least and most bytes before the anchor, the boundary, how many automata look back, their numbers. */
const USE_BYTES = 16
const MOST_BEHINDS = USE_BYTES - 8
const HAS_FOLLOW = 1
const HAS_START = 2
const IS_RUN = 4
/** Four numbers of 32 bits. */
const HEAD_BYTES = 16

export function buildBeside(anchors: number, { uses, boundaries, follows }: KnownBeside): BesideTables {
  const useStarts = new Uint32Array(anchors + 1)
  const checks: Uint8Array[] = []
  for (let anchor = 0; anchor < anchors; anchor++) {
    const own = (uses[anchor] ?? []).map(checkOf)
    // One that has nothing to be left out for keeps the anchor for all.
    if (own.every((check) => check !== undefined)) checks.push(...own)
    useStarts[anchor + 1] = checks.length
  }
  return {
    useStarts,
    useChecks: joined(checks),
    automata: automataOf(follows),
    boundarySets: joined(boundaries),
  }
}

/** In memory of its own. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))

/** undefined where nothing is known beside the anchor, or more than a check has room for. */
function checkOf({ follow, start }: AnchorUse): Uint8Array | undefined {
  if (follow === undefined && start === undefined) return undefined
  const numbers = [0, 0, 0, 0, 0, 0, 0, 0]
  if (follow !== undefined) {
    numbers.splice(1, 3, follow.state, follow.from, follow.table)
    numbers[0] = HAS_FOLLOW
  }
  if (start !== undefined) {
    const { least, most, boundary, behinds } = start
    if (behinds.length > MOST_BEHINDS) return undefined
    numbers.splice(4, 4, least, most, boundary, behinds.length)
    numbers.push(...behinds)
    numbers[0] = (numbers[0] ?? 0) | HAS_START | (start.isRun ? IS_RUN : 0)
  }
  if (!numbers.every((number) => number <= 0xff)) return undefined
  const check = new Uint8Array(USE_BYTES)
  check.set(numbers)
  return check
}

function automataOf(follows: readonly Follow[]): Uint8Array {
  const heads = new Uint32Array((follows.length * HEAD_BYTES) / 4)
  const parts: Uint8Array[] = [new Uint8Array(heads.buffer)]
  let end = heads.byteLength
  for (const [number, { classes, next, width, most }] of follows.entries()) {
    heads.set([end, end + classes.length, width, most], number * 4)
    parts.push(classes, next)
    end += classes.length + next.length
  }
  return joined(parts)
}
