// The jobs that this worker has taken: registries and repositories to be listed.
import { isUnconnected } from '../../registry/answers.js'
import { printable } from '../../support/printable.js'
import { isSuspicious } from '../jobs/deaths.js'
import type { Job, JobName } from '../jobs/engine.js'
import { planRegistry } from '../plan/repositories.js'
import { planRepository, type SweptRepository } from '../plan/tags.js'
import { surely } from '../store/surely.js'
import { passesByItself } from '../store/told-failure.js'
import type { SweepRegistryAccess } from '../types.js'
import { type Alarm, Failure } from './alarm.js'
import { AskedAgain } from './asked-again.js'
import { markFailed } from './failed-jobs.js'
import { resumeTime, storedFailure, verdict } from './failures.js'
import type { SweepTools } from './tools.js'

/** Jobs of each kind at a time. */
const AT_ONCE: Readonly<Record<JobName, number>> = { sweep: 2, repository: 8 }

/** SQL: when a job is offered again that a worker has left to others. */
const LATER = 'now() + make_interval(secs => 5)'

/** What a job is of; `name`: of a repository's job. */
interface Place {
  readonly host: string
  readonly name: string
  /** When it is offered again, where this worker's configuration does not name the registry: another worker's does. */
  readonly later: Date
}

export class JobRunner {
  readonly #tools: SweepTools
  readonly #alarm: Alarm
  readonly #held = new Map<string, Job>()
  /** Done, and still this worker's until that is written down: of several with one statement. */
  #done: readonly Job[] = []
  readonly #tasks = new Set<Promise<void>>()
  readonly #failure = new Failure()
  readonly #told = new Set<string>()
  readonly #again: AskedAgain
  #hasEnded = false

  constructor(tools: SweepTools, alarm: Alarm) {
    this.#tools = tools
    this.#alarm = alarm
    this.#again = new AskedAgain(tools)
  }

  /** Rejected where this process cannot go on. */
  get failure(): Promise<never> {
    return this.#failure.promise
  }

  /**
   * Takes jobs where half of those at a time have ended, or it is time to look: small repositories come and go quickly, and each look is a
   * statement. Returns how many this worker holds.
   */
  async fill(isDue: boolean): Promise<number> {
    if (!isDue && !this.#hasEnded) return this.#held.size
    this.#hasEnded = false
    if (isDue || this.#done.length >= AT_ONCE.repository / 2 || this.#held.size === 0) await this.#writeDone()
    if (!this.#maySend) return this.#held.size
    for (const name of ['sweep', 'repository'] as const) {
      const held = [...this.#held.values()].filter((job) => job.name === name).length
      const isWorthIt = name === 'repository' && held <= AT_ONCE[name] / 2
      if (held >= AT_ONCE[name] || !(isDue || isWorthIt)) continue
      for (const job of await this.#tools.jobs.take(name, AT_ONCE[name] - held, false)) this.#start(job)
    }
    return this.#held.size
  }

  /** Takes a job also where workers have died of it again and again, for a worker that holds nothing. Returns whether there was one. */
  async fillSuspicious(): Promise<boolean> {
    if (!this.#maySend) return false
    for (const name of ['sweep', 'repository'] as const) {
      for (const job of await this.#tools.jobs.take(name, 1, true)) this.#start(job)
      if (this.#held.size > 0) return true
    }
    return false
  }

  /** Without a share of any registry's requests it could do nothing with a job. */
  get #maySend(): boolean {
    const { slots, registries } = this.#tools
    return [...registries.keys()].some((host) => slots.held(host) > 0)
  }

  get isIdle(): boolean {
    return this.#held.size === 0
  }

  /** It works on one that must be worked on alone. */
  get isAlone(): boolean {
    return [...this.#held.values()].some(isSuspicious)
  }

  async renew(): Promise<void> {
    await this.#tools.jobs.renew(this.#ours)
  }

  get #ours(): readonly Job[] {
    return [...this.#held.values(), ...this.#done]
  }

  async #writeDone(): Promise<void> {
    const done = this.#done
    await this.#tools.jobs.done(done)
    this.#done = this.#done.filter((job) => !done.includes(job))
  }

  /** Gives back what `dead` workers hold, or nobody renews. */
  async reclaim(dead: readonly string[]): Promise<void> {
    await this.#tools.jobs.reclaim(dead, this.#ours)
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#tasks)
    await this.#writeDone()
    for (const job of this.#held.values()) await this.#tools.jobs.postpone(job)
  }

  #start(job: Job): void {
    this.#held.set(job.id, job)
    const task: Promise<void> = this.#run(job)
      .then(() => {
        this.#held.delete(job.id)
      })
      .catch((error: unknown) => {
        if (!this.#tools.signal.aborted) this.#failure.raise(error)
      })
      .finally(() => {
        this.#tasks.delete(task)
        this.#hasEnded = true
        this.#alarm.ring()
      })
    this.#tasks.add(task)
  }

  async #run(job: Job): Promise<void> {
    const { signal, on, registries } = this.#tools
    let place: Place | undefined
    try {
      // Without a place the sweep has no need of the job any more.
      place = await this.#placeOf(job)
      if (place !== undefined) {
        const access = registries.get(place.host)
        if (access === undefined) return await this.#leave(job, place)
        await this.#plan(job, place, access)
        if (job.name === 'repository') this.#again.hasAnswered(place.host)
      }
    } catch (error) {
      signal.throwIfAborted()
      return surely(() => this.#failed(job, error, place?.host), this.#tools)
    }
    this.#done = [...this.#done, job]
    if (job.name === 'repository') on({ type: 'repository', failed: false })
  }

  async #failed(job: Job, error: unknown, host: string | undefined): Promise<void> {
    const { jobs, on } = this.#tools
    if (passesByItself(error)) return jobs.postpone(job)
    const until = resumeTime(error)
    if (until !== undefined) return jobs.postpone(job, until)
    const judged = verdict(error)
    if (judged === 'stop') throw error
    if (judged === 'again') {
      const isNew = isUnconnected(error) && host !== undefined && !(await this.#again.hasEverAnswered(host))
      const retry = await jobs.fail(job, storedFailure(error).message, isNew)
      if (retry === 'others') return
      if (retry !== undefined) return this.#again.tell(job, error, retry)
    }
    await markFailed(job, storedFailure(error), this.#tools)
    if (judged === 'give-up') await jobs.done([job])
    on({ type: 'repository', failed: true })
  }

  /** Once. */
  #say(message: string): void {
    if (this.#told.has(message)) return
    this.#told.add(message)
    this.#tools.on({ type: 'trouble', message })
  }

  async #leave(job: Job, { host, later }: Place): Promise<void> {
    this.#say(`The sweep.yaml of this worker does not name ${printable(host)}: it leaves that registry to others.`)
    await surely(() => this.#tools.jobs.postpone(job, later), this.#tools)
  }

  /** Of whose registry the job is, as long as the sweep has need of it. */
  async #placeOf({ name, payload }: Job): Promise<Place | undefined> {
    const [row] = await this.#tools.database.query<Place>(
      name === 'sweep'
        ? `SELECT host, '' AS name, ${LATER} AS later FROM sweep_registry WHERE sweep_id = $1 AND host = $2 AND status = 'pending'`
        : `SELECT repository.host, repository.name, ${LATER} AS later FROM sweep_repository JOIN repository ON repository.id = repository_id
           WHERE sweep_id = $1 AND repository_id = $2 AND sweep_repository.status = 'pending'`,
      [Number(payload.sweep), name === 'sweep' ? String(payload.host) : Number(payload.repository)],
    )
    return row
  }

  async #plan(job: Job, { host, name }: Place, access: SweepRegistryAccess): Promise<void> {
    const { database, jobs } = this.#tools
    const [sweep, id] = [Number(job.payload.sweep), Number(job.payload.repository)]
    const progressed = () => jobs.progressed(job)
    if (job.name === 'sweep') return planRegistry(host, sweep, access, this.#tools, progressed)
    const repository: SweptRepository = { id, sweep, host, name, platforms: this.#platforms(host) }
    await planRepository(repository, access, this.#tools, progressed)
    await database.query(
      `WITH listed AS (
         UPDATE repository SET failure = NULL, platforms = $3 WHERE id = $2 AND (failure IS NOT NULL OR platforms IS DISTINCT FROM $3)
       )
       UPDATE sweep_repository SET status = 'done', failure = NULL WHERE sweep_id = $1 AND repository_id = $2`,
      [sweep, id, repository.platforms],
    )
  }

  #platforms(host: string): string {
    const registry = this.#tools.config.registries.find((candidate) => candidate.host === host)
    const platforms = registry?.platforms ?? 'all'
    const selection = platforms === 'all' ? 'all' : JSON.stringify([...platforms].sort())
    return registry?.includeAttestations === true ? `${selection} attestations` : selection
  }
}
