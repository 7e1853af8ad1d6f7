// Accepting a finding: it stays in the store and in the reports' counts, and is told no more, until the acknowledgement ends.
import { NotFoundError } from '../support/errors.js'
import type { Queries } from './store/database.js'

export interface Acknowledged {
  readonly fingerprint: string
  readonly ruleId: string
  readonly reason: string
  readonly until?: Date
}

/**
 * Accepts finding `fingerprint` (a whole one); a second time replaces the reason and the end.
 * @throws NotFoundError where the store has no such finding
 */
export async function acknowledge(
  queries: Queries,
  { fingerprint, reason, until }: { readonly fingerprint: string; readonly reason: string; readonly until?: Date },
): Promise<Acknowledged> {
  const [row] = await queries.query<{ rule_id: string }>(
    `WITH known AS (SELECT fingerprint, rule_id FROM finding WHERE fingerprint = $1), written AS (
       INSERT INTO acknowledgement (fingerprint, reason, until) SELECT fingerprint, $2::text, $3::timestamptz FROM known
       ON CONFLICT (fingerprint) DO UPDATE SET reason = excluded.reason, until = excluded.until, created_at = now()
     ), marked AS (
       INSERT INTO recount (fingerprint) SELECT fingerprint FROM known ON CONFLICT DO NOTHING
     ) SELECT rule_id FROM known`,
    [fingerprint, reason, until?.toISOString() ?? null],
  )
  if (row === undefined)
    throw new NotFoundError(`There is no finding ${fingerprint} in the store.`, {
      hint: 'The table of secretscan sweep findings shows the ID of each.',
    })
  return { fingerprint, ruleId: row.rule_id, reason, ...(until === undefined ? {} : { until }) }
}

/** Takes an acknowledgement back. @throws NotFoundError where there is none. */
export async function withdraw(queries: Queries, fingerprint: string): Promise<void> {
  const rows = await queries.query(
    `WITH withdrawn AS (DELETE FROM acknowledgement WHERE fingerprint = $1 RETURNING fingerprint), marked AS (
       INSERT INTO recount (fingerprint) SELECT fingerprint FROM withdrawn ON CONFLICT DO NOTHING
     ) SELECT fingerprint FROM withdrawn`,
    [fingerprint],
  )
  if (rows.length === 0) throw new NotFoundError(`The finding ${fingerprint} is not acknowledged.`)
}
