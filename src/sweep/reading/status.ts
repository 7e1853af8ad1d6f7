// How sweeps stand: the one that runs or ran last, what is left to do, who works on it, and what failed and why.
import type { Queries } from '../store/database.js'
import { type Unmatched, unmatchedPatterns } from './unmatched.js'
import { type Waiting, waitingFor } from './waiting.js'

export interface SweepState {
  readonly id: number
  readonly trigger: string
  readonly status: string
  readonly startedAt: Date
  readonly finishedAt: Date | null
  /** At its end. */
  readonly counts: Readonly<Record<string, number>>
}

export interface Remaining {
  readonly repositories: number
  readonly openRepositories: number
  readonly layers: number
  readonly openLayers: number
  /** As stored. */
  readonly openBytes: number
  readonly openImages: number
}

export interface WorkerState {
  readonly id: string
  readonly startedAt: Date
  readonly seenAt: Date
  readonly layers: number
  readonly bytes: number
}

export interface FailureRow {
  readonly what: 'registry' | 'repository' | 'tag' | 'image' | 'layer'
  /** Of images and layers the digest. */
  readonly name: string
  /** HOST/REPOSITORY:TAG of an image, or of one that holds the layer; null for all else, and where no tag leads to it. */
  readonly reference: string | null
  readonly code: string
  readonly message: string
  /** What to do next; null where nothing is known that would help. */
  readonly hint: string | null
}

export interface SweepStatus {
  readonly sweep: SweepState | undefined
  readonly remaining: Remaining
  readonly workers: readonly WorkerState[]
  /** None once it has ended. */
  readonly waiting: readonly Waiting[]
  readonly failures: readonly FailureRow[]
  readonly unmatched: readonly Unmatched[]
}

/** Undefined `sweep`: there has been none. At most `most` failures. */
export async function sweepStatus(queries: Queries, most: number): Promise<SweepStatus> {
  const [sweep] = await queries.query<SweepState>(
    `SELECT id, trigger, status, started_at AS "startedAt", finished_at AS "finishedAt", counts FROM sweep ORDER BY id DESC LIMIT 1`,
  )
  const workers = await queries.query<WorkerState>(
    `SELECT id, started_at AS "startedAt", seen_at AS "seenAt", layers, bytes FROM worker
     WHERE seen_at > now() - interval '30 seconds' ORDER BY id`,
  )
  const id = sweep?.id ?? 0
  const failures = await listFailures(queries, id, most)
  const isOpen = sweep !== undefined && sweep.finishedAt === null
  const unmatched = isOpen ? [] : await unmatchedPatterns(queries, id)
  const waiting = isOpen ? await waitingFor(queries, id, most) : []
  return { sweep, remaining: await remainingWork(queries, id), workers, waiting, failures, unmatched }
}

/** What could not be seen and why as of sweep `sweep`, registries first; at most `most`. */
export function listFailures(queries: Queries, sweep: number, most: number): Promise<readonly FailureRow[]> {
  return queries.query<FailureRow>(FAILURES, [sweep, most])
}

/** SQL: a sum of sizes. Manifests declare them, up to 2^53 - 1 each: the sum is no more than that either, lest it fit no column. */
export const storedBytes = (size: string): string =>
  `LEAST(COALESCE(sum(${size}), 0), ${Number.MAX_SAFE_INTEGER})::bigint`

async function remainingWork(queries: Queries, sweep: number): Promise<Remaining> {
  const [row] = await queries.query<Remaining>(
    `SELECT
       (SELECT count(*) FROM sweep_repository WHERE sweep_id = $1) AS repositories,
       (SELECT count(*) FROM sweep_repository WHERE sweep_id = $1 AND status = 'pending') AS "openRepositories",
       (SELECT count(*) FROM layer, sweep WHERE sweep.id = $1 AND layer.rules = sweep.rules) AS layers,
       count(open.digest) AS "openLayers",
       ${storedBytes('open.size')} AS "openBytes",
       (SELECT count(*) FROM image, sweep WHERE sweep.id = $1 AND image.rules = sweep.rules AND image.status = 'planned') AS "openImages"
     FROM (SELECT layer.digest, layer.size FROM layer JOIN sweep ON sweep.id = $1 AND sweep.rules = layer.rules
           WHERE layer.status IN ('pending', 'leased')) AS open`,
    [sweep],
  )
  return row ?? { repositories: 0, openRepositories: 0, layers: 0, openLayers: 0, openBytes: 0, openImages: 0 }
}

/** A tag still leads to an image that holds the layer. */
export const IS_NEEDED = `EXISTS (SELECT 1 FROM image_layer JOIN image ON image.id = image_layer.image_id
        WHERE image_layer.digest = layer.digest AND image.gone_at IS NULL)`

/** The last sweep of everything up to `sweep`: what it could not read stays unread until a later one has read it. */
export const sinceAll = (sweep: string): string =>
  `(SELECT COALESCE(max(id), 0) FROM sweep WHERE id <= ${sweep}::bigint AND scope = 'all')`

/** SQL: registries that could not be listed as of a sweep, with why; `sweep`: a parameter. */
export const failedRegistries = (sweep: string): string => `
    SELECT DISTINCT ON (asked.host) asked.host, asked.failure FROM sweep_registry AS asked
    WHERE asked.status = 'failed' AND asked.sweep_id BETWEEN ${sinceAll(sweep)} AND ${sweep}::bigint
      AND (asked.sweep_id = ${sweep}::bigint OR asked.named IS NULL AND NOT EXISTS (
        SELECT 1 FROM sweep_registry AS later WHERE later.host = asked.host AND later.sweep_id > asked.sweep_id
          AND later.sweep_id <= ${sweep}::bigint AND later.status = 'done' AND later.named IS NULL))
    ORDER BY asked.host, asked.sweep_id DESC`

/** SQL: registries that a sweep has listed, and that hold none of the repositories that were asked for; `sweep`: a parameter. */
export const emptyRegistries = (sweep: string): string => `
    SELECT asked.host FROM sweep_registry AS asked WHERE asked.sweep_id = ${sweep}::bigint AND asked.status = 'done'
      AND NOT EXISTS (SELECT FROM sweep_repository AS taken JOIN repository ON repository.id = taken.repository_id
        WHERE taken.sweep_id = asked.sweep_id AND taken.listed AND repository.host = asked.host)`

/** SQL: as failedRegistries, repositories whose tags could not be listed. */
export const failedRepositories = (sweep: string): string => `
    SELECT DISTINCT ON (asked.repository_id) asked.repository_id, asked.failure FROM sweep_repository AS asked
      JOIN repository ON repository.id = asked.repository_id AND repository.gone_at IS NULL
    WHERE asked.status = 'failed' AND asked.sweep_id BETWEEN ${sinceAll(sweep)} AND ${sweep}::bigint
      AND NOT EXISTS (SELECT 1 FROM sweep_repository AS later WHERE later.repository_id = asked.repository_id
        AND later.sweep_id > asked.sweep_id AND later.sweep_id <= ${sweep}::bigint AND later.status = 'done')
    ORDER BY asked.repository_id, asked.sweep_id DESC`

/** SQL: the first tag that leads to the image of this id. */
const referenceOf = (
  image: string,
): string => `(SELECT min(repository.host || '/' || repository.name || ':' || tag.name)
      FROM tag_image JOIN tag ON tag.id = tag_image.tag_id AND tag.gone_at IS NULL
      JOIN repository ON repository.id = tag.repository_id WHERE tag_image.image_id = ${image})`

const FAILURES = `
  SELECT what, name, reference, failure->>'code' AS code, failure->>'message' AS message, failure->>'hint' AS hint FROM (
    SELECT 1 AS rank, 'registry' AS what, host AS name, NULL AS reference, failure FROM (${failedRegistries('$1')}) AS unlisted
    UNION ALL
    SELECT 2, 'repository', repository.host || '/' || repository.name, NULL, unlisted.failure
      FROM (${failedRepositories('$1')}) AS unlisted JOIN repository ON repository.id = unlisted.repository_id
    UNION ALL
    SELECT 3, 'tag', repository.host || '/' || repository.name || ':' || tag.name, NULL, tag.failure FROM tag
      JOIN repository ON repository.id = tag.repository_id WHERE tag.failure IS NOT NULL AND tag.gone_at IS NULL
    UNION ALL
    SELECT 3, 'tag', repository.host || '/' || repository.name || ':' || tag.name, NULL,
      jsonb_build_object('code', entry->>'code', 'message', entry->>'detail')
      FROM (SELECT DISTINCT digest, entry FROM resolved, jsonb_array_elements(coverage) AS entry
        WHERE coverage <> '[]' AND entry->>'effect' <> 'note') AS unseen
      JOIN tag ON tag.digest = unseen.digest JOIN repository ON repository.id = tag.repository_id
      WHERE tag.failure IS NULL AND tag.gone_at IS NULL
    UNION ALL
    SELECT 4, 'image', digest, ${referenceOf('image.id')}, failure FROM image WHERE status = 'failed' AND gone_at IS NULL
    UNION ALL
    SELECT 5, 'layer', layer.digest, (SELECT min(${referenceOf('image.id')}) FROM image_layer JOIN image ON image.id = image_layer.image_id
        WHERE image_layer.digest = layer.digest AND image.gone_at IS NULL), layer.failure
      FROM layer JOIN sweep ON sweep.id = $1 AND sweep.rules = layer.rules
      WHERE layer.status = 'failed' AND ${IS_NEEDED}
        -- An image that failed of this layer says so already.
        AND NOT EXISTS (SELECT FROM image_layer JOIN image ON image.id = image_layer.image_id WHERE image_layer.digest = layer.digest
          AND image.gone_at IS NULL AND image.status = 'failed' AND image.failure->>'message' = layer.failure->>'message')
  ) AS failed WHERE failure IS NOT NULL ORDER BY rank, name LIMIT $2`
