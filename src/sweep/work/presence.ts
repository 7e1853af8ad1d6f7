// That this worker lives: its row, its share of each registry, the leases of what it holds; and that others have died.
import { printable } from '../../support/printable.js'
import { utcText } from '../../support/utc-text.js'
import { keepUp } from '../store/upkeep.js'
import { reclaimImages } from './image-claims.js'
import type { JobRunner } from './job-runner.js'
import type { LayerRunner } from './layer-runner.js'
import { hasDied, machine } from './machine.js'
import type { SweepTools } from './tools.js'

/** Seconds after which a worker that says nothing counts as dead. */
const SILENCE = 30
/** ms between two heartbeats after which this worker cannot tell who is dead: the database was away for all, or this process was stopped. */
const LATE = 10_000
/** Heartbeats between two clearings of the job table, and of what an embedded store does not clear by itself. */
const TIDY_EVERY = 4

/** ms that a registry may hold requests back before the user is told, and by which that time has to grow to be told again. */
const LONG_WAIT = 30_000
const MUCH_LONGER = 10 * 60_000

interface WorkerRow {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly silent: boolean
}

export class Presence {
  readonly #tools: SweepTools
  readonly #layers: LayerRunner
  readonly #jobs: JobRunner
  /** Until when the user was told that a host is waited for (ms since 1970). */
  readonly #toldUntil = new Map<string, number>()
  #beats = 0
  #renewedAt = Number.NEGATIVE_INFINITY

  constructor(tools: SweepTools, layers: LayerRunner, jobs: JobRunner) {
    this.#tools = tools
    this.#layers = layers
    this.#jobs = jobs
  }

  /** Writes the row and takes over what dead workers held. */
  async begin(): Promise<void> {
    const { database, worker } = this.#tools
    await database.query(
      'INSERT INTO worker (id, host, pid) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET seen_at = now()',
      [worker, machine(), process.pid],
    )
    await this.#buryDead(true)
    await this.renew()
  }

  /** Once for each host, and again where it has to be waited for much longer. */
  #tellWaits(waits: ReadonlyMap<string, Date>): void {
    for (const [host, until] of waits) {
      const isLong = until.getTime() - Date.now() > LONG_WAIT
      if (!isLong || until.getTime() - (this.#toldUntil.get(host) ?? 0) < MUCH_LONGER) continue
      this.#toldUntil.set(host, until.getTime())
      const message = `${printable(host)} lets no more requests through: it is asked again at ${utcText(until)}.`
      this.#tools.on({ type: 'trouble', message })
    }
  }

  async renew(): Promise<void> {
    const { database, worker, slots, jobs } = this.#tools
    const { scanned, bytes } = this.#layers
    await database.query(
      `INSERT INTO worker (id, host, pid, layers, bytes) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO UPDATE SET seen_at = now(), layers = excluded.layers, bytes = excluded.bytes`,
      [worker, machine(), process.pid, scanned, bytes],
    )
    await slots.renew(await this.#alive(), this.#jobs.isIdle && this.#layers.isIdle)
    this.#tellWaits(await this.#tools.rates.refresh())
    await this.#layers.renew()
    await this.#jobs.renew()
    const isLate = performance.now() - this.#renewedAt > LATE
    this.#renewedAt = performance.now()
    if (!isLate) await this.#buryDead(false)
    if (this.#beats++ % TIDY_EVERY !== 0) return
    await jobs.tidy()
    await keepUp(database)
  }

  /** Slots that are another's share now are given back, and those taken that somebody gave back. */
  async share(): Promise<void> {
    await this.#tools.slots.rebalance(await this.#alive())
  }

  async #alive(): Promise<number> {
    const [row] = await this.#tools.database.query<{ alive: number }>(
      'SELECT count(*) AS alive FROM worker WHERE seen_at > now() - make_interval(secs => $1)',
      [SILENCE],
    )
    return row?.alive ?? 1
  }

  async end(): Promise<void> {
    await this.#tools.slots.release()
    await this.#tools.database.query('DELETE FROM worker WHERE id = $1', [this.#tools.worker])
  }

  /**
   * Gives what dead workers held to others. `isNew`: this process has just begun, so that one of this machine with its ID is dead too, as in
   * a container that was started anew.
   */
  async #buryDead(isNew: boolean): Promise<void> {
    const { database, worker } = this.#tools
    const rows = await database.query<WorkerRow>(
      // Seen in the future: by a clock that was set back since.
      `SELECT id, host, pid, seen_at NOT BETWEEN now() - make_interval(secs => $1) AND now() + make_interval(secs => $1) AS silent
       FROM worker WHERE id <> $2`,
      [SILENCE, worker],
    )
    const dead = rows.filter((row) => row.silent || hasDied(row, isNew)).map(({ id }) => id)
    await this.#jobs.reclaim(dead)
    await this.#layers.reclaim(dead)
    await reclaimImages(database, dead)
    if (dead.length === 0) return
    await database.query('UPDATE slot SET owner = NULL, lease_until = NULL WHERE owner = ANY($1::text[])', [dead])
    await database.query('DELETE FROM worker WHERE id = ANY($1::text[])', [dead])
  }
}
