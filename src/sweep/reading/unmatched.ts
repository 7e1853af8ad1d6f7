// What sweep.yaml asks for that a sweep found nothing for.
import type { Queries } from '../store/database.js'

export interface Unmatched {
  readonly host: string
  /** Globs, as they are written. */
  readonly repositories: readonly string[]
  /** Patterns of tags that take in; only where all repositories were asked and could be. */
  readonly tags: readonly string[]
}

/** Registries of sweep `sweep` that have any. */
export function unmatchedPatterns(queries: Queries, sweep: number): Promise<readonly Unmatched[]> {
  return queries.query<Unmatched>(
    `SELECT * FROM (
       SELECT host, coalesce(unmatched, '{}') AS repositories, CASE WHEN sweep.scope = 'all' AND NOT EXISTS (
         SELECT FROM sweep_repository JOIN repository ON repository.id = sweep_repository.repository_id
         WHERE sweep_repository.sweep_id = $1 AND sweep_repository.status <> 'done' AND repository.host = sweep_registry.host
       ) THEN coalesce(unmatched_tags, '{}') ELSE '{}' END AS tags
       FROM sweep_registry JOIN sweep ON sweep.id = sweep_registry.sweep_id WHERE sweep_id = $1 AND sweep_registry.status = 'done'
     ) AS registry WHERE repositories <> '{}' OR tags <> '{}' ORDER BY host`,
    [sweep],
  )
}
