// What Prometheus scrapes (text format 0.0.4). No name from a registry is a label.

import { IS_LIKELY, SEVERITIES } from '../reading/filter.js'
import { countFindings, type SeverityCounts } from '../reading/findings.js'
import type { Queries } from '../store/database.js'

interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

function metric(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const text = Object.entries(labels)
      .map(([key, label]) => `${key}="${label.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
      .join(',')
    return `secretscan_${name}${text === '' ? '' : `{${text}}`} ${value}`
  })
  return [`# HELP secretscan_${name} ${help}`, `# TYPE secretscan_${name} gauge`, ...lines, ''].join('\n')
}

const bySeverity = (counts: SeverityCounts): Sample[] =>
  SEVERITIES.map((severity) => ({ labels: { severity }, value: counts[severity] }))

const STATES = {
  images: ['planned', 'done', 'failed'],
  layers: ['pending', 'leased', 'done', 'failed'],
  notifications: ['pending', 'sending', 'sent', 'dead'],
} as const

/** Every state, those without a row as 0, so that a graph does not end. */
async function byStatus(queries: Queries, sql: string, states: readonly string[]): Promise<Sample[]> {
  const rows = await queries.query<{ status: string; amount: number }>(sql)
  return states.map((status) => ({
    labels: { status },
    value: rows.find((row) => row.status === status)?.amount ?? 0,
  }))
}

async function sweepMetrics(queries: Queries): Promise<string[]> {
  const [last] = await queries.query<{
    running: number
    started: number | null
    ended: number | null
    succeeded: number | null
    found: number | null
  }>(
    `SELECT (SELECT count(*) FROM sweep WHERE status = 'running') AS running,
       (SELECT extract(epoch FROM max(started_at))::float8 FROM sweep) AS started,
       (SELECT extract(epoch FROM max(finished_at))::float8 FROM sweep) AS ended,
       (SELECT extract(epoch FROM max(finished_at))::float8 FROM sweep
          WHERE status = 'done' AND coalesce((counts->>'incompleteImages')::bigint, 0) = 0) AS succeeded,
       (SELECT count(*) FROM finding f WHERE ${IS_LIKELY} AND f.first_seen_in = (SELECT max(id) FROM sweep WHERE finished_at IS NOT NULL)) AS found`,
  )
  return [
    metric('sweep_running', 'Whether a sweep runs now.', [{ value: last?.running ?? 0 }]),
    metric('sweep_last_start_timestamp_seconds', 'When the latest sweep began.', [{ value: last?.started ?? 0 }]),
    metric('sweep_last_end_timestamp_seconds', 'When a sweep ended last.', [{ value: last?.ended ?? 0 }]),
    metric('sweep_last_success_timestamp_seconds', 'When a sweep that scanned everything ended last.', [
      { value: last?.succeeded ?? 0 },
    ]),
    metric('sweep_last_new_findings', 'Findings that the last sweep that ended saw first.', [
      { value: last?.found ?? 0 },
    ]),
  ]
}

/** The whole answer of /metrics. */
export async function metricsText(queries: Queries, version: string): Promise<string> {
  const open = await countFindings(queries, { minConfidence: 'medium' })
  const withAcknowledged = await countFindings(queries, { minConfidence: 'medium', acknowledged: true })
  return [
    metric('build_info', 'The version that answers.', [{ labels: { version }, value: 1 }]),
    metric('findings_open', 'Findings that images hold and nobody has acknowledged.', bySeverity(open)),
    metric('findings_acknowledged', 'Findings that images hold and somebody has acknowledged.', [
      { value: withAcknowledged.total - open.total },
    ]),
    metric(
      'images',
      'Images that a tag leads to.',
      await byStatus(
        queries,
        'SELECT status, count(*) AS amount FROM image WHERE gone_at IS NULL GROUP BY status',
        STATES.images,
      ),
    ),
    metric(
      'layers',
      'Layers, each counted once.',
      await byStatus(queries, 'SELECT status, count(*) AS amount FROM layer GROUP BY status', STATES.layers),
    ),
    metric(
      'notifications',
      'Messages about what is new.',
      await byStatus(
        queries,
        'SELECT status, count(*) AS amount FROM notification GROUP BY status',
        STATES.notifications,
      ),
    ),
    ...(await sweepMetrics(queries)),
  ].join('')
}
