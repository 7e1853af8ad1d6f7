// Gzip, member by member (RFC 1952), so that neither a second member nor the bytes behind the last one are lost. node:zlib inflates.
import { crc32 } from 'node:zlib'
import type { ByteReader } from './byte-reader.js'
import { type InflateOptions, inflateRaw, inflateWhole, type StreamEnd } from './inflate.js'

/** Members behind the first are often tiny (a file each): up to this much is first tried in one synchronous call. */
const SMALL_INPUT = 64 * 1024
const SMALL_OUTPUT = 256 * 1024
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16 } as const
/** Names and comments in a header are passed over; a longer one is no header. */
const MAX_HEADER_TEXT = 64 * 1024

export interface GzipOptions extends InflateOptions {
  /** Whoever reads compares a digest of the plain bytes: a sum of 32 bits tells nothing more and takes as long as a quarter of the digest. */
  readonly isHashed?: boolean
}

/** Whether these are the first bytes of a gzip member. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8
}

/** Yields the plain bytes of the member at the reader's position, and leaves the reader behind its trailer. */
export async function* readGzipMember(
  input: ByteReader,
  first: boolean,
  { isHashed = false, ...options }: GzipOptions = {},
): AsyncGenerator<Uint8Array, StreamEnd> {
  if (!(await skipHeader(input))) return { bad: 'a gzip header is cut off' }
  const small = first ? undefined : await inflateSmall(input)
  if (small !== undefined) {
    if (small.length > 0) yield small
    return checkTrailer(await input.read(8), crc32(small), small.length)
  }
  let sum = isHashed ? undefined : 0
  let size = 0
  const output = inflateRaw(input, options)
  try {
    let step = await output.next()
    for (; step.done !== true; step = await output.next()) {
      if (sum !== undefined) sum = crc32(step.value, sum)
      size += step.value.length
      yield step.value
    }
    return step.value.bad === undefined ? checkTrailer(await input.read(8), sum, size) : step.value
  } finally {
    await output.return({})
  }
}

/** `sum`: undefined where none was worked out. */
function checkTrailer(trailer: Uint8Array, sum: number | undefined, size: number): StreamEnd {
  if (trailer.length < 8) return { bad: 'the compressed bytes are cut off' }
  const view = new DataView(trailer.buffer, trailer.byteOffset, 8)
  if (sum !== undefined && view.getUint32(0, true) !== sum) return { bad: 'its checksum does not fit' }
  if (view.getUint32(4, true) !== size % 2 ** 32) return { bad: 'its length does not fit' }
  return {}
}

/** The whole member where it is small and sound; undefined (and nothing consumed) where it must be streamed. */
async function inflateSmall(input: ByteReader): Promise<Uint8Array | undefined> {
  const atHand = (await input.next(SMALL_INPUT)) ?? new Uint8Array(0)
  const plain = inflateWindow(input, atHand)
  // Only a member that crosses chunks is worth the copy that joins them.
  return plain === undefined && atHand.length < SMALL_INPUT
    ? inflateWindow(input, await input.read(SMALL_INPUT))
    : plain
}

/** Inflates a member that ends within `window`; puts back what it did not use. */
function inflateWindow(input: ByteReader, window: Uint8Array): Uint8Array | undefined {
  const whole = inflateWhole(window, SMALL_OUTPUT)
  input.unread(window.subarray(whole?.used ?? 0))
  return whole?.plain
}

async function skipHeader(input: ByteReader): Promise<boolean> {
  const fixed = await input.read(10)
  if (fixed.length < 10) return false
  const flags = fixed[3] ?? 0
  if (flags & FLAG.extra) {
    const length = await input.read(2)
    if (length.length < 2) return false
    await input.skip((length[0] ?? 0) + (length[1] ?? 0) * 256)
  }
  if (flags & FLAG.name && !(await skipText(input))) return false
  if (flags & FLAG.comment && !(await skipText(input))) return false
  return !(flags & FLAG.headerCrc) || (await input.skip(2)) === 2
}

async function skipText(input: ByteReader): Promise<boolean> {
  let seen = 0
  while (seen < MAX_HEADER_TEXT) {
    const piece = await input.next(MAX_HEADER_TEXT)
    if (piece === undefined) return false
    const end = piece.indexOf(0)
    if (end >= 0) {
      input.unread(piece.subarray(end + 1))
      return true
    }
    seen += piece.length
  }
  return false
}
