// The end of a sweep: when nothing is left to do, what is gone is marked, what was seen is counted. Once, whichever worker is first.
import { IS_ACKNOWLEDGED, IS_LIKELY, IS_OPEN } from '../reading/filter.js'
import { emptyRegistries, failedRegistries, failedRepositories, IS_NEEDED, storedBytes } from '../reading/status.js'
import type { Queries } from '../store/database.js'
import { reviveElsewhere } from '../work/elsewhere.js'
import type { SweepTools } from '../work/tools.js'
import { markGone, markLeftOut } from './gone.js'

export interface SweepCounts {
  /** That this sweep was asked for. */
  readonly registries: number
  /** Also those that an earlier sweep could not read, where this one was not asked for them. */
  readonly failedRegistries: number
  /** They were read, and hold none of the repositories that were asked for. */
  readonly emptyRegistries: number
  readonly repositories: number
  readonly failedRepositories: number
  /** Gone since the sweep before, as the configuration names their registry no more. */
  readonly leftOutRepositories: number
  readonly tags: number
  /** Tags behind which something could not be read. */
  readonly failedTags: number
  readonly images: number
  readonly newImages: number
  readonly failedImages: number
  /** Live images of which a part was not seen. */
  readonly incompleteImages: number
  /** Live images that were scanned with other rules than this sweep's: what is new in these was not looked for in them. */
  readonly otherRulesImages: number
  readonly layersScanned: number
  readonly failedLayers: number
  /** As stored, of the layers that this sweep has scanned. */
  readonly bytesScanned: number
  /** Open ones: images hold them, of medium confidence or better, not acknowledged; each once, whatever number of images hold it. */
  readonly findings: number
  /** Images that hold at least one of them. */
  readonly findingImages: number
  /** Of low confidence: not among `findings`. */
  readonly unsureFindings: number
  /** Nor are these. */
  readonly acknowledgedFindings: number
  /** First seen by this sweep, of medium confidence or better; also those that somebody has acknowledged meanwhile. */
  readonly newFindings: number
  /** Of medium confidence or better, that images held before and none does now; not those whose rule was removed. */
  readonly goneFindings: number
}

/** What else is to happen in the transaction that ends a sweep: messages are written down there, so that they are sent once. */
export type AtEnd = (queries: Queries, sweep: number) => Promise<void>

/** Whether nothing of the sweep is left to do. */
async function isExhausted(queries: Queries, sweep: number, rules: string): Promise<boolean> {
  const [row] = await queries.query<{ open: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM sweep_registry WHERE sweep_id = $1 AND status = 'pending')
       OR EXISTS (SELECT 1 FROM sweep_repository WHERE sweep_id = $1 AND status = 'pending')
       OR EXISTS (SELECT 1 FROM layer WHERE rules = $2 AND status = 'pending')
       OR EXISTS (SELECT 1 FROM layer WHERE rules = $2 AND status = 'leased')
       OR EXISTS (SELECT 1 FROM image WHERE rules = $2 AND status = 'planned')
       OR EXISTS (SELECT 1 FROM image WHERE outdated) AS open`,
    [sweep, rules],
  )
  return row?.open === false
}

/** Ends the sweep where nothing is left. False where something is, or another worker has ended it. */
export async function finishSweep(sweep: number, tools: SweepTools, atEnd: AtEnd = async () => {}): Promise<boolean> {
  if (!(await isExhausted(tools.database, sweep, tools.rules))) return false
  if (await reviveElsewhere(tools.database, tools)) return false
  return tools.database.transaction(async (queries) => {
    const [row] = await queries.query(
      `SELECT id FROM sweep WHERE id = $1 AND status = 'running' FOR UPDATE SKIP LOCKED`,
      [sweep],
    )
    if (row === undefined) return false
    const leftOutRepositories = await markLeftOut(queries, sweep)
    await markGone(queries, sweep)
    const counts = { ...(await countSweep(queries, sweep, tools.rules)), leftOutRepositories }
    await queries.query(
      `UPDATE sweep SET status = $1, finished_at = now(), lease_until = NULL, counts = $2 WHERE id = $3`,
      [await statusOf(queries, sweep, counts), JSON.stringify(counts), sweep],
    )
    await dropSuperseded(queries, tools.rules)
    await atEnd(queries, sweep)
    return true
  })
}

/** failed: of the registries that it was to ask none could be. */
async function statusOf(queries: Queries, sweep: number, counts: SweepCounts): Promise<'done' | 'partial' | 'failed'> {
  const [own] = await queries.query<{ failed: boolean | null }>(
    `SELECT bool_and(status = 'failed') AS failed FROM sweep_registry WHERE sweep_id = $1`,
    [sweep],
  )
  if (own?.failed === true) return 'failed'
  const failed = counts.failedRegistries + counts.failedRepositories + counts.failedTags + counts.failedImages
  return failed === 0 ? 'done' : 'partial'
}

async function countSweep(
  queries: Queries,
  sweep: number,
  rules: string,
): Promise<Omit<SweepCounts, 'leftOutRepositories'>> {
  const [row] = await queries.query<Omit<SweepCounts, 'leftOutRepositories'>>(
    `SELECT
       (SELECT count(*) FROM sweep_registry WHERE sweep_id = $1) AS registries,
       (SELECT count(*) FROM (${failedRegistries('$1')}) AS unlisted) AS "failedRegistries",
       (SELECT count(*) FROM (${emptyRegistries('$1')}) AS bare) AS "emptyRegistries",
       (SELECT count(*) FROM sweep_repository WHERE sweep_id = $1) AS repositories,
       (SELECT count(*) FROM (${failedRepositories('$1')}) AS unlisted) AS "failedRepositories",
       (SELECT count(*) FROM tag WHERE gone_at IS NULL) AS tags,
       (SELECT count(*) FROM tag WHERE gone_at IS NULL AND (failure IS NOT NULL OR digest IN (
          SELECT digest FROM resolved WHERE coverage <> '[]' AND jsonb_path_exists(coverage, '$[*] ? (@.effect != "note")')))) AS "failedTags",
       (SELECT count(*) FROM image WHERE gone_at IS NULL) AS images,
       (SELECT count(*) FROM image WHERE finished_in = $1) AS "newImages",
       (SELECT count(*) FROM image WHERE gone_at IS NULL AND status = 'failed') AS "failedImages",
       (SELECT count(*) FROM image WHERE gone_at IS NULL AND (status = 'failed'
          OR jsonb_path_exists(coverage, '$[*] ? (@.effect != "note")'))) AS "incompleteImages",
       (SELECT count(*) FROM image WHERE gone_at IS NULL AND rules <> $2) AS "otherRulesImages",
       (SELECT count(*) FROM layer WHERE scanned_in = $1) AS "layersScanned",
       (SELECT count(*) FROM layer WHERE status = 'failed' AND rules = $2 AND ${IS_NEEDED}) AS "failedLayers",
       (SELECT ${storedBytes('size')} FROM layer WHERE scanned_in = $1) AS "bytesScanned",
       (SELECT count(*) FROM finding f WHERE ${IS_OPEN}) AS findings,
       (SELECT count(DISTINCT held.image_id) FROM finding f JOIN occurrence o ON o.fingerprint = f.fingerprint
          JOIN image_finding held ON held.occurrence_id = o.id JOIN image ON image.id = held.image_id AND image.gone_at IS NULL
          WHERE ${IS_OPEN}) AS "findingImages",
       (SELECT count(*) FROM finding f WHERE f.gone_at IS NULL AND NOT ${IS_ACKNOWLEDGED} AND NOT ${IS_LIKELY}) AS "unsureFindings",
       (SELECT count(*) FROM finding f WHERE f.gone_at IS NULL AND ${IS_ACKNOWLEDGED}) AS "acknowledgedFindings",
       (SELECT count(*) FROM finding f WHERE f.first_seen_in = $1 AND f.gone_at IS NULL AND ${IS_LIKELY}) AS "newFindings",
       (SELECT count(*) FROM finding f WHERE f.gone_at >= (SELECT started_at FROM sweep WHERE id = $1) AND f.gone_because IS NULL
          AND ${IS_LIKELY}) AS "goneFindings"`,
    [sweep, rules],
  )
  if (row === undefined) throw new Error('a count has one row')
  return row
}

/** Results of an earlier rule set that no image stands on any more. */
async function dropSuperseded(queries: Queries, rules: string): Promise<void> {
  await queries.query(
    `DELETE FROM layer WHERE rules <> $1 AND NOT EXISTS (
       SELECT 1 FROM image_layer JOIN image ON image.id = image_layer.image_id
       WHERE image_layer.digest = layer.digest AND image.rules = layer.rules)`,
    [rules],
  )
  await queries.query(
    `DELETE FROM occurrence WHERE rules <> $1 AND NOT EXISTS (SELECT 1 FROM image_finding WHERE occurrence_id = occurrence.id)`,
    [rules],
  )
}
