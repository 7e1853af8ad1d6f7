// Walks OCI indexes to the images in them: platform and tag choice, attestations, artifacts. Knows no files and no network: a
// BlobReader gives the documents. Layers are not read here.
import type { SecretscanError } from '../support/errors.js'
import { type ConfigDocument, parseConfigDocument } from './config.js'
import { describeImage } from './describe.js'
import {
  encryptedLayer,
  foreignLayer,
  isImageError,
  missing,
  notAnImage,
  tooDeep,
  verifyDocument,
} from './document-issues.js'
import {
  type Descriptor,
  isAttestation,
  MANIFEST_LIMITS,
  type Manifest,
  parseManifest,
  referenceOf,
} from './manifest.js'
import {
  isAttestationType,
  isEncryptedType,
  isForeignLayerType,
  isImageConfigType,
  isIndexType,
} from './media-types.js'
import { choosePlatforms, type Platform } from './platform.js'
import type { Digest, OpenedImage, SourceIssue } from './types.js'

/** Where documents (manifests, indexes, configs, attestations) come from. */
export interface BlobReader {
  /** Whether unchosen documents may be read too, since that costs no request. */
  readonly local: boolean
  has(digest: Digest): Promise<boolean>
  /** At most `limit` bytes; undefined where there is no such blob. Throws LimitExceededError where it is larger. Not verified. */
  read(descriptor: Descriptor): Promise<Uint8Array | undefined>
}

export interface ResolveOptions {
  readonly platform?: string | readonly string[]
  readonly includeAttestations: boolean
  /** The name of images that their descriptor does not name. */
  readonly reference?: string
}

export interface ResolvedImage {
  readonly opened: OpenedImage
  /** The manifest's layers, lowest first. */
  readonly layers: readonly Descriptor[]
}

export interface Resolution {
  readonly images: readonly ResolvedImage[]
  /** Statements to scan; empty unless they were asked for. */
  readonly attestations: readonly Descriptor[]
  /** Every blob that a document names, chosen or not. */
  readonly named: ReadonlySet<Digest>
  readonly coverage: readonly SourceIssue[]
  /** Why an image could not be described; thrown by sources that then have none left. */
  readonly failures: readonly SecretscanError[]
}

interface Walk {
  readonly reader: BlobReader
  readonly options: ResolveOptions
  readonly images: ResolvedImage[]
  readonly attestations: Descriptor[]
  readonly named: Set<Digest>
  readonly visited: Set<Digest>
  readonly coverage: SourceIssue[]
  readonly failures: SecretscanError[]
  entries: number
}

/** A manifest that may be an image, not yet read where its descriptor says enough. */
interface Candidate {
  readonly descriptor: Descriptor
  readonly platform: Platform | undefined
}

/**
 * The images under `entries`: those of a layout's index.json, or the one descriptor that a registry answered with. Entries of one
 * reference are one choice of platforms. Corrupt and missing documents stand in `failures`; the other images are still given.
 */
export async function resolveImages(
  entries: readonly Descriptor[],
  reader: BlobReader,
  options: ResolveOptions,
): Promise<Resolution> {
  const walk: Walk = {
    reader,
    options,
    images: [],
    attestations: [],
    named: new Set(),
    visited: new Set(),
    coverage: [],
    failures: [],
    entries: 0,
  }
  for (const [reference, group] of groupByReference(entries, options.reference)) {
    await attempt(walk, () => resolveGroup(walk, group, reference))
  }
  return walk
}

async function attempt(walk: Walk, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!isImageError(error)) throw error
    walk.failures.push(error)
  }
}

function groupByReference(
  entries: readonly Descriptor[],
  fallback: string | undefined,
): Map<string | undefined, Descriptor[]> {
  const groups = new Map<string | undefined, Descriptor[]>()
  for (const entry of entries) {
    const reference = referenceOf(entry) ?? fallback
    groups.set(reference, [...(groups.get(reference) ?? []), entry])
  }
  return groups
}

async function resolveGroup(walk: Walk, group: readonly Descriptor[], reference: string | undefined): Promise<void> {
  const candidates: Candidate[] = []
  for (const entry of group) await attempt(walk, () => collect(walk, entry, 0, candidates))
  const placed = candidates.flatMap(({ descriptor, platform }) =>
    platform === undefined ? [] : [{ descriptor, platform }],
  )
  const unplaced = candidates.filter(({ platform }) => platform === undefined)
  const chosen = new Set(
    [...unplaced, ...choosePlatforms(placed, walk.options.platform)].map(({ descriptor }) => descriptor),
  )
  for (const { descriptor } of candidates) {
    if (chosen.has(descriptor)) await attempt(walk, () => addImage(walk, descriptor, reference))
    else if (walk.reader.local) await attempt(walk, async () => void (await nameBlobs(walk, descriptor)))
  }
}

/** Puts the manifests under `descriptor` into `candidates`; follows nested indexes, each once. */
async function collect(walk: Walk, descriptor: Descriptor, depth: number, candidates: Candidate[]): Promise<void> {
  walk.named.add(descriptor.digest)
  if (walk.visited.has(descriptor.digest)) return
  walk.visited.add(descriptor.digest)
  if (isAttestation(descriptor)) return addAttestation(walk, descriptor)
  if (!isIndexType(descriptor.mediaType) && descriptor.platform !== undefined) {
    const here = await walk.reader.has(descriptor.digest)
    if (here || depth === 0) candidates.push({ descriptor, platform: descriptor.platform })
    return
  }
  const document = parseManifest(await readDocument(walk, descriptor))
  if (document.kind === 'manifest') candidates.push({ descriptor, platform: descriptor.platform })
  else if (depth >= MANIFEST_LIMITS.indexDepth) walk.coverage.push(tooDeep(descriptor))
  else
    for (const entry of withinLimit(walk, document.manifests))
      await attempt(walk, () => collect(walk, entry, depth + 1, candidates))
}

function withinLimit(walk: Walk, entries: readonly Descriptor[]): readonly Descriptor[] {
  const room = MANIFEST_LIMITS.indexEntries - walk.entries
  walk.entries += Math.min(entries.length, room)
  if (entries.length > room) {
    const detail = `The image's indexes hold more than ${MANIFEST_LIMITS.indexEntries} entries; the rest was not followed.`
    walk.coverage.push({ code: 'LIMIT_INDEX_ENTRIES', effect: 'skipped', detail })
  }
  return entries.slice(0, room)
}

async function addAttestation(walk: Walk, descriptor: Descriptor): Promise<void> {
  const { includeAttestations } = walk.options
  if (!includeAttestations) {
    const detail = 'An attestation (provenance or SBOM) was passed over; --include-attestations scans it.'
    walk.coverage.push({ code: 'ATTESTATION_SKIPPED', effect: 'note', blobId: descriptor.digest, detail })
  }
  if (!includeAttestations && !(walk.reader.local && (await walk.reader.has(descriptor.digest)))) return
  const manifest = await nameBlobs(walk, descriptor)
  if (includeAttestations && manifest !== undefined) walk.attestations.push(...manifest.layers)
}

/** Reads a manifest for the names of its blobs only. */
async function nameBlobs(walk: Walk, descriptor: Descriptor): Promise<Manifest | undefined> {
  if (walk.reader.local && !(await walk.reader.has(descriptor.digest))) return undefined
  const document = parseManifest(await readDocument(walk, descriptor))
  if (document.kind !== 'manifest') return undefined
  for (const blob of [document.config, ...document.layers]) walk.named.add(blob.digest)
  return document
}

async function addImage(walk: Walk, descriptor: Descriptor, reference: string | undefined): Promise<void> {
  const manifest = await nameBlobs(walk, descriptor)
  if (manifest === undefined) throw missing(descriptor)
  if (manifest.layers.length > 0 && manifest.layers.every((layer) => isAttestationType(layer.mediaType))) {
    return addAttestation(walk, descriptor)
  }
  if (!isImageConfigType(manifest.config.mediaType) && !(await hasImageConfig(walk, manifest))) {
    walk.coverage.push(notAnImage(descriptor, manifest))
    return
  }
  const configBytes = await readDocument(walk, manifest.config)
  const document: ConfigDocument = parseConfigDocument(configBytes)
  await noteLayers(walk, manifest)
  const opened = describeImage({
    document,
    configBytes,
    imageId: manifest.config.digest,
    manifestDigest: descriptor.digest,
    annotations: { ...descriptor.annotations, ...manifest.annotations },
    layers: manifest.layers.map(({ digest, size }) => ({
      blobId: digest,
      blobDigest: digest,
      ...(size === undefined ? {} : { size }),
    })),
    on: (issue) => walk.coverage.push(issue),
    ...(reference === undefined ? {} : { reference }),
  })
  walk.images.push({ opened, layers: manifest.layers })
}

/** A config of an unknown media type still makes an image where it lists the layers of a root file system. */
async function hasImageConfig(walk: Walk, { config }: Manifest): Promise<boolean> {
  const bytes = await walk.reader.read(config)
  try {
    return bytes !== undefined && parseConfigDocument(bytes).listsLayers
  } catch {
    return false
  }
}

/** Says what cannot be seen of the layers. A foreign layer that is here all the same is like any other. */
async function noteLayers({ reader, coverage }: Walk, { layers }: Manifest): Promise<void> {
  for (const { digest, mediaType } of layers) {
    if (isEncryptedType(mediaType)) coverage.push(encryptedLayer(digest))
    else if (isForeignLayerType(mediaType) && !(reader.local && (await reader.has(digest)))) {
      coverage.push(foreignLayer(digest))
    }
  }
}

/** A document's bytes, verified. */
async function readDocument(walk: Walk, descriptor: Descriptor): Promise<Uint8Array> {
  const bytes = await walk.reader.read(descriptor)
  if (bytes === undefined) throw missing(descriptor)
  verifyDocument(bytes, descriptor)
  return bytes
}
