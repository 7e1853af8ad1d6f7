// The tables that the prefilter kernel reads, laid out for its memory. Pure: anchors in, bytes out.
import type { Anchor } from '../pattern/anchors.js'
import { type ByteSet, classesOf, traitsOf } from '../pattern/byte-set.js'
import { HASHES, hashOf, trigrams } from '../pattern/trigrams.js'
import { MAX_ANCHOR } from '../pattern/walk.js'
import { type BesideTables, buildBeside, joined, type KnownBeside } from './beside.js'

/** Bytes of a fragment that are hashed. */
const FRAGMENT = 3
const ENTRY_BYTES = 24
const CHAIN_BYTES = 16
/** Before a fragment and behind it, as many bytes each are compared at once. */
const NEAR = 4

export interface KernelTables extends BesideTables {
  readonly table: Uint8Array
  readonly heads: Uint16Array
  readonly chains: Uint8Array
  readonly entries: Uint8Array
  readonly sequences: Uint16Array
  readonly sets: Uint8Array
  /** Most entries of one chain. */
  readonly longestChain: number
}

/** A trigram of an anchor and its offset in it. */
interface Fragment {
  readonly anchor: number
  readonly trigram: number
  readonly offset: number
}

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

/** Fragments that share a trigram's hash and a class of the byte behind it; their entries stand one after another. */
interface Chain {
  readonly hash: number
  readonly bit: number
  readonly fragments: readonly Fragment[]
}

function buildChains(anchors: readonly Anchor[], fragments: readonly Fragment[]) {
  const all = chainsOf(anchors, fragments)
  if (all.length > 0xffff) throw new RangeError('too many keywords in these rules')
  const table = new Uint8Array(HASHES)
  const heads = new Uint16Array(HASHES)
  const chains = new DataView(new ArrayBuffer(all.length * CHAIN_BYTES))
  const entries: Uint8Array[] = []
  for (const [number, { hash, bit, fragments }] of all.entries()) {
    if (table[hash] === 0) heads[hash] = number
    table[hash] = (table[hash] ?? 0) | (1 << bit)
    chains.setBigUint64(number * CHAIN_BYTES, pairsOf(anchors, fragments), true)
    chains.setUint32(number * CHAIN_BYTES + 8, entries.length, true)
    for (const [place, fragment] of fragments.entries())
      entries.push(entryOf(anchors, fragment, place + 1 < fragments.length))
  }
  const longestChain = Math.max(1, ...all.map((chain) => chain.fragments.length))
  return { table, heads, chains: new Uint8Array(chains.buffer), entries: joined(entries), longestChain }
}

/** In the order of their hashes, then of their classes. */
function chainsOf(anchors: readonly Anchor[], fragments: readonly Fragment[]): readonly Chain[] {
  const chains = new Map<number, Fragment[]>()
  for (const fragment of fragments) {
    const classes = classesOf(anchors[fragment.anchor]?.sets[fragment.offset + FRAGMENT])
    for (let bit = 0; bit < 8; bit++) {
      if (((classes >> bit) & 1) === 0) continue
      const key = hashOf(fragment.trigram) * 8 + bit
      const chain = chains.get(key)
      if (chain === undefined) chains.set(key, [fragment])
      // Two fragments of one anchor in one chain would give each hit twice.
      else if (!chain.some(({ anchor, offset }) => anchor === fragment.anchor && offset === fragment.offset))
        chain.push(fragment)
    }
  }
  return [...chains]
    .sort(([one], [other]) => one - other)
    .map(([key, own]) => ({ hash: key >> 3, bit: key & 7, fragments: own }))
}

/** A bit for each pair of classes in which the bytes before and behind one of the fragments can be, the first one behind not counted. */
function pairsOf(anchors: readonly Anchor[], fragments: readonly Fragment[]): bigint {
  let pairs = 0n
  for (const { anchor, offset } of fragments) {
    const sets = anchors[anchor]?.sets ?? []
    const [before, behind] = [classesOf(sets[offset - 1]), classesOf(sets[offset + FRAGMENT + 1])]
    for (let bit = 0; bit < 8; bit++) if ((before >> bit) & 1) pairs |= BigInt(behind) << BigInt(bit * 8)
  }
  return pairs
}

function entryOf(anchors: readonly Anchor[], { anchor, offset }: Fragment, isFollowed: boolean): Uint8Array {
  const sets = anchors[anchor]?.sets ?? []
  const entry = new DataView(new ArrayBuffer(ENTRY_BYTES))
  entry.setUint16(0, isFollowed ? 1 : 0, true)
  entry.setUint16(2, anchor, true)
  entry.setInt8(4, offset)
  entry.setUint8(5, sets.length)
  for (let place = 0; place < NEAR; place++) {
    writeNear(entry, place, sets[offset - NEAR + place])
    writeNear(entry, NEAR + place, sets[offset + FRAGMENT + place])
  }
  return new Uint8Array(entry.buffer)
}

/** Of the bytes that are compared at once the bits that are the same whatever letter or sign of the set it is: a mask, and what they are. */
function writeNear(entry: DataView, place: number, set: ByteSet | undefined): void {
  if (set === undefined) return
  const folds = [...traitsOf(set).folds.keys()]
  const some = folds.reduce((bits, fold) => bits | fold, 0)
  const every = folds.reduce((bits, fold) => bits & fold, 0x3f)
  const same = ~(some ^ every) & 0x3f
  entry.setUint8(8 + place, same)
  entry.setUint8(16 + place, every & same)
}
