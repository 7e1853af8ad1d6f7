// What a sweep is asked to look at, as rows: all registries, named repositories alone, or what failed before.
import { failedRegistries, failedRepositories } from '../reading/status.js'
import type { Queries } from '../store/database.js'
import type { NamedRepositories } from '../types.js'

/** All that the configuration selects at `hosts`, also where the sweep was of named repositories until now. */
export async function addRegistries(queries: Queries, sweep: number, hosts: readonly string[]): Promise<void> {
  await queries.query(
    `INSERT INTO sweep_registry (sweep_id, host) SELECT $1::bigint, unnest($2::text[])
     ON CONFLICT (sweep_id, host) DO UPDATE SET named = NULL, status = 'pending', failure = NULL WHERE sweep_registry.named IS NOT NULL`,
    [sweep, hosts],
  )
}

/** These names and globs, beside those that the sweep was asked for before. */
export async function addNamed(queries: Queries, sweep: number, named: NamedRepositories): Promise<void> {
  for (const [host, repositories] of named)
    await queries.query(
      `INSERT INTO sweep_registry AS asked (sweep_id, host, named) VALUES ($1, $2, $3::text[])
       ON CONFLICT (sweep_id, host) DO UPDATE SET named = asked.named || excluded.named, status = 'pending', failure = NULL
       WHERE NOT asked.named @> excluded.named`,
      [sweep, host, repositories],
    )
}

/** What could not be looked at as of sweep `previous`. */
export async function addFailed(
  queries: Queries,
  sweep: number,
  previous: number,
  hosts: readonly string[],
): Promise<void> {
  await queries.query(
    `INSERT INTO sweep_registry (sweep_id, host)
     SELECT $1::bigint, failed.host FROM (${failedRegistries('$2')}) AS failed WHERE failed.host = ANY($3::text[])`,
    [sweep, previous, hosts],
  )
  await queries.query(
    `INSERT INTO sweep_repository (sweep_id, repository_id)
     SELECT $1::bigint, id FROM repository WHERE gone_at IS NULL AND host = ANY($3::text[]) AND (
       id IN (SELECT failed.repository_id FROM (${failedRepositories('$2')}) AS failed)
       OR EXISTS (SELECT 1 FROM tag WHERE tag.repository_id = repository.id AND tag.failure IS NOT NULL AND tag.gone_at IS NULL))`,
    [sweep, previous, hosts],
  )
}
