// A plain secret value in memory: cannot be printed by accident, and `.reveal()` is the only way out.
import { timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const MASK = '****'

/** Prints only as "****". Never crosses a thread: a private field does not survive postMessage. */
export class Secret {
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Copies `bytes`. */
  static of(bytes: Uint8Array): Secret {
    return new Secret(Uint8Array.from(bytes))
  }

  /** The plain value; the caller must not keep, print or log it. */
  reveal(): Uint8Array {
    return this.#bytes
  }

  /** Compares in constant time (for equal lengths). */
  equals(other: Secret): boolean {
    return this.#bytes.length === other.#bytes.length && timingSafeEqual(this.#bytes, other.#bytes)
  }

  /** Overwrites the value with zeros: best effort, the garbage collector may have moved copies. */
  wipe(): void {
    this.#bytes.fill(0)
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [inspect.custom](): string {
    return `Secret(${MASK})`
  }
}
