// The tables that the prefilter kernel reads, laid out for its memory. Pure: anchors in, bytes out.

import { type Anchor, MAX_ANCHOR } from '../pattern/anchors.js'
import { type ByteSet, traitsOf } from '../pattern/byte-set.js'

const BITMAP_BYTES = 2 ** 18 / 8
const HEADS = 4096
const ENTRY_BYTES = 8
const BUCKETS = 8

export interface KernelTables {
  readonly bitmap: Uint8Array
  readonly heads: Uint16Array
  readonly entries: Uint8Array
  readonly sequences: Uint16Array
  readonly sets: Uint8Array
  readonly masks: Uint8Array
  /** Most entries behind one trigram's hash. */
  readonly longestChain: number
}

interface Fragment {
  readonly anchor: number
  /** Folded bytes, and the bytes of the anchor's sets that fold to them. */
  readonly bytes: readonly [number, number, number]
  readonly members: readonly (readonly number[])[]
}

const trigramOf = ([first, second, third]: Fragment['bytes']): number => first | (second << 6) | (third << 12)
/** As the kernel hashes: the upper 12 bits of a product modulo 2^32. */
const hashOf = (trigram: number): number => Math.imul(trigram, 0x9e3779b1) >>> 20

function fragmentsOf(anchor: Anchor, index: number): Fragment[] {
  const place = (step: number) => {
    const set = anchor.sets[anchor.fragment + step]
    return set === undefined ? [] : [...traitsOf(set).folds]
  }
  const [firsts, seconds, thirds] = [place(0), place(1), place(2)]
  return firsts.flatMap(([a, as]) =>
    seconds.flatMap(([b, bs]) =>
      thirds.map(([c, cs]): Fragment => ({ anchor: index, bytes: [a, b, c], members: [as, bs, cs] })),
    ),
  )
}

/** @throws RangeError where there are more anchors or fragments than the kernel can number. */
export function buildTables(anchors: readonly Anchor[]): KernelTables {
  const fragments = anchors.flatMap(fragmentsOf)
  if (fragments.length >= 0xffff || anchors.length > 0xffff) throw new RangeError('too many keywords in these rules')
  const { sequences, sets } = buildSets(anchors)
  return { ...buildChains(anchors, fragments), sequences, sets, masks: buildMasks(fragments) }
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

function buildChains(anchors: readonly Anchor[], fragments: readonly Fragment[]) {
  const bitmap = new Uint8Array(BITMAP_BYTES)
  const heads = new Uint16Array(HEADS)
  const entries = new Uint8Array((fragments.length + 1) * ENTRY_BYTES)
  const view = new DataView(entries.buffer)
  const chains = new Uint16Array(HEADS)
  const seen = new Set<string>()
  for (const [index, fragment] of fragments.entries()) {
    const trigram = trigramOf(fragment.bytes)
    const key = `${hashOf(trigram)} ${fragment.anchor}`
    bitmap[trigram >> 3] = (bitmap[trigram >> 3] ?? 0) | (1 << (trigram & 7))
    // Two fragments of one anchor behind one hash would give each hit twice.
    if (seen.has(key)) continue
    seen.add(key)
    const hash = hashOf(trigram)
    const base = (index + 1) * ENTRY_BYTES
    view.setUint16(base, heads[hash] ?? 0, true)
    view.setUint16(base + 2, fragment.anchor, true)
    view.setUint8(base + 4, anchors[fragment.anchor]?.fragment ?? 0)
    view.setUint8(base + 5, anchors[fragment.anchor]?.sets.length ?? 0)
    heads[hash] = index + 1
    chains[hash] = (chains[hash] ?? 0) + 1
  }
  return { bitmap, heads, entries, longestChain: Math.max(1, ...chains) }
}

/** Fragments that resemble each other share a bucket (a bit), so that few bytes pass by chance. */
function buildMasks(fragments: readonly Fragment[]): Uint8Array {
  const masks = new Uint8Array(6 * 16)
  const sorted = [...fragments].sort(
    (a, b) => a.bytes[0] - b.bytes[0] || a.bytes[1] - b.bytes[1] || a.bytes[2] - b.bytes[2],
  )
  for (const [rank, { members }] of sorted.entries()) {
    const bit = 1 << Math.floor((rank * BUCKETS) / sorted.length)
    for (const [place, bytes] of members.entries()) {
      for (const byte of bytes) {
        const low = place * 32 + (byte & 15)
        const high = place * 32 + 16 + (byte >> 4)
        masks[low] = (masks[low] ?? 0) | bit
        masks[high] = (masks[high] ?? 0) | bit
      }
    }
  }
  return masks
}
