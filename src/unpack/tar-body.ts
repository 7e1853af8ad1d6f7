// The body of one tar entry. An iterator by hand, not a generator: a layer has a hundred thousand small bodies, and each promise counts.
import type { ByteReader } from './byte-reader.js'

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Gives the next `size` bytes of `input`, until it is detached from it. */
export class TarBody implements AsyncIterableIterator<Uint8Array> {
  readonly #input: ByteReader
  readonly #onCutOff: (missing: number) => void
  #left: number

  /** `onCutOff` hears how many bytes were missing where the input ended within the body. */
  constructor(input: ByteReader, size: number, onCutOff: (missing: number) => void) {
    this.#input = input
    this.#left = size
    this.#onCutOff = onCutOff
  }

  /** The body gives nothing more; returns the bytes that nobody read, which still stand in the input. */
  detach(): number {
    const left = this.#left
    this.#left = 0
    return left
  }

  /** All that is left of the body, if it lies in the chunk at hand: the way without a promise. */
  takeWhole(): Uint8Array | undefined {
    const whole = this.#input.take(this.#left)
    if (whole !== undefined) this.#left = 0
    return whole
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#input.takeSome(this.#left)
    if (chunk === undefined) return this.#left === 0 ? Promise.resolve(DONE) : this.#wait()
    this.#left -= chunk.length
    return Promise.resolve({ done: false, value: chunk })
  }

  /** Leaving the loop reads nothing: the archive passes over the rest. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    return Promise.resolve(DONE)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #wait(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = await this.#input.next(this.#left)
    if (chunk === undefined) {
      this.#onCutOff(this.detach())
      return DONE
    }
    this.#left -= chunk.length
    return { done: false, value: chunk }
  }
}
