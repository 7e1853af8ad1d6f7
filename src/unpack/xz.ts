// .xz streams, one behind another, through the WASM decoder of xz-decompress; own loop over its exports, since the package's stream holds a lock (an xz
// inside an xz would wait for ever) and does not say where the stream ended.
import type { ByteReader } from './byte-reader.js'
import type { StreamEnd } from './inflate.js'

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  create_context(): number
  destroy_context(context: number): void
  supply_input(context: number, length: number): void
  get_next_output(context: number): number
}

/** What the package's class holds besides its constructor. */
interface Loader {
  _moduleInstance: { readonly exports: Exports }
  _getModuleInstance(): Promise<void>
}

/** Words of the decoder's context. */
const WORD = { bufferSize: 0, input: 1, inputRead: 2, output: 4, written: 5 } as const
/** xz.h of XZ Embedded. */
const RESULT = { ok: 0, end: 1, unsupportedCheck: 2, memory: 3, memoryLimit: 4, format: 5, options: 6 } as const
/** Bytes of a stream's header: what the decoder has taken when it finds that no further stream begins. */
const HEADER = 12
/** The decoder's dictionary must fit in this, in bytes. */
const MAX_MEMORY = 160 * 1024 * 1024
/** A decoder that has grown larger is not kept for the next stream: its memory never shrinks. */
const MAX_IDLE = 16 * 1024 * 1024
const idle: Exports[] = []

type Decoded = AsyncGenerator<Uint8Array, StreamEnd>

/** Whether an .xz stream begins here. */
export function isXz(head: Uint8Array): boolean {
  return [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00].every((byte, index) => head[index] === byte)
}

/** Yields the plain bytes of the streams at the reader's position (with padding between them), and leaves the reader behind them. */
export async function* readXzStream(input: ByteReader): Decoded {
  const decoder = idle.pop() ?? (await loadDecoder())
  const context = decoder.create_context()
  try {
    return yield* decode(decoder, context, input)
  } finally {
    decoder.destroy_context(context)
    if (decoder.memory.buffer.byteLength <= MAX_IDLE) idle.push(decoder)
  }
}

async function* decode(decoder: Exports, context: number, input: ByteReader): Decoded {
  const words = (): Uint32Array => new Uint32Array(decoder.memory.buffer, context, 6)
  const bufferSize = words()[WORD.bufferSize] ?? 0
  let seen: Uint8Array = new Uint8Array(0)
  while (true) {
    // No bytes tell the decoder that the input ends; it then says whether a stream is open.
    const chunk = (await input.next(bufferSize)) ?? new Uint8Array(0)
    new Uint8Array(decoder.memory.buffer).set(chunk, words()[WORD.input])
    decoder.supply_input(context, chunk.length)
    let result: number
    let more: boolean
    do {
      result = decoder.get_next_output(context)
      if (decoder.memory.buffer.byteLength > MAX_MEMORY) return { bad: 'it asks for a dictionary above 128 MiB' }
      const { [WORD.output]: from = 0, [WORD.written]: written = 0, [WORD.inputRead]: read = 0 } = words()
      words()[WORD.written] = 0
      if (written > 0) yield new Uint8Array(decoder.memory.buffer).slice(from, from + written)
      more = written === bufferSize || read < chunk.length
    } while (more && isGoing(result))
    if (result === RESULT.end) return {}
    const read = words()[WORD.inputRead] ?? 0
    if (result === RESULT.format && seen.length + read > HEADER) {
      const both = Buffer.concat([seen, chunk])
      input.unread(both.subarray(Math.max(0, seen.length + read - HEADER)))
      return {}
    }
    if (chunk.length === 0) return { bad: 'the compressed bytes are cut off' }
    if (!isGoing(result)) return { bad: problemOf(result) }
    seen = chunk.slice(-HEADER)
  }
}

function isGoing(result: number): boolean {
  return result === RESULT.ok || result === RESULT.unsupportedCheck
}

function problemOf(result: number): string {
  if (result === RESULT.memory || result === RESULT.memoryLimit) return 'it asks for too much memory'
  return result === RESULT.options ? 'it uses options that are not supported' : 'the compressed bytes are damaged'
}

/** Loaded late: most scans meet no such stream. */
async function loadDecoder(): Promise<Exports> {
  const { default: xzDecompress } = await import('xz-decompress')
  const loader = xzDecompress.XzReadableStream as unknown as Loader
  await loader._getModuleInstance()
  return loader._moduleInstance.exports
}
