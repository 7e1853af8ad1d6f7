// Plain values that were found already, so that the same bytes seen another way say nothing twice. Never leaves the worker; bounded, since
// a stranger's file may hold a value in every line: what no longer fits is said twice.

/** Characters of all values together. */
const MOST_CHARACTERS = 8 * 1024 * 1024
/** What a value costs beside its characters. */
const EACH = 64

export class KnownValues {
  readonly #values = new Set<string>()
  #room = MOST_CHARACTERS

  /** Whether the value is known now. */
  add(value: string): boolean {
    if (this.#values.has(value)) return true
    if (this.#room < value.length + EACH) return false
    this.#room -= value.length + EACH
    this.#values.add(value)
    return true
  }

  has(value: string): boolean {
    return this.#values.has(value)
  }

  all(): Iterable<string> {
    return this.#values
  }
}
