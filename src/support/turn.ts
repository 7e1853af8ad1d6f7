// Pieces of asynchronous work that must not overlap.

/** One after another, in the order of asking. */
export class Turn {
  #last: Promise<unknown> = Promise.resolve()

  /** What `work` resolves to or is rejected with; the next goes on either way. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {})
    return result
  }
}
