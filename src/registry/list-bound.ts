// How long a registry's list may be: one that never ends would hold a sweep for ever. Knows nothing of what is listed.
import { LimitExceededError } from '../support/errors.js'
import { grouped } from '../support/grouped.js'

/** Names of one list. */
const MOST_NAMES = 5_000_000
/** So many pages may bring next to nothing; behind them, each has to bring so many names on average. */
const POOR_PAGES = 1000
const LEAST_NAMES = 10

/** Counts the pages of one list, which is of `what`, and what they bring. */
export class ListBound {
  readonly #host: string
  readonly #what: string
  #pages = 0
  #names = 0

  constructor(host: string, what: string) {
    this.#host = host
    this.#what = what
  }

  /** One page that brought `names` names which those before it had not. @throws LimitExceededError where the list has no end. */
  add(names: number): void {
    this.#pages++
    this.#names += names
    if (this.#names > MOST_NAMES) throw this.#endless(`has more than ${grouped(MOST_NAMES)} names`)
    if (this.#pages > POOR_PAGES && this.#names < LEAST_NAMES * this.#pages)
      throw this.#endless(`goes on behind ${grouped(POOR_PAGES)} pages that bring next to nothing`)
  }

  #endless(why: string): LimitExceededError {
    return new LimitExceededError(`The list of ${this.#what} that ${this.#host} gives ${why}.`, {
      hint: 'Name repositories in sweep.yaml, or look at what answers there.',
    })
  }
}
