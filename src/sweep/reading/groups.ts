// Where to begin: layers by how many images a mended instruction mends, and open findings by team, repository and rule.
import type { Severity } from '../../detect/types.js'
import type { Queries } from '../store/database.js'
import { IS_OPEN, STANDS, WORST_FIRST } from './filter.js'
import type { SeverityCounts } from './findings.js'

const BY_SEVERITY = (['critical', 'high', 'medium', 'low'] as const)
  .map((severity) => `count(*) FILTER (WHERE f.severity = '${severity}') AS ${severity}`)
  .join(', ')

export interface LayerToFix {
  /** Of the blob. */
  readonly digest: string
  /** Masked; absent where the history does not say. */
  readonly instruction?: string
  readonly images: number
  readonly findings: number
  readonly worst: Severity
  /** One image that has it: HOST/REPOSITORY:TAG. */
  readonly example?: string
}

interface LayerRow {
  readonly digest: string
  readonly instruction: string | null
  readonly images: number
  readonly findings: number
  readonly worst: Severity
  readonly example: string | null
}

/** Layers with open findings, those that most images hold first. */
export async function layersToFix(queries: Queries, limit: number, offset = 0): Promise<readonly LayerToFix[]> {
  const rows = await queries.query<LayerRow>(
    `WITH dirty AS (
       SELECT o.subject, count(DISTINCT o.fingerprint) AS findings, min(${WORST_FIRST}) AS rank
       FROM occurrence o JOIN finding f ON f.fingerprint = o.fingerprint
       WHERE ${IS_OPEN} GROUP BY o.subject
     ), spread AS (
       SELECT d.subject, d.findings, d.rank, count(*) AS images, min(l.image_id) AS image_id
       FROM dirty d JOIN image_layer l ON l.digest = d.subject JOIN image i ON i.id = l.image_id
       WHERE i.gone_at IS NULL GROUP BY d.subject, d.findings, d.rank
       ORDER BY images DESC, d.rank, d.findings DESC, d.subject LIMIT $1 OFFSET $2
     )
     SELECT s.subject AS digest, s.images, s.findings, (ARRAY['critical', 'high', 'medium', 'low'])[s.rank] AS worst,
       (SELECT i.description->'layers'->l.index->>'createdBy' FROM image i JOIN image_layer l ON l.image_id = i.id
         WHERE i.id = s.image_id AND l.digest = s.subject ORDER BY l.index LIMIT 1) AS instruction,
       (SELECT r.host || '/' || r.name || ':' || t.name FROM resolved_image ri JOIN tag t ON t.digest = ri.digest
         JOIN repository r ON r.id = t.repository_id
         WHERE ri.image_id = s.image_id AND t.gone_at IS NULL ORDER BY 1 LIMIT 1) AS example
     FROM spread s ORDER BY s.images DESC, s.rank, s.findings DESC, s.subject`,
    [limit, offset],
  )
  return rows.map(({ instruction, example, ...row }) => ({
    ...row,
    ...(instruction === null ? {} : { instruction }),
    ...(example === null ? {} : { example }),
  }))
}

export interface FindingGroup extends SeverityCounts {
  /** A rule's id, HOST/TEAM or HOST/REPOSITORY. */
  readonly name: string
  /** Images with a tag that hold at least one of them. */
  readonly images: number
}

const NAMES = {
  repository: `r.host || '/' || r.name`,
  /** Docker Hub's and other registries' names without a slash are their own team. */
  team: `r.host || '/' || split_part(r.name, '/', 1)`,
} as const

/** Open findings by repository or by team (the first component of its path); a finding counts once in each. */
export async function findingsByPlace(
  queries: Queries,
  by: keyof typeof NAMES,
  limit: number,
  offset = 0,
): Promise<readonly FindingGroup[]> {
  return queries.query<FindingGroup>(
    `WITH open AS MATERIALIZED (
       SELECT f.fingerprint, f.severity, row_number() OVER () AS number FROM finding f WHERE ${IS_OPEN}
     ), place AS MATERIALIZED (
       SELECT r.id, ${NAMES[by]} AS name, dense_rank() OVER (ORDER BY ${NAMES[by]}) AS number FROM repository r
     ), tagged AS (
       SELECT DISTINCT place.number AS place, ri.image_id FROM tag t JOIN place ON place.id = t.repository_id
       JOIN resolved_image ri ON ri.digest = t.digest WHERE t.gone_at IS NULL
     ), standing AS MATERIALIZED (
       SELECT t.place, t.image_id, open.number FROM tagged t JOIN image_finding held ON held.image_id = t.image_id
       JOIN occurrence o ON o.id = held.occurrence_id JOIN open ON open.fingerprint = o.fingerprint
     ), images AS (
       SELECT place, count(*) AS images FROM (SELECT DISTINCT place, image_id FROM standing) AS distinct_images GROUP BY place
     ), pairs AS (
       SELECT DISTINCT place, number FROM standing
     ), counted AS (
       SELECT pairs.place, count(*) AS total, ${BY_SEVERITY}
       FROM pairs JOIN open AS f ON f.number = pairs.number GROUP BY pairs.place
     )
     SELECT (SELECT name FROM place WHERE place.number = counted.place LIMIT 1) AS name, images.images, total, critical, high, medium, low
     FROM counted JOIN images ON images.place = counted.place
     ORDER BY critical DESC, high DESC, total DESC, name LIMIT $1 OFFSET $2`,
    [limit, offset],
  )
}

/** Open findings by rule. */
export async function findingsByRule(queries: Queries, limit: number, offset = 0): Promise<readonly FindingGroup[]> {
  return queries.query<FindingGroup>(
    `WITH held AS (
       SELECT f.rule_id, count(DISTINCT held.image_id) AS images FROM finding f
       JOIN occurrence o ON o.fingerprint = f.fingerprint JOIN image_finding held ON held.occurrence_id = o.id
       JOIN image i ON i.id = held.image_id WHERE i.gone_at IS NULL AND ${IS_OPEN} GROUP BY f.rule_id
     ), standing AS (
       SELECT f.* FROM finding f WHERE ${IS_OPEN} AND ${STANDS}
     )
     SELECT f.rule_id AS name, coalesce(held.images, 0) AS images, count(*) AS total, ${BY_SEVERITY}
     FROM standing f LEFT JOIN held ON held.rule_id = f.rule_id
     GROUP BY f.rule_id, held.images ORDER BY critical DESC, high DESC, total DESC, name LIMIT $1 OFFSET $2`,
    [limit, offset],
  )
}
