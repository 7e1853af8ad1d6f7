// What a running sweep waits for, why and until when: registries that let nothing through, and lists that are asked for again.
import type { Queries } from '../store/database.js'

export interface Waiting {
  /** HOST or HOST/REPOSITORY. */
  readonly name: string
  readonly until: Date
  readonly reason: string
  /** Tries that failed, and how many there are; 0 where it is no failure. */
  readonly tries: number
  readonly most: number
}

const LIMITED = `
  SELECT host AS name, max(resume_at) AS until, 'It limits requests.' AS reason, 0 AS tries, 0 AS most
  FROM rate WHERE resume_at > now() GROUP BY host`

/** $1: the sweep. */
const FAILED = `
  SELECT coalesce(job.data->>'host', repository.host || '/' || repository.name) AS name, job.start_after AS until,
    coalesce(job.output->>'reason', '') AS reason, job.retry_count + 1 AS tries, job.retry_limit + 1 AS most
  FROM pgboss.job LEFT JOIN repository ON repository.id = (job.data->>'repository')::bigint
  WHERE job.state = 'retry' AND job.start_after > now() AND (job.data->>'sweep')::bigint = $1`

/** At most `most` of sweep `sweep`, those that wait longest last. */
export async function waitingFor(queries: Queries, sweep: number, most: number): Promise<readonly Waiting[]> {
  const [jobs] = await queries.query<{ there: boolean }>(`SELECT to_regclass('pgboss.job') IS NOT NULL AS there`)
  return jobs?.there === true
    ? queries.query(`${LIMITED} UNION ALL ${FAILED} ORDER BY until, name LIMIT $2`, [sweep, most])
    : queries.query(`${LIMITED} ORDER BY until, name LIMIT $1`, [most])
}
