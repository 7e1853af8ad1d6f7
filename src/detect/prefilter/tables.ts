// The tables that the prefilter kernel reads, laid out for its memory. Pure: anchors in, bytes out.
import { type Anchor, MAX_ANCHOR } from '../pattern/anchors.js'
import type { ByteSet } from '../pattern/byte-set.js'
import { trigrams } from '../pattern/trigrams.js'

const BITMAP_BYTES = 2 ** 18 / 8
const HEADS = 4096
const ENTRY_BYTES = 8

export interface KernelTables {
  readonly bitmap: Uint8Array
  readonly heads: Uint16Array
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

/** As the kernel hashes: the upper 12 bits of a product modulo 2^32. */
const hashOf = (trigram: number): number => Math.imul(trigram, 0x9e3779b1) >>> 20

/** Two in a row, of which one stands at an even place. */
function fragmentsOf(anchor: Anchor, index: number): Fragment[] {
  return [anchor.fragment, anchor.fragment + 1].flatMap((offset) =>
    [...trigrams(anchor.sets, offset)].map((trigram) => ({ anchor: index, trigram, offset })),
  )
}

/** @throws RangeError where there are more anchors or fragments than the kernel can number. */
export function buildTables(anchors: readonly Anchor[]): KernelTables {
  const fragments = anchors.flatMap(fragmentsOf)
  if (fragments.length >= 0xffff || anchors.length > 0xffff) throw new RangeError('too many keywords in these rules')
  return { ...buildChains(anchors, fragments), ...buildSets(anchors) }
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
  for (const [index, { anchor, trigram, offset }] of fragments.entries()) {
    const hash = hashOf(trigram)
    const key = `${hash} ${anchor} ${offset}`
    bitmap[trigram >> 3] = (bitmap[trigram >> 3] ?? 0) | (1 << (trigram & 7))
    // Two fragments of one anchor behind one hash would give each hit twice.
    if (seen.has(key)) continue
    seen.add(key)
    const base = (index + 1) * ENTRY_BYTES
    view.setUint16(base, heads[hash] ?? 0, true)
    view.setUint16(base + 2, anchor, true)
    view.setUint8(base + 4, offset)
    view.setUint8(base + 5, anchors[anchor]?.sets.length ?? 0)
    heads[hash] = index + 1
    chains[hash] = (chains[hash] ?? 0) + 1
  }
  return { bitmap, heads, entries, longestChain: Math.max(1, ...chains) }
}
