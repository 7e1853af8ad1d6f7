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
  const queue: Uint8Array[] = []
  let ended = false
  let failure: Error | undefined
  let wake = (): void => {}
  const woken = (): Promise<void> => new Promise((resolve) => (wake = resolve))
  stream.on('data', (chunk: Uint8Array) => {
    queue.push(chunk)
    if (queue.length >= QUEUE) stream.pause()
    wake()
  })
  const finish = (error?: Error): void => {
    failure ??= error
    ended = true
    wake()
  }
  stream.on('end', () => finish())
  stream.on('error', finish)

  const feeding = feed(stream, input, onInput, () => ended)
  let sourceFailure: { readonly error: unknown } | undefined
  const fed = feeding.catch((error: unknown) => {
    sourceFailure = { error }
    finish()
  })
  try {
    while (true) {
      const chunk = queue.shift()
      if (chunk !== undefined) {
        if (queue.length < QUEUE) stream.resume()
        yield chunk
      } else if (ended) break
      else await woken()
    }
    await fed
    if (sourceFailure !== undefined) throw sourceFailure.error
    return failure
  } finally {
    ended = true
    stream.destroy()
    await fed
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
    if (ended()) input.unread(chunk.subarray(Math.max(0, chunk.length - (written - stream.bytesWritten))))
  }
}
