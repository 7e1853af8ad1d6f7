// Who puts which image together, written down before it begins: what kills its workers is seen by what they leave behind.
import { diedMessage, MOST_DEATHS, SUSPICIOUS, WORKER_DIED } from '../jobs/deaths.js'
import type { Database, Queries } from '../store/database.js'
import { refusesValue } from '../store/told-failure.js'
import { storedFailure } from './failures.js'

/** freed: planned, and no layer of theirs is open. outdated: to be put together again. Or those that wait for a layer. */
export type Claimed = 'freed' | 'outdated' | { readonly layer: string }

export interface ClaimOptions {
  readonly worker: string
  readonly rules: string
  readonly most: number
  /** Those that workers have died of again and again, in place of all others. */
  readonly suspicious?: boolean
}

/** SQL and its parameters, from $4 on. */
function conditionOf(which: Claimed, rules: string): { readonly sql: string; readonly parameters: readonly string[] } {
  if (which === 'outdated') return { sql: 'outdated', parameters: [] }
  if (which !== 'freed')
    return { sql: `status = 'planned' AND rules = $4 AND waiting_for = $5`, parameters: [rules, which.layer] }
  const isDone = `(SELECT layer.status FROM layer WHERE layer.digest = image.waiting_for AND layer.rules = $4) IN ('done', 'failed')`
  return { sql: `status = 'planned' AND rules = $4 AND (waiting_for IS NULL OR ${isDone})`, parameters: [rules] }
}

/** Ids of images that this worker is to put together now, in their order; what another one is at is left to it. */
export async function claimImages(
  queries: Queries,
  which: Claimed,
  { worker, rules, most, suspicious = false }: ClaimOptions,
): Promise<readonly number[]> {
  const { sql, parameters } = conditionOf(which, rules)
  const rows = await queries.query<{ id: number }>(
    `WITH taken AS MATERIALIZED (
       SELECT id FROM image WHERE ${sql} AND (held_by IS NULL OR held_by = $1) AND (deaths >= ${SUSPICIOUS}) = $3
       ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     UPDATE image SET held_by = $1 FROM taken WHERE image.id = taken.id RETURNING image.id`,
    [worker, most, suspicious, ...parameters],
  )
  return rows.map(({ id }) => id).sort((one, other) => one - other)
}

/** The work on one image. Where the store refuses something of it, the image has failed until the next sweep, and the others go on. */
export async function inOwnTransaction(
  database: Database,
  id: number,
  work: (queries: Queries, id: number) => Promise<boolean>,
): Promise<boolean> {
  try {
    return await database.transaction((queries) => work(queries, id))
  } catch (error) {
    if (!refusesValue(error)) throw error
    await database.query(
      `UPDATE image SET status = 'failed', failure = $1, held_by = NULL, outdated = false WHERE id = $2`,
      [JSON.stringify(storedFailure(error)), id],
    )
    return false
  }
}

/** Gives back what this worker has claimed and not done: it ends. */
export async function releaseImages(queries: Queries, worker: string): Promise<void> {
  await queries.query('UPDATE image SET held_by = NULL WHERE held_by = $1', [worker])
}

/** What `dead` workers were at may be taken again; given up is what too many have died of. */
export async function reclaimImages(queries: Queries, dead: readonly string[]): Promise<void> {
  await queries.query(
    `UPDATE image SET deaths = deaths + 1, held_by = NULL, outdated = outdated AND deaths + 1 < $2,
       status = CASE WHEN deaths + 1 >= $2 THEN 'failed' ELSE status END,
       failure = CASE WHEN deaths + 1 >= $2 THEN $3::jsonb ELSE failure END
     WHERE held_by IS NOT NULL AND (held_by = ANY($1::text[]) OR NOT EXISTS (SELECT FROM worker WHERE worker.id = held_by))`,
    [dead, MOST_DEATHS, JSON.stringify({ code: WORKER_DIED, message: diedMessage('they put its layers together') })],
  )
}
