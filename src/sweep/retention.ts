// Forgets what has been gone for long: findings, images, tags, layers and sweeps. What a registry still has is never touched.
import { LAST_SEEN_AT, STANDS } from './reading/filter.js'
import type { Database } from './store/database.js'

/** Rows of one statement, so that no lock is held for long. */
const BATCH = 2000

export interface Pruned {
  readonly findings: number
  readonly images: number
  readonly layers: number
  readonly sweeps: number
}

/**
 * What is deleted, in this order; $1 is the time before which it must be gone. Each statement gives the ids that it took. A process may be
 * killed after any of them: what is left is whole, and goes the next time.
 */
const STATEMENTS = {
  // A digest that comes back must be resolved again where one of its images is forgotten.
  resolved: `DELETE FROM resolved WHERE (digest, platforms) IN (
    SELECT digest, platforms FROM resolved r
    WHERE NOT EXISTS (SELECT FROM tag WHERE tag.digest = r.digest AND tag.gone_at IS NULL) AND (
      EXISTS (SELECT FROM resolved_image ri JOIN image i ON i.id = ri.image_id WHERE ri.digest = r.digest AND i.gone_at < $1::timestamptz)
      OR (resolved_at < $1::timestamptz AND NOT EXISTS (SELECT FROM resolved_image ri WHERE ri.digest = r.digest)))
    LIMIT ${BATCH}) RETURNING digest`,
  // A sweep that runs meanwhile may have found a tag of it again.
  images: `DELETE FROM image WHERE id IN (
    SELECT id FROM image i WHERE gone_at < $1::timestamptz AND NOT EXISTS (
      SELECT FROM resolved_image ri JOIN tag ON tag.digest = ri.digest AND tag.gone_at IS NULL WHERE ri.image_id = i.id)
    LIMIT ${BATCH}) RETURNING id`,
  tags: `DELETE FROM tag WHERE id IN (
    SELECT id FROM tag WHERE gone_at < $1::timestamptz LIMIT ${BATCH}) RETURNING id`,
  repositories: `DELETE FROM repository WHERE id IN (
    SELECT id FROM repository r WHERE gone_at < $1::timestamptz
      AND NOT EXISTS (SELECT FROM tag WHERE tag.repository_id = r.id) LIMIT ${BATCH}) RETURNING id`,
  layers: `DELETE FROM layer WHERE (digest, rules) IN (
    SELECT digest, rules FROM layer l WHERE status IN ('done', 'failed') AND coalesce(scanned_at, '-infinity') < $1::timestamptz
      AND NOT EXISTS (SELECT FROM image_layer WHERE image_layer.digest = l.digest) LIMIT ${BATCH}) RETURNING digest`,
  // After the images that held them, so that no image is ever there without its findings. Some may still hold what is gone because its rule is:
  // it is there again when the rule is.
  findings: `DELETE FROM finding WHERE fingerprint IN (
    SELECT fingerprint FROM finding f WHERE gone_at < $1::timestamptz AND NOT ${STANDS} LIMIT ${BATCH}) RETURNING fingerprint`,
  occurrences: `DELETE FROM occurrence WHERE id IN (
    SELECT id FROM occurrence o WHERE NOT EXISTS (SELECT FROM image_finding WHERE image_finding.occurrence_id = o.id)
      AND NOT EXISTS (SELECT FROM layer WHERE layer.digest = o.subject)
      AND NOT EXISTS (SELECT FROM image WHERE image.image_id = o.subject)
      AND EXISTS (SELECT FROM finding f WHERE f.fingerprint = o.fingerprint AND ${LAST_SEEN_AT} < $1::timestamptz)
    LIMIT ${BATCH}) RETURNING id`,
  secrets: `DELETE FROM secret WHERE id IN (
    SELECT id FROM secret s WHERE first_seen_at < $1::timestamptz
      AND NOT EXISTS (SELECT FROM finding WHERE finding.secret_id = s.id) LIMIT ${BATCH}) RETURNING id`,
  sweeps: `DELETE FROM sweep WHERE id IN (
    SELECT id FROM sweep s WHERE finished_at < $1::timestamptz AND status <> 'running'
      AND NOT EXISTS (SELECT FROM notification n WHERE n.sweep_id = s.id AND n.status IN ('pending', 'sending'))
      AND s.id < (SELECT max(id) FROM sweep) LIMIT ${BATCH}) RETURNING id`,
} as const

async function drain(database: Database, sql: string, before: Date, signal: AbortSignal): Promise<number> {
  let taken = 0
  while (!signal.aborted) {
    const rows = await database.query(sql, [before.toISOString()])
    taken += rows.length
    if (rows.length < BATCH) break
  }
  return taken
}

async function databaseTime(database: Database): Promise<Date> {
  const [row] = await database.query<{ now: Date }>('SELECT now() AS now')
  if (row === undefined) throw new Error('the database does not know the time')
  return row.now
}

/**
 * Deletes what was gone more than `findingsDays` days before `now` (default: by the database's clock, as all times of the store); to be called behind a sweep, not in its transaction. Without a number
 * of days nothing is ever forgotten.
 */
export async function pruneStore(
  database: Database,
  retention: { readonly findingsDays?: number },
  { signal, now }: { readonly signal: AbortSignal; readonly now?: Date },
): Promise<Pruned> {
  const counts = { findings: 0, images: 0, layers: 0, sweeps: 0 }
  if (retention.findingsDays === undefined) return counts
  const before = new Date((now ?? (await databaseTime(database))).getTime() - retention.findingsDays * 86_400_000)
  for (const [what, sql] of Object.entries(STATEMENTS)) {
    const taken = await drain(database, sql, before, signal)
    if (what in counts) counts[what as keyof typeof counts] += taken
  }
  return counts
}
