// The plain values that one worker has found, so that it can take them out of strings that leave the program. Never leaves the worker.
import type { Match } from '../detect/types.js'
import { plainValues } from './raw-finding.js'
import { isDistinctive, MASK, maskValues } from './redact.js'

const MOST_VALUES = 10_000
const LONGEST_VALUE = 4096

export class ValueMemory {
  readonly #values = new Set<string>()

  /** Keeps the values of matches; the oldest go when there are too many. */
  remember(matches: readonly Match[]): void {
    for (const value of plainValues(matches)) {
      if (value.length === 0 || value.length > LONGEST_VALUE) continue
      this.#values.delete(value)
      this.#values.add(value)
      if (this.#values.size > MOST_VALUES) this.#values.delete(this.#values.values().next().value ?? '')
    }
  }

  /** `text` with every distinctive value it holds, and every word of it that is a found value, shown as "****". */
  mask(text: string): string {
    const held = [...this.#values].filter((value) => text.includes(value))
    const whole = maskValues(text, held.filter(isDistinctive))
    return held.some((value) => !isDistinctive(value)) ? maskWords(whole, new Set(held)) : whole
  }
}

/** `text` with every word (letters, digits and underscores) that is one of `values` masked. */
export function maskWords(text: string, values: ReadonlySet<string>): string {
  return text.replace(/[\p{L}\p{N}_]+/gu, (word) => (values.has(word) ? MASK : word))
}
