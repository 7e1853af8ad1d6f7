// A window onto a stream of bytes, as long as the object at hand needs it: zlib's synchronous calls want their input in one piece.
import { createInflate } from 'node:zlib'

const STEP = 1024 * 1024

export class PackWindow {
  readonly #source: AsyncIterator<Uint8Array>
  #buffer: Buffer = Buffer.alloc(0)
  #ended = false
  /** Bytes passed since the start of the stream. */
  offset = 0

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#source = bytes[Symbol.asyncIterator]()
  }

  /** What lies in the window. */
  get bytes(): Buffer {
    return this.#buffer
  }

  /** Makes the window at least `length` bytes long, unless the stream ends before. */
  async ensure(length: number): Promise<void> {
    if (this.#buffer.length >= length || this.#ended) return
    const parts: Uint8Array[] = [this.#buffer]
    let total = this.#buffer.length
    while (total < Math.max(length, STEP)) {
      const next = await this.#source.next()
      if (next.done === true) {
        this.#ended = true
        break
      }
      // A source may fill its buffer again for the next chunk.
      parts.push(Uint8Array.from(next.value))
      total += next.value.length
    }
    this.#buffer = Buffer.concat(parts, total)
  }

  advance(length: number): void {
    const passed = Math.min(length, this.#buffer.length)
    this.#buffer = this.#buffer.subarray(passed)
    this.offset += passed
  }

  /** Passes over a zlib stream of any size; false where it is damaged or cut off. */
  async passDeflated(): Promise<boolean> {
    const stream = createInflate()
    // A write that meets damage is never called back.
    const failed = new Promise<void>((resolve) => stream.once('error', () => resolve()))
    stream.resume()
    for (let used = 0; ; used = stream.bytesWritten) {
      await this.ensure(1)
      const chunk = this.#buffer.subarray(0, STEP)
      if (chunk.length === 0) return false
      const written = new Promise<void>((resolve) => stream.write(chunk, () => resolve()))
      await Promise.race([written, failed])
      if (stream.errored !== null) return false
      const taken = stream.bytesWritten - used
      this.advance(taken)
      if (taken === chunk.length) continue
      stream.destroy()
      return true
    }
  }

  /** The next byte, passed over; undefined where the window is empty. */
  byte(): number | undefined {
    const byte = this.#buffer[0]
    if (byte !== undefined) this.advance(1)
    return byte
  }
}
