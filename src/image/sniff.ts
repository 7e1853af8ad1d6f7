// Tells what a blob is by its first bytes: what a media type or a file name says decides nothing.
import { type Compression, sniffCompression } from '../unpack/compression.js'

/** Bytes that sniffing needs: one tar header. */
export const SNIFF_BYTES = 512

export type BlobForm = { readonly form: 'layer'; readonly compression: Compression } | { readonly form: 'other' }

/** Whether `head`, the first 512 bytes of a blob (fewer where it is shorter), begin a layer: compressed, or a tar archive. */
export function sniffBlob(head: Uint8Array): BlobForm {
  const compression = sniffCompression(head)
  if (compression !== 'none' || isTarHeader(head)) return { form: 'layer', compression }
  return { form: 'other' }
}

const CHECKSUM_AT = 148
const CHECKSUM_LENGTH = 8

/** A header whose checksum fits, in any of tar's dialects, or a block of zeros, with which an empty archive begins. */
function isTarHeader(head: Uint8Array): boolean {
  if (head.length < SNIFF_BYTES) return false
  let sum = 0
  for (let at = 0; at < SNIFF_BYTES; at++) {
    const inChecksum = at >= CHECKSUM_AT && at < CHECKSUM_AT + CHECKSUM_LENGTH
    sum += inChecksum ? 0x20 : (head[at] ?? 0)
  }
  const field = new TextDecoder('latin1').decode(head.subarray(CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_LENGTH))
  if (sum === 0x20 * CHECKSUM_LENGTH && field === '\0'.repeat(CHECKSUM_LENGTH)) return true
  const written = /^[ \0]*([0-7]{1,7})[ \0]*$/.exec(field)?.[1]
  return written !== undefined && Number.parseInt(written, 8) === sum
}
