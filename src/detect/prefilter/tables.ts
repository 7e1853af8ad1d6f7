// The tables that the prefilter kernel reads, laid out for its memory. Pure: anchors in, bytes out.
import type { Anchor } from '../pattern/anchors.js'
import { type ByteSet, classesOf, traitsOf } from '../pattern/byte-set.js'
import { trigrams } from '../pattern/trigrams.js'
import { MAX_ANCHOR } from '../pattern/walk.js'
import { type BesideTables, buildBeside, type KnownBeside } from './beside.js'

/** Bytes of a fragment that are hashed. */
const FRAGMENT = 3
const HASHES = 2 ** 16
const ENTRY_BYTES = 24
/** Bytes round a fragment that are compared at once. */
const NEAR = 8

export interface KernelTables extends BesideTables {
  readonly table: Uint8Array
  readonly heads: Uint32Array
  readonly entries: Uint8Array
  readonly sequences: Uint16Array
  readonly sets: Uint8Array
  /** Most entries behind one trigram's hash. */
  readonly longestChain: number
}

/** A trigram of an anchor and its offset in it. */
interface Fragment {
  readonly anchor: number
  readonly trigram: number
  readonly offset: number
}

/** As the kernel hashes: the first two folded bytes by one factor, the third by another, modulo 2^16. */
const hashOf = (trigram: number): number => ((trigram & 0xfff) * 0xcab1 + (trigram >> 12) * 0xf7dd) & 0xffff

/** One stands at an even place, wherever the anchor does. */
function fragmentsOf(anchor: Anchor, index: number): Fragment[] {
  return anchor.fragments.flatMap((offset) =>
    [...trigrams(anchor.sets, offset)].map((trigram) => ({ anchor: index, trigram, offset })),
  )
}

const NOTHING_KNOWN: KnownBeside = { uses: [], boundaries: [], follows: [] }

/** @throws RangeError where there are more anchors or fragments than the kernel can number. */
export function buildTables(anchors: readonly Anchor[], known = NOTHING_KNOWN): KernelTables {
  const fragments = anchors.flatMap(fragmentsOf)
  if (fragments.length >= 0xffff || anchors.length > 0xffff) throw new RangeError('too many keywords in these rules')
  return { ...buildChains(anchors, fragments), ...buildSets(anchors), ...buildBeside(anchors.length, known) }
}

function buildSets(anchors: readonly Anchor[]): Pick<KernelTables, 'sequences' | 'sets'> {
  const numbers = new Map<ByteSet, number>()
  const sequences = new Uint16Array(anchors.length * MAX_ANCHOR)
  for (const [index, anchor] of anchors.entries()) {
    for (const [place, set] of anchor.sets.entries()) {
      const number = numbers.get(set) ?? numbers.size
      numbers.set(set, number)
      sequences[index * MAX_ANCHOR + place] = number
    }
  }
  const sets = new Uint8Array(numbers.size * 256)
  for (const [set, number] of numbers) sets.set(set, number * 256)
  return { sequences, sets }
}

/** The entries behind one hash stand one after another, so that they come from memory together. */
function buildChains(anchors: readonly Anchor[], fragments: readonly Fragment[]) {
  const table = new Uint8Array(HASHES)
  const heads = new Uint32Array(HASHES)
  const chains = chainsOf(anchors, fragments, table)
  const count = [...chains.values()].reduce((sum, chain) => sum + chain.length, 0)
  const entries = new Uint8Array((count + 1) * ENTRY_BYTES)
  let index = 1
  let longestChain = 1
  for (const [hash, chain] of chains) {
    heads[hash] = index | (neighbours(anchors, chain, -1) << 16) | (neighbours(anchors, chain, FRAGMENT + 1) << 24)
    longestChain = Math.max(longestChain, chain.length)
    for (const [place, { anchor, offset }] of chain.entries()) {
      const sets = anchors[anchor]?.sets ?? []
      const entry = new DataView(entries.buffer, index++ * ENTRY_BYTES, ENTRY_BYTES)
      entry.setUint16(0, place + 1 < chain.length ? 1 : 0, true)
      entry.setUint16(2, anchor, true)
      entry.setInt8(4, offset)
      entry.setUint8(5, sets.length)
      writeNear(entry, sets, offset)
    }
  }
  return { table, heads, entries, longestChain }
}

/** The classes of the bytes that may stand `distance` bytes from the beginning of one of the fragments. */
function neighbours(anchors: readonly Anchor[], chain: readonly Fragment[], distance: number): number {
  return chain.reduce((all, { anchor, offset }) => all | classesOf(anchors[anchor]?.sets[offset + distance]), 0)
}

/** The fragments by their hash, each anchor's once; fills `table`. */
function chainsOf(
  anchors: readonly Anchor[],
  fragments: readonly Fragment[],
  table: Uint8Array,
): ReadonlyMap<number, readonly Fragment[]> {
  const chains = new Map<number, Fragment[]>()
  for (const fragment of fragments) {
    const { anchor, trigram, offset } = fragment
    const hash = hashOf(trigram)
    table[hash] = (table[hash] ?? 0) | classesOf(anchors[anchor]?.sets[offset + FRAGMENT])
    const chain = chains.get(hash)
    if (chain === undefined) chains.set(hash, [fragment])
    // Two fragments of one anchor behind one hash would give each hit twice.
    else if (!chain.some((other) => other.anchor === anchor && other.offset === offset)) chain.push(fragment)
  }
  return chains
}

/** Of eight bytes round the fragment those that can be but one letter or sign: where they begin, a mask, and what they fold to. */
function writeNear(entry: DataView, sets: readonly ByteSet[], offset: number): void {
  const single = sets.map((set) => {
    const { folds } = traitsOf(set)
    return folds.size === 1 ? [...folds.keys()][0] : undefined
  })
  let start = offset
  let most = -1
  for (let from = offset - NEAR + 1; from <= offset; from++) {
    const known = single.slice(Math.max(0, from), from + NEAR).filter((fold) => fold !== undefined).length
    if (known <= most) continue
    most = known
    start = from
  }
  entry.setUint8(6, offset - start)
  for (let place = 0; place < NEAR; place++) {
    const fold = single[start + place]
    if (fold === undefined) continue
    entry.setUint8(8 + place, 0x3f)
    entry.setUint8(16 + place, fold)
  }
}
