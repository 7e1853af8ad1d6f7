// Sweeps over time: when each ran, how it ended, what was new, what was open.
import { NotFoundError } from '../../support/errors.js'
import type { Queries } from '../store/database.js'
import { IS_LIKELY } from './filter.js'

export interface SweepRow {
  readonly id: number
  readonly trigger: string
  readonly status: string
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly counts: Readonly<Record<string, unknown>>
  /** Findings that it saw first, of medium confidence or better. */
  readonly found: number
  /** Findings that images held when it ended. */
  readonly open: number
}

interface Row {
  readonly id: number
  readonly trigger: string
  readonly status: string
  readonly started_at: Date
  readonly finished_at: Date | null
  readonly counts: Readonly<Record<string, unknown>>
  readonly found: number
  readonly open: number
}

/** The latest `limit` sweeps, oldest first. */
export async function listSweeps(queries: Queries, limit: number): Promise<readonly SweepRow[]> {
  const rows = await queries.query<Row>(
    // Findings are read once, not once for each sweep: what a sweep found first is gone at the end of few others.
    `WITH latest AS (SELECT * FROM sweep ORDER BY id DESC LIMIT $1), seen AS MATERIALIZED (
       SELECT f.first_seen_in, f.gone_at, count(*) AS amount FROM finding f WHERE ${IS_LIKELY} GROUP BY f.first_seen_in, f.gone_at
     )
     SELECT s.id, s.trigger, s.status, s.started_at, s.finished_at, s.counts,
       (SELECT coalesce(sum(amount), 0)::bigint FROM seen WHERE first_seen_in = s.id) AS found,
       (SELECT coalesce(sum(amount), 0)::bigint FROM seen WHERE first_seen_in <= s.id
         AND (gone_at IS NULL OR gone_at > coalesce(s.finished_at, now()))) AS open
     FROM latest s ORDER BY s.id`,
    [limit],
  )
  return rows.map(({ started_at, finished_at, ...row }) => ({ ...row, startedAt: started_at, finishedAt: finished_at }))
}

/** The sweep that "new" is about: the latest that has ended, else the one that runs. @throws NotFoundError where none has begun. */
export async function latestSweep(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ id: number }>(
    'SELECT id FROM sweep ORDER BY (finished_at IS NOT NULL) DESC, id DESC LIMIT 1',
  )
  if (row === undefined)
    throw new NotFoundError('There has been no sweep yet.', { hint: 'Start one with: secretscan sweep run' })
  return row.id
}

/** The sweep that is at work, and the last one that ended before; undefined where there is none of either. */
export async function runningBehind(
  queries: Queries,
): Promise<{ readonly sweep: number; readonly ended: number } | undefined> {
  const [row] = await queries.query<{ sweep: number | null; ended: number | null }>(
    `SELECT (SELECT id FROM sweep WHERE status = 'running') AS sweep, (SELECT max(id) FROM sweep WHERE finished_at IS NOT NULL) AS ended`,
  )
  const { sweep = null, ended = null } = row ?? {}
  return sweep === null || ended === null ? undefined : { sweep, ended }
}

/** @throws NotFoundError where the sweep numbered `id` has not begun. */
export async function assertBegun(queries: Queries, id: number): Promise<void> {
  const [row] = await queries.query<{ latest: number | null }>('SELECT max(id) AS latest FROM sweep')
  const latest = row?.latest ?? 0
  if (id > latest)
    throw new NotFoundError(`There is no sweep ${id} yet${latest === 0 ? '' : `: the latest is ${latest}`}.`, {
      hint: 'The page of secretscan sweep serve lists them; sweep status shows the latest.',
    })
}
