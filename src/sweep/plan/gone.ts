// What is gone at the end of a sweep, and what is there again. Rows of what stands as it did are not written: most of a registry does.
import { LAST_SEEN_AT } from '../reading/filter.js'
import type { Queries } from '../store/database.js'

const IS_TAGGED = `EXISTS (SELECT 1 FROM resolved_image JOIN tag ON tag.digest = resolved_image.digest
    WHERE resolved_image.image_id = image.id AND tag.gone_at IS NULL)`

/** An image that is there holds finding `f`. */
const IS_HELD = `EXISTS (SELECT 1 FROM occurrence JOIN image_finding ON image_finding.occurrence_id = occurrence.id
    JOIN image ON image.id = image_finding.image_id AND image.gone_at IS NULL WHERE occurrence.fingerprint = f.fingerprint)`

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
