// A pool whose calling thread scans units itself while its workers have enough to do: where there are two processors, reading leaves one of
// them half idle, and a worker more than processors costs its start and the changing between threads.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { garbageCollector } from '../support/collect-garbage.js'
import { sniffNested } from '../unpack/nested.js'
import { HEAD_BYTES } from './text-scan.js'
import type { ThreadPool } from './thread-pool.js'
import type { BatchUnit, ChunkUnit, Unit, UnitResult, WorkerSetup } from './unit.js'
import { failureOf, scanFailure } from './unit-failure.js'
import type { UnitScanner } from './unit-scanner.js'
import { ValueMemory } from './value-memory.js'
import { watched } from './watched.js'
import type { Outcome, StreamHandle, WorkerPool } from './worker-pool.js'

/**
 * A unit takes hundredths of a second. While one is scanned here no signal is heard, no lease of a sweep is renewed (they last 20 seconds)
 * and no worker is listened to: one that takes longer than this is a worker's.
 */
const PATIENCE_MS = 3000

export class HelpingPool implements WorkerPool {
  readonly #workers: ThreadPool
  readonly #setup: () => WorkerSetup
  readonly #patienceMs: number
  /** Outlives a scanner that was stopped: what it has found is masked all the same. */
  readonly #memory = new ValueMemory()
  readonly #collectGarbage = garbageCollector()
  #scanner: UnitScanner | undefined
  /** The scanner was stopped in the middle of a unit: it can still mask. */
  #isStopped = false

  /** `setup`: what the workers get; asked for when there is something to scan here. `patienceMs`: a unit that takes longer is left to them. */
  constructor(workers: ThreadPool, setup: () => WorkerSetup, patienceMs = PATIENCE_MS) {
    this.#workers = workers
    this.#setup = setup
    this.#patienceMs = patienceMs
  }

  async submit(unit: Unit): Promise<{ readonly done: Promise<Outcome> }> {
    // Results that have come in meanwhile are counted: while this thread scans it hears of nothing.
    await nextTurn()
    if (!this.#workers.isFull || !isWatchable(unit)) return this.#workers.submit(unit)
    const outcome = await this.#scan(unit)
    return outcome === 'hung' ? this.#workers.submit(unit) : { done: Promise.resolve(outcome) }
  }

  stream(unit: Unit): Promise<StreamHandle> {
    return this.#workers.stream(unit)
  }

  async onEach(make: (previous: UnitResult | undefined) => Unit): Promise<UnitResult | undefined> {
    const previous = await this.#workers.onEach(make)
    return this.#scanner === undefined ? previous : this.#scanner.scan(make(previous))
  }

  buffer(): ArrayBuffer {
    return this.#workers.buffer()
  }

  close(): Promise<void> {
    return this.#workers.close()
  }

  async #scan(unit: BatchUnit | ChunkUnit): Promise<Outcome> {
    const { createUnitScanner } = await import('./unit-scanner.js')
    try {
      if (this.#scanner === undefined || this.#isStopped) {
        this.#scanner = createUnitScanner(this.#setup(), { memory: this.#memory })
        this.#isStopped = false
      }
      const scanner = this.#scanner
      const outcome = await watched(() => scanner.scan(unit), this.#patienceMs)
      if (outcome === 'hung') this.#isStopped = true
      else this.#workers.give(unit.bytes)
      this.#collectGarbage()
      return outcome
    } catch (error) {
      const { name, trace } = failureOf(error)
      throw scanFailure(`Scanning failed: ${name}\n${trace}`)
    }
  }
}

/** Whether a scan of the unit waits for nothing, so that it is watched to its end: no archive is opened. */
function isWatchable(unit: Unit): unit is BatchUnit | ChunkUnit {
  if (unit.kind === 'chunk') return true
  if (unit.kind !== 'batch') return false
  return unit.files.every(({ path, start, length }) => {
    const head = new Uint8Array(unit.bytes, start, Math.min(length, HEAD_BYTES))
    return sniffNested(path, head) === undefined
  })
}
