// The one reader of image archives, for files, pipes and an engine's export alike: one pass, nothing on disk, blobs handed out as
// they come (layers in file-name order, the manifest last).
import { NotAnImageError } from '../support/errors.js'
import type { Issue } from '../support/issue.js'
import { printable } from '../support/printable.js'
import { decompress, peek } from '../unpack/compression.js'
import { normalizePath, readTar, type TarEntry } from '../unpack/tar.js'
import { type ArchiveImages, archiveImages, notAnImageArchive } from './archive-images.js'
import { type ArchiveBlob, ArchiveIndex, isMarker } from './archive-index.js'
import { digestStream, splitDigest } from './digest.js'
import { isLegacyLayerDocument } from './docker-manifest.js'
import { digestMismatch } from './document-issues.js'
import { SNIFF_BYTES, sniffBlob } from './sniff.js'
import type { BlobIdentity, LayerBlob, SourceEnd, SourceIssue, SourceOptions } from './types.js'

export type Want = (blob: BlobIdentity) => Promise<boolean>

export interface ArchiveOptions
  extends Pick<SourceOptions, 'signal' | 'platform' | 'maxManifestSize' | 'includeAttestations'> {
  /** For messages, at the start of a sentence: "The archive app.tar", "Standard input". */
  readonly name: string
}

/** A root file system has thousands of entries before one knows that no manifest comes; this many settle it. */
const ROOT_FILE_SYSTEM_ENTRIES = 64

/** A thousand layers make three thousand entries; each is remembered until the manifest comes. */
const MAX_ENTRIES = 100_000

interface Reading {
  readonly archive: ArchiveIndex
  readonly want: Want
  readonly options: ArchiveOptions
  readonly coverage: SourceIssue[]
  /** Whether tar or compression broke, so that entries may be missing. */
  isCut: boolean
}

/**
 * Hands out the layers of an archive of `docker save`, `podman save`, skopeo, crane or BuildKit while its bytes go by, and returns
 * what images they make. Each blob is read before the next is asked for. Blobs named by a digest are verified as far as they are read.
 * A truncated archive gives what was there, with coverage. Throws NotAnImageError where this is no image archive, CorruptImageError
 * where a whole archive has no image that can be described (after all blobs were handed out).
 */
export async function* readImageArchive(
  bytes: AsyncIterable<Uint8Array>,
  want: Want,
  options: ArchiveOptions,
): AsyncGenerator<LayerBlob, SourceEnd> {
  const reading: Reading = { archive: new ArchiveIndex(), want, options, coverage: [], isCut: false }
  const on = (issue: Issue): void => {
    reading.coverage.push(issue)
    reading.isCut ||= issue.effect !== 'note'
  }
  for await (const entry of readTar(decompress(bytes, { on }), { on, maxEntries: MAX_ENTRIES })) {
    options.signal.throwIfAborted()
    yield* readEntry(reading, entry)
  }
  return yield* conclude(reading)
}

async function* readEntry(reading: Reading, entry: TarEntry): AsyncGenerator<LayerBlob, void> {
  const { archive, options } = reading
  const path = normalizePath(entry.path)
  if (entry.type === 'salvage') yield* readRest(reading, entry)
  else if ((entry.type === 'symlink' || entry.type === 'hardlink') && entry.linkName !== undefined) {
    archive.addLink(path, entry.linkName, entry.type)
  } else if (entry.type === 'file') yield* readFile(reading, entry, path)
  if (archive.blobs.length === ROOT_FILE_SYSTEM_ENTRIES * 2 && isRootFileSystem(archive))
    throw notAnImageArchive(archive, options.name)
}

function isRootFileSystem(archive: ArchiveIndex): boolean {
  return !archive.looksLikeImage && archive.rootFileSystemEntries >= ROOT_FILE_SYSTEM_ENTRIES
}

/** What follows damage in the archive is scanned as it is; where nothing came before it, this was never an archive. */
async function* readRest(reading: Reading, entry: TarEntry): AsyncGenerator<LayerBlob, void> {
  const { archive, options } = reading
  if (archive.isEmpty) {
    throw new NotAnImageError(`${options.name} is no tar archive.`, {
      hint: 'Write an archive with docker save, podman save or skopeo copy.',
    })
  }
  const blob = archive.addBlob('rest-of-the-archive', entry.size, undefined, false)
  yield* offer(reading, blob, entry.body, 'unknown')
}

async function* readFile(reading: Reading, entry: TarEntry, path: string): AsyncGenerator<LayerBlob, void> {
  const { archive, options } = reading
  const { head, bytes } = await peek(entry.body, SNIFF_BYTES)
  const sniffed = isMarker(path) ? undefined : sniffBlob(head)
  const compression = sniffed?.form === 'layer' ? sniffed.compression : undefined
  const blob = archive.addBlob(path, entry.size, compression, compression !== undefined)
  const isSmall = entry.size <= options.maxManifestSize && archive.hasRoom(path, entry.size)
  if (blob.isLayer || !isSmall) yield* offer(reading, blob, bytes, blob.isLayer ? 'layer' : 'unknown')
  else archive.hold(blob, await collect(bytes))
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(Uint8Array.from(chunk))
  return Buffer.concat(chunks)
}

/** Hands a blob out and then checks it against the digest in its name. */
async function* offer(
  reading: Reading,
  blob: ArchiveBlob,
  bytes: AsyncIterable<Uint8Array>,
  role: LayerBlob['role'],
): AsyncGenerator<LayerBlob, void> {
  const { blobId, digest: claimed } = blob
  blob.offered = true
  if (!(await reading.want({ blobId }))) return
  const stream = digestStream(bytes, claimed === undefined ? undefined : splitDigest(claimed).algorithm)
  const isSha256 = claimed?.startsWith('sha256:') === true
  const computeDigest = async () => (await stream.finish()).digest
  yield { blobId, role, bytes: stream.bytes, ...(isSha256 ? { computeDigest } : {}) }
  if (!stream.started()) return
  const { digest, size } = await stream.finish()
  if (size < blob.size) {
    const detail = `${printable(blobId)} ends after ${size} of ${blob.size} bytes.`
    reading.coverage.push({ code: 'BLOB_TRUNCATED', effect: 'partial', blobId, bytes: blob.size - size, detail })
  } else reading.coverage.push(...digestMismatch(blobId, claimed, digest))
}

async function* conclude(reading: Reading): AsyncGenerator<LayerBlob, SourceEnd> {
  const { archive, options, coverage, isCut } = reading
  const found = await archiveImages(archive, options)
  if (found === undefined && !isCut) throw notAnImageArchive(archive, options.name)
  for (const blob of archive.blobs) yield* concludeBlob(reading, blob, found)
  if (found === undefined) {
    const detail = `${options.name} ends before its manifest: what was read was scanned, but which image it belongs to is unknown.`
    return { images: [], coverage: [...coverage, { code: 'NO_MANIFEST', effect: 'partial', detail }] }
  }
  const [failure] = found.failures
  if (failure !== undefined && found.images.length === 0 && !isCut) throw failure
  const failed = found.failures.map(({ code, message }): SourceIssue => ({ code, effect: 'skipped', detail: message }))
  return { images: found.images, coverage: [...coverage, ...found.coverage, ...failed] }
}

/** Hands out what was held and turned out to be more than a document, and reports blobs that belong to nothing. */
async function* concludeBlob(
  reading: Reading,
  blob: ArchiveBlob,
  found: ArchiveImages | undefined,
): AsyncGenerator<LayerBlob, void> {
  const bytes = blob.held
  if (bytes !== undefined && !blob.offered) {
    const role = heldRole(blob, bytes, found)
    if (role !== undefined) yield* offer(reading, blob, once(bytes), role)
  }
  if (found === undefined || !blob.offered || belongs(blob, found)) return
  const detail = `${printable(blob.blobId)} is in the archive but in none of its images; it was scanned on its own.`
  reading.coverage.push({ code: 'UNREFERENCED_BLOB', effect: 'note', blobId: blob.blobId, detail })
}

function belongs(blob: ArchiveBlob, found: ArchiveImages): boolean {
  return found.named.has(blob) || found.layers.has(blob) || found.attestations.has(blob)
}

/** What a held document is to be scanned as; undefined for the archive's own documents and the configs, which scan/ gets parsed. */
function heldRole(
  blob: ArchiveBlob,
  bytes: Uint8Array,
  found: ArchiveImages | undefined,
): LayerBlob['role'] | undefined {
  if (found?.layers.has(blob)) return 'layer'
  if (found?.attestations.has(blob)) return 'attestation'
  if (isMarker(blob.path) || found?.named.has(blob) || blob.size === 0) return undefined
  if (found !== undefined && (isLegacyLayerDocument(bytes) || /(^|\/)VERSION$/.test(blob.path))) return undefined
  return 'unknown'
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
