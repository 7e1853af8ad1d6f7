// Compressed bytes in, plain bytes out, for layers, archives and single files; what it is is told by its first bytes. Not for zip.
import type { Issue } from '../support/issue.js'
import { ByteReader } from './byte-reader.js'
import { isBzip2, readBzip2Stream } from './bzip2.js'
import { type GzipOptions, isGzip, readGzipMember } from './gzip.js'
import type { StreamEnd } from './inflate.js'
import { isXz, readXzStream } from './xz.js'
import { isZstd, readZstdFrame } from './zstd.js'

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2'

export interface DecompressOptions {
  /** Default: told by the first bytes. */
  readonly compression?: Compression
  readonly on: (issue: Issue) => void
  /** Bytes of output after which reading stops with LIMIT_LAYER_SIZE. */
  readonly limit?: number
  /** Whoever reads needs each piece only until the next one is asked for: it may be the same memory again. */
  readonly reuse?: boolean
  /** Whoever reads compares a digest of the plain bytes: gzip's own sum of a large member is not worked out. */
  readonly isHashed?: boolean
}

/** Output never comes in larger pieces, whatever the source's chunks are. */
const MAX_CHUNK = 1024 * 1024

/** What `head` (6 bytes or more) is compressed with, by magic bytes. */
export function sniffCompression(head: Uint8Array): Compression {
  if (isGzip(head)) return 'gzip'
  if (isZstd(head)) return 'zstd'
  if (isXz(head)) return 'xz'
  if (isBzip2(head)) return 'bzip2'
  return 'none'
}

/** The first `n` bytes (fewer where there are no more), and all bytes, those included. */
export async function peek(
  bytes: AsyncIterable<Uint8Array>,
  n: number,
): Promise<{ head: Uint8Array; bytes: AsyncIterable<Uint8Array> }> {
  const reader = new ByteReader(bytes)
  const head = await reader.peek(n)
  return { head, bytes: closing(reader, reader.rest()) }
}

/**
 * Yields the plain bytes in pieces of at most 1 MiB. Never throws for bad input: it yields what could be read, reports an Issue
 * (CORRUPT_STREAM, TRAILING_BYTES, LIMIT_LAYER_SIZE) and ends. Trailing bytes are yielded as they are. Errors of the source are thrown.
 */
export async function* decompress(
  bytes: AsyncIterable<Uint8Array>,
  options: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  const input = new ByteReader(bytes)
  let left = options.limit ?? Number.POSITIVE_INFINITY
  const compression = options.compression ?? sniffCompression(await input.peek(6))
  for await (const chunk of closing(input, plainBytes(input, compression, options))) {
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        options.on({
          code: 'LIMIT_LAYER_SIZE',
          effect: 'partial',
          detail: `Only the first ${options.limit} decompressed bytes were read: the limit.`,
        })
        return
      }
      const piece = chunk.subarray(at, at + Math.min(MAX_CHUNK, left))
      left -= piece.length
      at += piece.length
      yield piece
    }
  }
}

interface Format {
  readonly isMember: (head: Uint8Array) => boolean
  readonly read: (input: ByteReader, first: boolean, options: GzipOptions) => AsyncGenerator<Uint8Array, StreamEnd>
}

const FORMATS: Readonly<Record<Exclude<Compression, 'none'>, Format>> = {
  gzip: { isMember: isGzip, read: readGzipMember },
  zstd: { isMember: isZstd, read: readZstdFrame },
  xz: { isMember: isXz, read: readXzStream },
  bzip2: { isMember: isBzip2, read: readBzip2Stream },
}

/** Members (frames, streams) one after another, then zero padding or other trailing bytes. */
async function* plainBytes(
  input: ByteReader,
  compression: Compression,
  { on, reuse = false, isHashed = false }: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') return yield* input.rest()
  const { isMember, read } = FORMATS[compression]
  for (let first = true; first || isMember(await input.peek(6)); first = false) {
    const end = yield* read(input, first, { reuse, isHashed })
    if (end.bad === undefined) continue
    on({
      code: 'CORRUPT_STREAM',
      effect: 'partial',
      detail: `The ${compression} stream is broken: ${end.bad}. What came before was scanned.`,
    })
    return
  }
  yield* trailing(input, compression, on)
}

async function* trailing(input: ByteReader, name: string, on: (issue: Issue) => void): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const chunk of input.rest()) {
    const start = length > 0 ? 0 : chunk.findIndex((byte) => byte !== 0)
    if (start < 0) continue
    length += chunk.length - start
    yield chunk.subarray(start)
  }
  if (length > 0)
    on({
      code: 'TRAILING_BYTES',
      effect: 'note',
      detail: `${length} bytes follow the end of the ${name} stream; they were scanned as they are.`,
    })
}

/** `bytes`, with the reader's source ended when the loop is left. */
async function* closing(reader: ByteReader, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } finally {
    await reader.close()
  }
}
