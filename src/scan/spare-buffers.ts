// Buffers of one chunk that go round between the main thread and the workers: a new one each time would be zeroed and collected.
import { CHUNK_SIZE } from '../detect/types.js'

export class SpareBuffers {
  readonly #spare: ArrayBuffer[] = []
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** A buffer of CHUNK_SIZE bytes, used before where there is one: it holds anything. */
  take(): ArrayBuffer {
    return this.#spare.pop() ?? new ArrayBuffer(CHUNK_SIZE)
  }

  /** Keeps a buffer for later; one of another size, or one too many, is left to the garbage collector. */
  give(bytes: ArrayBuffer): void {
    if (bytes.byteLength === CHUNK_SIZE && this.#spare.length < this.#most) this.#spare.push(bytes)
  }
}
