// The newest N of a stream of any length, in memory for N.

/** A binary heap whose smallest item is on top. */
export class NewestHeap<T> {
  readonly #items: T[] = []
  readonly #most: number
  readonly #isOlder: (one: T, other: T) => boolean

  /** Keeps `most` items; `isOlder` is a strict order. */
  constructor(most: number, isOlder: (one: T, other: T) => boolean) {
    this.#most = most
    this.#isOlder = isOlder
  }

  /** Takes `item` in, and gives back what falls out: nothing, the oldest so far, or `item` itself. */
  offer(item: T): T | undefined {
    const [oldest] = this.#items
    if (this.#items.length < this.#most || oldest === undefined) {
      this.#items.push(item)
      this.#rise(this.#items.length - 1)
      return undefined
    }
    if (!this.#isOlder(oldest, item)) return item
    this.#items[0] = item
    this.#sink(0)
    return oldest
  }

  /** What is kept, newest first. */
  newestFirst(): readonly T[] {
    return [...this.#items].sort((one, other) => (this.#isOlder(one, other) ? 1 : this.#isOlder(other, one) ? -1 : 0))
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#items[one] as T, this.#items[other] as T]
    this.#items[one] = b
    this.#items[other] = a
  }

  #olderAt(one: number, other: number): boolean {
    return one < this.#items.length && this.#isOlder(this.#items[one] as T, this.#items[other] as T)
  }

  #rise(start: number): void {
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#olderAt(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(start: number): void {
    for (let at = start; ; ) {
      let oldest = at
      for (const child of [2 * at + 1, 2 * at + 2]) if (this.#olderAt(child, oldest)) oldest = child
      if (oldest === at) return
      this.#swap(at, oldest)
      at = oldest
    }
  }
}
