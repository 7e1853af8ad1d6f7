// How many requests may be under way to each registry, over all workers together: rows of the store that a worker holds for a while.
import { Turn } from '../../support/turn.js'
import type { Database } from '../store/database.js'

/** Seconds that a slot stays a worker's without being renewed. */
const LEASE = 30

interface Host {
  held: number
  used: number
  readonly waiting: (() => void)[]
}

/** The slots that this worker holds. `renew` must be called every few seconds; it also takes what is free and gives back what is too much. */
export class HostSlots {
  readonly #database: Database
  readonly #worker: string
  readonly #hosts: ReadonlyMap<string, Host>
  readonly #most: number
  /** Two claims of one worker at the same time would each give back what the other took. */
  readonly #turn = new Turn()

  /** `most`: slots of each host, for all workers. */
  constructor(database: Database, worker: string, hosts: readonly string[], most: number) {
    this.#database = database
    this.#worker = worker
    this.#most = most
    this.#hosts = new Map(hosts.map((host) => [host, { held: 0, used: 0, waiting: [] }]))
  }

  /** Requests that may be under way now. */
  held(host: string): number {
    return this.#hosts.get(host)?.held ?? 0
  }

  /** Free ones of those held. */
  free(host: string): number {
    const state = this.#hosts.get(host)
    return state === undefined ? 0 : Math.max(0, state.held - state.used)
  }

  /** Runs `work` in a slot of the host, as soon as there is one. */
  async use<Result>(host: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const state = this.#hosts.get(host)
    if (state === undefined) return work()
    while (state.used >= state.held) await this.#wait(state, signal)
    state.used++
    try {
      return await work()
    } finally {
      state.used--
      state.waiting.shift()?.()
    }
  }

  /**
   * `workers`: how many are alive; none takes more than its share while another might want one. Where another has none at all, nobody keeps
   * what does not divide evenly, and one that `isIdle` keeps nothing: else work would wait for ever in the hands of the one without.
   */
  async renew(workers: number, isIdle = false): Promise<void> {
    await this.#turn.take(async () => {
      for (const host of this.#hosts.keys()) await this.#settle(host, workers, isIdle)
    })
  }

  /** As renew, but only where this worker holds more than its share, or has too few: so that a worker that comes need not wait. */
  async rebalance(workers: number): Promise<void> {
    const share = this.#share(workers, false)
    await this.#turn.take(async () => {
      for (const [host, { held, waiting }] of this.#hosts)
        if (held > share || held === 0 || (held < share && waiting.length > 0)) await this.#settle(host, workers, false)
    })
  }

  #share(workers: number, isScarce: boolean): number {
    const part = this.#most / Math.max(1, workers)
    return Math.max(1, isScarce ? Math.floor(part) : Math.ceil(part))
  }

  async #settle(host: string, workers: number, isIdle: boolean): Promise<void> {
    const state = this.#hosts.get(host)
    if (state === undefined) return
    const isScarce = (await this.#owners(host)) + 1 < workers
    const share = isScarce && isIdle && state.held > 0 ? 0 : this.#share(workers, isScarce)
    state.held = await this.#claim(host, share)
    for (const wake of state.waiting.splice(0, this.free(host))) wake()
  }

  /** Other workers that have a slot. */
  async #owners(host: string): Promise<number> {
    const [row] = await this.#database.query<{ owners: number }>(
      'SELECT count(DISTINCT owner) AS owners FROM slot WHERE host = $1 AND owner <> $2 AND lease_until >= now()',
      [host, this.#worker],
    )
    return row?.owners ?? 0
  }

  async release(): Promise<void> {
    await this.#turn.take(async () => {
      await this.#database.query('UPDATE slot SET owner = NULL, lease_until = NULL WHERE owner = $1', [this.#worker])
      for (const state of this.#hosts.values()) state.held = 0
    })
  }

  async #wait(state: Host, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const wake = () => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const stop = () => {
        // Whoever no longer waits must not be woken in another's place.
        const index = state.waiting.indexOf(wake)
        if (index >= 0) state.waiting.splice(index, 1)
        reject(signal.reason)
      }
      signal.addEventListener('abort', stop, { once: true })
      state.waiting.push(wake)
    })
  }

  async #claim(host: string, share: number): Promise<number> {
    return this.#database.transaction(async (queries) => {
      await queries.query(
        'INSERT INTO slot (host, number) SELECT $1::text, generate_series(1, $2::int) ON CONFLICT DO NOTHING',
        [host, this.#most],
      )
      const rows = await queries.query<{ number: number }>(
        // As a condition of the UPDATE the choice would be made anew for each row, in some plans, and more than the share be taken.
        `WITH taken AS MATERIALIZED (
           SELECT number FROM slot WHERE host = $3 AND number <= $4 AND (owner IS NULL OR owner = $1 OR lease_until < now())
           ORDER BY owner IS DISTINCT FROM $1, number LIMIT $5 FOR UPDATE SKIP LOCKED
         )
         UPDATE slot SET owner = $1, lease_until = now() + make_interval(secs => $2)
         FROM taken WHERE slot.host = $3 AND slot.number = taken.number RETURNING slot.number`,
        [this.#worker, LEASE, host, this.#most, share],
      )
      await queries.query(
        'UPDATE slot SET owner = NULL, lease_until = NULL WHERE host = $1 AND owner = $2 AND number <> ALL($3::int[])',
        [host, this.#worker, rows.map(({ number }) => number)],
      )
      return rows.length
    })
  }
}
