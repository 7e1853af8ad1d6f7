// One .bz2 stream, block by block. Own decoder: unbzip2-stream can be made to loop for ever by run lengths that overflow, and decodes
// its last 900 KB of input in one go, which a crafted file makes into gigabytes.
import type { ByteReader } from './byte-reader.js'
import { decodeBlock } from './bzip2-block.js'
import { type BitSource, BlockError, MAX_LENGTH } from './bzip2-codes.js'
import type { StreamEnd } from './inflate.js'

const CHUNK = 1024 * 1024
const BLOCK_START = 0x314159265359
const STREAM_END = 0x177245385090
/** No block's compressed bytes are more than this many a 100,000 bytes of block size. */
const MAX_PER_LEVEL = 130_000
const SLACK = 64 * 1024

/** Whether a .bz2 stream begins here. */
export function isBzip2(head: Uint8Array): boolean {
  const level = (head[3] ?? 0) - 0x30
  return head[0] === 0x42 && head[1] === 0x5a && head[2] === 0x68 && level >= 1 && level <= 9
}

/** Yields the plain bytes of the stream at the reader's position, and leaves the reader behind it. */
export async function* readBzip2Stream(input: ByteReader): AsyncGenerator<Uint8Array, StreamEnd> {
  const header = await input.read(4)
  const blockSize = ((header[3] ?? 0) - 0x30) * 100_000
  let bit = 0
  let combined = 0
  while (true) {
    const window = await input.read((blockSize / 100_000) * MAX_PER_LEVEL + SLACK)
    const bits = bitSource(window, bit)
    try {
      const magic = bits.read(24) * 2 ** 24 + bits.read(24)
      if (magic === STREAM_END) {
        const sum = bits.read(16) * 2 ** 16 + bits.read(16)
        input.unread(window.subarray(Math.ceil(bits.position() / 8)))
        return sum === combined >>> 0 ? {} : { bad: 'its checksum does not fit' }
      }
      if (magic !== BLOCK_START) return { bad: 'the compressed bytes are damaged' }
      const block = decodeBlock(bits, blockSize)
      for (const chunk of block.output(CHUNK)) yield chunk
      if (!block.sound()) return { bad: 'its checksum does not fit' }
      combined = ((combined << 1) | (combined >>> 31)) ^ block.claimed
    } catch (error) {
      if (error instanceof BlockError) return { bad: error.message }
      throw error
    }
    bit = bits.position() % 8
    input.unread(window.subarray(Math.floor(bits.position() / 8)))
  }
}

/** Reads up to 24 bits at once, highest first; throws BlockError at the end. */
function bitSource(bytes: Uint8Array, start: number): BitSource {
  let at = start
  const end = bytes.length * 8
  const ahead = (count: number): number => {
    const byte = at >>> 3
    const high = ((bytes[byte] ?? 0) << 24) | ((bytes[byte + 1] ?? 0) << 16)
    const word = high | ((bytes[byte + 2] ?? 0) << 8) | (bytes[byte + 3] ?? 0)
    return (word << (at & 7)) >>> (32 - count)
  }
  const skip = (count: number): void => {
    if (at + count > end) throw new BlockError('the compressed bytes are cut off')
    at += count
  }
  return {
    position: () => at,
    peek: () => ahead(MAX_LENGTH),
    skip,
    read(count) {
      const value = ahead(count)
      skip(count)
      return value
    },
  }
}
