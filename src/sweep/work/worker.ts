// One process that works on sweeps: takes jobs and layers, finishes images, and ends a sweep when nothing is left. What it holds it renews
// (presence.ts); whatever happens to it, another goes on.
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { LockedError } from '../../support/errors.js'
import { type AtEnd, finishSweep } from '../plan/finish-sweep.js'
import { putJobs, renewSweep, runningSweep } from '../plan/sweeps.js'
import { updateGroupCounts } from '../reading/group-counts.js'
import { DATABASE_AWAY, surely } from '../store/surely.js'
import { Alarm } from './alarm.js'
import { failDeadJobs } from './failed-jobs.js'
import { ImageFinisher } from './finish-images.js'
import { JobRunner } from './job-runner.js'
import { LayerRunner } from './layer-runner.js'
import { Presence } from './presence.js'
import type { SweepTools } from './tools.js'

const HEARTBEAT = 4_000
/** ms between looks for work where nothing rings. */
const IDLE = 500
/** ms between looks, where there is nothing to do, for lists that have no job: pg-boss archives jobs, and a worker may die before it puts one. */
const PUT_AGAIN = 30_000

export interface WorkerOptions {
  /** The sweep that this process owns: it ends with it. Without one it works on whatever sweep there is until it is told to stop. */
  readonly sweep?: number
  readonly atEnd?: AtEnd
}

/** Works until its sweep has ended, or `tools.signal` is aborted. What it holds is given back. */
export async function runWorker(tools: SweepTools, options: WorkerOptions): Promise<void> {
  const controller = new AbortController()
  const signal = AbortSignal.any([tools.signal, controller.signal])
  setMaxListeners(0, signal)
  const worker = new SweepWorker({ ...tools, signal }, options)
  try {
    await worker.run(controller)
  } finally {
    controller.abort()
    await worker.close()
  }
}

class SweepWorker {
  readonly #tools: SweepTools
  readonly #options: WorkerOptions
  readonly #alarm = new Alarm()
  readonly #layers: LayerRunner
  readonly #jobs: JobRunner
  readonly #images: ImageFinisher
  readonly #presence: Presence
  /** The sweep of which it was said that its rules are others. */
  #toldOf: number | undefined
  /** The last thing that it took was one that workers have died of, alone. */
  #wasAlone = false
  #putAt = performance.now()

  constructor(tools: SweepTools, options: WorkerOptions) {
    this.#tools = tools
    this.#options = options
    this.#images = new ImageFinisher(tools)
    this.#layers = new LayerRunner(tools, this.#images, this.#alarm)
    this.#jobs = new JobRunner(tools, this.#alarm)
    this.#presence = new Presence(tools, this.#layers, this.#jobs)
  }

  async run(controller: AbortController): Promise<void> {
    await this.#patiently(() => this.#presence.begin())
    const loops = [this.#work(), this.#heartbeat(controller)]
    try {
      await Promise.race([...loops, this.#layers.failure, this.#jobs.failure])
    } finally {
      controller.abort()
      this.#alarm.ring()
      await Promise.allSettled(loops)
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#layers.close(), this.#jobs.close()])
    await this.#images.close().catch(() => {})
    await this.#presence.end().catch(() => {})
  }

  async #heartbeat(controller: AbortController): Promise<void> {
    const { signal, database, worker } = this.#tools
    const { sweep } = this.#options
    while (!signal.aborted) {
      await this.#patiently(() => this.#presence.renew())
      this.#alarm.ring()
      const owned = sweep === undefined || (await this.#patiently(() => renewSweep(database, sweep, worker)))
      if (owned === false && !(await this.#hasEnded())) {
        controller.abort()
        throw new LockedError('Another process has taken this sweep over.', {
          hint: 'This one was stopped for too long; nothing is lost.',
        })
      }
      await sleep(HEARTBEAT, undefined, { signal }).catch(() => {})
    }
  }

  async #work(): Promise<void> {
    const { signal, database, rules } = this.#tools
    let lookedAt = Number.NEGATIVE_INFINITY
    let sweep: number | undefined
    while (!signal.aborted) {
      // Small layers are done in no time: what changes rarely is not asked for after each of them.
      const isDue = performance.now() - lookedAt >= IDLE
      if (isDue) {
        lookedAt = performance.now()
        if (await this.#hasEnded()) return
        await this.#patiently(() => this.#presence.share())
        const running = await this.#patiently(() => runningSweep(database))
        sweep = running?.rules === rules ? running.id : undefined
        if (running !== undefined && sweep === undefined) this.#tellOtherRules(running.id)
      }
      const current = sweep
      if (current !== undefined) await this.#patiently(() => this.#turn(current, isDue))
      await this.#alarm.wait(IDLE)
    }
  }

  /** Once for each sweep: nobody else would say why this worker does nothing. */
  #tellOtherRules(sweep: number): void {
    if (this.#toldOf === sweep) return
    this.#toldOf = sweep
    const message = `Sweep ${sweep} has other rules or limits than this worker, which waits: give all of them the same version, rules and flags.`
    this.#tools.on({ type: 'trouble', message })
  }

  /** Takes what there is room for; where there is nothing, looks for what others left and whether the sweep has ended. */
  async #turn(sweep: number, isDue: boolean): Promise<void> {
    if (this.#jobs.isAlone || this.#layers.isAlone) return
    const jobs = await this.#jobs.fill(isDue)
    const layers = await this.#layers.fill(sweep, isDue)
    if (jobs + layers > 0 || !(isDue || this.#wasAlone)) return
    this.#wasAlone = (await this.#jobs.fillSuspicious()) || (await this.#layers.fillSuspicious(sweep))
    if (this.#wasAlone || !isDue) return
    await this.#images.finishWaiting(sweep)
    await this.#images.refreshOutdated(sweep)
    await failDeadJobs(sweep, this.#tools)
    if (await finishSweep(sweep, this.#tools, this.#options.atEnd)) {
      // For those who look next; where it fails now, it is done when somebody does.
      await updateGroupCounts(this.#tools.database).catch(() => {})
      return
    }
    if (performance.now() - this.#putAt < PUT_AGAIN) return
    this.#putAt = performance.now()
    await putJobs(sweep, this.#tools)
  }

  async #hasEnded(): Promise<boolean> {
    const { sweep } = this.#options
    if (sweep === undefined) return false
    const rows = await this.#patiently(() =>
      this.#tools.database.query<{ status: string }>('SELECT status FROM sweep WHERE id = $1', [sweep]),
    )
    return rows !== undefined && rows[0]?.status !== 'running'
  }

  /** Goes on asking while the database is away; undefined where this process is to stop. */
  async #patiently<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    const { signal, on } = this.#tools
    if (signal.aborted) return undefined
    try {
      return await surely(work, { signal, onAway: () => on({ type: 'trouble', message: DATABASE_AWAY }) })
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    }
  }
}
