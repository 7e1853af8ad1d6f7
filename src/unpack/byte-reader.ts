// Pulls exact amounts of bytes out of a stream of chunks, and lets a reader put back what it did not need. Knows no formats.

const EMPTY = new Uint8Array(0)

/** A stream of bytes with a position. Chunks handed out are views: never written to. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #buffered: Uint8Array = EMPTY
  /** Put back in front of `#buffered`'s successors, first one next. */
  readonly #ahead: Uint8Array[] = []
  #ended = false
  #position = 0

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#source = bytes[Symbol.asyncIterator]()
  }

  /** Bytes handed out so far, less those put back. */
  get position(): number {
    return this.#position
  }

  /** `length` bytes if they lie in the chunk at hand: the way without a promise, for the many small reads of an archive. */
  take(length: number): Uint8Array | undefined {
    if (this.#buffered.length < length) return undefined
    const taken = this.#buffered.subarray(0, length)
    this.#buffered = this.#buffered.subarray(length)
    this.#position += length
    return taken
  }

  /** The next bytes, at most `limit`; undefined at the end. */
  async next(limit = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    while (this.#buffered.length === 0) {
      const chunk = await this.#pull()
      if (chunk === undefined) return undefined
      this.#buffered = chunk
    }
    return this.take(Math.min(limit, this.#buffered.length))
  }

  /** `length` bytes, fewer only at the end. Copies only where they cross a chunk. */
  async read(length: number): Promise<Uint8Array> {
    const whole = this.take(length)
    if (whole !== undefined) return whole
    const pieces: Uint8Array[] = []
    let missing = length
    while (missing > 0) {
      const piece = await this.next(missing)
      if (piece === undefined) break
      pieces.push(piece)
      missing -= piece.length
    }
    return pieces.length === 1 ? (pieces[0] ?? EMPTY) : Buffer.concat(pieces)
  }

  /** What `read(length)` would give, left in place. */
  async peek(length: number): Promise<Uint8Array> {
    const bytes = await this.read(length)
    this.unread(bytes)
    return bytes
  }

  /** Passes over `length` bytes; gives how many there were. */
  async skip(length: number): Promise<number> {
    let left = length
    while (left > 0) {
      const piece = await this.next(left)
      if (piece === undefined) break
      left -= piece.length
    }
    return length - left
  }

  /** Puts bytes back: the next read begins with them. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.#buffered.length > 0) this.#ahead.unshift(this.#buffered)
    this.#buffered = bytes
    this.#position -= bytes.length
  }

  /** Everything that is left, chunk by chunk. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) yield chunk
  }

  /** Ends the source: nothing more will be read. */
  async close(): Promise<void> {
    this.#ended = true
    this.#buffered = EMPTY
    this.#ahead.length = 0
    await this.#source.return?.()
  }

  async #pull(): Promise<Uint8Array | undefined> {
    const ahead = this.#ahead.shift()
    if (ahead !== undefined) return ahead
    if (this.#ended) return undefined
    const step = await this.#source.next()
    if (step.done === true) {
      this.#ended = true
      return undefined
    }
    return step.value
  }
}
