// A file's body in buffers of one size.

/** Fills buffers from a body whose pieces have any length. Knows after each fill whether the body has ended. */
export class ChunkFiller {
  readonly #source: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()
  ended = false

  constructor(source: AsyncIterator<Uint8Array>) {
    this.#source = source
  }

  /** Fills `buffer` from `at` on; returns how far it is filled. */
  async fill(buffer: ArrayBuffer, at: number): Promise<number> {
    const target = new Uint8Array(buffer)
    let filled = at
    for (;;) {
      const part = this.#rest.subarray(0, target.length - filled)
      target.set(part, filled)
      filled += part.length
      this.#rest = this.#rest.subarray(part.length)
      // Where the buffer is full, one more piece is fetched to know whether it was the last.
      if (this.#rest.length > 0) return filled
      const next = await this.#source.next()
      if (next.done === true) {
        this.ended = true
        return filled
      }
      this.#rest = next.value
    }
  }
}
