// Wakes a loop that waits for something to do, and a promise by which tasks tell it of what must stop everything.
import { InternalError } from '../../support/errors.js'

export class Alarm {
  #rung = false
  #wake: () => void = () => {}

  /** Also when nobody waits: the next wait ends at once. */
  ring(): void {
    this.#rung = true
    this.#wake()
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#rung = false
    this.#wake = () => {}
  }
}

/** A promise that never ends well: what it is rejected with stops the worker. */
export class Failure {
  readonly promise: Promise<never>
  #reject: (error: Error) => void = () => {}

  constructor() {
    this.promise = new Promise<never>((_, reject) => {
      this.#reject = reject
    })
    this.promise.catch(() => {})
  }

  raise(error: unknown): void {
    this.#reject(error instanceof Error ? error : new InternalError('something that is no error was thrown'))
  }
}
