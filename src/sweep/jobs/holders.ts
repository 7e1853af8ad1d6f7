// Which worker holds which of pg-boss's jobs: rows beside its table (job_holder), with a lease that the worker renews. pg-boss 10 knows that a
// job is active, not whose it is, and counts every end of a lease as a failure of the job.
import type { Queries } from '../store/database.js'
import { LONGEST_WAIT } from '../store/far-future.js'
import { MOST_DEATHS, SUSPICIOUS } from './deaths.js'

/** Seconds that a job stays a worker's that does not renew it: several heartbeats. */
const JOB_LEASE = 20

/** Both: its table has a part for each name, and no index over all of them. */
const IS_HELD = `job.name = held.job_name AND job.id = held.job_id AND job.state = 'active'`

export interface Held {
  readonly id: string
  readonly deaths: number
}

/** In the transaction that has fetched them. */
export async function holdJobs(
  queries: Queries,
  worker: string,
  name: string,
  ids: readonly string[],
): Promise<readonly Held[]> {
  return queries.query<Held>(
    `INSERT INTO job_holder (job_name, job_id, worker, lease_until)
     SELECT $1, id, $2, now() + make_interval(secs => $3) FROM unnest($4::uuid[]) AS taken (id) ORDER BY id
     ON CONFLICT (job_name, job_id) DO UPDATE SET worker = excluded.worker, lease_until = excluded.lease_until
     RETURNING job_id AS id, deaths`,
    [name, worker, JOB_LEASE, ids],
  )
}

/** The time of its start is renewed too: pg-boss counts a time limit of its own from there. */
export async function renewHeld(queries: Queries, worker: string, ids: readonly string[]): Promise<void> {
  await queries.query(
    `WITH held AS (
       UPDATE job_holder SET lease_until = now() + make_interval(secs => $1)
       WHERE job_id = ANY($2::uuid[]) AND worker = $3 RETURNING job_name, job_id
     )
     UPDATE pgboss.job SET started_on = now() FROM held WHERE ${IS_HELD}`,
    [JOB_LEASE, ids, worker],
  )
}

/**
 * Gives back what the worker still holds, as if it had never been taken: with a time of start pg-boss would count the next one as another try. `until`: not
 * before then.
 */
export async function giveBack(queries: Queries, worker: string, ids: readonly string[], until?: Date): Promise<void> {
  await queries.query(
    `WITH held AS (
       UPDATE job_holder SET worker = NULL, lease_until = NULL WHERE job_id = ANY($1::uuid[]) AND worker = $3 RETURNING job_name, job_id
     )
     UPDATE pgboss.job SET state = 'created', started_on = NULL, start_after = COALESCE($2::timestamptz, start_after)
     FROM held WHERE ${IS_HELD}`,
    [ids, until?.toISOString() ?? null, worker],
  )
}

/**
 * As giveBack, for what `dead` workers hold or nobody renews, except `kept`. A lease that ends later than one can be given is one that the
 * clock was set back under. Returns those that are to be given up.
 */
export async function reclaimHeld(
  queries: Queries,
  dead: readonly string[],
  kept: readonly string[],
): Promise<readonly { readonly name: string; readonly id: string }[]> {
  const freed = await queries.query<{ name: string; id: string; deaths: number }>(
    `WITH lost AS (
       SELECT holder.job_name, holder.job_id FROM job_holder AS holder
         JOIN pgboss.job ON job.name = holder.job_name AND job.id = holder.job_id AND job.state = 'active'
       WHERE (holder.lease_until NOT BETWEEN now() AND now() + make_interval(secs => $3) OR holder.worker = ANY($1::text[]))
         AND holder.job_id <> ALL($4::uuid[]) FOR UPDATE OF holder
     ), held AS (
       UPDATE job_holder AS holder SET worker = NULL, lease_until = NULL, deaths = holder.deaths + 1
       FROM lost WHERE holder.job_name = lost.job_name AND holder.job_id = lost.job_id
       RETURNING holder.job_name, holder.job_id, holder.deaths
     )
     UPDATE pgboss.job SET state = 'created', started_on = NULL, priority = CASE WHEN held.deaths >= $2 THEN -1 ELSE priority END
     FROM held WHERE ${IS_HELD} RETURNING job.name, job.id, held.deaths`,
    [dead, SUSPICIOUS, 2 * JOB_LEASE, kept],
  )
  return freed.filter(({ deaths }) => deaths >= MOST_DEATHS)
}

/** Whether the job is still the worker's: one that was stopped for too long may find it in other hands. */
export async function isHeld(queries: Queries, worker: string, name: string, id: string): Promise<boolean> {
  const rows = await queries.query('SELECT FROM job_holder WHERE job_name = $1 AND job_id = $2 AND worker = $3', [
    name,
    id,
    worker,
  ])
  return rows.length > 0
}

export async function forgetDeaths(queries: Queries, name: string, id: string): Promise<void> {
  await queries.query(
    `WITH held AS (UPDATE job_holder SET deaths = 0 WHERE job_name = $1 AND job_id = $2)
     UPDATE pgboss.job SET priority = 0 WHERE name = $1 AND id = $2`,
    [name, id],
  )
}

/** What waits for a time that a wrong clock has named is due. */
export async function bringForward(queries: Queries): Promise<void> {
  await queries.query(
    `UPDATE pgboss.job SET start_after = now() WHERE state < 'active' AND start_after > now() + ${LONGEST_WAIT}`,
  )
}

/** Rows of jobs that are done, dead or archived. */
export async function dropClosed(queries: Queries): Promise<void> {
  await queries.query(
    `DELETE FROM job_holder WHERE NOT EXISTS (
       SELECT 1 FROM pgboss.job WHERE job.name = job_name AND job.id = job_id AND job.state < 'completed')`,
  )
}
