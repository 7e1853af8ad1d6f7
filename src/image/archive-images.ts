// Says what images an archive holds, once all of it has gone by: from index.json (OCI), from manifest.json (docker save), or from both.
import { CorruptImageError, LimitExceededError, NotAnImageError, type SecretscanError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import { type ArchiveBlob, type ArchiveIndex, HELD_LIMIT } from './archive-index.js'
import { parseConfigDocument } from './config.js'
import { describeImage } from './describe.js'
import { isDigest, sha256 } from './digest.js'
import { type DockerManifestEntry, parseDockerManifest } from './docker-manifest.js'
import { documentTooLarge, isImageError, mediaTypeMismatch, sizeMismatch } from './document-issues.js'
import { type Descriptor, parseManifest } from './manifest.js'
import { isForeignLayerType } from './media-types.js'
import { type BlobReader, type ResolveOptions, resolveImages } from './resolve.js'
import type { Digest, OpenedImage, SourceIssue } from './types.js'

export interface ArchiveImages {
  readonly images: readonly OpenedImage[]
  /** Blobs that a document names. */
  readonly named: ReadonlySet<ArchiveBlob>
  readonly layers: ReadonlySet<ArchiveBlob>
  readonly attestations: ReadonlySet<ArchiveBlob>
  readonly coverage: readonly SourceIssue[]
  /** Of images that could not be described. */
  readonly failures: readonly SecretscanError[]
}

interface Found {
  readonly archive: ArchiveIndex
  readonly maxManifestSize: number
  readonly images: OpenedImage[]
  readonly named: Set<ArchiveBlob>
  readonly layers: Set<ArchiveBlob>
  readonly attestations: Set<ArchiveBlob>
  readonly coverage: SourceIssue[]
  readonly failures: SecretscanError[]
}

/** The images of `archive`; undefined where it has neither manifest.json nor index.json. */
export async function archiveImages(
  archive: ArchiveIndex,
  options: ResolveOptions & { readonly maxManifestSize: number },
): Promise<ArchiveImages | undefined> {
  const index = archive.find('index.json')
  const manifest = archive.find('manifest.json')
  if (index === undefined && manifest === undefined) return undefined
  const found: Found = {
    archive,
    maxManifestSize: options.maxManifestSize,
    images: [],
    named: new Set(),
    layers: new Set(),
    attestations: new Set(),
    coverage: [],
    failures: [],
  }
  if (index !== undefined) await attempt(found, async () => addOciImages(found, index, options))
  if (manifest !== undefined) await attempt(found, async () => addDockerImages(found, manifest))
  return found
}

async function attempt(found: Found, step: () => Promise<void> | void): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!isImageError(error)) throw error
    found.failures.push(error)
  }
}

async function addOciImages(found: Found, index: ArchiveBlob, options: ResolveOptions): Promise<void> {
  const { archive } = found
  const document = parseManifest(heldBytes(found, index, 'index.json'))
  if (document.kind !== 'index')
    throw new CorruptImageError('The index.json of the archive is no index.', { hint: 'Save the image again.' })
  const resolution = await resolveImages(document.manifests, archiveReader(found), options)
  found.coverage.push(...resolution.coverage)
  found.failures.push(...resolution.failures)
  for (const digest of resolution.named) addBlob(found.named, archive.findDigest(digest))
  for (const { digest } of resolution.attestations) addBlob(found.attestations, archive.findDigest(digest))
  for (const image of resolution.images) {
    if (!found.images.some((other) => other.image.manifestDigest === image.opened.image.manifestDigest))
      found.images.push(image.opened)
    for (const layer of image.layers) addOciLayer(found, layer)
  }
}

function addBlob(set: Set<ArchiveBlob>, blob: ArchiveBlob | undefined): void {
  if (blob !== undefined) set.add(blob)
}

function addOciLayer(found: Found, layer: Descriptor): void {
  const blob = found.archive.findDigest(layer.digest)
  if (blob === undefined) {
    if (!isForeignLayerType(layer.mediaType)) reportMissing(found, layer.digest)
    return
  }
  found.layers.add(blob)
  const { blobId, size, compression } = blob
  found.coverage.push(
    ...mediaTypeMismatch(blobId, layer.mediaType, compression),
    ...sizeMismatch(blobId, layer.size, size),
  )
}

function reportMissing(found: Found, blobId: string): void {
  const detail = `Layer ${printable(blobId)} is not in the archive.`
  found.coverage.push({ code: 'MISSING_BLOB', effect: 'skipped', blobId, detail })
}

function archiveReader(found: Found): BlobReader {
  const { archive } = found
  return {
    local: true,
    has: async (digest) => archive.findDigest(digest) !== undefined,
    read: async ({ digest }) => {
      const blob = archive.findDigest(digest)
      return blob === undefined ? undefined : heldBytes(found, blob, digest)
    },
  }
}

/** A document's bytes. Throws where it was too large to keep, or is a layer by its bytes. */
function heldBytes(found: Found, blob: ArchiveBlob, what: string): Uint8Array {
  if (blob.held !== undefined) return blob.held
  if (blob.size > found.maxManifestSize) throw documentTooLarge(printable(what), found.maxManifestSize)
  if (!blob.isLayer) {
    throw new LimitExceededError(
      `The archive's small files are more than ${HELD_LIMIT} bytes, so ${printable(what)} was not kept.`,
      {
        hint: 'No builder writes such an archive; treat it as hostile.',
      },
    )
  }
  throw new CorruptImageError(`${printable(what)} is not the document that it should be.`, {
    hint: 'Save the image again.',
  })
}

async function addDockerImages(found: Found, manifest: ArchiveBlob): Promise<void> {
  const known: Known = { ids: new Set(found.images.map(({ image }) => image.imageId)), unnamed: new Set() }
  for (const id of known.ids) known.unnamed.add(id)
  for (const entry of parseDockerManifest(heldBytes(found, manifest, 'manifest.json'))) {
    await attempt(found, () => addDockerImage(found, entry, known))
  }
}

interface Known {
  readonly ids: Set<Digest>
  /** Those whose name manifest.json has not given yet. */
  readonly unnamed: Set<Digest>
}

/** Adds an image of manifest.json, unless index.json has already given it or holds it for a platform that was not chosen. */
function addDockerImage(found: Found, entry: DockerManifestEntry, known: Known): void {
  const blob = found.archive.find(entry.config)
  if (blob === undefined) {
    throw new CorruptImageError(
      `The archive's manifest.json names the config ${printable(entry.config)}, which is not in the archive.`,
      {
        hint: 'Save the image again.',
      },
    )
  }
  const unchosen = found.named.has(blob)
  found.named.add(blob)
  const configBytes = heldBytes(found, blob, entry.config)
  const imageId = verifiedConfigDigest(entry.config, configBytes)
  const layers = entry.layers.map((path) => addDockerLayer(found, path, !known.ids.has(imageId) && !unchosen))
  const reference = entry.repoTags[0]
  if (known.ids.has(imageId)) rename(found, known, imageId, reference)
  if (known.ids.has(imageId) || unchosen) return
  known.ids.add(imageId)
  found.images.push(
    describeImage({
      document: parseConfigDocument(configBytes),
      configBytes,
      imageId,
      annotations: {},
      layers,
      on: (issue) => found.coverage.push(issue),
      ...(reference === undefined ? {} : { reference }),
    }),
  )
}

/** The name that `docker save` was given reads better than the one that index.json has. */
function rename(found: Found, known: Known, imageId: Digest, reference: string | undefined): void {
  const at = found.images.findIndex(({ image }) => image.imageId === imageId)
  const opened = found.images[at]
  if (opened === undefined || reference === undefined || !known.unnamed.delete(imageId)) return
  found.images[at] = { ...opened, image: { ...opened.image, reference } }
}

function addDockerLayer(
  found: Found,
  path: string,
  report: boolean,
): { blobId: string; blobDigest?: Digest; size?: number } {
  const blob = found.archive.find(path)
  if (blob === undefined) {
    if (report) reportMissing(found, path)
    return { blobId: path }
  }
  found.named.add(blob)
  if (report) found.layers.add(blob)
  return { blobId: blob.blobId, size: blob.size, ...(blob.digest === undefined ? {} : { blobDigest: blob.digest }) }
}

/** The config's digest. Its file is named after it: HEX.json, sha256:HEX (crane), or blobs/sha256/HEX. */
function verifiedConfigDigest(path: string, bytes: Uint8Array): Digest {
  const digest = sha256(bytes)
  const hex = /(?:^|\/|sha256:)([a-f0-9]{64})(?:\.json)?$/.exec(path)?.[1]
  const claimed = hex === undefined ? undefined : `sha256:${hex}`
  if (isDigest(claimed) && claimed !== digest) {
    throw new CorruptImageError(`The config ${printable(path)} has the digest ${digest}.`, {
      hint: 'The archive was changed or damaged; save the image again.',
    })
  }
  return digest
}

/** The error for an archive without a manifest, with what it seems to be instead. */
export function notAnImageArchive(archive: ArchiveIndex, name: string): NotAnImageError {
  if (archive.isEmpty)
    return new NotAnImageError(`${name} holds nothing.`, { hint: 'Write it again with docker save.' })
  if (archive.find('repositories') !== undefined) {
    return new NotAnImageError(`${name} is in the form that Docker wrote before version 1.10.`, {
      hint: 'Load it into an engine and save it again.',
    })
  }
  if (archive.rootFileSystemEntries > 0) {
    return new NotAnImageError(`${name} is a root file system, as "docker export" writes it, not an image.`, {
      hint: 'Scan the image itself (docker save IMAGE), or unpack the archive and use "secretscan dir".',
    })
  }
  return new NotAnImageError(
    `${name} is a tar archive, but not of an image: it has neither manifest.json nor index.json.`,
    {
      hint: 'Write one with docker save, podman save or skopeo copy.',
    },
  )
}
