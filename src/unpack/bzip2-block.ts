// One block of a .bz2 stream: move-to-front, Burrows-Wheeler and run lengths undone. Every count is bounded. Its codes: bzip2-codes.ts.
import { type BitSource, BlockError, damaged, readSymbol, readTable, type Table } from './bzip2-codes.js'

export interface DecodedBlock {
  /** The checksum that the block claims. */
  readonly claimed: number
  /** The plain bytes in pieces of `size`; each piece is the caller's. */
  output(size: number): Generator<Uint8Array>
  /** Whether the checksum fits what output() gave. */
  sound(): boolean
}

const GROUP = 50
const RUN_B = 1

/** Decodes the block behind its 48-bit mark. Throws BlockError for bad data. */
export function decodeBlock(bits: BitSource, blockSize: number): DecodedBlock {
  const claimed = (bits.read(16) << 16) | bits.read(16)
  if (bits.read(1) === 1) throw new BlockError('it is of an old form that is not supported')
  const origin = bits.read(24)
  const used = readUsedBytes(bits)
  const groups = bits.read(3)
  const selectorCount = bits.read(15)
  if (groups < 2 || groups > 6 || selectorCount === 0) throw damaged()
  const selectors = readSelectors(bits, groups, selectorCount)
  const tables = Array.from({ length: groups }, () => readTable(bits, used.length + 2))
  const transformed = readSymbols(bits, { used, selectors, tables, blockSize })
  if (origin >= transformed.length) throw damaged()
  return { claimed, ...runLengths(invert(transformed), transformed.length, origin, claimed) }
}

function readUsedBytes(bits: BitSource): number[] {
  const rows = bits.read(16)
  const used: number[] = []
  for (let row = 0; row < 16; row++) {
    if (((rows >> (15 - row)) & 1) === 0) continue
    const columns = bits.read(16)
    for (let column = 0; column < 16; column++) if ((columns >> (15 - column)) & 1) used.push(row * 16 + column)
  }
  if (used.length === 0) throw damaged()
  return used
}

function readSelectors(bits: BitSource, groups: number, count: number): Uint8Array {
  const order = Array.from({ length: groups }, (_, index) => index)
  return Uint8Array.from({ length: count }, () => {
    let place = 0
    while (bits.read(1) === 1) if (++place >= groups) throw damaged()
    const [group = 0] = order.splice(place, 1)
    order.unshift(group)
    return group
  })
}

interface Coding {
  readonly used: readonly number[]
  readonly selectors: Uint8Array
  readonly tables: readonly Table[]
  readonly blockSize: number
}

/** The last column of the Burrows-Wheeler matrix: run-length and move-to-front coding undone. */
function readSymbols(bits: BitSource, { used, selectors, tables, blockSize }: Coding): Uint32Array {
  const column = new Uint32Array(blockSize)
  const front = Uint8Array.from(used)
  const end = used.length + 1
  let count = 0
  let run = 0
  let weight = 1
  for (let read = 0; ; read++) {
    const table = tables[selectors[Math.floor(read / GROUP)] ?? -1]
    if (table === undefined) throw damaged()
    const symbol = readSymbol(bits, table)
    if (symbol <= RUN_B) {
      run += symbol === RUN_B ? 2 * weight : weight
      weight *= 2
      if (run > blockSize) throw damaged()
      continue
    }
    if (count + run > blockSize) throw damaged()
    column.fill(front[0] ?? 0, count, count + run)
    count += run
    run = 0
    weight = 1
    if (symbol === end) return column.subarray(0, count)
    if (count >= blockSize) throw damaged()
    const place = symbol - 1
    const byte = front[place] ?? 0
    front.copyWithin(1, 0, place)
    front[0] = byte
    column[count++] = byte
  }
}

/** Puts into the upper 24 bits of each entry where the next byte of the text stands. */
function invert(column: Uint32Array): Uint32Array {
  const next = new Uint32Array(256)
  for (const byte of column) next[byte] = (next[byte] ?? 0) + 1
  let sum = 0
  for (let byte = 0; byte < 256; byte++) {
    const count = next[byte] ?? 0
    next[byte] = sum
    sum += count
  }
  for (let index = 0; index < column.length; index++) {
    const byte = (column[index] ?? 0) & 0xff
    const at = next[byte] ?? 0
    next[byte] = at + 1
    column[at] = (column[at] ?? 0) | (index << 8)
  }
  return column
}

/** Four equal bytes are followed by a count of more; checksums are over the plain bytes. */
function runLengths(
  chain: Uint32Array,
  length: number,
  origin: number,
  claimed: number,
): Omit<DecodedBlock, 'claimed'> {
  const state: RunState = { at: (chain[origin] ?? 0) >>> 8, left: length, previous: -1, equal: 0, copies: 0, crc: -1 }
  function* output(size: number): Generator<Uint8Array> {
    while (state.left > 0 || state.copies > 0) {
      const chunk = new Uint8Array(size)
      const filled = fill(chunk, chain, state)
      if (filled > 0) yield chunk.subarray(0, filled)
    }
  }
  return { output, sound: () => ~state.crc === claimed }
}

/** Where the text of a block has been written up to. */
interface RunState {
  /** Of the next entry in the chain. */
  at: number
  /** Entries that have not been read. */
  left: number
  previous: number
  /** Bytes before that equal `previous`, up to four. */
  equal: number
  /** Of `previous`, for which the last chunk had no room. */
  copies: number
  crc: number
}

/** Writes on with the text until the chunk is full or the text ends; returns how many bytes it wrote. Its loops are hot: all in locals. */
function fill(chunk: Uint8Array, chain: Uint32Array, state: RunState): number {
  const size = chunk.length
  let { at, left, previous, equal, copies, crc } = state
  let filled = 0
  while (filled < size) {
    if (copies > 0) {
      for (; copies > 0 && filled < size; copies--) {
        chunk[filled++] = previous
        crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ previous] ?? 0)
      }
      continue
    }
    if (left === 0) break
    left--
    const entry = chain[at] ?? 0
    at = entry >>> 8
    const byte = entry & 0xff
    if (equal === 4) {
      copies = byte
      equal = 0
      continue
    }
    equal = byte === previous && equal > 0 ? equal + 1 : 1
    previous = byte
    chunk[filled++] = byte
    crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ byte] ?? 0)
  }
  Object.assign(state, { at, left, previous, equal, copies, crc })
  return filled
}

/** CRC-32 with the highest bit first, as bzip2 has it. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0)
  return value
})
