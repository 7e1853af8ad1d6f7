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
import { watched } from './watched.js'
import type { Outcome, StreamHandle, WorkerPool } from './worker-pool.js'

export class HelpingPool implements WorkerPool {
  readonly #workers: ThreadPool
  readonly #setup: () => WorkerSetup
  readonly #silenceMs: number
  readonly #collectGarbage = garbageCollector()
  #scanner: UnitScanner | undefined

  /** `setup`: what the workers get; asked for when there is something to scan here. `silenceMs`: a unit that takes longer hangs. */
  constructor(workers: ThreadPool, setup: () => WorkerSetup, silenceMs: number) {
    this.#workers = workers
    this.#setup = setup
    this.#silenceMs = silenceMs
  }

  async submit(unit: Unit): Promise<{ readonly done: Promise<Outcome> }> {
    // Results that have come in meanwhile are counted: while this thread scans it hears of nothing.
    await nextTurn()
    if (!this.#workers.isFull || !isWatchable(unit)) return this.#workers.submit(unit)
    return { done: Promise.resolve(await this.#scan(unit)) }
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
      this.#scanner ??= createUnitScanner(this.#setup())
      const scanner = this.#scanner
      const outcome = await watched(() => scanner.scan(unit), this.#silenceMs)
      if (outcome === 'hung') this.#scanner = undefined
      this.#workers.give(unit.bytes)
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
