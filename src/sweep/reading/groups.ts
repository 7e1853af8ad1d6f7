// Where to begin: layers by how many images a mended instruction mends, and open findings by team, repository and rule.
import type { Severity } from '../../detect/types.js'
import type { Database, Queries } from '../store/database.js'
import { IS_OPEN, WORST_FIRST } from './filter.js'
import type { SeverityCounts } from './findings.js'
import { type GroupKind, updateGroupCounts } from './group-counts.js'

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

/** Open findings by repository, by team (the first component of its path) or by rule, worst first; a finding counts once in each. */
export async function findingsByGroup(
  database: Database,
  kind: GroupKind,
  limit: number,
  offset = 0,
): Promise<readonly FindingGroup[]> {
  await updateGroupCounts(database)
  return database.query<FindingGroup>(
    `SELECT name, images, total, critical, high, medium, low FROM group_count WHERE kind = $1
     ORDER BY critical DESC, high DESC, total DESC, name LIMIT $2 OFFSET $3`,
    [kind, limit, offset],
  )
}
