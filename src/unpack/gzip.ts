// Gzip, member by member (RFC 1952), so that neither a second member nor the bytes behind the last one are lost. node:zlib inflates.
import { constants, crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import { ByteReader } from './byte-reader.js'
import { runTransform } from './transform.js'

/** Bytes of one chunk of output. */
const CHUNK = 1024 * 1024
/** Members behind the first are often tiny (a file each): up to this much is first tried in one synchronous call. */
const SMALL_INPUT = 64 * 1024
const SMALL_OUTPUT = 256 * 1024
/** A damaged member up to these sizes is inflated again in small steps, so that nothing before the damage is missed. */
const REPLAY = { input: 4 * 1024 * 1024, output: 16 * 1024 * 1024, chunk: 1024 } as const
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16 } as const
/** Names and comments in a header are passed over; a longer one is no header. */
const MAX_HEADER_TEXT = 64 * 1024

/** How a member ended; `bad` says what is wrong with it. */
export type MemberEnd = { readonly bad?: string }

/** Whether these are the first bytes of a gzip member. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8
}

/** Yields the plain bytes of the member at the reader's position, and leaves the reader behind its trailer. */
export async function* readGzipMember(input: ByteReader, first: boolean): AsyncGenerator<Uint8Array, MemberEnd> {
  if (!(await skipHeader(input))) return { bad: 'a gzip header is cut off' }
  let sum = 0
  let size = 0
  const small = first ? undefined : await inflateSmall(input)
  if (small !== undefined) {
    sum = crc32(small)
    size = small.length
    if (size > 0) yield small
  } else {
    const inflate = createInflateRaw({ chunkSize: CHUNK, finishFlush: constants.Z_SYNC_FLUSH })
    const kept = keepUpTo(REPLAY.input)
    const output = runTransform(inflate, input, kept.add)
    try {
      let step = await output.next()
      for (; step.done !== true; step = await output.next()) {
        sum = crc32(step.value, sum)
        size += step.value.length
        yield step.value
      }
      if (step.value !== undefined) {
        if (size <= REPLAY.output) yield* inflateUpToDamage(kept.chunks(), size)
        return { bad: 'the compressed bytes are damaged' }
      }
    } finally {
      await output.return(undefined)
    }
  }
  return checkTrailer(await input.read(8), sum, size)
}

/** Holds chunks while they are no more than `limit` bytes together. */
function keepUpTo(limit: number): { add: (chunk: Uint8Array) => void; chunks: () => readonly Uint8Array[] } {
  let chunks: Uint8Array[] = []
  let total = 0
  const add = (chunk: Uint8Array): void => {
    total += chunk.length
    if (total <= limit) chunks.push(chunk)
    else chunks = []
  }
  return { add, chunks: () => chunks }
}

/** The output behind the first `known` bytes. node:zlib drops what one call made before it met the damage: small calls drop little. */
async function* inflateUpToDamage(chunks: readonly Uint8Array[], known: number): AsyncGenerator<Uint8Array> {
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield* chunks
  }
  const inflate = createInflateRaw({ chunkSize: REPLAY.chunk, finishFlush: constants.Z_SYNC_FLUSH })
  let skip = known
  for await (const chunk of runTransform(inflate, new ByteReader(source()))) {
    if (skip < chunk.length) yield chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
  }
}

function checkTrailer(trailer: Uint8Array, sum: number, size: number): MemberEnd {
  if (trailer.length < 8) return { bad: 'the compressed bytes are cut off' }
  const view = new DataView(trailer.buffer, trailer.byteOffset, 8)
  if (view.getUint32(0, true) !== sum) return { bad: 'its checksum does not fit' }
  if (view.getUint32(4, true) !== size % 2 ** 32) return { bad: 'its length does not fit' }
  return {}
}

/** The whole member where it is small and sound; undefined (and nothing consumed) where it must be streamed. */
async function inflateSmall(input: ByteReader): Promise<Uint8Array | undefined> {
  const atHand = (await input.next(SMALL_INPUT)) ?? new Uint8Array(0)
  const plain = inflateWhole(input, atHand)
  // Only a member that crosses chunks is worth the copy that joins them.
  return plain === undefined && atHand.length < SMALL_INPUT ? inflateWhole(input, await input.read(SMALL_INPUT)) : plain
}

/** Inflates a member that ends within `window`; puts back what it did not use. */
function inflateWhole(input: ByteReader, window: Uint8Array): Uint8Array | undefined {
  try {
    const options = { info: true, maxOutputLength: SMALL_OUTPUT, chunkSize: 4096 }
    // With `info` the result also holds the engine, which counts the input it used; the type does not say so.
    const { buffer, engine } = inflateRawSync(window, options) as unknown as {
      buffer: Uint8Array
      engine: { bytesWritten: number }
    }
    input.unread(window.subarray(engine.bytesWritten))
    return buffer
  } catch {
    input.unread(window)
    return undefined
  }
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
