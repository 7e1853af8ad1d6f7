// Objects that later deltas may build on, within a bound: the least recently used go first.
import type { GitType } from './git-objects.js'

/** Bytes of objects held; as git's own default for the cache of delta bases. */
const MOST_BYTES = 96 * 1024 * 1024

export interface Base {
  readonly id: string
  readonly type: GitType
  readonly bytes: Uint8Array
}

export class BaseCache {
  readonly #byOffset = new Map<number, Base>()
  readonly #offsets = new Map<string, number>()
  readonly #limit: number
  #bytes = 0

  constructor(limit = MOST_BYTES) {
    this.#limit = limit
  }

  add(offset: number, base: Base): void {
    this.#byOffset.set(offset, base)
    this.#offsets.set(base.id, offset)
    this.#bytes += base.bytes.length
    for (const [oldest, old] of this.#byOffset) {
      if (this.#bytes <= this.#limit) return
      this.#byOffset.delete(oldest)
      this.#offsets.delete(old.id)
      this.#bytes -= old.bytes.length
    }
  }

  at(offset: number): Base | undefined {
    const base = this.#byOffset.get(offset)
    if (base === undefined) return undefined
    this.#byOffset.delete(offset)
    this.#byOffset.set(offset, base)
    return base
  }

  named(id: string): Base | undefined {
    const offset = this.#offsets.get(id)
    return offset === undefined ? undefined : this.at(offset)
  }
}
