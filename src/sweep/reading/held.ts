// What images hold, for reports: rows for each image, and documents that are read once however many images share them.
import type { Confidence, Severity } from '../../detect/types.js'
import type { Exposure, Finding, LocalFinding, Related } from '../../scan/types.js'
import type { Queries } from '../store/database.js'
import { type Conditions, type FindingFilter, findingConditions } from './filter.js'

/** Documents of findings that are read at a time, and kept. */
const DOCUMENTS = 2000
const MOST_DOCUMENTS = 50_000

/** A finding as an image has it, without what it has in common with that of other images. */
interface HeldRow {
  readonly image_id: number
  readonly occurrence_id: number
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

export interface Held extends HeldRow {
  readonly document: LocalFinding
}

/** Of acknowledged ones too; those of rules that were removed are none of an image any more. */
export function heldConditions(filter: FindingFilter): Conditions {
  const conditions = findingConditions({ ...filter, acknowledged: true, gone: true })
  conditions.add('f.gone_because IS NULL')
  return conditions
}

export async function heldRows(
  queries: Queries,
  filter: FindingFilter,
  ids: readonly number[],
): Promise<readonly HeldRow[]> {
  const conditions = heldConditions(filter)
  conditions.add('held.image_id = ANY(?::bigint[])', ids)
  return queries.query<HeldRow>(
    `SELECT held.image_id, held.occurrence_id, held.exposure, held.layer_index, held.removed_by, held.origin, held.related,
       held.severity, held.confidence, a.reason
     FROM image_finding held JOIN occurrence o ON o.id = held.occurrence_id JOIN finding f ON f.fingerprint = o.fingerprint
     LEFT JOIN acknowledgement a ON a.fingerprint = f.fingerprint AND (a.until IS NULL OR a.until > now())
     WHERE ${conditions.sql} ORDER BY held.image_id, held.layer_index NULLS LAST, o.id`,
    conditions.parameters,
  )
}

/** What layers and configurations hold, read once: images share most of it. */
export class Documents {
  readonly #queries: Queries
  readonly #known = new Map<number, LocalFinding>()

  constructor(queries: Queries) {
    this.#queries = queries
  }

  async of(rows: readonly HeldRow[]): Promise<ReadonlyMap<number, LocalFinding>> {
    const ids = [...new Set(rows.map(({ occurrence_id }) => occurrence_id))]
    const missing = ids.filter((id) => !this.#known.has(id))
    if (this.#known.size + missing.length > MOST_DOCUMENTS) {
      this.#known.clear()
      missing.splice(0, missing.length, ...ids)
    }
    for (let start = 0; start < missing.length; start += DOCUMENTS) {
      const read = await this.#queries.query<{ id: number; document: LocalFinding }>(
        'SELECT id, document FROM occurrence WHERE id = ANY($1::bigint[])',
        [missing.slice(start, start + DOCUMENTS)],
      )
      for (const { id, document } of read) this.#known.set(id, document)
    }
    return this.#known
  }
}

/** By image, in the order of the rows. */
export function heldFindings(
  rows: readonly HeldRow[],
  documents: ReadonlyMap<number, LocalFinding>,
): ReadonlyMap<number, readonly Held[]> {
  const byImage = new Map<number, Held[]>()
  for (const row of rows) {
    const document = documents.get(row.occurrence_id)
    // Forgotten between the two statements.
    if (document === undefined) continue
    const held = byImage.get(row.image_id)
    if (held === undefined) byImage.set(row.image_id, [{ ...row, document }])
    else held.push({ ...row, document })
  }
  return byImage
}
