// Pulls exact amounts of bytes out of a stream of chunks, and lets a reader put back what it did not need. Knows no formats.

const EMPTY = new Uint8Array(0)

/**
 * A stream of bytes with a position. Chunks handed out are views: never written to, and where the source uses its memory again they stand
 * only until the next chunk is fetched from it.
 */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  /** The chunk at hand, and how much of it has been given. */
  #chunk: Uint8Array = EMPTY
  #at = 0
  /** Put back chunks that come behind `#chunk`, first one next. */
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
    const end = this.#at + length
    if (end > this.#chunk.length) return undefined
    const taken = this.#chunk.subarray(this.#at, end)
    this.#at = end
    this.#position += length
    return taken
  }

  /** What `take(length)` would give, left in place. */
  atHand(length: number): Uint8Array | undefined {
    const end = this.#at + length
    return end > this.#chunk.length ? undefined : this.#chunk.subarray(this.#at, end)
  }

  /** What is left of the chunk at hand, at most `limit` bytes; undefined where nothing is. */
  takeSome(limit: number): Uint8Array | undefined {
    const left = this.#chunk.length - this.#at
    return left === 0 || limit === 0 ? undefined : this.take(Math.min(left, limit))
  }

  /** Passes over `length` bytes if they lie in the chunk at hand; false (and nothing passed) where they do not. */
  pass(length: number): boolean {
    if (this.#at + length > this.#chunk.length) return false
    this.#at += length
    this.#position += length
    return true
  }

  /** The next bytes, at most `limit`; undefined at the end. */
  async next(limit = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    while (this.#at === this.#chunk.length) {
      const chunk = await this.#pull()
      if (chunk === undefined) return undefined
      this.#chunk = chunk
      this.#at = 0
    }
    return this.takeSome(limit)
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
      // The next chunk may take its place.
      pieces.push(piece.length === missing ? piece : new Uint8Array(piece))
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
    if (this.pass(length)) return length
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
    if (this.#at < this.#chunk.length) this.#ahead.unshift(this.#chunk.subarray(this.#at))
    this.#chunk = bytes
    this.#at = 0
    this.#position -= bytes.length
  }

  /** Everything that is left, chunk by chunk. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) yield chunk
  }

  /** Ends the source: nothing more will be read. */
  async close(): Promise<void> {
    this.#ended = true
    this.#chunk = EMPTY
    this.#at = 0
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
