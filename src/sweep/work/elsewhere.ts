// A blob that one repository does not have (any more), or has wrongly, may be had from another that holds an image with it.
import type { Database, Queries } from '../store/database.js'
import type { LeasedLayer, QueueContext } from './layers.js'

/**
 * SQL: a repository that holds an image with `layer` and was not asked for it yet, at one of the hosts `hosts` (a parameter). Each step is
 * looked up by its key (OFFSET 0 keeps it so): an embedded store may have no statistics, and a join would read all tags for one layer.
 */
export const untried = (hosts: string): string => `(
  SELECT repository.id FROM image_layer,
    LATERAL (SELECT digest FROM resolved_image WHERE image_id = image_layer.image_id OFFSET 0) AS resolved,
    LATERAL (SELECT repository_id FROM tag WHERE digest = resolved.digest AND gone_at IS NULL OFFSET 0) AS tagged,
    LATERAL (SELECT id FROM repository WHERE id = tagged.repository_id AND host = ANY(${hosts}::text[]) OFFSET 0) AS repository
  WHERE image_layer.digest = layer.digest
    AND tagged.repository_id IS DISTINCT FROM layer.repository_id AND tagged.repository_id <> ALL(layer.tried)
  ORDER BY repository.id LIMIT 1)`

const MOVE = `status = 'pending', lease_owner = NULL, lease_until = NULL, attempt = 0, not_before = NULL,
  tried = array_append(tried, coalesce(repository_id, 0))`

/** Lets a layer that this worker holds be read from another repository. False where there is none. */
export async function tryElsewhere(
  { database, rules, worker, registries }: QueueContext,
  layer: LeasedLayer,
): Promise<boolean> {
  const rows = await database.query(
    `UPDATE layer SET ${MOVE}, repository_id = ${untried('$4')}
     WHERE digest = $1 AND rules = $2 AND lease_owner = $3 AND status = 'leased' AND ${untried('$4')} IS NOT NULL RETURNING digest`,
    [layer.digest, rules, worker, [...registries.keys()]],
  )
  return rows.length > 0
}

/**
 * The same for all that was given up or read wrongly before a sweep had found the repositories that hold it, with the images that lack it.
 * Only where no such reason was time: what does not answer is asked again by the next sweep. True where there is something to do again.
 */
export async function reviveElsewhere(
  database: Database,
  { rules, registries }: Pick<QueueContext, 'rules' | 'registries'>,
): Promise<boolean> {
  const hosts = [...registries.keys()]
  const isToRevive = `layer.rules = $1 AND (layer.status = 'failed' AND (layer.tried <> '{}' OR layer.repository_id IS NULL
      OR layer.failure->>'code' = 'REGISTRY_LEFT_OUT')
    OR layer.status = 'done' AND NOT layer.verified) AND ${untried('$2')} IS NOT NULL`
  const [found] = await database.query(`SELECT FROM layer WHERE ${isToRevive} LIMIT 1`, [rules, hosts])
  if (found === undefined) return false
  await database.transaction(async (queries: Queries) => {
    const layers = await queries.query<{ digest: string }>(
      `UPDATE layer SET ${MOVE}, repository_id = ${untried('$2')} WHERE ${isToRevive} RETURNING digest`,
      [rules, hosts],
    )
    await queries.query(
      `UPDATE image SET status = 'planned', waiting_for = NULL, deaths = 0 WHERE rules = $1 AND gone_at IS NULL AND status IN ('done', 'failed')
         AND id IN (SELECT image_id FROM image_layer WHERE digest = ANY($2::text[]))`,
      [rules, layers.map(({ digest }) => digest)],
    )
  })
  return true
}
