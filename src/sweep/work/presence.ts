// That this worker lives: its row, its share of each registry, the leases of what it holds; and that others have died.
import { hostname } from 'node:os'
import { keepUp } from '../store/upkeep.js'
import type { JobRunner } from './job-runner.js'
import type { LayerRunner } from './layer-runner.js'
import { giveUpDead } from './layers.js'
import type { SweepTools } from './tools.js'

/** Seconds after which a worker that says nothing counts as dead. */
const SILENCE = 30
/** Heartbeats between two clearings of the job table, and of what an embedded store does not clear by itself. */
const TIDY_EVERY = 4

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
  #beats = 0

  constructor(tools: SweepTools, layers: LayerRunner, jobs: JobRunner) {
    this.#tools = tools
    this.#layers = layers
    this.#jobs = jobs
  }

  /** Writes the row and takes over what dead workers of this machine held. */
  async begin(): Promise<void> {
    const { database, worker } = this.#tools
    await database.query(
      'INSERT INTO worker (id, host, pid) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET seen_at = now()',
      [worker, hostname(), process.pid],
    )
    await this.#buryDead()
    await this.renew()
  }

  async renew(): Promise<void> {
    const { database, worker, slots, jobs } = this.#tools
    const { scanned, bytes } = this.#layers
    await database.query(
      `INSERT INTO worker (id, host, pid, layers, bytes) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO UPDATE SET seen_at = now(), layers = excluded.layers, bytes = excluded.bytes`,
      [worker, hostname(), process.pid, scanned, bytes],
    )
    await slots.renew(await this.#alive())
    await this.#tools.rates.refresh()
    await this.#layers.renew()
    await this.#jobs.renew()
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

  async #buryDead(): Promise<void> {
    const { database, worker, jobs } = this.#tools
    const rows = await database.query<WorkerRow>(
      'SELECT id, host, pid, seen_at < now() - make_interval(secs => $1) AS silent FROM worker WHERE id <> $2',
      [SILENCE, worker],
    )
    const dead = rows.filter((row) => row.silent || hasDied(row)).map(({ id }) => id)
    await giveUpDead(database, 'lease_owner = ANY($3::text[])', [dead])
    await database.query('UPDATE slot SET owner = NULL, lease_until = NULL WHERE owner = ANY($1::text[])', [dead])
    await database.query('DELETE FROM worker WHERE id = ANY($1::text[])', [dead])
    if (dead.length === rows.length) await jobs.releaseAll()
  }
}

/** A process of this machine that is no more; its ID may be this process's own, as in a container that was started anew. */
function hasDied({ host, pid }: WorkerRow): boolean {
  if (host !== hostname()) return false
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
