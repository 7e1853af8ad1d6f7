// From what a digest of a registry stands for to rows of work: its images, and the layers that nobody has scanned yet.
import type { ImageDescription } from '../../image/types.js'
import { scanConfig } from '../../scan/scan-config.js'
import type { ConfigResult } from '../../scan/types.js'
import { attestationIndex } from '../store/attestation-index.js'
import type { Parameter } from '../store/database.js'
import { seal } from '../store/key.js'
import { storableDate } from '../store/storable.js'
import { refusesValue } from '../store/told-failure.js'
import type { ResolvedImage, ResolvedTag } from '../types.js'
import type { SweepTools } from '../work/tools.js'

/** Layers of a new rule set come behind all new ones, those that were looked at longest ago first. */
const RESCAN = 1_000_000_000_000_000

/** How much of a blob each way of reading it sees, the most first: one stranger's word for it takes nothing from another's image. */
const rankOf = (role: string): string => `array_position(ARRAY['layer', 'unknown', 'attestation'], ${role})`

/** `known`, a layer's row, has not been read as thoroughly as `listed` has it. */
const IS_OUTRANKED = `${rankOf('known.role')} > ${rankOf('listed.role')}`

export interface PlannedRepository {
  readonly id: number
  /** The selection of platforms, as text. */
  readonly platforms: string
}

/**
 * Writes down the images behind `digest`, each in one statement; the digest counts as resolved when all of them are there, unless one could
 * not be read: then the next sweep asks again. Returns why one could not be, or is not in the store as this refuses what it says.
 */
export async function planDigest(
  digest: string,
  resolved: ResolvedTag,
  repository: PlannedRepository,
  tools: SweepTools,
): Promise<unknown> {
  const ids: number[] = []
  let { failure }: { failure?: unknown } = resolved
  for (const image of resolved.images) {
    try {
      ids.push(await planImage(image, repository, tools))
    } catch (error) {
      if (!refusesValue(error)) throw error
      failure ??= error
    }
  }
  await tools.database.query(
    `WITH images AS (
       INSERT INTO resolved_image (digest, image_id) SELECT $1::text, unnest($2::bigint[]) ON CONFLICT DO NOTHING
     )
     INSERT INTO resolved (digest, platforms, coverage, images) SELECT $1, $3, $4::jsonb, $2::bigint[] WHERE $5::boolean
     ON CONFLICT (digest, platforms) DO UPDATE SET coverage = excluded.coverage, images = excluded.images, resolved_at = now()`,
    [digest, ids, repository.platforms, JSON.stringify(resolved.coverage), failure === undefined],
  )
  return failure
}

async function planImage(image: ResolvedImage, repository: PlannedRepository, tools: SweepTools): Promise<number> {
  // The configuration is scanned here, where its plain values are: only what is masked is written down.
  const config = await scanConfig(image.opened, tools.session.pool)
  const [row] = await tools.database.query<{ id: number }>(
    INSERT_IMAGE,
    imageParameters(image, config, repository, tools),
  )
  if (row !== undefined) return row.id
  const [known] = await tools.database.query<{ id: number }>('SELECT id FROM image WHERE digest = $1', [
    image.manifestDigest,
  ])
  return known?.id ?? 0
}

/**
 * The open layer that will be scanned last: an image waits for one of its layers at a time, and with this choice an image is looked at
 * again once or twice, however many images share its lower layers. $1: the image, $2: the rules. Each layer is looked up by its key: an
 * embedded store has few statistics, and a join would read all layers for one image.
 */
export const TOP_OPEN_LAYER = `
  SELECT held.digest FROM image_layer AS held WHERE held.image_id = $1
    AND (SELECT layer.status FROM layer WHERE layer.digest = held.digest AND layer.rules = $2) IN ('pending', 'leased')
  ORDER BY held.index DESC LIMIT 1`

/**
 * An image, its layers, and those of them that nobody has scanned yet, in one statement. No row: it was planned before, with these rules.
 * It waits for the topmost of its layers that is not done (see TOP_OPEN_LAYER). A blob that was read as something less is read again. Layers are written in the order of their digests, so that
 * two workers that plan images with the same ones never wait for each other in a circle.
 */
const INSERT_IMAGE = `
  WITH listed AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS l (index int, digest text, diff_id text, size bigint, role text, "foreign" boolean)
  ), planned AS (
    INSERT INTO image (digest, image_id, platform, description, sealed, config, created_at, bytes, rules, waiting_for)
    SELECT $2::text, $3::text, $4::text, $5::jsonb, $6::bytea, $7::bytea, $8::timestamptz, $9::bigint, $10::text, (
      SELECT listed.digest FROM listed WHERE NOT listed."foreign" AND COALESCE(
        (SELECT CASE WHEN ${IS_OUTRANKED} THEN 'pending' ELSE known.status END FROM layer AS known
          WHERE known.digest = listed.digest AND known.rules = $10), 'pending') IN ('pending', 'leased')
      ORDER BY listed.index DESC LIMIT 1)
    ON CONFLICT (digest) DO UPDATE SET rules = excluded.rules, status = 'planned', sealed = excluded.sealed,
      config = excluded.config, waiting_for = excluded.waiting_for, failure = NULL, scanned_with = NULL, outdated = false,
      deaths = 0
    WHERE image.rules <> excluded.rules OR EXISTS (SELECT 1 FROM listed WHERE NOT EXISTS (
      SELECT 1 FROM image_layer AS held WHERE held.image_id = image.id AND held.digest = listed.digest)) RETURNING id
  ), placed AS (
    INSERT INTO image_layer (image_id, index, digest, diff_id)
    SELECT planned.id, listed.index, listed.digest, listed.diff_id FROM planned, listed ON CONFLICT DO NOTHING
  ), queued AS (
    INSERT INTO layer AS known (digest, rules, repository_id, size, role, priority)
    SELECT DISTINCT ON (listed.digest) listed.digest, $10, $11::bigint, listed.size, listed.role, COALESCE(
      (SELECT ${RESCAN} + extract(epoch FROM max(earlier.scanned_at))::bigint FROM layer AS earlier WHERE earlier.digest = listed.digest),
      planned.id)
    FROM planned, listed WHERE NOT listed."foreign" ORDER BY listed.digest, ${rankOf('listed.role')}
    ON CONFLICT (digest, rules) DO UPDATE SET role = excluded.role, status = 'pending', repository_id = excluded.repository_id,
      attempt = 0, deaths = 0, not_before = NULL, failure = NULL, lease_owner = NULL, lease_until = NULL, verified = false
    WHERE ${rankOf('known.role')} > ${rankOf('excluded.role')}
  )
  SELECT id FROM planned`

function imageParameters(
  image: ResolvedImage,
  { findings, coverage, image: described }: ConfigResult,
  repository: PlannedRepository,
  tools: SweepTools,
): Parameter[] {
  const held = [
    ...image.layers.map((layer, index) => ({ layer, index })),
    ...image.attestations.map((layer) => ({ layer, index: attestationIndex(layer.digest) })),
  ]
  const layers = held.map(({ layer, index }) => ({
    index,
    digest: layer.digest,
    diff_id: layer.diffId ?? null,
    size: layer.size,
    role: layer.role,
    foreign: layer.foreign,
  }))
  return [
    JSON.stringify(layers),
    image.manifestDigest,
    image.imageId,
    image.platform,
    JSON.stringify(withoutTexts(described)),
    seal(tools.sealKey, Buffer.from(JSON.stringify(described))),
    Buffer.from(JSON.stringify({ findings, coverage: [...image.issues, ...coverage] })),
    storableDate(image.createdAt),
    Math.min(
      image.layers.reduce((sum, { size }) => sum + size, 0),
      Number.MAX_SAFE_INTEGER,
    ),
    tools.rules,
    repository.id,
  ]
}

/** What may be written down before layers have told what to mask in texts. */
function withoutTexts(image: ImageDescription): ImageDescription {
  const { history: _h, reference: _r, ...rest } = image
  const layers = image.layers.map(({ createdBy: _, ...layer }) => layer)
  return { ...rest, layers, annotations: {} }
}
