// One 512-byte tar header, read by the rules of Docker's reader (Go's archive/tar), which decides what lands in a container. Where
// the POSIX text and that reader differ, that reader wins. Not for extended headers.

export const BLOCK = 512

export type TarFormat = 'v7' | 'ustar' | 'star' | 'gnu'

/** The fields as they stand in the block; names are bytes since ustar and GNU names have no encoding. */
export interface TarHeader {
  readonly format: TarFormat
  readonly typeflag: string
  readonly name: Uint8Array
  readonly linkName: Uint8Array
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** Thrown for a block that is no header; the reader turns it into an Issue. */
export class BadHeaderError extends Error {}

const SPACE = 0x20
const ZERO = 0x30
const SEVEN = 0x37
const AT = {
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  checksum: 148,
  type: 156,
  link: 157,
  magic: 257,
  prefix: 345,
} as const

/** Whether all of `block` is zero: half of an archive's end marker. */
export function isZeroBlock(block: Uint8Array): boolean {
  if (block[0] !== 0) return false
  for (let at = 1; at < block.length; at++) if (block[at] !== 0) return false
  return true
}

/** Reads a block that is not all zero. Throws BadHeaderError for a wrong checksum or number. */
export function readHeader(block: Uint8Array): TarHeader {
  checkSum(block)
  const format = formatOf(block)
  return {
    format,
    typeflag: String.fromCharCode(block[AT.type] ?? 0),
    name: withPrefix(block, format),
    linkName: text(block, AT.link, 100),
    size: sizeOf(block),
    mode: lenient(block, AT.mode, 8),
    uid: lenient(block, AT.uid, 8),
    gid: lenient(block, AT.gid, 8),
  }
}

/** The header of a block, if one can be read from it. */
export function soundHeader(block: Uint8Array): TarHeader | undefined {
  try {
    return readHeader(block)
  } catch (error) {
    if (error instanceof BadHeaderError) return undefined
    throw error
  }
}

/** Whether a header can be read from the block: source code may hold the magic word at the same place. */
export function isHeader(block: Uint8Array): boolean {
  return soundHeader(block) !== undefined
}

function checkSum(block: Uint8Array): void {
  if (number(block, AT.checksum, 8) === unsignedSum(block)) return
  let unsigned = 8 * SPACE
  let high = 0
  for (let at = 0; at < BLOCK; at++) {
    if (at === AT.checksum) at += 8
    const byte = block[at] ?? 0
    unsigned += byte
    if (byte > 0x7f) high++
  }
  const claimed = number(block, AT.checksum, 8)
  // Old writers summed signed characters; both sums are accepted everywhere.
  if (claimed !== unsigned && claimed !== unsigned - 256 * high) throw new BadHeaderError('a header checksum is wrong')
}

/** Of all bytes, those of the sum itself taken as spaces; two at a time, which as sums of 128 fit into 16 bits. */
function unsignedSum(block: Uint8Array): number {
  const view = new DataView(block.buffer, block.byteOffset, BLOCK)
  let pairs = 0
  for (let at = 0; at < BLOCK; at += 4) {
    const word = view.getUint32(at)
    pairs += (word & 0xff00ff) + ((word >>> 8) & 0xff00ff)
  }
  let sum = (pairs >>> 16) + (pairs & 0xffff) + 8 * SPACE
  for (let at: number = AT.checksum; at < AT.checksum + 8; at++) sum -= block[at] ?? 0
  return sum
}

function formatOf(block: Uint8Array): TarFormat {
  if (matches(block, AT.magic, 'ustar\0')) return matches(block, 508, 'tar\0') ? 'star' : 'ustar'
  return matches(block, AT.magic, 'ustar  \0') ? 'gnu' : 'v7'
}

/** GNU headers have times where ustar has the prefix; writers that mixed the two (GNU magic, ustar prefix) exist. */
function withPrefix(block: Uint8Array, format: TarFormat): Uint8Array {
  const name = text(block, 0, 100)
  if (format === 'v7') return name
  if (format === 'gnu' && !hasBrokenTimes(block)) return name
  const prefix = text(block, AT.prefix, format === 'star' ? 131 : 155)
  if (prefix.length === 0 || (format === 'gnu' && prefix.some((byte) => byte > 0x7f))) return name
  return Buffer.concat([prefix, Buffer.from('/'), name])
}

function hasBrokenTimes(block: Uint8Array): boolean {
  return [345, 357].some((at) => block[at] !== 0 && Number.isNaN(parseNumber(block, at, 12)))
}

function sizeOf(block: Uint8Array): number {
  const size = number(block, AT.size, 12)
  if (size < 0) throw new BadHeaderError('a header holds a negative size')
  return size
}

function number(block: Uint8Array, at: number, length: number): number {
  const value = parseNumber(block, at, length)
  if (Number.isNaN(value)) throw new BadHeaderError('a header holds a number that cannot be read')
  return value
}

function lenient(block: Uint8Array, at: number, length: number): number {
  const value = parseNumber(block, at, length)
  return Number.isNaN(value) ? 0 : value
}

/** Octal text between spaces and NULs, or base-256 (two's complement) where the top bit is set; NaN where it is neither. */
export function parseNumber(block: Uint8Array, at: number, length: number): number {
  const first = block[at] ?? 0
  if (first & 0x80) return base256(block, at, length)
  let start = at
  let end = at + length
  while (start < end && isFill(block[start])) start++
  while (end > start && isFill(block[end - 1])) end--
  let value = 0
  for (; start < end && block[start] !== 0; start++) {
    const digit = block[start] ?? 0
    if (digit < ZERO || digit > SEVEN) return Number.NaN
    value = value * 8 + (digit - ZERO)
  }
  return value
}

function isFill(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0
}

function base256(block: Uint8Array, at: number, length: number): number {
  const negative = ((block[at] ?? 0) & 0x40) !== 0
  const flip = negative ? 0xff : 0
  let value = ((block[at] ?? 0) ^ flip) & 0x7f
  for (let index = 1; index < length; index++) value = value * 256 + ((block[at + index] ?? 0) ^ flip)
  // 2^63 - 1, the largest there is, becomes 2^63 here.
  if (value > 2 ** 63) return Number.NaN
  return negative ? -1 - value : value
}

const EMPTY = new Uint8Array(0)

function text(block: Uint8Array, at: number, length: number): Uint8Array {
  if (block[at] === 0) return EMPTY
  const end = block.indexOf(0, at)
  return block.subarray(at, end < 0 || end > at + length ? at + length : end)
}

function matches(block: Uint8Array, at: number, wanted: string): boolean {
  for (let index = 0; index < wanted.length; index++) if (block[at + index] !== wanted.charCodeAt(index)) return false
  return true
}
