// Images of the store as the targets of a report, so that a sweep's findings go through the same reporters as those of a scan.
import { imageMatcher } from '../../image/glob.js'
import type { ImageDescription, LayerEntry } from '../../image/types.js'
import type { Coverage, Finding, TargetFailure, TargetReport } from '../../scan/types.js'
import { EXIT, NotFoundError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { FIRST_ATTESTATION } from '../store/attestation-index.js'
import type { Queries } from '../store/database.js'
import type { FindingFilter } from './filter.js'
import { Documents, type Held, heldConditions, heldFindings, heldRows } from './held.js'
import { storedBytes } from './status.js'

export interface ImageFilter extends FindingFilter {
  /** Globs for HOST/REPOSITORY:TAG, with the host and the tag or without; an image is meant where one of its tags is. */
  readonly images?: readonly string[]
  /** Images without a finding that is meant too, and those that could not be scanned. */
  readonly all?: boolean
}

/** Images read at a time, and names. */
const CHUNK = 200
const NAMED_CHUNK = 2000

interface ImageRow {
  readonly id: number
  readonly digest: string
  readonly platform: string
  readonly description: ImageDescription
  readonly status: string
  readonly failure: { readonly code?: string; readonly message?: string } | null
  readonly coverage: readonly Coverage[]
  readonly layers: number
  readonly files: number
  readonly bytes: number
}

/** How many images a report of all would name. */
export async function storedImages(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ images: number }>(
    `SELECT count(*) AS images FROM image WHERE gone_at IS NULL AND status <> 'planned'`,
  )
  return row?.images ?? 0
}

/** An image with the name by which it goes in the report. */
interface Named {
  readonly id: number
  readonly reference: string
}

interface NamedRow {
  readonly id: number
  readonly digest: string
  readonly refs: readonly string[] | null
}

/** Images behind `after` in the order of their ids, all or those of `ids`; names are those that tags give them now. */
function namedChunk(queries: Queries, after: number, ids: readonly number[] | null): Promise<readonly NamedRow[]> {
  return queries.query<NamedRow>(
    `WITH chunk AS (
       SELECT id, digest FROM image WHERE id > $1 AND gone_at IS NULL AND status <> 'planned' AND ($3::bigint[] IS NULL OR id = ANY($3))
       ORDER BY id LIMIT $2
     )
     SELECT c.id, c.digest, (SELECT array_agg(r.host || '/' || r.name || ':' || t.name ORDER BY r.host, r.name, t.name)
       FROM resolved_image ri JOIN tag t ON t.digest = ri.digest AND t.gone_at IS NULL
       JOIN repository r ON r.id = t.repository_id WHERE ri.image_id = c.id) AS refs
     FROM chunk c ORDER BY c.id`,
    [after, NAMED_CHUNK, ids],
  )
}

/** Ids of the images that hold a finding which is meant. */
async function holdingImages(queries: Queries, filter: FindingFilter): Promise<readonly number[]> {
  const conditions = heldConditions(filter)
  const rows = await queries.query<{ image_id: number }>(
    `SELECT DISTINCT held.image_id FROM finding f JOIN occurrence o ON o.fingerprint = f.fingerprint
     JOIN image_finding held ON held.occurrence_id = o.id WHERE ${conditions.sql}`,
    conditions.parameters,
  )
  return rows.map(({ image_id }) => image_id)
}

async function imagesOf(queries: Queries, ids: readonly number[]): Promise<ReadonlyMap<number, ImageRow>> {
  const rows = await queries.query<ImageRow>(
    `SELECT c.id, c.digest, c.platform, c.description, c.status, c.failure, c.coverage, scanned.layers, scanned.files, scanned.bytes
     FROM image c CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE il.index < ${FIRST_ATTESTATION}) AS layers,
         ${storedBytes('l.files')} AS files, ${storedBytes('l.bytes')} AS bytes
       FROM image_layer il LEFT JOIN layer l ON l.digest = il.digest AND l.rules = c.rules WHERE il.image_id = c.id
     ) scanned WHERE c.id = ANY($1::bigint[])`,
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

function layerAt(index: number | null, layers: readonly LayerEntry[]): LayerEntry | undefined {
  return index === null ? undefined : layers.find((layer) => layer.index === index)
}

function findingOf(row: Held, { layers }: ImageDescription): Finding {
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

function targetOf(image: ImageRow, reference: string, held: readonly Held[]): TargetReport {
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
    stats: { layers: image.layers, files: image.files, bytes: image.bytes },
    ...(failed ? { failed: failureOf(image) } : {}),
  }
}

/** The tag by which an image goes: the first that is meant; undefined where none is. */
function chosenReference(
  { refs, digest }: NamedRow,
  matches: readonly ((name: string) => boolean)[],
): string | undefined {
  if (matches.length === 0) return refs?.[0] ?? digest
  return refs?.find((ref) => matches.some((match) => match(ref) || match(ref.slice(ref.indexOf('/') + 1))))
}

/** Those of `ids` (null: of all images) whose name is meant, up to CHUNK at a time. */
async function* meantImages(
  queries: Queries,
  ids: readonly number[] | null,
  matches: readonly ((name: string) => boolean)[],
): AsyncGenerator<readonly Named[]> {
  for (let after = 0; ; ) {
    const chunk = await namedChunk(queries, after, ids)
    if (chunk.length === 0) return
    after = chunk.at(-1)?.id ?? after
    const named = chunk.flatMap((row) => {
      const reference = chosenReference(row, matches)
      return reference === undefined ? [] : [{ id: row.id, reference }]
    })
    for (let start = 0; start < named.length; start += CHUNK) yield named.slice(start, start + CHUNK)
  }
}

/**
 * Every image with a finding that the filter means (or every image, with `all`), as a target. Acknowledged findings are marked.
 * @throws NotFoundError, at the end, where no image has a name that the filter means
 */
export async function* reportTargets(queries: Queries, filter: ImageFilter): AsyncGenerator<TargetReport> {
  const matches = (filter.images ?? []).map(imageMatcher)
  const candidates = filter.all === true ? null : await holdingImages(queries, filter)
  const documents = new Documents(queries)
  let isAnyMeant = matches.length === 0
  for await (const named of meantImages(queries, candidates, matches)) {
    isAnyMeant = true
    const ids = named.map(({ id }) => id)
    const images = await imagesOf(queries, ids)
    const rows = await heldRows(queries, filter, ids)
    const held = heldFindings(rows, await documents.of(rows))
    for (const { id, reference } of named) {
      const image = images.get(id)
      const findings = held.get(id) ?? []
      if (image !== undefined && (findings.length > 0 || filter.all === true))
        yield targetOf(image, reference, findings)
    }
  }
  if (!isAnyMeant && (candidates === null || !(await isAnyNamed(queries, matches)))) throw nobodyNamed(filter)
}

/** An image of that name without a finding that is meant is no mistake. */
async function isAnyNamed(queries: Queries, matches: readonly ((name: string) => boolean)[]): Promise<boolean> {
  for await (const named of meantImages(queries, null, matches)) if (named.length > 0) return true
  return false
}

function nobodyNamed({ images = [] }: ImageFilter): NotFoundError {
  return new NotFoundError(`No image in the store is called ${images.map(printable).join(' or ')}.`, {
    hint: '"*" goes up to the next slash, "**" across; secretscan sweep findings names what there is.',
  })
}
