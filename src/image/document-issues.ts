// What can go wrong with the documents of an image, as errors and as issues: their words stand here, once for every source.
import { CorruptImageError, EXIT, LimitExceededError, SecretscanError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import type { Compression } from '../unpack/compression.js'
import { matchesDigest } from './digest.js'
import { type Descriptor, MANIFEST_LIMITS, type Manifest } from './manifest.js'
import { promisedCompression } from './media-types.js'
import type { Digest, SourceIssue } from './types.js'

/** Whether `error` is about one image, so that others can still be read. */
export function isImageError(error: unknown): error is SecretscanError {
  return error instanceof SecretscanError && error.exitCode === EXIT.unreachable
}

export function tooDeep({ digest }: Descriptor): SourceIssue {
  const detail = `Index ${digest} is nested more than ${MANIFEST_LIMITS.indexDepth} deep and was not followed.`
  return { code: 'LIMIT_INDEX_DEPTH', effect: 'skipped', blobId: digest, detail }
}

export function notAnImage({ digest }: Descriptor, manifest: Manifest): SourceIssue {
  const type = manifest.artifactType ?? manifest.config.mediaType
  const what = type.includes('helm')
    ? 'a Helm chart'
    : `an artifact of type ${type === '' ? 'unknown' : printable(type)}`
  return {
    code: 'NOT_A_CONTAINER_IMAGE',
    effect: 'note',
    blobId: digest,
    detail: `${digest} is ${what}, not a container image, and was passed over.`,
  }
}

export function encryptedLayer(digest: Digest): SourceIssue {
  const detail = `Layer ${digest} is encrypted; its files cannot be seen.`
  return { code: 'ENCRYPTED_LAYER', effect: 'note', blobId: digest, detail }
}

export function foreignLayer(digest: Digest): SourceIssue {
  const detail = `Layer ${digest} is foreign: its publisher hands it out elsewhere, and it was not fetched.`
  return { code: 'FOREIGN_LAYER', effect: 'note', blobId: digest, detail }
}

/** An issue where a layer's bytes (`compression`; undefined: no layer at all) are not what its media type promises. */
export function mediaTypeMismatch(
  blobId: string,
  mediaType: string,
  compression: Compression | undefined,
): SourceIssue[] {
  const promised = promisedCompression(mediaType)
  if (promised === undefined || promised === compression) return []
  const detail = `Layer ${printable(blobId)} is not what its media type ${printable(mediaType)} says; it was read as what it is.`
  return [{ code: 'MEDIA_TYPE_MISMATCH', effect: 'note', blobId, detail }]
}

/** An issue where a layer has another size than its descriptor says. */
export function sizeMismatch(blobId: string, claimed: number | undefined, size: number): SourceIssue[] {
  if (claimed === undefined || claimed === size) return []
  const detail = `Layer ${printable(blobId)} has ${size} bytes where its descriptor says ${claimed}.`
  return [{ code: 'SIZE_MISMATCH', effect: 'partial', blobId, detail }]
}

/** An issue where a blob's bytes have another digest than its name or descriptor says. */
export function digestMismatch(blobId: string, claimed: Digest | undefined, digest: Digest | undefined): SourceIssue[] {
  if (claimed === undefined || digest === undefined || claimed === digest) return []
  const detail = `Blob ${printable(blobId)} has the digest ${digest}: the image was changed or damaged.`
  return [{ code: 'DIGEST_MISMATCH', effect: 'partial', blobId, detail }]
}

/** Throws CorruptImageError where `bytes` are not what `descriptor` names, by digest or by size. */
export function verifyDocument(bytes: Uint8Array, { digest, size }: Pick<Descriptor, 'digest' | 'size'>): void {
  if (!matchesDigest(bytes, digest)) {
    throw new CorruptImageError(`The bytes of ${digest} do not have that digest.`, {
      hint: 'The image was changed or damaged; save or pull it again.',
    })
  }
  if (size !== undefined && size !== bytes.length) {
    throw new CorruptImageError(`${digest} has ${bytes.length} bytes where its descriptor says ${size}.`, {
      hint: 'The manifest was changed by hand or damaged; save or pull the image again.',
    })
  }
}

export function missing({ digest }: Descriptor): CorruptImageError {
  return new CorruptImageError(`The image names ${digest}, which is not there.`, {
    hint: 'The copy is incomplete; save or pull the image again.',
  })
}

/** The error for a document of more than `limit` bytes. */
export function documentTooLarge(what: string, limit: number): LimitExceededError {
  return new LimitExceededError(`${what} is larger than ${limit} bytes.`, {
    hint: 'Raise the limit with --max-manifest-size if you trust the image.',
  })
}
