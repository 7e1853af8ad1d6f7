// GNU sparse files: which regions of a file an entry's stored bytes are. Holes are never allocated, only marked, so that text on their
// two sides does not run together. Old GNU headers (type S) and pax 0.0, 0.1 and 1.0 (GNU tar manual, "Sparse Formats").
import type { ByteReader } from './byte-reader.js'
import { decimal, type PaxRecords, type SparsePair } from './pax.js'
import { BLOCK, parseNumber } from './tar-header.js'

export interface SparseMap {
  readonly regions: readonly SparsePair[]
  /** The file's size with its holes, as claimed. */
  readonly realSize: number
}

/** A map that is broken or above the limits: the stored bytes are then read as they lie. */
export type MapResult = { readonly map?: SparseMap; readonly problem?: string }

const MAX_REGIONS = 65_536
const MAX_MAP_BYTES = 1024 * 1024
/** Holes are written out as zeros up to this much a file; a larger one becomes HOLE_MARK zeros. */
const MAX_HOLE_BYTES = 1024 * 1024
const HOLE_MARK = 512

/** Reads the map of an old GNU header and the extension blocks behind it, which stand before the data and are not part of its size. */
export async function readOldGnuMap(header: Uint8Array, input: ByteReader): Promise<MapResult> {
  const regions: SparsePair[] = []
  let problem = addRegions(regions, header, 386, 4)
  let more = header[482] !== 0
  while (more) {
    const block = await input.read(BLOCK)
    if (block.length < BLOCK) return { problem: 'its sparse map is cut off' }
    problem ??= addRegions(regions, block, 0, 21)
    more = block[504] !== 0
  }
  return problem === undefined ? checked(regions, parseNumber(header, 483, 12)) : { problem }
}

function addRegions(regions: SparsePair[], block: Uint8Array, at: number, count: number): string | undefined {
  for (let index = 0; index < count; index++, at += 24) {
    if (block[at] === 0) return undefined
    if (regions.length >= MAX_REGIONS) return `its sparse map has more than ${MAX_REGIONS} regions`
    regions.push({ offset: parseNumber(block, at, 12), length: parseNumber(block, at + 12, 12) })
  }
  return undefined
}

/** Whether pax records say that the file is sparse, and how its map is written. */
export function paxSparseForm(records: PaxRecords): 'header' | 'body' | undefined {
  if (records.size === 0) return undefined
  const major = text(records, 'GNU.sparse.major')
  const minor = text(records, 'GNU.sparse.minor')
  if (major === '1' && minor === '0') return 'body'
  if (major === '0' && (minor === '0' || minor === '1')) return 'header'
  if (major === '' && minor === '' && (records.has('GNU.sparse.map') || records.has('GNU.sparse.offset')))
    return 'header'
  return undefined
}

/** The map of the forms 0.0 (pairs of records) and 0.1 (one record of numbers). */
export function paxHeaderMap(records: PaxRecords, pairs: readonly SparsePair[]): MapResult {
  const map = records.get('GNU.sparse.map')
  const realSize = realSizeOf(records)
  if (map === undefined) return checked(pairs, realSize)
  const numbers = split(map, 0x2c).map((part) => decimal(part) ?? Number.NaN)
  return checked(paired(numbers), realSize)
}

/** The map of form 1.0: lines of numbers in front of the data, padded to a block. Leaves the reader behind it; `used` counts its bytes. */
export async function readPaxBodyMap(
  records: PaxRecords,
  input: ByteReader,
  size: number,
): Promise<MapResult & { readonly used: number }> {
  const lines: number[] = []
  let line = ''
  let used = 0
  let wanted = 1
  while (lines.length < wanted) {
    const block = used + BLOCK > Math.min(size, MAX_MAP_BYTES) ? undefined : await input.read(BLOCK)
    used += block?.length ?? 0
    if (block === undefined || block.length < BLOCK) return { used, problem: 'its sparse map is cut off or too long' }
    for (const byte of block) {
      if (byte !== 0x0a) line += String.fromCharCode(byte)
      else if (lines.push(decimal(Buffer.from(line, 'latin1')) ?? Number.NaN) === wanted && wanted > 1) break
      else {
        line = ''
        if (lines.length === 1) wanted = 1 + 2 * (lines[0] ?? 0)
        if (!(wanted <= 1 + 2 * MAX_REGIONS))
          return { used, problem: `its sparse map is broken or has more than ${MAX_REGIONS} regions` }
        if (lines.length === wanted) break
      }
    }
  }
  return { used, ...checked(paired(lines.slice(1)), realSizeOf(records)) }
}

/** Bytes that expand() will give for `map`. */
export function expandedSize(map: SparseMap): number {
  return holes(map).reduce((sum, hole) => sum + hole, 0) + map.regions.reduce((sum, region) => sum + region.length, 0)
}

/** `stored` with the holes of `map` put in as zeros (long holes cut short). */
export async function* expand(stored: AsyncIterable<Uint8Array>, map: SparseMap): AsyncGenerator<Uint8Array> {
  const gaps = holes(map)
  let index = 0
  let left = 0
  const zeros = function* (): Generator<Uint8Array> {
    while (left === 0 && index < gaps.length) {
      const gap = gaps[index] ?? 0
      if (gap > 0) yield new Uint8Array(gap)
      left = map.regions[index]?.length ?? 0
      index++
    }
  }
  yield* zeros()
  for await (const chunk of stored) {
    for (let at = 0; at < chunk.length; ) {
      const piece = left > 0 ? chunk.subarray(at, at + left) : chunk.subarray(at)
      at += piece.length
      left = Math.max(0, left - piece.length)
      yield piece
      if (left === 0) yield* zeros()
    }
  }
}

/** The zeros to write before each region and after the last. */
function holes(map: SparseMap): readonly number[] {
  let budget = MAX_HOLE_BYTES
  let at = 0
  const gap = (to: number): number => {
    const hole = Math.max(0, to - at)
    const written = hole <= budget ? hole : HOLE_MARK
    budget -= hole <= budget ? hole : 0
    return written
  }
  const before = map.regions.map((region) => {
    const written = gap(region.offset)
    at = region.offset + region.length
    return written
  })
  return [...before, gap(map.realSize)]
}

function checked(regions: readonly SparsePair[], realSize: number): MapResult {
  let at = 0
  for (const { offset, length } of regions) {
    if (!(offset >= at && length >= 0 && offset + length <= realSize)) return { problem: 'its sparse map is broken' }
    at = offset + length
  }
  return { map: { regions, realSize } }
}

function paired(numbers: readonly number[]): SparsePair[] {
  const pairs: SparsePair[] = []
  for (let at = 0; at < numbers.length; at += 2)
    pairs.push({ offset: numbers[at] ?? Number.NaN, length: numbers[at + 1] ?? Number.NaN })
  return pairs
}

function realSizeOf(records: PaxRecords): number {
  const value = records.get('GNU.sparse.realsize') ?? records.get('GNU.sparse.size')
  return value === undefined ? Number.NaN : (decimal(value) ?? Number.NaN)
}

function text(records: PaxRecords, key: string): string {
  return Buffer.from(records.get(key) ?? []).toString('latin1')
}

function split(bytes: Uint8Array, separator: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  let start = 0
  for (let end = bytes.indexOf(separator); end >= 0; end = bytes.indexOf(separator, start)) {
    parts.push(bytes.subarray(start, end))
    start = end + 1
  }
  parts.push(bytes.subarray(start))
  return parts.length > 2 * MAX_REGIONS ? [] : parts
}
