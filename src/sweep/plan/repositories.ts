// One registry of one sweep: its repositories become jobs. What it lists no more is gone, unless the sweep is of named repositories alone.
import { batches } from '../../support/batches.js'
import { printable } from '../../support/printable.js'
import type { Queries } from '../store/database.js'
import type { SweepRegistryAccess } from '../types.js'
import type { SweepTools } from '../work/tools.js'
import { markTagsGone } from './gone.js'
import { keepUnmatched } from './unmatched.js'

const BATCH = 500

/**
 * Writes the repositories down as they come, each with a job of its own; `progressed` is called where some were not there. Doing it again
 * does no harm.
 */
export async function planRegistry(
  host: string,
  sweep: number,
  access: SweepRegistryAccess,
  tools: SweepTools,
  progressed: () => Promise<void> = async () => {},
): Promise<void> {
  const { database, signal } = tools
  const named = await namedAt(host, sweep, database)
  let isEmpty = true
  const unmatched: string[] = []
  const listed = access.repositories(signal, named ?? undefined, (patterns) => void unmatched.push(...patterns))
  for await (const names of batches(listed, BATCH)) {
    isEmpty &&= names.length === 0
    if ((await addRepositories(host, names, sweep, tools)) > 0) await progressed()
  }
  if (isEmpty) tools.on({ type: 'trouble', message: emptyMessage(host, named !== null) })
  await database.transaction(async (queries) => {
    // Where more was asked for meanwhile, another job has that.
    const rows = await queries.query(
      `UPDATE sweep_registry SET status = 'done', failure = NULL WHERE sweep_id = $1 AND host = $2 AND named IS NOT DISTINCT FROM $3::text[]
       RETURNING host`,
      [sweep, host, named],
    )
    if (rows.length === 0) return
    await keepUnmatched(queries, { host, sweep }, isEmpty ? [] : unmatched)
    if (named === null) await leaveGone(queries, host, sweep)
  })
}

/** Nobody would see a mistyped glob otherwise: what the registry held before is gone with it. */
const emptyMessage = (host: string, isNamed: boolean): string =>
  `No repository of ${printable(host)} is among those that ${isNamed ? 'the list' : 'sweep.yaml'} asks for: is a name or glob mistyped?`

/** What the sweep is asked for there, whatever the configuration of this worker says; null: what the configuration selects. */
async function namedAt(host: string, sweep: number, queries: Queries): Promise<readonly string[] | null> {
  const [row] = await queries.query<{ named: readonly string[] | null }>(
    'SELECT named FROM sweep_registry WHERE sweep_id = $1 AND host = $2',
    [sweep, host],
  )
  return row?.named ?? null
}

/** To be called when the list has come to its end: what was not in it is gone. */
async function leaveGone(queries: Queries, host: string, sweep: number): Promise<void> {
  const gone = await queries.query<{ id: number }>(
    `UPDATE repository SET gone_at = now() WHERE host = $1 AND gone_at IS NULL AND NOT EXISTS (
       SELECT FROM sweep_repository AS asked WHERE asked.sweep_id = $2 AND asked.repository_id = repository.id AND asked.listed)
     RETURNING id`,
    [host, sweep],
  )
  await markTagsGone(queries, gone)
}

/** Gives the ids of all; only what is new or was gone is written. $1: host, $2: sweep, $3: names. */
const WRITE = `
  WITH listed AS (
    SELECT DISTINCT name FROM unnest($3::text[]) AS n (name)
  ), known AS (
    SELECT repository.id, repository.name FROM repository JOIN listed ON listed.name = repository.name
    WHERE repository.host = $1 AND repository.gone_at IS NULL
  ), written AS (
    INSERT INTO repository (host, name, seen_in)
    SELECT $1::text, name, $2::bigint FROM listed WHERE name NOT IN (SELECT name FROM known)
    ON CONFLICT (host, name) DO UPDATE SET seen_in = excluded.seen_in, last_seen_at = now(), gone_at = NULL RETURNING id
  )
  SELECT id FROM known UNION ALL SELECT id FROM written`

/** Returns how many this sweep had not seen. */
async function addRepositories(
  host: string,
  names: readonly string[],
  sweep: number,
  tools: SweepTools,
): Promise<number> {
  const { rows, added } = await tools.database.transaction(async (queries) => {
    const repositories = await queries.query<{ id: number }>(WRITE, [host, sweep, names])
    const inserted = await queries.query(
      `INSERT INTO sweep_repository AS asked (sweep_id, repository_id, listed) SELECT $1::bigint, unnest($2::bigint[]), true
       ON CONFLICT (sweep_id, repository_id) DO UPDATE SET listed = true WHERE NOT asked.listed RETURNING repository_id`,
      [sweep, repositories.map(({ id }) => id)],
    )
    return { rows: repositories, added: inserted.length }
  })
  await putRepositoryJobs(
    sweep,
    rows.map(({ id }) => id),
    tools,
  )
  return added
}

export async function putRepositoryJobs(
  sweep: number,
  repositories: readonly number[],
  tools: SweepTools,
): Promise<void> {
  const jobs = repositories.map((repository) => ({ key: `${sweep}/${repository}`, payload: { sweep, repository } }))
  await tools.jobs.put('repository', jobs)
}
