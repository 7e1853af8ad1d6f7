// Images of the store as the targets of a report, so that a sweep's findings go through the same reporters as those of a scan.
import type { Confidence, Severity } from '../../detect/types.js'
import { imageMatcher } from '../../image/glob.js'
import type { ImageDescription, LayerEntry } from '../../image/types.js'
import type {
  Coverage,
  Exposure,
  Finding,
  LocalFinding,
  Related,
  TargetFailure,
  TargetReport,
} from '../../scan/types.js'
import { EXIT, NotFoundError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { FIRST_ATTESTATION } from '../store/attestation-index.js'
import type { Queries } from '../store/database.js'
import { type FindingFilter, findingConditions } from './filter.js'

export interface ImageFilter extends FindingFilter {
  /** Globs for HOST/REPOSITORY:TAG, with the host and the tag or without; an image is meant where one of its tags is. */
  readonly images?: readonly string[]
  /** Images without a finding that is meant too, and those that could not be scanned. */
  readonly all?: boolean
}

/** Images read at a time. */
const CHUNK = 200

interface ImageRow {
  readonly id: number
  readonly digest: string
  readonly platform: string
  readonly description: ImageDescription
  readonly status: string
  readonly failure: { readonly code?: string; readonly message?: string } | null
  readonly coverage: readonly Coverage[]
  readonly refs: readonly string[] | null
  readonly layers: number
  readonly files: number | null
  readonly bytes: number | null
}

interface HeldRow {
  readonly image_id: number
  readonly document: LocalFinding
  readonly exposure: Exposure | null
  readonly layer_index: number | null
  readonly removed_by: number | null
  readonly origin: Finding['origin']
  readonly related: readonly Related[] | null
  /** Where the leak's other places are worse. */
  readonly severity: Severity | null
  readonly confidence: Confidence | null
  readonly reason: string | null
}

/** How many images a report of all would name. */
export async function storedImages(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ images: number }>(
    `SELECT count(*) AS images FROM image WHERE gone_at IS NULL AND status <> 'planned'`,
  )
  return row?.images ?? 0
}

/** All images that are there, in chunks by their id; names are those that tags give them now. */
async function imageChunk(queries: Queries, after: number): Promise<readonly ImageRow[]> {
  return queries.query<ImageRow>(
    `WITH chunk AS (SELECT * FROM image WHERE id > $1 AND gone_at IS NULL AND status <> 'planned' ORDER BY id LIMIT $2)
     SELECT c.id, c.digest, c.platform, c.description, c.status, c.failure, c.coverage,
       (SELECT array_agg(r.host || '/' || r.name || ':' || t.name ORDER BY r.host, r.name, t.name)
         FROM resolved_image ri JOIN tag t ON t.digest = ri.digest AND t.gone_at IS NULL
         JOIN repository r ON r.id = t.repository_id WHERE ri.image_id = c.id) AS refs,
       scanned.layers, scanned.files, scanned.bytes
     FROM chunk c CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE il.index < ${FIRST_ATTESTATION}) AS layers, sum(l.files)::bigint AS files, sum(l.bytes)::bigint AS bytes
       FROM image_layer il LEFT JOIN layer l ON l.digest = il.digest AND l.rules = c.rules WHERE il.image_id = c.id
     ) scanned ORDER BY c.id`,
    [after, CHUNK],
  )
}

async function heldFindings(queries: Queries, filter: FindingFilter, ids: readonly number[]) {
  const conditions = findingConditions({ ...filter, acknowledged: true, gone: true })
  conditions.add('held.image_id = ANY(?::bigint[])', ids)
  conditions.add('f.gone_because IS NULL')
  const rows = await queries.query<HeldRow>(
    `SELECT held.image_id, o.document, held.exposure, held.layer_index, held.removed_by, held.origin, held.related,
       held.severity, held.confidence, a.reason
     FROM image_finding held JOIN occurrence o ON o.id = held.occurrence_id JOIN finding f ON f.fingerprint = o.fingerprint
     LEFT JOIN acknowledgement a ON a.fingerprint = f.fingerprint AND (a.until IS NULL OR a.until > now())
     WHERE ${conditions.sql} ORDER BY held.image_id, held.layer_index NULLS LAST, o.id`,
    conditions.parameters,
  )
  const byImage = new Map<number, HeldRow[]>()
  for (const row of rows) {
    const held = byImage.get(row.image_id)
    if (held === undefined) byImage.set(row.image_id, [row])
    else held.push(row)
  }
  return byImage
}

function layerAt(index: number | null, layers: readonly LayerEntry[]): LayerEntry | undefined {
  return index === null ? undefined : layers.find((layer) => layer.index === index)
}

function findingOf(row: HeldRow, { layers }: ImageDescription): Finding {
  const layer = layerAt(row.layer_index, layers)
  const removedBy = layerAt(row.removed_by, layers)
  return {
    ...row.document,
    related: row.related ?? row.document.related,
    origin: row.origin,
    severity: row.severity ?? row.document.severity,
    confidence: row.confidence ?? row.document.confidence,
    ...(layer === undefined ? {} : { layer }),
    ...(row.exposure === null ? {} : { exposure: row.exposure }),
    ...(removedBy === undefined ? {} : { removedBy }),
    ...(row.reason === null ? {} : { suppressed: { by: 'acknowledgement' as const, reason: row.reason } }),
  }
}

function failureOf({ failure }: ImageRow): TargetFailure {
  const message = failure?.message ?? 'The image could not be scanned.'
  return { code: failure?.code ?? 'LAYER_NOT_SCANNED', message, exitCode: EXIT.unreachable }
}

function targetOf(image: ImageRow, reference: string, held: readonly HeldRow[]): TargetReport {
  const failed = image.status === 'failed'
  return {
    kind: 'image',
    input: reference,
    reference,
    source: 'registry',
    image: image.description,
    cachedLayers: [],
    findings: held.map((row) => findingOf(row, image.description)),
    coverage: image.coverage,
    stats: { layers: image.layers, files: image.files ?? 0, bytes: image.bytes ?? 0 },
    ...(failed ? { failed: failureOf(image) } : {}),
  }
}

/** The tag by which an image goes: the first that is meant; undefined where none is. */
function chosenReference(image: ImageRow, matches: readonly ((name: string) => boolean)[]): string | undefined {
  const refs = image.refs ?? []
  if (matches.length === 0) return refs[0] ?? `${image.digest}`
  return refs.find((ref) => matches.some((match) => match(ref) || match(ref.slice(ref.indexOf('/') + 1))))
}

/**
 * Every image with a finding that the filter means (or every image, with `all`), as a target. Acknowledged findings are marked.
 * @throws NotFoundError, at the end, where no image has a name that the filter means
 */
export async function* reportTargets(queries: Queries, filter: ImageFilter): AsyncGenerator<TargetReport> {
  const matches = (filter.images ?? []).map(imageMatcher)
  let after = 0
  let isAnyMeant = matches.length === 0
  for (;;) {
    const chunk = await imageChunk(queries, after)
    if (chunk.length === 0) break
    after = chunk.at(-1)?.id ?? after
    const meant = chunk.flatMap((image) => {
      const reference = chosenReference(image, matches)
      return reference === undefined ? [] : [{ image, reference }]
    })
    isAnyMeant ||= meant.length > 0
    const held = await heldFindings(
      queries,
      filter,
      meant.map(({ image }) => image.id),
    )
    for (const { image, reference } of meant) {
      const findings = held.get(image.id) ?? []
      if (findings.length > 0 || filter.all === true) yield targetOf(image, reference, findings)
    }
  }
  if (!isAnyMeant)
    throw new NotFoundError(`No image in the store is called ${(filter.images ?? []).map(printable).join(' or ')}.`, {
      hint: '"*" goes up to the next slash, "**" across; secretscan sweep findings names what there is.',
    })
}
