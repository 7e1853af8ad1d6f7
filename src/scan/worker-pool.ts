// Detection workers and the queue before them: bounded, so that a source is read no faster than its bytes are looked at.
import { Worker } from 'node:worker_threads'
import { prepareRules } from '../detect/prepared-rules.js'
import type { RuleSet } from '../detect/rule-set.js'
import { garbageCollector } from '../support/collect-garbage.js'
import { InternalError } from '../support/errors.js'
import { builtModule } from '../support/package-root.js'
import { shareCleanTexts } from './clean-texts.js'
import { SpareBuffers } from './spare-buffers.js'
import type { FromWorker, ToWorker, Unit, UnitResult, WorkerSetup } from './unit.js'
import { WaitingRoom } from './waiting-room.js'

/** Units that one worker holds: one at work, one waiting, so that it never idles between two. */
const UNITS_A_WORKER = 2
/** Data messages of a stream on their way. */
const STREAM_WINDOW = 2
/** A worker that is silent this long while it has work hangs; its rules have deadlines far below. */
const SILENCE_MS = 60_000

/** Of each worker's heap: little of what a unit makes outlives it, and a larger one costs memory without being faster (measured). */
const YOUNG_GENERATION_MB = 6

/** What came of a unit: its result, or that its worker hung and was ended. */
export type Outcome = UnitResult | 'hung'

/** A stream unit under way. */
export interface StreamHandle {
  /** Resolves when the worker can take more. `bytes` is handed over. */
  write(bytes: ArrayBuffer, length: number): Promise<void>
  end(): Promise<Outcome>
}

export interface WorkerPool {
  /** Resolves when a worker has taken the unit; `done` when it is scanned. The unit's buffer is handed over. */
  submit(unit: Unit): Promise<{ readonly done: Promise<Outcome> }>
  stream(unit: Unit): Promise<StreamHandle>
  /** Runs a unit on every worker, in turn. */
  onEach(make: (previous: UnitResult | undefined) => Unit): Promise<UnitResult | undefined>
  /** A buffer of CHUNK_SIZE bytes, used before where there is one. */
  buffer(): ArrayBuffer
  /** Compressed bytes that are about to be read: many are worth all workers. */
  expect(bytes: number): void
  close(): Promise<void>
}

export interface PoolOptions {
  readonly concurrency: number
  readonly silenceMs?: number
  /** Milliseconds that work has to wait for a worker before there is one more; default by the machine. */
  readonly patienceMs?: number
  /** The worker's module; tests put their own in its place. */
  readonly module?: URL
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
  isReady: boolean
}

/** What workers need of the rules: texts for people would only be copied to each. */
function forWorkers({ rules, ...more }: RuleSet): Pick<WorkerSetup, 'rules' | 'prepared'> {
  const needed = { ...more, rules: rules.map((rule) => ({ ...rule, examples: [], counterexamples: [] })) }
  return { rules: needed, prepared: prepareRules(needed) }
}

export function createWorkerPool(setup: WorkerSetup, options: PoolOptions): WorkerPool {
  return new ThreadPool(setup, options)
}

class ThreadPool implements WorkerPool {
  #setup: WorkerSetup
  readonly #module: URL
  readonly #silenceMs: number
  readonly #concurrency: number
  readonly #slots: Slot[] = []
  readonly #buffers: SpareBuffers
  readonly #waiting: WaitingRoom
  readonly #watch: NodeJS.Timeout
  readonly #collectGarbage = garbageCollector()
  #nextId = 1
  #failure: Error | undefined
  #closed = false

  constructor(setup: WorkerSetup, options: PoolOptions) {
    this.#setup = { ...setup, cleanTexts: shareCleanTexts() }
    this.#module = options.module ?? builtModule('scan/worker.js')
    this.#silenceMs = options.silenceMs ?? SILENCE_MS
    this.#concurrency = Math.max(1, options.concurrency)
    this.#buffers = new SpareBuffers(this.#concurrency * (UNITS_A_WORKER + 1))
    this.#waiting = new WaitingRoom(options.patienceMs)
    this.#watch = setInterval(() => this.#endSilent(), Math.min(1000, this.#silenceMs / 4))
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

  expect(bytes: number): void {
    this.#waiting.expect(bytes)
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
      if (mayGrow && isBusy && this.#waiting.isPatienceOver(this.#slots.length)) return this.#addSlot()
      const slot = this.#slots.reduce((least, other) => (other.jobs.size < least.jobs.size ? other : least))
      if (slot.jobs.size < UNITS_A_WORKER) return slot
      // While one is still starting, waiting is no measure of how much there is to do.
      await this.#waiting.wait(
        mayGrow ? this.#slots.length : undefined,
        this.#slots.every(({ isReady }) => isReady),
      )
    }
  }

  #addSlot(): Slot {
    const slot: Slot = { worker: this.#startWorker(), jobs: new Map(), lastHeard: Date.now(), isReady: false }
    this.#listen(slot)
    this.#slots.push(slot)
    return slot
  }

  #startWorker(): Worker {
    this.#setup = { ...this.#setup, ...(this.#setup.prepared === undefined ? forWorkers(this.#setup.rules) : {}) }
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB }
    return new Worker(this.#module, { workerData: this.#setup, execArgv: [], resourceLimits })
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
    slot.isReady = true
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
    this.#waiting.wakeOne()
    this.#collectGarbage()
  }

  #fail(message: string): void {
    this.#failure ??= new InternalError(message, { hint: 'Please report this; run again with --debug for the trace.' })
    for (const slot of this.#slots) {
      for (const job of slot.jobs.values()) {
        job.reject(this.#failure)
        job.wake()
      }
      slot.jobs.clear()
    }
    this.#waiting.wakeAll()
  }

  /** Ends workers that hang (a regular expression without end) and puts fresh ones in their place. */
  #endSilent(): void {
    const now = Date.now()
    for (const slot of this.#slots) {
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
