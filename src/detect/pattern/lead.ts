// What a match has before one of its places: enough to tell, from where an anchor stands, the one place at which the match can begin.
import { type ByteSet, NO_BYTE, shared, unionOf } from './byte-set.js'
import { type PatternNode, widthOf } from './tree.js'

export interface Lead {
  /** Least and most bytes. */
  readonly min: number
  readonly max: number
  /** What they can be. */
  readonly set: ByteSet
  /** What cannot stand right before the match. */
  readonly boundary: ByteSet
}

/** Where a match can begin, seen from an anchor: `least` to `most` bytes ahead of it, and behind no byte of `boundary`. */
export interface Start {
  readonly least: number
  readonly most: number
  readonly boundary: ByteSet
  /** All between the beginning and the anchor are of `boundary`: the nearest beginning is the only one. */
  readonly isRun: boolean
}

/** Beginnings that are tried one after another rather than looked for in a whole window. */
const FEW = 24

export const NO_LEAD: Lead = { min: 0, max: 0, set: NO_BYTE, boundary: NO_BYTE }

/** The lead of what follows `node`. */
export function leadBehind(lead: Lead, node: PatternNode): Lead {
  if (node.type === 'sequence') return node.items.reduce(leadBehind, lead)
  if (node.type === 'look' && node.negative && !node.ahead && node.item.type === 'byte' && lead.max === 0)
    return { ...lead, boundary: unionOf(new Set([lead.boundary, shared(node.item.set)])) }
  const { min, max } = widthOf(node)
  if (max === 0) return lead
  const sets = new Set([lead.set])
  collectSets(node, sets)
  return { ...lead, min: lead.min + min, max: lead.max + max, set: unionOf(sets) }
}

/** All bytes of which the matches of `node` consist; a back reference repeats what stood in the match before. */
function collectSets(node: PatternNode, into: Set<ByteSet>): void {
  if (node.type === 'byte') into.add(shared(node.set))
  else if (node.type === 'sequence') for (const item of node.items) collectSets(item, into)
  else if (node.type === 'choice') for (const option of node.options) collectSets(option, into)
  else if (node.type === 'repeat') collectSets(node.item, into)
}

/** undefined where a match with this lead can begin at many places. */
export function startOf({ min, max, set, boundary }: Lead): Start | undefined {
  const isRun = Number.isFinite(max) && set.every((flag, byte) => flag === 0 || boundary[byte] === 1)
  return isRun || max - min <= FEW ? { least: min, most: max, boundary, isRun } : undefined
}

/** The same where any byte may stand before the match; undefined where that leaves too many beginnings. */
export function withoutBoundary({ least, most }: Start): Start | undefined {
  return most - least <= FEW ? { least, most, boundary: NO_BYTE, isRun: false } : undefined
}
