// Inflates on the calling thread, into one buffer again and again. node:zlib's streams hand each chunk to another thread and make a new
// buffer for it: where there are two processors, all of them busy, that takes longer than the inflating that it saves. Its interface for one
// call after another is not documented, though npm's own archives are read by it: without it, the streams are used (inflate.ts).
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createInflateRaw, type InflateRaw } from 'node:zlib'
import type { ByteReader } from './byte-reader.js'

/** Bytes of output of one call. Two such buffers fit into the cache of a processor's core. */
const OUTPUT = 256 * 1024
/** Calls between which signals and timers have their turn: a little input may hold gigabytes, and whoever reads them need not wait for anything. */
const CALLS_A_TURN = 64

interface Engine {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void
  onerror: (message: string) => void
}

interface Opened {
  readonly stream: InflateRaw
  readonly engine: Engine
  /** After a call: bytes of output that were not used, bytes of input that were not. */
  readonly left: Uint32Array
}

/** One buffer that no inflating uses at the moment: archives have thousands of members. */
let spare: Uint8Array | undefined
let isKnown: boolean | undefined

/** Whether this version of Node lets inflating be done on the calling thread. */
export function canInflateHere(): boolean {
  if (isKnown === undefined) {
    const opened = open()
    opened?.stream.close()
    isKnown = opened !== undefined
  }
  return isKnown
}

/**
 * Yields the plain bytes of the raw deflate data at the reader's position, and leaves the reader behind it. Returns an error where it is
 * damaged; data that is cut off ends without a word. `reuse`: each chunk stands only until the next one is asked for. `onInput` sees each
 * chunk that is read.
 */
export async function* inflateHere(
  input: ByteReader,
  reuse: boolean,
  onInput: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array, Error | undefined> {
  const opened = open()
  if (opened === undefined) return new Error('no engine')
  const { stream, engine, left } = opened
  let failure: Error | undefined
  engine.onerror = (message) => {
    failure = new Error(message)
  }
  const output = reuse ? (spare ?? Buffer.allocUnsafeSlow(OUTPUT)) : undefined
  if (reuse) spare = undefined
  let calls = 0
  try {
    for (let chunk = await input.next(); chunk !== undefined; chunk = await input.next()) {
      onInput(chunk)
      for (let unread = chunk.length, isFull = true; isFull; ) {
        if (++calls % CALLS_A_TURN === 0) await nextTurn()
        const target = output ?? Buffer.allocUnsafeSlow(OUTPUT)
        engine.writeSync(0, chunk, chunk.length - unread, unread, target, 0, OUTPUT)
        if (failure !== undefined) return failure
        const length = OUTPUT - (left[0] ?? 0)
        unread = left[1] ?? 0
        isFull = length === OUTPUT
        if (length > 0) yield target.subarray(0, length)
        if (isFull || unread === 0) continue
        // It wants no more though it has room: the data has ended.
        input.unread(chunk.subarray(chunk.length - unread))
        return undefined
      }
    }
    return undefined
  } finally {
    spare = output ?? spare
    stream.close()
  }
}

function open(): Opened | undefined {
  const stream = createInflateRaw()
  const { _handle: engine, _writeState: left } = stream as unknown as { _handle?: Engine; _writeState?: unknown }
  if (typeof engine?.writeSync === 'function' && left instanceof Uint32Array) return { stream, engine, left }
  stream.close()
  return undefined
}
