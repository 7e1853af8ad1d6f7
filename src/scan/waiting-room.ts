// Who waits for a worker of the pool, and whether work has waited long enough for one more worker. Starts none itself.
import { availableParallelism } from 'node:os'

/**
 * A worker costs half a second of processor time until it is warm, and reading and decompressing keep one processor busy: where there are
 * but two, another worker starts only when those there are have kept the source waiting this long.
 */
const PATIENCE_MS = availableParallelism() > 2 ? 0 : 400

/** Compressed bytes that take longer to read than another worker takes to start. */
const MUCH = 24 * 1024 * 1024

export class WaitingRoom {
  #patienceMs: number
  readonly #waiting: (() => void)[] = []
  /** Milliseconds that work has waited for workers that were at it. */
  #waitedMs = 0

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs
  }

  /** `bytes` (compressed) are to come: with many, whoever has to wait for a worker gets another one at once. */
  expect(bytes: number): void {
    if (bytes >= MUCH) this.#patienceMs = 0
  }

  /** Whether work has waited so long for `workers` that one more is worth its start. The first one always is. */
  isPatienceOver(workers: number): boolean {
    return this.#left(workers) <= 0
  }

  /**
   * Resolves when it is woken, or when patience with `workers` is over (never, where there can be no more: undefined). `counts`: whether
   * this waiting says that there is much to do.
   */
  async wait(workers: number | undefined, counts: boolean): Promise<void> {
    const started = performance.now()
    await new Promise<void>((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const wake = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiting.push(wake)
      if (workers === undefined) return
      timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(wake), 1)
        resolve()
      }, this.#left(workers)).unref()
    })
    if (counts) this.#waitedMs += performance.now() - started
  }

  wakeOne(): void {
    this.#waiting.shift()?.()
  }

  wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #left(workers: number): number {
    return this.#patienceMs * workers - this.#waitedMs
  }
}
