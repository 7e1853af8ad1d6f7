// What a digest stands for: its images for the platforms that are wanted, each with its layers. Reads manifests and configs, no layer.
import { creationDate } from '../../image/config.js'
import type { Descriptor } from '../../image/manifest.js'
import { isAttestationType, isEncryptedType, isForeignLayerType } from '../../image/media-types.js'
import { type ResolvedImage as ResolvedManifest, resolveImages } from '../../image/resolve.js'
import { documentReader, type RegistryPlace, readRoot } from '../../image/sources/registry-documents.js'
import type { Digest, LayerEntry } from '../../image/types.js'
import type { Coverage } from '../../scan/types.js'
import {
  PlatformNotFoundError,
  type SecretscanError,
  UnauthorizedError,
  UnreachableError,
} from '../../support/errors.js'
import type { ResolvedImage, ResolvedLayer, ResolvedTag, SweepRegistry } from '../types.js'

/** Failures that may be gone tomorrow: the digest must not count as resolved. */
const isPassing = (error: Error): boolean => error instanceof UnreachableError || error instanceof UnauthorizedError

/**
 * The images behind `digest`. What cannot be seen of an image stands with it, what belongs to none in `coverage`; `failure` is what is wrong
 * with one of them (a corrupt config, a manifest that is gone).
 * @throws NotFoundError where the registry no longer has it; UnauthorizedError, UnreachableError, RateLimitedError; CorruptImageError
 *   where the registry sends other bytes than the digest's.
 */
export async function resolveDigest(
  place: RegistryPlace,
  digest: Digest,
  { platforms, includeAttestations }: Pick<SweepRegistry, 'platforms' | 'includeAttestations'>,
): Promise<ResolvedTag> {
  const root = await readRoot(place, { digest })
  const resolution = await resolveImages([root.descriptor], documentReader(place, root), {
    includeAttestations,
    platform: platforms,
  })
  const passing = resolution.failures.find(isPassing)
  if (passing !== undefined) throw passing
  const [failure] = resolution.failures.filter((error) => !isUnwanted(error))
  const attestations = resolution.attestations.map(attestation)
  const issues = [...resolution.coverage.map(inSweepsWords), ...resolution.failures.filter(isUnwanted).map(unwanted)]
  const images = resolution.images.map((image) => resolvedImage(image, digest))
  const own = images.map((image, i) => issues.filter((issue) => isOf(issue, image, i === 0)))
  return {
    images: images.map((image, i) => ({ ...image, attestations, issues: own[i] ?? [] })),
    coverage: issues.filter((issue) => !own.some((others) => others.includes(issue))),
    ...(failure === undefined ? {} : { failure }),
  }
}

/** Nobody asked for what is not there: no platform of those wanted is no failure of the tag. */
const isUnwanted = (error: SecretscanError): boolean => error instanceof PlatformNotFoundError
const unwanted = (error: SecretscanError): Coverage => ({ code: error.code, effect: 'note', detail: error.message })

/** What is about a layer is of each image that has it, a mere note about the index of its first, as in a single scan. */
function isOf({ blobId, effect }: Coverage, { layers }: Pick<ResolvedImage, 'layers'>, isFirst: boolean): boolean {
  return layers.some(({ digest }) => digest === blobId) || (isFirst && effect === 'note')
}

/** The advice of a single scan names a flag that sweeps have as a key. */
function inSweepsWords(issue: Coverage): Coverage {
  return issue.code === 'ATTESTATION_SKIPPED'
    ? { ...issue, detail: issue.detail.replace('--include-attestations', 'includeAttestations: true') }
    : issue
}

function attestation({ digest, size, mediaType }: Descriptor): ResolvedLayer {
  return {
    digest,
    size: size ?? 0,
    foreign: isEncryptedType(mediaType),
    role: isAttestationType(mediaType) ? 'attestation' : 'unknown',
  }
}

function resolvedImage(
  { opened, layers }: ResolvedManifest,
  root: Digest,
): Omit<ResolvedImage, 'attestations' | 'issues'> {
  const { image, configBytes } = opened
  const createdAt = configBytes === undefined ? undefined : creationDate(configBytes)
  return {
    manifestDigest: image.manifestDigest ?? root,
    platform: image.platform,
    imageId: image.imageId,
    opened,
    image,
    layers: layers.map((layer, index) => resolvedLayer(layer, image.layers[index])),
    ...(createdAt === undefined ? {} : { createdAt }),
  }
}

/** Foreign and encrypted layers are not fetched: the one lies elsewhere, the other is noise to every reader. */
function resolvedLayer({ digest, size, mediaType }: Descriptor, entry: LayerEntry | undefined): ResolvedLayer {
  return {
    digest,
    size: size ?? 0,
    foreign: isForeignLayerType(mediaType) || isEncryptedType(mediaType),
    role: 'layer',
    ...(entry?.diffId === undefined ? {} : { diffId: entry.diffId }),
  }
}

/** The date of the newest of some images; undefined where none has one. */
export function newestDate(images: readonly ResolvedImage[]): string | undefined {
  return images
    .flatMap(({ createdAt }) => createdAt ?? [])
    .sort()
    .at(-1)
}
