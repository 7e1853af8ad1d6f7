// Where messages about what is new stand. Sends none, and so loads no sender: status asks it, and should answer at once.
import type { Database } from '../store/database.js'

export interface Message {
  readonly sweep: number
  readonly channel: string
  readonly batch: number
  /** Empty where nothing has gone wrong yet. */
  readonly reason: string
  readonly attempts: number
}

export interface WaitingMessage extends Message {
  /** When it is tried (again) at the earliest; null: at once, or it is being sent. */
  readonly nextAt: Date | null
}

export interface OutboxState {
  readonly pending: number
  readonly sent: number
  /** What is pending, the oldest first. */
  readonly waiting: readonly WaitingMessage[]
  /** The latest ones, newest first. */
  readonly dead: readonly Message[]
  readonly deadTotal: number
  /** The latest that went out and that some recipients were refused. Counted in `sent`. */
  readonly sentToSome: readonly Message[]
}

const MESSAGE = `sweep_id AS sweep, channel, batch, coalesce(failure->>'message', '') AS reason, attempt AS attempts`

/** Where messages stand, for `sweep status` and the page. */
export async function outboxState(database: Pick<Database, 'query'>, limit = 20): Promise<OutboxState> {
  const counts = await database.query<{ status: string; amount: number }>(
    'SELECT status, count(*) AS amount FROM notification GROUP BY status',
  )
  const of = (...states: string[]) =>
    counts.filter(({ status }) => states.includes(status)).reduce((sum, { amount }) => sum + amount, 0)
  const waiting = await database.query<WaitingMessage>(
    `SELECT ${MESSAGE}, CASE WHEN status = 'pending' THEN not_before END AS "nextAt" FROM notification
     WHERE status IN ('pending', 'sending') ORDER BY id LIMIT $1`,
    [limit],
  )
  const latest = (condition: string) =>
    database.query<Message>(`SELECT ${MESSAGE} FROM notification WHERE ${condition} ORDER BY id DESC LIMIT $1`, [limit])
  return {
    pending: of('pending', 'sending'),
    sent: of('sent'),
    waiting,
    dead: await latest(`status = 'dead'`),
    deadTotal: of('dead'),
    sentToSome: await latest(`status = 'sent' AND failure IS NOT NULL`),
  }
}

/** How many messages are still to be sent. */
export async function waitingMessages(database: Pick<Database, 'query'>): Promise<number> {
  const [row] = await database.query<{ waiting: number }>(
    `SELECT count(*) AS waiting FROM notification WHERE status IN ('pending', 'sending')`,
  )
  return row?.waiting ?? 0
}
