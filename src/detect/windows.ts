// The parts of a text in which a rule's pattern is run: round its anchors, merged where they touch, so that no byte is looked at twice.
import type { AnchorUse } from './compiled-rules.js'

export interface Window {
  start: number
  end: number
}

export class Windows {
  readonly #byRule = new Map<number, Window[]>()
  readonly #length: number

  constructor(textLength: number) {
    this.#length = textLength
  }

  /** Adds what `use` wants to see of an anchor that begins at `at`. */
  add(use: AnchorUse, at: number): void {
    const start = Math.max(0, at - use.before)
    const end = Math.min(this.#length, at + use.after)
    const list = this.#byRule.get(use.rule)
    const last = list?.[list.length - 1]
    if (last !== undefined && start <= last.end && end >= last.start) {
      last.start = Math.min(last.start, start)
      last.end = Math.max(last.end, end)
    } else if (list === undefined) this.#byRule.set(use.rule, [{ start, end }])
    else list.push({ start, end })
  }

  /** By rule, in order of their starts, apart from each other. */
  *all(): Generator<readonly [number, readonly Window[]]> {
    for (const [rule, list] of this.#byRule) yield [rule, merged(list)]
  }
}

function merged(list: Window[]): readonly Window[] {
  if (list.length === 1) return list
  const result: Window[] = []
  for (const window of list.sort((a, b) => a.start - b.start)) {
    const last = result.at(-1)
    if (last !== undefined && window.start <= last.end) last.end = Math.max(last.end, window.end)
    else result.push(window)
  }
  return result
}
