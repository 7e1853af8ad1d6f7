// The Huffman codes of a .bz2 block: their tables as the block gives them, and one symbol after another.

/** Bits, highest first. */
export interface BitSource {
  /** `count` is 1 to 24. */
  read(count: number): number
  /** The next MAX_LENGTH bits, left where they are; behind the end stand zeros. */
  peek(): number
  skip(count: number): void
  /** Bits read so far. */
  position(): number
}

export class BlockError extends Error {}

export function damaged(): BlockError {
  return new BlockError('the compressed bytes are damaged')
}

/** Bits of the longest code. */
export const MAX_LENGTH = 20
/** Bits of codes that are looked up in one step; nearly all are no longer. */
const QUICK_BITS = 10
const LENGTH_BITS = 5

/** The codes of one table. */
export interface Table {
  /** By the next QUICK_BITS bits: symbol and length of the code that they begin with, 0 where it is longer than that or there is none. */
  readonly quick: Uint16Array
  readonly longest: number
  /** Largest code of each length, -1 where there is none. */
  readonly limit: Int32Array
  /** What to take off a code of each length to get its index in `symbols`. */
  readonly base: Int32Array
  readonly symbols: Uint16Array
}

/** The next table. @throws BlockError */
export function readTable(bits: BitSource, symbolCount: number): Table {
  const lengths = new Uint8Array(symbolCount)
  let length = bits.read(5)
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    while (true) {
      if (length < 1 || length > MAX_LENGTH) throw damaged()
      if (bits.read(1) === 0) break
      length += bits.read(1) === 0 ? 1 : -1
    }
    lengths[symbol] = length
  }
  return canonicalTable(lengths)
}

function canonicalTable(lengths: Uint8Array): Table {
  const shortest = Math.min(...lengths)
  const longest = Math.max(...lengths)
  const limit = new Int32Array(MAX_LENGTH + 2).fill(-1)
  const base = new Int32Array(MAX_LENGTH + 2)
  const symbols = new Uint16Array(lengths.length)
  const quick = new Uint16Array(1 << QUICK_BITS)
  let placed = 0
  let code = 0
  for (let length = shortest; length <= longest; length++) {
    base[length] = code - placed
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue
      symbols[placed++] = symbol
      const free = QUICK_BITS - length
      if (free >= 0) quick.fill((symbol << LENGTH_BITS) | length, code << free, (code + 1) << free)
      code++
    }
    limit[length] = code - 1
    code <<= 1
  }
  return { quick, longest, limit, base, symbols }
}

/** The next symbol. @throws BlockError where no code stands there */
export function readSymbol(bits: BitSource, table: Table): number {
  const ahead = bits.peek()
  const found = table.quick[ahead >>> (MAX_LENGTH - QUICK_BITS)] ?? 0
  if (found === 0) return readLongSymbol(bits, table, ahead)
  bits.skip(found & ((1 << LENGTH_BITS) - 1))
  return found >>> LENGTH_BITS
}

function readLongSymbol(bits: BitSource, table: Table, ahead: number): number {
  for (let length = QUICK_BITS + 1; length <= table.longest; length++) {
    const code = ahead >>> (MAX_LENGTH - length)
    if (code > (table.limit[length] ?? -1)) continue
    const symbol = table.symbols[code - (table.base[length] ?? 0)]
    if (symbol === undefined) break
    bits.skip(length)
    return symbol
  }
  throw damaged()
}
