// Jobs that have failed for good, written down where the sweep looks: in the rows of its registries and repositories.
import type { StoredFailure, SweepTools } from './tools.js'

/** What of the registries' listing has failed for good in this sweep, unless somebody has done it meanwhile. */
export async function markFailed(
  { payload, name }: DeadOrFailed,
  failure: StoredFailure,
  { database }: SweepTools,
): Promise<void> {
  const { sweep, host, repository } = payload
  const parameters = [JSON.stringify(failure), Number(sweep)]
  if (name === 'sweep') {
    await database.query(
      `UPDATE sweep_registry SET status = 'failed', failure = $1 WHERE sweep_id = $2 AND host = $3 AND status = 'pending'`,
      [...parameters, String(host)],
    )
    return
  }
  await database.query(
    `WITH failed AS (
       UPDATE sweep_repository SET status = 'failed', failure = $1 WHERE sweep_id = $2 AND repository_id = $3 AND status = 'pending'
       RETURNING repository_id
     )
     UPDATE repository SET failure = $1 FROM failed WHERE repository.id = failed.repository_id`,
    [...parameters, Number(repository)],
  )
}

interface DeadOrFailed {
  readonly name: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** Jobs that somebody else has given up, or whose worker died before it had written that down. */
export async function failDeadJobs(sweep: number, tools: SweepTools): Promise<void> {
  for (const { name, payload, code, reason } of await tools.jobs.dead())
    if (Number(payload.sweep) === sweep) await markFailed({ name, payload }, { code, message: reason }, tools)
}
