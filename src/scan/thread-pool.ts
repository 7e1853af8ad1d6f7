// Detection workers and the queue before them: bounded, so that a source is read no faster than its bytes are looked at.
import { Worker } from 'node:worker_threads'
import { garbageCollector } from '../support/collect-garbage.js'
import { InternalError } from '../support/errors.js'
import { builtModule } from '../support/package-root.js'
import { SpareBuffers } from './spare-buffers.js'
import type { FromWorker, ToWorker, Unit, UnitResult, WorkerSetup } from './unit.js'
import { scanFailure } from './unit-failure.js'
import type { Outcome, PoolOptions, StreamHandle, WorkerPool } from './worker-pool.js'

/** Units that one worker holds: one at work, one waiting, so that it never idles between two. */
const UNITS_A_WORKER = 2
/** The same where whoever hands them out scans meanwhile, and hears of nothing until it is done. */
const UNITS_BESIDE_HELP = 4
/** Data messages of a stream on their way. */
const STREAM_WINDOW = 2

/** Of each worker's heap: little of what a unit makes outlives it, and a larger one costs memory without being faster (measured). */
const YOUNG_GENERATION_MB = 6

export interface ThreadPoolOptions extends PoolOptions {
  readonly silenceMs: number
  readonly isHelped?: boolean
}

interface Job {
  readonly id: number
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: Error) => void
  /** A stream waits for the main thread while nothing of it is on its way. */
  readonly stream: boolean
  unacknowledged: number
  ended: boolean
  wake: () => void
}

interface Slot {
  worker: Worker
  readonly jobs: Map<number, Job>
  lastHeard: number
}

export class ThreadPool implements WorkerPool {
  readonly #setup: () => WorkerSetup
  readonly #unitsAWorker: number
  readonly #module: URL
  readonly #silenceMs: number
  readonly #concurrency: number
  readonly #slots: Slot[] = []
  readonly #buffers: SpareBuffers
  /** Who waits for a worker that has room. */
  readonly #waiting: (() => void)[] = []
  readonly #watch: NodeJS.Timeout
  readonly #watchMs: number
  #lastWatch = Date.now()
  readonly #collectGarbage = garbageCollector()
  #nextId = 1
  #failure: Error | undefined
  #closed = false

  constructor(setup: () => WorkerSetup, options: ThreadPoolOptions) {
    this.#setup = setup
    this.#unitsAWorker = options.isHelped === true ? UNITS_BESIDE_HELP : UNITS_A_WORKER
    this.#module = options.module ?? builtModule('scan/worker.js')
    this.#silenceMs = options.silenceMs
    this.#concurrency = Math.max(1, options.concurrency)
    this.#buffers = new SpareBuffers(this.#concurrency * (this.#unitsAWorker + 1))
    this.#watchMs = Math.min(1000, this.#silenceMs / 4)
    this.#watch = setInterval(() => this.#endSilent(), this.#watchMs)
    this.#watch.unref()
  }

  async submit(unit: Unit): Promise<{ readonly done: Promise<Outcome> }> {
    const slot = await this.#freeSlot()
    const { done } = this.#start(slot, unit)
    return { done }
  }

  async stream(unit: Unit): Promise<StreamHandle> {
    const slot = await this.#freeSlot()
    const { job, done } = this.#start(slot, unit)
    return {
      write: async (bytes, length) => {
        if (!slot.jobs.has(job.id)) return
        job.unacknowledged++
        this.#send(slot, { type: 'data', id: job.id, bytes, length }, [bytes])
        while (job.unacknowledged >= STREAM_WINDOW && slot.jobs.has(job.id)) {
          await new Promise<void>((resolve) => (job.wake = resolve))
        }
      },
      end: () => {
        job.ended = true
        if (slot.jobs.has(job.id)) this.#send(slot, { type: 'end', id: job.id })
        return done
      },
    }
  }

  async onEach(make: (previous: UnitResult | undefined) => Unit): Promise<UnitResult | undefined> {
    let previous: UnitResult | undefined
    for (const slot of this.#slots) {
      const outcome = await this.#start(slot, make(previous)).done
      if (outcome !== 'hung') previous = outcome
    }
    return previous
  }

  buffer(): ArrayBuffer {
    return this.#buffers.take()
  }

  /** Takes a buffer back to be used again. */
  give(bytes: ArrayBuffer): void {
    this.#buffers.give(bytes)
  }

  /** Whether all workers there may be hold all the units that they take. */
  get isFull(): boolean {
    if (this.#failure !== undefined || this.#slots.length < this.#concurrency) return false
    return this.#slots.every(({ jobs }) => jobs.size >= this.#unitsAWorker)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#watch)
    await Promise.all(this.#slots.map((slot) => slot.worker.terminate()))
  }

  #start(slot: Slot, unit: Unit): { job: Job; done: Promise<Outcome> } {
    const id = this.#nextId++
    let job: Job | undefined
    const done = new Promise<Outcome>((resolve, reject) => {
      job = { id, resolve, reject, stream: unit.kind === 'stream', unacknowledged: 0, ended: false, wake: () => {} }
    })
    if (job === undefined) throw new InternalError('a promise did not start')
    // A failure is thrown by the next call that waits for a worker; here it must only not count as unhandled.
    done.catch(() => {})
    if (slot.jobs.size === 0) slot.lastHeard = Date.now()
    slot.jobs.set(id, job)
    const transfer = unit.kind === 'batch' || unit.kind === 'chunk' ? [unit.bytes] : []
    this.#send(slot, { type: 'unit', id, unit }, transfer)
    return { job, done }
  }

  /** The worker with the least to do, once one has room. */
  async #freeSlot(): Promise<Slot> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const mayGrow = this.#slots.length < this.#concurrency
      const isBusy = this.#slots.every((slot) => slot.jobs.size > 0)
      if (mayGrow && isBusy) return this.#addSlot()
      const slot = this.#slots.reduce((least, other) => (other.jobs.size < least.jobs.size ? other : least))
      if (slot.jobs.size < this.#unitsAWorker) return slot
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #addSlot(): Slot {
    const slot: Slot = { worker: this.#startWorker(), jobs: new Map(), lastHeard: Date.now() }
    this.#listen(slot)
    this.#slots.push(slot)
    return slot
  }

  #startWorker(): Worker {
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB }
    return new Worker(this.#module, { workerData: this.#setup(), execArgv: [], resourceLimits })
  }

  #listen(slot: Slot): void {
    const { worker } = slot
    // Until then it was starting, which on a busy machine takes its time.
    worker.on('online', () => (slot.lastHeard = Date.now()))
    worker.on('message', (message: FromWorker) => this.#hear(slot, message))
    worker.on('error', (error) => this.#fail(`A detection worker died (${error.name}).`))
    worker.on('exit', () => {
      if (!this.#closed && slot.worker === worker) this.#fail('A detection worker ended unexpectedly.')
    })
  }

  #hear(slot: Slot, message: FromWorker): void {
    slot.lastHeard = Date.now()
    if (message.type === 'failed') this.#fail(`A detection worker failed: ${message.name}\n${message.trace}`)
    else if (message.type === 'taken') this.#taken(slot, message.id, message.bytes)
    else if (message.type === 'result') this.#finish(slot, message.id, message.result)
  }

  #taken(slot: Slot, id: number, bytes: ArrayBuffer): void {
    this.#buffers.give(bytes)
    const job = slot.jobs.get(id)
    if (job === undefined) return
    job.unacknowledged--
    job.wake()
  }

  #finish(slot: Slot, id: number, outcome: Outcome): void {
    const job = slot.jobs.get(id)
    slot.jobs.delete(id)
    if (outcome !== 'hung' && outcome.bytes !== undefined) this.#buffers.give(outcome.bytes)
    job?.resolve(outcome)
    job?.wake()
    this.#waiting.shift()?.()
    this.#collectGarbage()
  }

  #fail(message: string): void {
    this.#failure ??= scanFailure(message)
    for (const slot of this.#slots) {
      for (const job of slot.jobs.values()) {
        job.reject(this.#failure)
        job.wake()
      }
      slot.jobs.clear()
    }
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Ends workers that hang (a regular expression without end) and puts fresh ones in their place. */
  #endSilent(): void {
    const now = Date.now()
    // Meanwhile this thread heard nobody: it was at work itself, or the process was stopped and its workers with it.
    const deafMs = Math.max(0, now - this.#lastWatch - this.#watchMs)
    this.#lastWatch = now
    for (const slot of this.#slots) {
      slot.lastHeard = Math.min(now, slot.lastHeard + deafMs)
      const [first] = slot.jobs.values()
      if (first === undefined || (first.stream && first.unacknowledged === 0 && !first.ended)) slot.lastHeard = now
      if (now - slot.lastHeard < this.#silenceMs) continue
      const hung = slot.worker
      slot.worker = this.#startWorker()
      this.#listen(slot)
      void hung.terminate()
      slot.lastHeard = now
      for (const id of [...slot.jobs.keys()]) this.#finish(slot, id, 'hung')
    }
  }

  #send(slot: Slot, message: ToWorker, transfer: ArrayBuffer[] = []): void {
    slot.worker.postMessage(message, transfer)
  }
}
