// What is gone at the end of a sweep, and what is there again. Rows of what stands as it did are not written: most of a registry does.
import { LAST_SEEN_AT } from '../reading/filter.js'
import type { Queries } from '../store/database.js'

/** A tag leads to it, and is not one of a repository whose platforms leave it out now. */
const IS_TAGGED = `EXISTS (SELECT 1 FROM resolved_image JOIN tag ON tag.digest = resolved_image.digest
      JOIN repository ON repository.id = tag.repository_id
    WHERE resolved_image.image_id = image.id AND tag.gone_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM resolved WHERE resolved.digest = tag.digest AND resolved.platforms = repository.platforms
        AND image.id <> ALL(resolved.images)))`

/** An image that is there holds finding `f`. */
const IS_HELD = `EXISTS (SELECT 1 FROM occurrence JOIN image_finding ON image_finding.occurrence_id = occurrence.id
    JOIN image ON image.id = image_finding.image_id AND image.gone_at IS NULL WHERE occurrence.fingerprint = f.fingerprint)`

/**
 * Repositories of registries that the configuration names no more, with their tags, at the end of a sweep of everything. Registries that it
 * names and that do not answer are among the sweep's: theirs stay. Returns how many repositories that were, without those that nobody ever
 * could read: what a registry never had is not gone.
 */
export async function markLeftOut(queries: Queries, sweep: number): Promise<number> {
  const gone = await queries.query<{ id: number; read: boolean }>(
    `UPDATE repository SET gone_at = now() WHERE gone_at IS NULL AND EXISTS (SELECT FROM sweep WHERE id = $1 AND scope = 'all')
       AND host NOT IN (SELECT host FROM sweep_registry WHERE sweep_id = $1)
     RETURNING id, platforms IS NOT NULL AS read`,
    [sweep],
  )
  await markTagsGone(queries, gone)
  return gone.filter(({ read }) => read).length
}

export async function markTagsGone(queries: Queries, repositories: readonly { readonly id: number }[]): Promise<void> {
  if (repositories.length === 0) return
  await queries.query('UPDATE tag SET gone_at = now() WHERE repository_id = ANY($1::bigint[]) AND gone_at IS NULL', [
    repositories.map(({ id }) => id),
  ])
}

/** Images to which no tag leads, and findings that no image holds any more. To be called in the transaction that ends the sweep. */
export async function markGone(queries: Queries, sweep: number): Promise<void> {
  await queries.query(`UPDATE image SET gone_at = now() WHERE gone_at IS NULL AND NOT ${IS_TAGGED}`)
  await queries.query(`UPDATE image SET gone_at = NULL WHERE gone_at IS NOT NULL AND ${IS_TAGGED}`)
  await queries.query(
    `UPDATE finding AS f SET gone_at = now(), last_seen_at = ${LAST_SEEN_AT} WHERE f.gone_at IS NULL AND NOT ${IS_HELD}`,
  )
  await queries.query(
    `UPDATE finding AS f SET gone_at = NULL, last_seen_in = $1, last_seen_at = now()
     WHERE f.gone_at IS NOT NULL AND f.gone_because IS NULL AND ${IS_HELD}`,
    [sweep],
  )
}
