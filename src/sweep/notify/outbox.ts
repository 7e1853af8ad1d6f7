// The messages of a sweep about what is new: written in the transaction that ends it, so that they are there if and only if it ended.
// Sending them is in deliver.ts.
import { randomUUID } from 'node:crypto'
import type { RuleSummary } from '../../detect/rule.js'
import { placeText } from '../../report/wording.js'
import type { FindingFilter } from '../reading/filter.js'
import { countFindings, type FindingRow, listFindings, type SeverityCounts } from '../reading/findings.js'
import type { Queries } from '../store/database.js'
import type { NotifyChannel } from './channels.js'
import type { NewFinding, NotificationPayload } from './payload.js'

/** What people get is one message with the worst; programs get more, in batches. */
const FOR_PEOPLE = { most: 20, batch: 20 }
const FOR_PROGRAMS = { most: 1000, batch: 100 }

const sizesOf = (channel: NotifyChannel) =>
  channel.kind === 'smtp' || channel.kind === 'slack' ? FOR_PEOPLE : FOR_PROGRAMS

export interface OutboxOptions {
  readonly channels: readonly NotifyChannel[]
  /** For the titles. */
  readonly rules: ReadonlyMap<string, Pick<RuleSummary, 'title'>>
}

interface EndedSweep {
  readonly id: number
  readonly trigger: string
  readonly status: string
  readonly started_at: Date
  readonly finished_at: Date | null
}

function newFinding(row: FindingRow, rules: OutboxOptions['rules']): NewFinding {
  const { shown, guessable } = row.document.secret
  return {
    fingerprint: row.fingerprint,
    ruleId: row.ruleId,
    title: rules.get(row.ruleId)?.title ?? row.ruleId,
    severity: row.severity,
    confidence: row.confidence,
    secret: { redacted: shown, guessable },
    place: placeText(row.document.place, row.document.span),
    ...(row.instruction === undefined ? {} : { instruction: row.instruction }),
    ...(row.exposure === null ? {} : { exposure: row.exposure }),
    images: [...row.references],
    imageCount: row.images,
  }
}

function batches<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))
}

function payloadsOf(
  channel: NotifyChannel,
  sweep: EndedSweep,
  counts: SeverityCounts,
  findings: readonly NewFinding[],
): NotificationPayload[] {
  const parts = batches(findings, sizesOf(channel).batch)
  const { total, ...bySeverity } = counts
  return parts.map((part, n) => ({
    schemaVersion: 1,
    event: 'sweep.new-findings',
    delivery: randomUUID(),
    channel: channel.name,
    sweep: {
      id: sweep.id,
      trigger: sweep.trigger,
      status: sweep.status,
      startedAt: sweep.started_at.toISOString(),
      finishedAt: (sweep.finished_at ?? new Date()).toISOString(),
    },
    batch: { number: n + 1, of: parts.length },
    totals: { new: total, ...bySeverity, listed: findings.length },
    findings: part,
  }))
}

async function writeChannel(
  queries: Queries,
  sweep: EndedSweep,
  channel: NotifyChannel,
  rules: OutboxOptions['rules'],
): Promise<number> {
  const filter: FindingFilter = { newIn: sweep.id, minSeverity: channel.minSeverity, minConfidence: 'medium' }
  const counts = await countFindings(queries, filter)
  if (counts.total === 0) return 0
  const rows = await listFindings(queries, filter, { limit: sizesOf(channel).most })
  const findings = rows.map((row) => newFinding(row, rules))
  const payloads = payloadsOf(channel, sweep, counts, findings)
  for (const payload of payloads)
    await queries.query(
      `INSERT INTO notification (sweep_id, channel, batch, payload) VALUES ($1, $2, $3, $4)
       ON CONFLICT (sweep_id, channel, batch) DO NOTHING`,
      [sweep.id, channel.name, payload.batch.number, JSON.stringify(payload)],
    )
  return payloads.length
}

/**
 * Writes what sweep `sweepId` has to tell, for each channel; to be called in the transaction that ends the sweep, with its status set.
 * Again for the same sweep it changes nothing. Returns how many messages there are to send.
 */
export async function writeOutbox(queries: Queries, sweepId: number, options: OutboxOptions): Promise<number> {
  const [sweep] = await queries.query<EndedSweep>(
    'SELECT id, trigger, status, started_at, finished_at FROM sweep WHERE id = $1',
    [sweepId],
  )
  if (sweep === undefined) return 0
  let written = 0
  for (const channel of options.channels) written += await writeChannel(queries, sweep, channel, options.rules)
  return written
}
