// Where messages about what is new stand. Sends none, and so loads no sender: status asks it, and should answer at once.
import type { Database } from '../store/database.js'

export interface DeadMessage {
  readonly sweep: number
  readonly channel: string
  readonly batch: number
  readonly reason: string
  readonly attempts: number
}

export interface OutboxState {
  readonly pending: number
  readonly sent: number
  /** The latest ones, newest first. */
  readonly dead: readonly DeadMessage[]
  readonly deadTotal: number
}

/** Where messages stand, for `sweep status` and the page. */
export async function outboxState(database: Pick<Database, 'query'>, limit = 20): Promise<OutboxState> {
  const counts = await database.query<{ status: string; amount: number }>(
    'SELECT status, count(*) AS amount FROM notification GROUP BY status',
  )
  const of = (...states: string[]) =>
    counts.filter(({ status }) => states.includes(status)).reduce((sum, { amount }) => sum + amount, 0)
  const dead = await database.query<DeadMessage>(
    `SELECT sweep_id AS sweep, channel, batch, coalesce(failure->>'message', '') AS reason, attempt AS attempts
     FROM notification WHERE status = 'dead' ORDER BY id DESC LIMIT $1`,
    [limit],
  )
  return { pending: of('pending', 'sending'), sent: of('sent'), dead, deadTotal: of('dead') }
}
