// How many requests go to one host at a time: fewer when it says that it is too much, slowly more again (additive increase,
// multiplicative decrease).

/** Answers in a row without complaint after which one more request at a time is tried. */
const STEP = 20

export class RequestSlots {
  readonly #most: () => number
  readonly #waiting: (() => void)[] = []
  /** What the host seems to bear; no less than `most` until it complains. */
  #allowed = Number.POSITIVE_INFINITY
  #used = 0
  #good = 0

  /** `most` may change over time: a share of what others use too. */
  constructor(most: number | (() => number)) {
    this.#most = typeof most === 'number' ? () => most : most
  }

  /** Requests at a time that are allowed now. */
  get allowed(): number {
    return Math.max(1, Math.min(this.#allowed, this.#most()))
  }

  /** Waits for a slot, runs `request` in it, and learns from the status that it resolves to (`undefined`: none). */
  async run<T extends { readonly status: number }>(request: () => Promise<T>): Promise<T> {
    while (this.#used >= this.allowed) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#used++
    try {
      const answer = await request()
      this.#learn(answer.status)
      return answer
    } finally {
      this.#used--
      for (let free = this.allowed - this.#used; free > 0; free--) this.#waiting.shift()?.()
    }
  }

  #learn(status: number): void {
    if (status === 429 || status === 503) {
      this.#allowed = Math.max(1, Math.floor(this.allowed / 2))
      this.#good = 0
    } else if (++this.#good >= STEP && this.#allowed < this.#most()) {
      this.#allowed++
      this.#good = 0
    }
  }
}
