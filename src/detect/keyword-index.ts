// Where do keywords stand in a chunk? An Aho-Corasick automaton over byte classes, without regard to ASCII case.

export interface KeywordHit {
  /** Index of the keyword in the list that the index was made of. */
  readonly keyword: number
  /** Byte offset of its end, exclusive. */
  readonly end: number
}

const fold = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte)

/** Compiled once a worker; `find` keeps no state. */
export class KeywordIndex {
  readonly #classes = new Uint8Array(256)
  readonly #width: number
  readonly #next: Int32Array
  readonly #outputs: (readonly number[] | undefined)[]

  constructor(keywords: readonly string[]) {
    const bytes = keywords.map((keyword) => [...Buffer.from(keyword, 'latin1')].map(fold))
    const used = [...new Set(bytes.flat())].sort((a, b) => a - b)
    for (const [index, byte] of used.entries()) {
      this.#classes[byte] = index + 1
      if (byte >= 0x61 && byte <= 0x7a) this.#classes[byte - 32] = index + 1
    }
    this.#width = used.length + 1
    const { next, outputs } = buildTrie(bytes, this.#classes, this.#width)
    this.#next = next
    this.#outputs = outputs
  }

  /** Calls `hit` for every occurrence, in order of its end. */
  find(bytes: Uint8Array, hit: (keyword: number, end: number) => void): void {
    const next = this.#next
    const classes = this.#classes
    const width = this.#width
    let state = 0
    for (let index = 0; index < bytes.length; index++) {
      state = next[state * width + (classes[bytes[index] as number] as number)] as number
      const output = this.#outputs[state]
      if (output === undefined) continue
      for (const keyword of output) hit(keyword, index + 1)
    }
  }
}

function buildTrie(keywords: readonly (readonly number[])[], classes: Uint8Array, width: number) {
  const size = keywords.reduce((sum, keyword) => sum + keyword.length, 1)
  const next = new Int32Array(size * width)
  const outputs: number[][] = [[]]
  let states = 1
  for (const [index, keyword] of keywords.entries()) {
    let state = 0
    for (const byte of keyword) {
      const at = state * width + (classes[byte] ?? 0)
      if (next[at] === 0) {
        next[at] = states
        outputs[states++] = []
      }
      state = next[at] ?? 0
    }
    outputs[state]?.push(index)
  }
  addFailures(next, outputs, width)
  return { next, outputs: outputs.map((output) => (output.length === 0 ? undefined : output)) }
}

/** Breadth first: a missing edge goes where the longest proper suffix would go. */
function addFailures(next: Int32Array, outputs: number[][], width: number): void {
  const failure = new Int32Array(outputs.length)
  const queue: number[] = []
  for (let edge = 0; edge < width; edge++) if (next[edge] !== 0) queue.push(next[edge] ?? 0)
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0
    const fallback = failure[state] ?? 0
    outputs[state]?.push(...(outputs[fallback] ?? []))
    for (let edge = 0; edge < width; edge++) {
      const target = next[state * width + edge] ?? 0
      const other = next[fallback * width + edge] ?? 0
      if (target === 0) next[state * width + edge] = other
      else {
        failure[target] = other
        queue.push(target)
      }
    }
  }
}
