// A sweep's life: begun or taken up again, kept alive by its owner, finished by whichever worker sees that nothing is left.
import { LockedError } from '../../support/errors.js'
import { IS_NEEDED } from '../reading/status.js'
import type { Database, Queries } from '../store/database.js'
import type { NamedRepositories, SweepConfig } from '../types.js'
import { hasDied } from '../work/machine.js'
import type { SweepTools } from '../work/tools.js'
import { addFailed, addNamed, addRegistries } from './asked.js'
import { putRepositoryJobs } from './repositories.js'
import { applyRuleChanges } from './rule-changes.js'

/** Seconds that a sweep belongs to a process that does not renew it. */
const LEASE = 30

export interface BegunSweep {
  readonly id: number
  /** It was begun by an earlier process, and goes on where that one was. */
  readonly resumed: boolean
}

export interface BeginOptions {
  readonly trigger: 'run' | 'schedule'
  /** failed: only what failed in the sweep before. */
  readonly scope: 'all' | 'failed'
  /** These repositories alone, in place of `scope`: what is not among them stays as it was. */
  readonly named?: NamedRepositories
  /** Asked in the transaction that begins the sweep; false: another process has begun the one that was due. */
  readonly claim?: (queries: Queries) => Promise<boolean>
}

interface OpenSweep {
  readonly id: number
  readonly status: string
  readonly scope: string
  readonly owner: string | null
  readonly alive: boolean
}

/** Begins a sweep, or takes up the one that was not finished. @throws LockedError while another process is at one. */
export async function beginSweep(options: BeginOptions, tools: SweepTools): Promise<BegunSweep> {
  const { database, worker } = tools
  const begun = await database.transaction(async (queries) => {
    // Two schedulers that begin at the same moment: one after the other.
    await queries.query('SELECT pg_advisory_xact_lock(7226874)')
    if (options.claim !== undefined && !(await options.claim(queries))) throw takenError()
    const [open] = await queries.query<OpenSweep>(
      `SELECT id, status, scope, owner, COALESCE(lease_until BETWEEN now() AND now() + make_interval(secs => $1), false) AS alive FROM sweep
       WHERE status IN ('running', 'interrupted') ORDER BY id DESC LIMIT 1`,
      [2 * LEASE],
    )
    if (open !== undefined && open.status === 'running' && open.alive && !isDead(open.owner, worker))
      throw runningError()
    await applyRuleChanges(queries, tools)
    if (open !== undefined) {
      await widen(queries, open, options, tools)
      await queries.query(
        `UPDATE sweep SET status = 'running', rules = $1, owner = $2, lease_until = now() + make_interval(secs => $3) WHERE id = $4`,
        [tools.rules, worker, LEASE, open.id],
      )
      return { id: open.id, resumed: true }
    }
    return { id: await insertSweep(queries, options, tools), resumed: false }
  })
  await leaveOut(database, begun.id, hostsOf(tools.config))
  await putJobs(begun.id, tools)
  return begun
}

/**
 * A sweep that was not finished goes on as what it was; where more is asked for by hand or by the schedule, it becomes a sweep of that.
 * @throws LockedError where some repositories are asked for and it is of others.
 */
async function widen(
  queries: Queries,
  { id, scope }: OpenSweep,
  options: BeginOptions,
  { config }: SweepTools,
): Promise<void> {
  if (options.named !== undefined) {
    if (scope !== 'named') throw unfinishedError(id)
    return addNamed(queries, id, options.named)
  }
  const isAll = options.scope === 'all' && (options.trigger === 'run' || options.claim !== undefined)
  if (!isAll) return
  await queries.query(`UPDATE sweep SET scope = 'all' WHERE id = $1`, [id])
  await addRegistries(queries, id, hostsOf(config))
}

const hostsOf = ({ registries }: SweepConfig): string[] => registries.map(({ host }) => host)

const unfinishedError = (id: number): LockedError =>
  new LockedError(`Sweep ${id} was interrupted, and is not of these repositories alone.`, {
    hint: 'Let it come to its end first: secretscan sweep run.',
  })

/** What a sweep that goes on has open of registries that the configuration no longer names would wait for ever: lists and layers. */
async function leaveOut(database: Database, sweep: number, hosts: readonly string[]): Promise<void> {
  const left = { code: 'REGISTRY_LEFT_OUT', message: 'Its registry is no longer in sweep.yaml.' }
  const failure = JSON.stringify(left)
  await database.query(
    `UPDATE layer SET status = 'failed', failure = $1 FROM repository
     WHERE repository.id = layer.repository_id AND layer.status = 'pending' AND repository.host <> ALL($2::text[])`,
    [failure, hosts],
  )
  await database.query(
    `WITH registries AS (
       UPDATE sweep_registry SET status = 'failed', failure = $1 WHERE sweep_id = $3 AND status = 'pending' AND host <> ALL($2::text[])
     )
     UPDATE sweep_repository SET status = 'failed', failure = $1 FROM repository WHERE repository.id = sweep_repository.repository_id
       AND sweep_repository.sweep_id = $3 AND sweep_repository.status = 'pending' AND repository.host <> ALL($2::text[])`,
    [failure, hosts, sweep],
  )
}

const takenError = (): LockedError => new LockedError('Another process has begun the sweep that was due.')

const runningError = (): LockedError =>
  new LockedError('Another sweep is running on this store.', {
    hint: 'Look at it with: secretscan sweep status. After a crash its work is taken up within half a minute.',
  })

/** The owner was a process of this machine and is gone; or it had this process's own ID, as in a container that was started anew. */
function isDead(owner: string | null, self: string): boolean {
  if (owner === self) return true
  const [host = '', pid] = (owner ?? '').split('/')
  return hasDied({ host, pid: Number(pid) }, true)
}

async function insertSweep(queries: Queries, options: BeginOptions, tools: SweepTools): Promise<number> {
  const { trigger, named } = options
  const scope = named === undefined ? options.scope : 'named'
  const [previous] = await queries.query<{ id: number }>('SELECT max(id) AS id FROM sweep')
  const [row] = await queries.query<{ id: number }>(
    `INSERT INTO sweep (trigger, status, rules, scope, owner, lease_until)
     VALUES ($1, 'running', $2, $3, $4, now() + make_interval(secs => $5)) RETURNING id`,
    [trigger, tools.rules, scope, tools.worker, LEASE],
  )
  const id = row?.id ?? 0
  await retryFailed(queries, tools.rules)
  if (named !== undefined) await addNamed(queries, id, named)
  else if (scope === 'all') await addRegistries(queries, id, hostsOf(tools.config))
  else await addFailed(queries, id, previous?.id ?? 0, hostsOf(tools.config))
  return id
}

/** Each sweep tries again what failed in an earlier one, or was not what its digest says, where images still need it. */
async function retryFailed(queries: Queries, rules: string): Promise<void> {
  await queries.query(`DELETE FROM layer WHERE NOT verified AND rules = $1 AND NOT ${IS_NEEDED}`, [rules])
  await queries.query(
    `UPDATE image SET status = 'planned', deaths = 0 WHERE rules = $1 AND gone_at IS NULL AND (status = 'failed' OR status = 'done' AND id IN (
       SELECT held.image_id FROM layer JOIN image_layer AS held ON held.digest = layer.digest WHERE NOT layer.verified AND layer.rules = $1))`,
    [rules],
  )
  await queries.query(
    `UPDATE layer SET status = 'pending', attempt = 0, deaths = 0, not_before = NULL, tried = '{}'
     WHERE (status = 'failed' OR NOT verified) AND rules = $1 AND repository_id IS NOT NULL AND ${IS_NEEDED}`,
    [rules],
  )
}

/** Puts jobs for all that is open; those that are there already stay as they are. */
export async function putJobs(sweep: number, tools: SweepTools): Promise<void> {
  const hosts = await tools.database.query<{ host: string; named: readonly string[] | null }>(
    `SELECT host, named FROM sweep_registry WHERE sweep_id = $1 AND status = 'pending'`,
    [sweep],
  )
  await tools.jobs.put(
    'sweep',
    // More that is asked for is another job: one that is done is not put again.
    hosts.map(({ host, named }) => ({
      key: `${sweep}/${host}${named === null ? '' : `/${JSON.stringify(named)}`}`,
      payload: { sweep, host },
    })),
  )
  const repositories = await tools.database.query<{ id: number }>(
    `SELECT repository_id AS id FROM sweep_repository WHERE sweep_id = $1 AND status = 'pending'`,
    [sweep],
  )
  await putRepositoryJobs(
    sweep,
    repositories.map(({ id }) => id),
    tools,
  )
}

/** The sweep that is running now, whoever began it. */
export async function runningSweep(queries: Queries): Promise<{ id: number; rules: string } | undefined> {
  const [row] = await queries.query<{ id: number; rules: string }>(
    `SELECT id, rules FROM sweep WHERE status = 'running'`,
  )
  return row
}

/** Whether a sweep was begun and not finished. */
export async function hasOpenSweep(queries: Queries): Promise<boolean> {
  const rows = await queries.query(`SELECT id FROM sweep WHERE status IN ('running', 'interrupted') LIMIT 1`)
  return rows.length > 0
}

/** False where the sweep is no longer this process's. */
export async function renewSweep(database: Database, sweep: number, worker: string): Promise<boolean> {
  const rows = await database.query(
    `UPDATE sweep SET lease_until = now() + make_interval(secs => $1) WHERE id = $2 AND owner = $3 AND status = 'running' RETURNING id`,
    [LEASE, sweep, worker],
  )
  return rows.length > 0
}

/** Stopped on purpose: the next run goes on with it. */
export async function interruptSweep(database: Database, sweep: number, worker: string): Promise<void> {
  await database.query(
    `UPDATE sweep SET status = 'interrupted', lease_until = NULL WHERE id = $1 AND owner = $2 AND status = 'running'`,
    [sweep, worker],
  )
}
