// The layers that this worker has taken and is scanning.
import { isSuspicious } from '../jobs/deaths.js'
import { surely } from '../store/surely.js'
import { passesByItself } from '../store/told-failure.js'
import { type Alarm, Failure } from './alarm.js'
import { isMissing, resumeTime, storedFailure, verdict } from './failures.js'
import type { ImageFinisher } from './finish-images.js'
import { type LayerQueue, type LeasedLayer, layerQueue } from './layers.js'
import { type ScannedLayer, scanLeased } from './scan-layers.js'
import type { SweepTools } from './tools.js'

/** Layers that are taken ahead for each that may be read at a time: small ones come and go quickly. */
const AHEAD = 6
const MOST_HELD = 50

export class LayerRunner {
  readonly #tools: SweepTools
  readonly #images: ImageFinisher
  readonly #alarm: Alarm
  readonly #queue: LayerQueue
  readonly #held = new Map<string, LeasedLayer>()
  readonly #tasks = new Set<Promise<void>>()
  readonly #failure = new Failure()
  /** The last look found nothing to take. */
  #isDry = false
  /** Scanned since the last look, for the worker's row. */
  scanned = 0
  bytes = 0

  constructor(tools: SweepTools, images: ImageFinisher, alarm: Alarm) {
    this.#tools = tools
    this.#images = images
    this.#alarm = alarm
    this.#queue = layerQueue(tools)
  }

  /** Rejected where this process cannot go on. */
  get failure(): Promise<never> {
    return this.#failure.promise
  }

  /** Takes layers while there is room; where there were none, when it is time to look again. Returns how many this worker holds. */
  async fill(sweep: number, isDue: boolean): Promise<number> {
    if (this.#isDry && !isDue) return this.#held.size
    const { slots, registries } = this.#tools
    const hosts = [...registries.keys()].filter((host) => slots.held(host) > 0)
    const room = Math.min(MOST_HELD, AHEAD * hosts.reduce((sum, host) => sum + slots.held(host), 0))
    if (this.#held.size <= room / 2 && hosts.length > 0) {
      const leased = await this.#queue.lease(room - this.#held.size, hosts)
      this.#isDry = leased.length === 0
      for (const layer of leased) this.#start(layer, sweep)
    }
    return this.#held.size
  }

  /** Takes one layer that workers have died of again and again, for a worker that holds nothing. Returns whether there was one. */
  async fillSuspicious(sweep: number): Promise<boolean> {
    const { slots, registries } = this.#tools
    const hosts = [...registries.keys()].filter((host) => slots.held(host) > 0)
    const leased = await this.#queue.leaseSuspicious(hosts)
    for (const layer of leased) this.#start(layer, sweep)
    return leased.length > 0
  }

  get isIdle(): boolean {
    return this.#held.size === 0
  }

  /** It works on one that must be worked on alone. */
  get isAlone(): boolean {
    return [...this.#held.values()].some(isSuspicious)
  }

  async renew(): Promise<void> {
    if (this.#held.size > 0) await this.#queue.renew([...this.#held.values()])
  }

  /** Gives back what `dead` workers hold, or nobody renews. */
  async reclaim(dead: readonly string[]): Promise<void> {
    await this.#queue.reclaim(dead, [...this.#held.values()])
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#tasks)
    if (this.#held.size > 0) await this.#queue.giveBack([...this.#held.values()])
  }

  #start(layer: LeasedLayer, sweep: number): void {
    this.#held.set(layer.digest, layer)
    const task = this.#run(layer, sweep)
      .catch((error: unknown) => {
        // What is held stays held, and is given back at the end.
        if (!this.#tools.signal.aborted) this.#failure.raise(error)
      })
      .finally(() => {
        this.#tasks.delete(task)
        this.#alarm.ring()
      })
    this.#tasks.add(task)
  }

  async #run(layer: LeasedLayer, sweep: number): Promise<void> {
    const { slots, signal, registries } = this.#tools
    const access = registries.get(layer.host)
    let scanned: ScannedLayer
    try {
      if (access === undefined) throw new Error(`no registry ${layer.host}`)
      scanned = await slots.use(layer.host, signal, () => scanLeased(layer, access, this.#tools))
    } catch (error) {
      signal.throwIfAborted()
      return this.#failed(layer, error, sweep)
    }
    if (!scanned.verified && (await this.#surely(() => this.#queue.tryElsewhere(layer)))) return this.#release(layer)
    if (scanned.verified) this.#images.remember(layer, scanned.result)
    await this.#surely(() => this.#queue.finish(layer, scanned, sweep))
    this.#done(layer, false)
    this.scanned++
    this.bytes += scanned.size
    await this.#surely(() => this.#images.finishWaiting(sweep, layer.digest))
  }

  async #failed(layer: LeasedLayer, error: unknown, sweep: number): Promise<void> {
    const judged = verdict(error)
    const until = passesByItself(error) ? new Date(0) : resumeTime(error)
    if (judged === 'stop' && until === undefined) throw error
    if (until !== undefined) await this.#surely(() => this.#queue.postpone(layer, until))
    else {
      const outcome = await this.#surely(() =>
        this.#queue.fail(layer, storedFailure(error), judged === 'give-up' || isMissing(error)),
      )
      if (outcome === 'failed') {
        this.#done(layer, true)
        await this.#surely(() => this.#images.finishWaiting(sweep, layer.digest))
      }
    }
    this.#release(layer)
  }

  #done(layer: LeasedLayer, failed: boolean): void {
    this.#release(layer)
    this.#tools.on({ type: 'layer', failed })
  }

  /** Not what was taken again meanwhile, in another role. */
  #release(layer: LeasedLayer): void {
    if (this.#held.get(layer.digest) === layer) this.#held.delete(layer.digest)
  }

  /** What was scanned is not scanned again because the database was away for a moment. */
  #surely<Result>(work: () => Promise<Result>): Promise<Result> {
    return surely(work, this.#tools)
  }
}
