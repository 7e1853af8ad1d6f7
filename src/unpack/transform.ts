// Runs bytes through one of node:zlib's streams and says how far it read: a member's end is found this way. Not for whole files.
import type { Transform } from 'node:stream'
import type { ByteReader } from './byte-reader.js'

/** A zlib stream: a Transform that counts the input it consumed. */
export interface CountingTransform extends Transform {
  readonly bytesWritten: number
}

/** Chunks of output held before the stream is paused. */
const QUEUE = 2

/**
 * Yields what `stream` makes of `input`, up to the end of the member; bytes behind that end are put back into `input`. Returns the
 * error where the data is bad: all output up to the stream's last call has been yielded by then. An error of the source is thrown.
 * `onInput` sees each chunk that is fed.
 */
export async function* runTransform(
  stream: CountingTransform,
  input: ByteReader,
  onInput: (chunk: Uint8Array) => void = () => {},
): AsyncGenerator<Uint8Array, Error | undefined> {
  const output = new Output(stream)
  let sourceFailure: { readonly error: unknown } | undefined
  const fed = feed(stream, input, onInput, () => output.ended).catch((error: unknown) => {
    sourceFailure = { error }
    output.end()
  })
  try {
    for (let chunk = await output.next(); chunk !== undefined; chunk = await output.next()) yield chunk
    await fed
    if (sourceFailure !== undefined) throw sourceFailure.error
    return output.failure
  } finally {
    output.end()
    stream.destroy()
    await fed
  }
}

/** What a stream gives, up to its end or error. Unlike the stream's own iterator it drops nothing when an error comes. */
class Output {
  readonly #stream: Transform
  readonly #queue: Uint8Array[] = []
  #wake = (): void => {}
  ended = false
  failure: Error | undefined

  constructor(stream: Transform) {
    this.#stream = stream
    stream.on('data', (chunk: Uint8Array) => {
      this.#queue.push(chunk)
      if (this.#queue.length >= QUEUE) stream.pause()
      this.#wake()
    })
    stream.on('end', () => this.end())
    stream.on('error', (error) => this.end(error))
  }

  end(error?: Error): void {
    this.failure ??= error
    this.ended = true
    this.#wake()
  }

  /** The next chunk; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#queue.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const chunk = this.#queue.shift()
    if (this.#queue.length < QUEUE) this.#stream.resume()
    return chunk
  }
}

/** Writes chunk by chunk, one at a time, so that what the stream did not want lies in the last chunk alone. */
async function feed(
  stream: CountingTransform,
  input: ByteReader,
  onInput: (chunk: Uint8Array) => void,
  ended: () => boolean,
): Promise<void> {
  const stopped = new Promise<void>((resolve) =>
    stream
      .once('end', resolve)
      .once('close', resolve)
      .once('error', () => resolve()),
  )
  let written = 0
  while (!ended()) {
    const chunk = await input.next()
    if (ended()) {
      if (chunk !== undefined) input.unread(chunk)
      return
    }
    if (chunk === undefined) {
      stream.end()
      return
    }
    written += chunk.length
    onInput(chunk)
    const accepted = new Promise<void>((resolve) => stream.write(chunk, () => resolve()))
    await Promise.race([accepted, stopped])
    // A slow reader: the member has ended though its last output, and with it the event, still waits to be read.
    const unused = Math.min(chunk.length, written - stream.bytesWritten)
    if (unused === 0) continue
    input.unread(chunk.subarray(chunk.length - unused))
    stream.end()
    return
  }
}
