// The body of one zip entry: decompressed, with every byte that decompression leaves over. Knows nothing of directories.
import { crc32 } from 'node:zlib'
import type { Issue } from '../support/issue.js'
import { printable, shorten } from '../support/printable.js'
import { ByteReader } from './byte-reader.js'
import { readBzip2Stream } from './bzip2.js'
import { inflateRaw, inflateWhole, type StreamEnd } from './inflate.js'
import { readXzStream } from './xz.js'
import type { ZipRecord } from './zip-records.js'
import { readZstdFrame } from './zstd.js'

const CHUNK = 1024 * 1024
/** Entries up to this size, packed, are first inflated in one synchronous call: archives hold thousands of small ones. */
const SMALL = 256 * 1024
const METHOD = { stored: 0, deflate: 8, bzip2: 12, zstd: 93, xz: 95 } as const

type Decoded = AsyncGenerator<Uint8Array, StreamEnd>

/** The body where all of its compressed bytes are at hand. */
export async function* readPacked(
  record: ZipRecord,
  packed: Uint8Array,
  on: (issue: Issue) => void,
): AsyncGenerator<Uint8Array> {
  const whole =
    record.method === METHOD.deflate && packed.length <= SMALL ? inflateWhole(packed, 16 * SMALL) : undefined
  if (whole === undefined) return yield* readBody(record, new ByteReader(once(packed)), on)
  yield* pieces(whole.plain)
  if (whole.used < packed.length) yield packed.subarray(whole.used)
  if (record.crc !== crc32(whole.plain)) report(record, 'its checksum does not fit', on)
}

/** The body of an entry whose compressed bytes are all that `input` has; what follows their end is yielded raw. */
export async function* readBody(
  record: ZipRecord,
  input: ByteReader,
  on: (issue: Issue) => void,
): AsyncGenerator<Uint8Array> {
  yield* decode(record, input, record.crc, on)
  yield* input.rest()
}

/** The body of an entry whose end only the compressed bytes tell; leaves `input` behind it. False for a method where they do not. */
export function readOpenEnded(
  record: ZipRecord,
  input: ByteReader,
  on: (issue: Issue) => void,
): AsyncGenerator<Uint8Array> | undefined {
  return record.method === METHOD.stored || decoderOf(record.method) === undefined
    ? undefined
    : decode(record, input, undefined, on)
}

async function* decode(
  record: ZipRecord,
  input: ByteReader,
  crc: number | undefined,
  on: (issue: Issue) => void,
): AsyncGenerator<Uint8Array> {
  const decoder = decoderOf(record.method)
  if (decoder === undefined) {
    const detail = `${nameOf(record)} in a zip archive is compressed by method ${record.method}, which is not supported; its bytes were scanned as they are.`
    return on({ code: 'ZIP_METHOD', effect: 'partial', detail })
  }
  const output = decoder(input)
  let sum = 0
  let step = await output.next()
  try {
    for (; step.done !== true; step = await output.next()) {
      sum = crc32(step.value, sum)
      yield step.value
    }
  } finally {
    await output.return({})
  }
  const problem = step.value.bad ?? (crc === undefined || crc === sum ? undefined : 'its checksum does not fit')
  if (problem !== undefined) report(record, problem, on)
}

function decoderOf(method: number): ((input: ByteReader) => Decoded) | undefined {
  switch (method) {
    case METHOD.stored:
      return stored
    case METHOD.deflate:
      return inflateRaw
    case METHOD.bzip2:
      return readBzip2Stream
    case METHOD.zstd:
      return readZstdFrame
    case METHOD.xz:
      return readXzStream
    default:
      return undefined
  }
}

async function* stored(input: ByteReader): Decoded {
  yield* input.rest()
  return {}
}

function report(record: ZipRecord, problem: string, on: (issue: Issue) => void): void {
  on({ code: 'ZIP_PARTIAL', effect: 'partial', detail: `${nameOf(record)} in a zip archive is broken: ${problem}.` })
}

function nameOf(record: ZipRecord): string {
  return shorten(printable(record.name), 200)
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
