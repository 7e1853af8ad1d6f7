// Which names and globs of sweep.yaml a sweep found nothing for: what no repository of a registry has is mistyped, perhaps.
import type { Queries } from '../store/database.js'

/** Of repositories; none where no repository was taken at all, which is said by itself. */
export async function keepUnmatched(
  queries: Queries,
  { host, sweep }: { readonly host: string; readonly sweep: number },
  patterns: readonly string[],
): Promise<void> {
  await queries.query('UPDATE sweep_registry SET unmatched = $3 WHERE sweep_id = $1 AND host = $2', [
    sweep,
    host,
    patterns,
  ])
}

/** Of tags: `patterns` are those that matched none in one repository; what stays are those that matched in none. */
export async function keepUnmatchedTags(
  queries: Queries,
  { host, sweep }: { readonly host: string; readonly sweep: number },
  patterns: readonly string[],
): Promise<void> {
  await queries.query(
    `UPDATE sweep_registry SET unmatched_tags = ARRAY(
       SELECT pattern FROM unnest($3::text[]) AS pattern WHERE unmatched_tags IS NULL OR pattern = ANY(unmatched_tags))
     WHERE sweep_id = $1 AND host = $2 AND (unmatched_tags IS NULL OR NOT unmatched_tags <@ $3::text[])`,
    [sweep, host, patterns],
  )
}
