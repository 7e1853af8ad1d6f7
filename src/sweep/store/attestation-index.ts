// Where an attestation stands among the layers of an image (column image_layer.index): behind all of them, and by its own digest, since one
// image may be in several indexes with an attestation each.
import type { Digest } from '../../image/types.js'

/** More than any image has layers: what is at this index or behind it is none. */
export const FIRST_ATTESTATION = 1_000_000

/** The same for the same blob; below 2^31. */
export function attestationIndex(digest: Digest): number {
  return FIRST_ATTESTATION + Number.parseInt(digest.slice(digest.indexOf(':') + 1).slice(0, 6), 16)
}
