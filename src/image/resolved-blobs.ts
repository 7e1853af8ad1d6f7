// Which blobs of the resolved images are to be scanned, and as what: the same for every source that can choose what it reads.
import type { Descriptor } from './manifest.js'
import { isAttestationType, isEncryptedType } from './media-types.js'
import type { Resolution, ResolvedImage } from './resolve.js'
import type { Digest, LayerBlob } from './types.js'

export interface ResolvedBlob {
  readonly descriptor: Descriptor
  readonly role: LayerBlob['role']
}

/** Each blob once, layers first. Encrypted layers are left out: noise to every reader, and noted when the image was resolved. */
export function resolvedBlobs({ images, attestations }: Resolution): readonly ResolvedBlob[] {
  const blobs = new Map<Digest, ResolvedBlob>()
  for (const descriptor of images.flatMap(({ layers }) => layers)) {
    if (!isEncryptedType(descriptor.mediaType)) blobs.set(descriptor.digest, { descriptor, role: 'layer' })
  }
  for (const descriptor of attestations) {
    if (blobs.has(descriptor.digest)) continue
    blobs.set(descriptor.digest, {
      descriptor,
      role: isAttestationType(descriptor.mediaType) ? 'attestation' : 'unknown',
    })
  }
  return [...blobs.values()]
}

/** Each image once: several tags of a layout may name the same manifest. */
export function distinctImages({ images }: Resolution): readonly ResolvedImage[] {
  const byManifest = new Map<Digest | undefined, ResolvedImage>()
  for (const image of images) {
    const digest = image.opened.image.manifestDigest
    if (!byManifest.has(digest)) byManifest.set(digest, image)
  }
  return [...byManifest.values()]
}
