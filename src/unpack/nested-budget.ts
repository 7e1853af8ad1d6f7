// How much may come out of one outermost file, whatever is nested in it: the guard against zip bombs.
import type { Issue } from '../support/issue.js'

export interface NestedLimits {
  /** Bytes that all archives within one outermost file may expand to. */
  readonly bytes: number
  readonly entries: number
  /** Bytes out for each byte in; counts once more than `ratioFloor` bytes came out. */
  readonly ratio: number
  readonly ratioFloor: number
}

const NESTED_LIMITS: NestedLimits = {
  bytes: 1024 ** 3,
  entries: 100_000,
  ratio: 1000,
  ratioFloor: 8 * 1024 * 1024,
}

/** Input bytes counted as they are read. */
export interface CountedInput {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly seen: () => number
}

/** One for each outermost file. Once it is exhausted, nothing more is opened in that file; each limit is reported once. */
export class NestedBudget {
  readonly #limits: NestedLimits
  #bytes = 0
  #entries = 0
  #exhausted = false

  constructor(limits: Partial<NestedLimits> = {}) {
    this.#limits = { ...NESTED_LIMITS, ...limits }
  }

  get exhausted(): boolean {
    return this.#exhausted
  }

  /** Counts one more entry; false where that is one too many. */
  openEntry(on: (issue: Issue) => void): boolean {
    if (this.#exhausted) return false
    if (this.#entries++ < this.#limits.entries) return true
    this.#exhaust(on, 'LIMIT_ARCHIVE_ENTRIES', `more than ${this.#limits.entries} entries`)
    return false
  }

  countInput(bytes: AsyncIterable<Uint8Array>): CountedInput {
    let seen = 0
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of bytes) {
        seen += chunk.length
        yield chunk
      }
    }
    return { bytes: counted(), seen: () => seen }
  }

  /** `body`, up to what the budget still allows. */
  async *spend(
    body: AsyncIterable<Uint8Array>,
    input: () => number,
    on: (issue: Issue) => void,
  ): AsyncGenerator<Uint8Array> {
    let out = 0
    for await (const chunk of body) {
      const left = this.#limits.bytes - this.#bytes
      const piece = chunk.subarray(0, left)
      this.#bytes += piece.length
      out += piece.length
      if (piece.length > 0) yield piece
      if (chunk.length > left) return this.#exhaust(on, 'LIMIT_ARCHIVE_SIZE', `more than ${this.#limits.bytes} bytes`)
      if (out > this.#limits.ratioFloor && out > this.#limits.ratio * Math.max(1, input())) {
        return this.#exhaust(on, 'LIMIT_ARCHIVE_RATIO', `more than ${this.#limits.ratio} bytes for each of its own`)
      }
    }
  }

  #exhaust(on: (issue: Issue) => void, code: string, what: string): void {
    this.#exhausted = true
    on({ code, effect: 'partial', detail: `An archive holds ${what}; the rest of it was not opened.` })
  }
}
