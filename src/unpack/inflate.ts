// Raw deflate data (RFC 1951) through node:zlib, as gzip members and zip entries hold it: where it ends, and all that came before damage.
import { constants, createInflateRaw, inflateRawSync } from 'node:zlib'
import { HAS_FEW_PROCESSORS } from '../support/processors.js'
import { ByteReader } from './byte-reader.js'
import { canInflateHere, inflateHere } from './inflate-here.js'
import { runTransform } from './transform.js'

/** Bytes of one chunk of output. */
const CHUNK = 1024 * 1024
/**
 * node:zlib drops what one call made before it met damage. Damaged data up to these sizes is inflated again in steps of `step` bytes,
 * so that no more than that is lost.
 */
const REPLAY = { input: 4 * 1024 * 1024, output: 16 * 1024 * 1024, step: 1024 } as const

/** How compressed data ended; `bad` says what is wrong with it. */
export type StreamEnd = { readonly bad?: string }

export interface InflateOptions {
  /** The reader of the output needs each chunk only until it asks for the next one: they may be the same bytes again. */
  readonly reuse?: boolean
  /** On the calling thread; default: where no processor is left for another one. */
  readonly here?: boolean
}

/** Yields the plain bytes of the data at the reader's position, and leaves the reader behind it. Data that is cut off ends without a word. */
export async function* inflateRaw(
  input: ByteReader,
  { reuse = false, here = HAS_FEW_PROCESSORS }: InflateOptions = {},
): AsyncGenerator<Uint8Array, StreamEnd> {
  const kept = keepUpTo(REPLAY.input)
  const output =
    here && canInflateHere()
      ? inflateHere(input, reuse, kept.add)
      : runTransform(createInflateRaw({ chunkSize: CHUNK, finishFlush: constants.Z_SYNC_FLUSH }), input, kept.add)
  let size = 0
  try {
    let step = await output.next()
    for (; step.done !== true; step = await output.next()) {
      size += step.value.length
      yield step.value
    }
    if (step.value === undefined) return {}
  } finally {
    await output.return(undefined)
  }
  if (size <= REPLAY.output) yield* upToDamage(kept.chunks(), size)
  return { bad: 'the compressed bytes are damaged' }
}

/** Inflates data that ends within `packed` to at most `limit` bytes; undefined where it does not, or is damaged. `used`: its length. */
export function inflateWhole(
  packed: Uint8Array,
  limit: number,
): { readonly plain: Uint8Array; readonly used: number } | undefined {
  try {
    const options = { info: true, maxOutputLength: limit, chunkSize: 4096 }
    // With `info` the result also holds the engine, which counts the input it used; the type does not say so.
    const { buffer, engine } = inflateRawSync(packed, options) as unknown as {
      buffer: Uint8Array
      engine: { bytesWritten: number }
    }
    return { plain: buffer, used: engine.bytesWritten }
  } catch {
    return undefined
  }
}

/** Holds copies of chunks while they are no more than `limit` bytes together. */
function keepUpTo(limit: number): { add: (chunk: Uint8Array) => void; chunks: () => readonly Uint8Array[] } {
  let chunks: Uint8Array[] = []
  let total = 0
  const add = (chunk: Uint8Array): void => {
    total += chunk.length
    if (total <= limit) chunks.push(new Uint8Array(chunk))
    else chunks = []
  }
  return { add, chunks: () => chunks }
}

/** The output behind the first `known` bytes. */
async function* upToDamage(chunks: readonly Uint8Array[], known: number): AsyncGenerator<Uint8Array> {
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield* chunks
  }
  const stream = createInflateRaw({ chunkSize: REPLAY.step, finishFlush: constants.Z_SYNC_FLUSH })
  let skip = known
  for await (const chunk of runTransform(stream, new ByteReader(source()))) {
    if (skip < chunk.length) yield chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
  }
}
