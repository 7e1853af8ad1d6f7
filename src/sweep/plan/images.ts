// From what a digest of a registry stands for to rows of work: its images, and the layers that nobody has scanned yet.
import type { ImageDescription } from '../../image/types.js'
import { scanConfig } from '../../scan/scan-config.js'
import type { ConfigResult } from '../../scan/types.js'
import type { Queries } from '../store/database.js'
import { seal } from '../store/key.js'
import type { ResolvedImage, ResolvedTag } from '../types.js'
import type { SweepTools } from '../work/tools.js'

/** Layers of a new rule set come behind all new ones, those that were looked at longest ago first. */
const RESCAN = 1_000_000_000_000_000

export interface PlannedRepository {
  readonly id: number
  /** The selection of platforms, as text. */
  readonly platforms: string
}

/** Writes down the images behind `digest`, each in one transaction; the digest counts as resolved when all of them are there. */
export async function planDigest(
  digest: string,
  resolved: ResolvedTag,
  repository: PlannedRepository,
  tools: SweepTools,
): Promise<void> {
  const ids: number[] = []
  for (const image of resolved.images) ids.push(await planImage(image, repository, tools))
  await tools.database.transaction(async (queries) => {
    await queries.query(
      'INSERT INTO resolved_image (digest, image_id) SELECT $1::text, unnest($2::bigint[]) ON CONFLICT DO NOTHING',
      [digest, ids],
    )
    await queries.query(
      `INSERT INTO resolved (digest, platforms, coverage) VALUES ($1, $2, $3)
       ON CONFLICT (digest, platforms) DO UPDATE SET coverage = excluded.coverage, resolved_at = now()`,
      [digest, repository.platforms, JSON.stringify(resolved.coverage)],
    )
  })
}

async function planImage(image: ResolvedImage, repository: PlannedRepository, tools: SweepTools): Promise<number> {
  // The configuration is scanned here, where its plain values are: only what is masked is written down.
  const config = await scanConfig(image.opened, tools.session.pool)
  return tools.database.transaction(async (queries) => {
    const id = await insertImage(queries, image, config, tools)
    if (id === undefined) return knownImage(queries, image.manifestDigest)
    await insertLayers(queries, id, image, repository, tools.rules)
    await queries.query(`UPDATE image SET waiting_for = (${TOP_OPEN_LAYER}) WHERE id = $1`, [id])
    return id
  })
}

/**
 * The open layer that will be scanned last: an image waits for one of its layers at a time, and with this choice an image is looked at
 * again once or twice, however many images share its lower layers. $1: the image.
 */
export const TOP_OPEN_LAYER = `
  SELECT image_layer.digest FROM image_layer
    JOIN image AS waiting ON waiting.id = image_layer.image_id
    JOIN layer ON layer.digest = image_layer.digest AND layer.rules = waiting.rules
  WHERE image_layer.image_id = $1 AND layer.status IN ('pending', 'leased')
  ORDER BY image_layer.index DESC LIMIT 1`

/** Undefined where the image has been planned before, with these rules. */
async function insertImage(queries: Queries, image: ResolvedImage, config: ConfigResult, tools: SweepTools) {
  const { findings, coverage } = config
  const plainTexts = Buffer.from(JSON.stringify(config.image))
  const [row] = await queries.query<{ id: number }>(
    `INSERT INTO image (digest, image_id, platform, description, sealed, config, created_at, bytes, rules)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (digest) DO UPDATE SET rules = excluded.rules, status = 'planned', sealed = excluded.sealed,
       config = excluded.config, failure = NULL
     WHERE image.rules <> excluded.rules RETURNING id`,
    [
      image.manifestDigest,
      image.imageId,
      image.platform,
      JSON.stringify(withoutTexts(config.image)),
      seal(tools.sealKey, plainTexts),
      Buffer.from(JSON.stringify({ findings, coverage })),
      validDate(image.createdAt),
      image.layers.reduce((sum, { size }) => sum + size, 0),
      tools.rules,
    ],
  )
  return row?.id
}

async function knownImage(queries: Queries, digest: string): Promise<number> {
  const [row] = await queries.query<{ id: number }>('SELECT id FROM image WHERE digest = $1', [digest])
  return row?.id ?? 0
}

async function insertLayers(
  queries: Queries,
  id: number,
  image: ResolvedImage,
  repository: PlannedRepository,
  rules: string,
): Promise<void> {
  const rows = image.layers.map((layer, index) => ({
    index,
    digest: layer.digest,
    diff_id: layer.diffId ?? null,
    size: layer.size,
    role: layer.role,
    foreign: layer.foreign,
  }))
  const listed = `jsonb_to_recordset($1::jsonb) AS l (index int, digest text, diff_id text, size bigint, role text, "foreign" boolean)`
  await queries.query(
    `INSERT INTO image_layer (image_id, index, digest, diff_id) SELECT $2::bigint, l.index, l.digest, l.diff_id FROM ${listed}
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows), id],
  )
  // In the order of digests, so that two workers that plan images with the same layers never wait for each other in a circle.
  await queries.query(
    `INSERT INTO layer (digest, rules, repository_id, size, role, priority)
     SELECT DISTINCT ON (l.digest) l.digest, $2::text, $3::bigint, l.size, l.role,
       COALESCE((SELECT ${RESCAN} + extract(epoch FROM max(known.scanned_at))::bigint FROM layer AS known WHERE known.digest = l.digest), $4::bigint)
     FROM ${listed} WHERE NOT l."foreign" ORDER BY l.digest ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows), rules, repository.id, id],
  )
}

/** What may be written down before layers have told what to mask in texts. */
function withoutTexts(image: ImageDescription): ImageDescription {
  const { history: _h, reference: _r, ...rest } = image
  const layers = image.layers.map(({ createdBy: _, ...layer }) => layer)
  return { ...rest, layers, annotations: {} }
}

/** Dates in configurations are a stranger's. */
function validDate(text: string | undefined): string | null {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  const isSane = time >= 0 && time < Date.UTC(9999, 0)
  return isSane ? new Date(time).toISOString() : null
}
