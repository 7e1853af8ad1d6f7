// What an image's coverage says of its layers' rows: those that were not read, and those that its manifest describes wrongly.
import { sizeMismatch } from '../../image/document-issues.js'
import type { ImageDescription } from '../../image/types.js'
import type { Coverage } from '../../scan/types.js'
import { FIRST_ATTESTATION } from '../store/attestation-index.js'

export interface LayerRow {
  readonly digest: string
  readonly index: number
  readonly status: string
  readonly role: string
  /** Stored bytes; 0 where nobody has said or counted them. */
  readonly size: number
  readonly verified: boolean
  /** Something was read of it, now or before. */
  readonly has_result: boolean
  readonly failure: { readonly code: string; readonly message: string } | null
}

/** What the image's own manifest says wrongly of its layers' lengths. */
export function wrongSizes({ layers }: ImageDescription, rows: readonly LayerRow[]): Coverage[] {
  const sizes = new Map(rows.flatMap(({ digest, ...row }) => (isCounted(row) ? [[digest, row.size]] : [])))
  return layers.flatMap(({ blobId, size: claimed }) => {
    const size = sizes.get(blobId)
    return size === undefined ? [] : sizeMismatch(blobId, claimed, size)
  })
}

const isCounted = ({ status, verified, size }: Omit<LayerRow, 'digest'>): boolean =>
  status === 'done' && verified && size > 0

/** What was read of it before, wrong bytes or in a lesser role, was to be read again in vain: that stands in place of nothing. */
export const isKept = ({ status, verified, has_result }: LayerRow): boolean =>
  status === 'failed' && !verified && has_result

/** A layer that could not be read, or not again. */
export function lostLayer(row: LayerRow): Coverage {
  const { digest, index, failure } = row
  const reason = failure === null ? '' : ` ${failure.message}`
  const layer = index >= FIRST_ATTESTATION ? 'An attestation' : `Layer ${index}`
  return isKept(row)
    ? { ...NOT_SCANNED, effect: 'partial', blobId: digest, detail: `${layer} could not be read again.${reason}` }
    : { ...NOT_SCANNED, effect: 'skipped', blobId: digest, detail: `${layer} was not scanned.${reason}` }
}

const NOT_SCANNED = { code: 'LAYER_NOT_SCANNED' } as const
