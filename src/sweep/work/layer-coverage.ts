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

/** A layer that has no result. */
export function lostLayer({ digest, index, failure }: LayerRow): Coverage {
  const reason = failure === null ? '' : ` ${failure.message}`
  return {
    code: 'LAYER_NOT_SCANNED',
    effect: 'skipped',
    blobId: digest,
    detail: `${index >= FIRST_ATTESTATION ? 'An attestation' : `Layer ${index}`} was not scanned.${reason}`,
  }
}
