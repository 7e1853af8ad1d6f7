// Sends what stands in the outbox. A message is claimed before it is sent and marked after, so that of all processes on a store one
// sends it. What a crash in between leaves is not known to have arrived: see `uncertain` in channels.ts and docs/adr/0005.

import { printable } from '../../support/printable.js'
import type { Database } from '../store/database.js'
import { surely } from '../store/surely.js'
import type { NotifyChannel } from './channels.js'
import type { NotificationPayload } from './payload.js'
import { send } from './senders/index.js'
import type { Outcome } from './senders/types.js'

/** Attempts before a message is given up: about seven hours with the waits below. */
const MOST_ATTEMPTS = 12
/** Seconds before the second attempt; doubled each time, up to an hour. */
const FIRST_WAIT = 30
const LONGEST_WAIT = 3600
/** Seconds beyond the channel's own limit after which a claim is taken for a dead process's. */
const CLAIM = 180

interface Claimed {
  readonly id: number
  readonly channel: string
  readonly attempt: number
  readonly payload: NotificationPayload
  /** Where some of its recipients have it. */
  readonly part: Part | null
}

/** What earlier attempts have left of a mail. */
interface Part {
  readonly recipients: readonly string[]
  /** About those that were refused for good; may be empty. */
  readonly without: string
}

export interface DeliveryOptions {
  readonly channels: readonly NotifyChannel[]
  /** Ends the work between two messages: one that is being sent is sent to its end. */
  readonly signal: AbortSignal
}

export interface Delivered {
  readonly sent: number
  /** To be tried again. */
  readonly waiting: number
  /** Given up in this call, with the reason in the row. */
  readonly dead: number
}

/** Claims whose process died: sent again where the channel says so, else given up. Times are the database's, one for all hosts. */
async function settleAbandoned(database: Database, channels: readonly NotifyChannel[]): Promise<number> {
  const resend = channels.filter(({ uncertain }) => uncertain === 'resend').map(({ name }) => name)
  const dead = await database.query<{ status: string }>(
    `UPDATE notification SET status = CASE WHEN channel = ANY($1::text[]) THEN 'pending' ELSE 'dead' END,
       failure = coalesce(failure, '{}') || jsonb_build_object('code', 'UNCERTAIN', 'message',
         'The process was ended while it sent this message, which may have arrived.')
     WHERE status = 'sending' AND not_before < now() RETURNING status`,
    [resend],
  )
  return dead.filter(({ status }) => status === 'dead').length
}

async function claim(database: Database, seconds: number): Promise<Claimed | undefined> {
  const [row] = await database.query<Claimed>(
    `UPDATE notification SET status = 'sending', attempt = attempt + 1, not_before = now() + make_interval(secs => $1::float8)
     WHERE id = (
       SELECT id FROM notification WHERE status = 'pending' AND (not_before IS NULL OR not_before <= now())
       ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
     ) RETURNING id, channel, attempt, payload, failure->'part' AS part`,
    [seconds],
  )
  return row
}

type Settled =
  /** `reason`: of the recipients that do not have it. */
  | { readonly status: 'sent'; readonly reason?: string }
  | {
      readonly status: 'pending' | 'dead'
      readonly code?: string
      readonly reason: string
      readonly wait: number
      readonly part?: Part
    }

/** Seconds to wait after attempt number `attempt`, with some of it by chance so that not all come at once. */
function waitAfter(attempt: number, told = 0): number {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))
  return Math.max(told, wait * (0.75 + Math.random() / 2))
}

const dead = (code: string, reason: string): Exclude<Settled, { status: 'sent' }> => ({
  status: 'dead',
  code,
  reason,
  wait: 0,
})

function settle(outcome: Outcome, { attempt, part }: Claimed, channel: NotifyChannel): Settled {
  if (outcome.result === 'sent') return settleSent(outcome, attempt, part)
  const settled = settleUnsent(outcome, attempt, channel)
  if (part === null) return settled
  if (settled.status !== 'dead') return { ...settled, part }
  const left = `${settled.reason} So ${part.recipients.map(printable).join(', ')} did not get the message; the other recipients have it.`
  return { status: 'sent', reason: joined(part.without, left) }
}

const joined = (...sentences: readonly (string | undefined)[]): string =>
  sentences.filter((sentence) => sentence !== undefined && sentence !== '').join(' ')

function settleSent(outcome: Extract<Outcome, { result: 'sent' }>, attempt: number, part: Part | null): Settled {
  const { later } = outcome
  const without = joined(part?.without, outcome.without)
  if (later !== undefined && attempt < MOST_ATTEMPTS) {
    const left = { recipients: later.recipients, without }
    return { status: 'pending', reason: joined(without, later.reason), wait: waitAfter(attempt), part: left }
  }
  const reason = joined(without, later?.reason)
  return { status: 'sent', ...(reason === '' ? {} : { reason }) }
}

function settleUnsent(
  outcome: Exclude<Outcome, { result: 'sent' }>,
  attempt: number,
  channel: NotifyChannel,
): Exclude<Settled, { status: 'sent' }> {
  const { reason } = outcome
  if (outcome.result === 'refused') return dead('REFUSED', reason)
  if (outcome.result === 'uncertain' && channel.uncertain === 'give-up')
    return dead('UNCERTAIN', `${reason} The message may have arrived.`)
  if (attempt >= MOST_ATTEMPTS) return dead('GIVEN_UP', `${reason} That was attempt ${attempt}, the last one.`)
  const told = outcome.result === 'failed' ? outcome.retryAfterSeconds : undefined
  return { status: 'pending', reason, wait: waitAfter(attempt, told) }
}

async function mark(database: Database, id: number, settled: Settled): Promise<void> {
  const failure =
    settled.reason === undefined
      ? null
      : JSON.stringify({
          code: 'code' in settled ? settled.code : undefined,
          message: settled.reason,
          part: 'part' in settled ? settled.part : undefined,
        })
  await database.query(
    `UPDATE notification SET status = $2::text, failure = $3::jsonb, not_before = now() + make_interval(secs => $4::float8),
       sent_at = CASE WHEN $2::text = 'sent' THEN now() END WHERE id = $1 AND status = 'sending'`,
    [id, settled.status, failure, settled.status === 'sent' ? 0 : settled.wait],
  )
}

async function sendClaimed(claimed: Claimed, channels: readonly NotifyChannel[]): Promise<Settled> {
  const channel = channels.find(({ name }) => name === claimed.channel)
  if (channel === undefined) return dead('NO_CHANNEL', `sweep.yaml has no channel named ${claimed.channel} any more.`)
  const { part, payload } = claimed
  const context = { signal: new AbortController().signal, now: () => new Date(), recipients: part?.recipients }
  return settle(await send(channel, payload, context), claimed, channel)
}

/**
 * Sends every message whose time has come, one after another; returns when none is left or `signal` is aborted. Never throws for what a
 * receiver does. Several processes may call it at once.
 */
export async function deliverDue(database: Database, { channels, signal }: DeliveryOptions): Promise<Delivered> {
  const counts = { sent: 0, pending: 0, dead: await settleAbandoned(database, channels) }
  const longest = Math.max(0, ...channels.map((channel) => (channel.kind === 'command' ? channel.timeoutSeconds : 0)))
  while (!signal.aborted) {
    const claimed = await claim(database, longest + CLAIM)
    if (claimed === undefined) break
    const settled = await sendClaimed(claimed, channels)
    // Otherwise it would be taken for one of which nobody knows whether it arrived.
    await surely(() => mark(database, claimed.id, settled), { signal })
    counts[settled.status]++
  }
  return { sent: counts.sent, waiting: counts.pending, dead: counts.dead }
}

/** When the next message is due; undefined: none is waiting. */
export async function nextDelivery(database: Database): Promise<Date | undefined> {
  const [row] = await database.query<{ at: Date | null }>(
    `SELECT min(coalesce(not_before, created_at)) AS at FROM notification WHERE status IN ('pending', 'sending')`,
  )
  return row?.at ?? undefined
}
