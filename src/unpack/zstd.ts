// Zstandard frames (RFC 8878) through the WASM build of the reference decoder; own loop over its exports, since the package's loop
// does not check error codes and hangs on bad data. Where node:zlib has Zstandard (22.15 and newer), it reads the first frame: in
// another thread, at the same rate.
import * as zlib from 'node:zlib'
import type { ByteReader } from './byte-reader.js'
import type { StreamEnd } from './inflate.js'
import { type CountingTransform, runTransform } from './transform.js'

const CHUNK = 1024 * 1024
/** Results above this are negated error codes (zstd_errors.h: ZSTD_error_maxCode is 120). */
const FIRST_ERROR = 2 ** 32 - 120
const ERROR_WINDOW_TOO_LARGE = 2 ** 32 - 16
const TOO_LARGE = 'it asks for a window above 128 MiB'
const FRAME_MAGIC = 0xfd2fb528

interface Decoder {
  readonly memory: { readonly buffer: ArrayBuffer }
  malloc(size: number): number
  free(pointer: number): void
  ZSTD_createDCtx(): number
  ZSTD_freeDCtx(context: number): number
  ZSTD_decompressStream(context: number, output: number, input: number): number
}

let exposed: Decoder | undefined

/** Loaded late: most scans meet no such frame. */
async function loadDecoder(): Promise<Decoder> {
  if (exposed === undefined) {
    const { ZSTDDecoder } = await import('zstddec/stream')
    class ExposedDecoder extends ZSTDDecoder {
      /** Called by init() without a receiver. */
      override _init(result: Parameters<(typeof ZSTDDecoder.prototype)['_init']>[0]): void {
        super._init(result)
        exposed = result.instance.exports as unknown as Decoder
      }
    }
    await new ExposedDecoder().init()
  }
  if (exposed === undefined) throw new Error('the Zstandard decoder did not start')
  return exposed
}

/** Whether a frame, or a skippable frame, begins here. */
export function isZstd(head: Uint8Array): boolean {
  if (head.length < 4) return false
  const magic = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true)
  return magic === FRAME_MAGIC || magic >>> 4 === 0x184d2a5
}

/** Absent before Node 22.15; the types are those of Node 20. */
const { createZstdDecompress, zstdDecompressSync } = zlib as unknown as {
  readonly createZstdDecompress?: (options: { chunkSize: number }) => CountingTransform
  readonly zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array
}

/** A frame's beginning (RFC 8878, section 3.1.1): its magic number, a descriptor, the size of the content. */
const CUT_FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x11)

let trusted: boolean | undefined

/** Whether Node's own decoder can be used: that of Node 22 takes a frame that is cut off for a whole one. */
function isNativeTrusted(): boolean {
  if (trusted !== undefined) return trusted
  try {
    zstdDecompressSync?.(CUT_FRAME)
    trusted = false
  } catch {
    trusted = true
  }
  return trusted
}

/** Yields the plain bytes of the frame at the reader's position, and leaves the reader behind it. Windows above 128 MiB are refused. */
export async function* readZstdFrame(input: ByteReader, first = true): AsyncGenerator<Uint8Array, StreamEnd> {
  if (!first || createZstdDecompress === undefined || !isNativeTrusted()) return yield* decodeFrame(input)
  const failure = yield* runTransform(createZstdDecompress({ chunkSize: CHUNK }), input)
  if (failure === undefined) return {}
  const { code } = failure as NodeJS.ErrnoException
  return {
    bad:
      code === 'ZSTD_error_frameParameter_windowTooLarge' ? TOO_LARGE : 'the compressed bytes are damaged or cut off',
  }
}

async function* decodeFrame(input: ByteReader): AsyncGenerator<Uint8Array, StreamEnd> {
  const decoder = await loadDecoder()
  const context = decoder.ZSTD_createDCtx()
  const from = decoder.malloc(CHUNK)
  const to = decoder.malloc(CHUNK)
  const buffers = decoder.malloc(24)
  try {
    while (true) {
      const chunk = await input.next(CHUNK)
      if (chunk === undefined) return { bad: 'the compressed bytes are cut off' }
      new Uint8Array(decoder.memory.buffer).set(chunk, from)
      let read = 0
      let full = false
      while (read < chunk.length || full) {
        const words = new Uint32Array(decoder.memory.buffer, buffers, 6)
        words.set([from, chunk.length, read, to, CHUNK, 0])
        const result = decoder.ZSTD_decompressStream(context, buffers + 12, buffers) >>> 0
        if (result > FIRST_ERROR) {
          return {
            bad: result === ERROR_WINDOW_TOO_LARGE ? TOO_LARGE : 'the compressed bytes are damaged',
          }
        }
        const after = new Uint32Array(decoder.memory.buffer, buffers, 6)
        const written = after[5] ?? 0
        read = after[2] ?? chunk.length
        full = written === CHUNK
        if (written > 0) yield new Uint8Array(decoder.memory.buffer).slice(to, to + written)
        if (result === 0) {
          input.unread(chunk.subarray(read))
          return {}
        }
      }
    }
  } finally {
    decoder.ZSTD_freeDCtx(context)
    for (const pointer of [from, to, buffers]) decoder.free(pointer)
  }
}
