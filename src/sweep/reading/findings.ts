// Findings as rows: each once, whatever number of images hold it, with where it stands and one place of it.
import type { Confidence, Severity } from '../../detect/types.js'
import type { ImageDescription } from '../../image/types.js'
import type { Exposure, LocalFinding } from '../../scan/types.js'
import type { Queries } from '../store/database.js'
import { type FindingFilter, findingConditions, LAST_SEEN_AT, STANDS, WORST_FIRST } from './filter.js'

export interface Acknowledgement {
  readonly reason: string
  readonly until: Date | null
  readonly createdAt: Date
}

export interface FindingRow {
  readonly fingerprint: string
  readonly ruleId: string
  readonly severity: Severity
  readonly confidence: Confidence
  readonly firstSeenIn: number
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  readonly goneAt: Date | null
  /** Images hold it, and its rule was removed. */
  readonly goneBecause?: 'rule-removed'
  /** Masked. */
  readonly document: LocalFinding
  readonly exposure: Exposure | null
  /** The instruction of the layer that it is in, masked; absent: in the configuration, or not known. */
  readonly instruction?: string
  /** Digest of that layer's blob or of the configuration. */
  readonly subject: string
  /** How many images hold it. */
  readonly images: number
  /** Some of their names: HOST/REPOSITORY:TAG. */
  readonly references: readonly string[]
  readonly acknowledged?: Acknowledgement
}

interface Row {
  readonly fingerprint: string
  readonly rule_id: string
  readonly severity: Severity
  readonly confidence: Confidence
  readonly first_seen_in: number
  readonly first_seen_at: Date
  readonly last_seen_at: Date
  readonly gone_at: Date | null
  readonly gone_because: 'rule-removed' | null
  readonly document: LocalFinding
  readonly subject: string
  readonly exposure: Exposure | null
  readonly layer: ImageDescription['layers'][number] | null
  readonly images: number
  readonly refs: readonly string[] | null
  readonly reason: string | null
  readonly until: Date | null
  readonly acknowledged_at: Date | null
}

/** Names of images listed with a finding. */
const REFERENCES = 5

/** The images of a row of `page`: those that are there, or all that there were where it is gone. */
const HOLDING = `FROM occurrence JOIN image_finding found ON found.occurrence_id = occurrence.id
    JOIN image ON image.id = found.image_id AND (image.gone_at IS NULL OR page.gone_at IS NOT NULL)
    WHERE occurrence.fingerprint = page.fingerprint`

/** Orders of `finding`, of which the severity's rank is a column. */
const WORST_THEN_NEWEST = ['rank', 'first_seen_in DESC', 'fingerprint']
const BY_FINGERPRINT = ['fingerprint']

const COLUMNS = `f.*, ${WORST_FIRST} AS rank, ${LAST_SEEN_AT} AS seen_at`

/** Where few findings are meant, they are found first: read in order, nearly all would be looked at until a page is full. */
const meant = (where: string, isNarrow: boolean): string =>
  isNarrow
    ? `WITH meant AS MATERIALIZED (SELECT f.fingerprint FROM finding f WHERE ${where}), page AS (
  SELECT ${COLUMNS} FROM finding f JOIN meant ON meant.fingerprint = f.fingerprint WHERE ${STANDS}`
    : `WITH page AS (SELECT ${COLUMNS} FROM finding f WHERE ${where} AND ${STANDS}`

const isNarrow = ({ repository, text, sameSecretAs }: FindingFilter): boolean =>
  repository !== undefined || sameSecretAs !== undefined || (text !== undefined && text !== '')

const page = (start: string, order: readonly string[], limit: string): string => `${start}
  ORDER BY ${order.join(', ')} ${limit}
)
SELECT page.fingerprint, page.rule_id, page.severity, page.confidence, page.first_seen_in, page.first_seen_at,
  page.seen_at AS last_seen_at, page.gone_at, page.gone_because, o.document, o.subject, place.exposure, i.description->'layers'->place.layer_index AS layer,
  held.images, named.refs, a.reason, a.until, a.created_at AS acknowledged_at
FROM page
JOIN LATERAL (
  SELECT found.occurrence_id, found.image_id, found.exposure, found.layer_index
  FROM occurrence JOIN image_finding found ON found.occurrence_id = occurrence.id JOIN image ON image.id = found.image_id
  WHERE occurrence.fingerprint = page.fingerprint
  ORDER BY (image.gone_at IS NULL) DESC, found.occurrence_id DESC, found.image_id LIMIT 1
) place ON true
JOIN occurrence o ON o.id = place.occurrence_id
JOIN image i ON i.id = place.image_id
CROSS JOIN LATERAL (
  SELECT count(DISTINCT found.image_id) AS images ${HOLDING}
) held
CROSS JOIN LATERAL (
  SELECT array_agg(one.reference ORDER BY one.reference) AS refs
  FROM (SELECT DISTINCT found.image_id ${HOLDING} ORDER BY found.image_id LIMIT ${REFERENCES}) first
  JOIN LATERAL (
    SELECT r.host || '/' || r.name || ':' || t.name AS reference
    FROM resolved_image JOIN tag t ON t.digest = resolved_image.digest JOIN repository r ON r.id = t.repository_id
    WHERE resolved_image.image_id = first.image_id AND t.gone_at IS NULL ORDER BY 1 LIMIT 1
  ) one ON true
) named
LEFT JOIN acknowledgement a ON a.fingerprint = page.fingerprint AND (a.until IS NULL OR a.until > now())
ORDER BY ${order.map((column) => `page.${column}`).join(', ')}`

function findingRow(row: Row): FindingRow {
  const instruction = row.layer?.createdBy
  return {
    fingerprint: row.fingerprint,
    ruleId: row.rule_id,
    severity: row.severity,
    confidence: row.confidence,
    firstSeenIn: row.first_seen_in,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    goneAt: row.gone_at,
    ...(row.gone_because === null ? {} : { goneBecause: row.gone_because }),
    document: row.document,
    exposure: row.exposure,
    subject: row.subject,
    images: row.images,
    references: row.refs ?? [],
    ...(instruction === undefined ? {} : { instruction }),
    ...(row.reason === null || row.acknowledged_at === null
      ? {}
      : { acknowledged: { reason: row.reason, until: row.until, createdAt: row.acknowledged_at } }),
  }
}

/** Worst first, then newest; `limit` of them from the `offset`th on. */
export async function listFindings(
  queries: Queries,
  filter: FindingFilter,
  { limit, offset = 0 }: { readonly limit: number; readonly offset?: number },
): Promise<readonly FindingRow[]> {
  const conditions = findingConditions(filter)
  const { length } = conditions.parameters
  const sql = page(
    meant(conditions.sql, isNarrow(filter)),
    WORST_THEN_NEWEST,
    `LIMIT $${length + 1} OFFSET $${length + 2}`,
  )
  return (await queries.query<Row>(sql, [...conditions.parameters, limit, offset])).map(findingRow)
}

/** By fingerprint, `limit` of them behind `after`: for reading all without a growing offset, while others write. */
export async function findingsAfter(
  queries: Queries,
  filter: FindingFilter,
  { limit, after }: { readonly limit: number; readonly after: string },
): Promise<readonly FindingRow[]> {
  const conditions = findingConditions(filter)
  conditions.add('f.fingerprint > ?', after)
  const sql = page(meant(conditions.sql, false), BY_FINGERPRINT, `LIMIT $${conditions.parameters.length + 1}`)
  return (await queries.query<Row>(sql, [...conditions.parameters, limit])).map(findingRow)
}

export type SeverityCounts = Readonly<Record<Severity, number>> & { readonly total: number }

/**
 * How many findings there are, by severity. What is not gone is in an image: the end of each sweep sees to that, so nothing is joined for it
 * (over a hundred thousand findings that takes ten times as long).
 */
export async function countFindings(queries: Queries, filter: FindingFilter): Promise<SeverityCounts> {
  const conditions = findingConditions(filter)
  const stands = filter.gone === true ? ` AND (f.gone_at IS NULL OR ${STANDS})` : ''
  const rows = await queries.query<{ severity: Severity; amount: number }>(
    `SELECT f.severity, count(*) AS amount FROM finding f WHERE ${conditions.sql}${stands} GROUP BY f.severity`,
    conditions.parameters,
  )
  const counts = { critical: 0, high: 0, medium: 0, low: 0, total: 0 }
  for (const { severity, amount } of rows) {
    counts[severity] += amount
    counts.total += amount
  }
  return counts
}
