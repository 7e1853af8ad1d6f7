// An OCI image layout folder (OCI image-spec, image-layout.md). Paths are built from checked digests only, and a blob that is a link
// to somewhere outside the folder is refused.
import { createReadStream } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { CorruptImageError, NotAnImageError, NotFoundError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { peek } from '../../unpack/compression.js'
import type { Want } from '../archive-reader.js'
import { digestStream, splitDigest } from '../digest.js'
import { digestMismatch, documentTooLarge, mediaTypeMismatch, sizeMismatch } from '../document-issues.js'
import { type Descriptor, parseManifest, referenceOf } from '../manifest.js'
import { isForeignLayerType } from '../media-types.js'
import { type BlobReader, type Resolution, resolveImages } from '../resolve.js'
import { distinctImages, resolvedBlobs } from '../resolved-blobs.js'
import { SNIFF_BYTES, sniffBlob } from '../sniff.js'
import type { BlobIdentity, Digest, LayerBlob, OpenSource, SourceEnd, SourceIssue, SourceOptions } from '../types.js'
import { fileError } from './archive.js'

const READ_BYTES = 1024 * 1024

interface Layout {
  /** After links. */
  readonly root: string
  /** As the user wrote it, made printable. */
  readonly shown: string
  readonly options: SourceOptions
}

/** Opens the layout at `path`; `tag` chooses by org.opencontainers.image.ref.name, without it every image is given. */
export async function openOciLayout(
  path: string,
  tag: string | undefined,
  options: SourceOptions,
): Promise<OpenSource> {
  const shown = printable(path)
  const root = await realpath(path).catch((cause: unknown) => {
    throw fileError(cause, shown, 'folder')
  })
  const layout: Layout = { root, shown, options }
  const resolution = await resolveLayout(layout, tag)
  const [failure] = resolution.failures
  if (resolution.images.length === 0) throw failure ?? noImages(shown, resolution)
  const images = distinctImages(resolution)
  return {
    kind: 'oci',
    origin: `OCI layout ${shown}`,
    parallel: true,
    describe: async () => images.map(({ opened }) => opened),
    layers: (want) => layoutLayers(layout, resolution, want),
    close: async () => {},
  }
}

function noImages(shown: string, { coverage }: Resolution): NotAnImageError {
  const [reason] = coverage
  return new NotAnImageError(
    `The OCI layout ${shown} holds no container image.${reason === undefined ? '' : ` ${reason.detail}`}`,
    {
      hint: 'Choose another folder or tag.',
    },
  )
}

async function resolveLayout(layout: Layout, tag: string | undefined): Promise<Resolution> {
  const { shown, options } = layout
  const path = await confined(layout, 'index.json')
  if (path === undefined) {
    throw new NotAnImageError(`The folder ${shown} is no OCI layout: it has no index.json.`, {
      hint: 'For an ordinary folder use "secretscan dir".',
    })
  }
  const bytes = await readBounded(path, options.maxManifestSize, `${shown}/index.json`)
  const index = parseManifest(bytes)
  if (index.kind !== 'index')
    throw new CorruptImageError(`${shown}/index.json is no index.`, { hint: 'Write the layout again.' })
  const entries = tag === undefined ? index.manifests : tagged(index.manifests, tag, shown)
  return resolveImages(entries, layoutReader(layout), options)
}

function tagged(entries: readonly Descriptor[], tag: string, shown: string): readonly Descriptor[] {
  const chosen = entries.filter(
    (entry) => entry.annotations['org.opencontainers.image.ref.name'] === tag || referenceOf(entry) === tag,
  )
  if (chosen.length > 0) return chosen
  const names = entries.flatMap((entry) => referenceOf(entry) ?? []).map(printable)
  throw new NotFoundError(
    `The OCI layout ${shown} has no image tagged ${printable(tag)}; it has ${names.length === 0 ? 'no tags' : names.join(', ')}.`,
    {
      hint: `Leave the tag out to scan every image: oci:${shown}`,
    },
  )
}

function layoutReader(layout: Layout): BlobReader {
  return {
    local: true,
    has: async (digest) => (await blobPath(layout, digest)) !== undefined,
    read: async ({ digest }) => {
      const path = await blobPath(layout, digest)
      return path === undefined ? undefined : readBounded(path, layout.options.maxManifestSize, digest)
    },
  }
}

/** Where a blob lies, after links; undefined where there is none. Throws CorruptImageError for a link out of the layout. */
function blobPath(layout: Layout, digest: Digest): Promise<string | undefined> {
  const { algorithm, hex } = splitDigest(digest)
  return confined(layout, join('blobs', algorithm, hex))
}

async function confined({ root, options }: Layout, name: string): Promise<string | undefined> {
  const path = await realpath(join(root, name)).catch(() => undefined)
  if (path === undefined || options.followLinks || path.startsWith(root.endsWith(sep) ? root : root + sep)) return path
  throw new CorruptImageError(`${name} is a link to a place outside the layout.`, {
    hint: 'If you made this layout yourself, --follow reads what such links point to.',
  })
}

async function readBounded(path: string, limit: number, what: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw fileError(cause, printable(what))
  })
  try {
    const { size } = await file.stat()
    if (size > limit) throw documentTooLarge(printable(what), limit)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

async function* layoutLayers(layout: Layout, resolution: Resolution, want: Want): AsyncGenerator<LayerBlob, SourceEnd> {
  const coverage: SourceIssue[] = [...resolution.coverage]
  for (const { code, message } of resolution.failures) coverage.push({ code, effect: 'skipped', detail: message })
  for (const { descriptor, role } of resolvedBlobs(resolution)) {
    layout.options.signal.throwIfAborted()
    const path = await layerPath(layout, descriptor, coverage)
    const blobId = descriptor.digest
    if (path === undefined || !(await want(await identityOf(layout, blobId, path)))) continue
    yield { blobId, role, bytes: verifiedBytes(path, descriptor, coverage) }
  }
  return { images: distinctImages(resolution).map(({ opened }) => opened), coverage }
}

async function identityOf({ options }: Layout, blobId: string, path: string): Promise<BlobIdentity> {
  if (options.hashFirst !== true) return { blobId }
  const file = createReadStream(path, { highWaterMark: READ_BYTES, signal: options.signal })
  const { digest } = await digestStream(file, 'sha256').finish()
  return digest === undefined ? { blobId } : { blobId, blobDigest: digest }
}

async function layerPath(
  layout: Layout,
  { digest, mediaType }: Descriptor,
  coverage: SourceIssue[],
): Promise<string | undefined> {
  try {
    const path = await blobPath(layout, digest)
    if (path === undefined && !isForeignLayerType(mediaType)) {
      coverage.push({
        code: 'MISSING_BLOB',
        effect: 'skipped',
        blobId: digest,
        detail: `Layer ${digest} is not in the layout.`,
      })
    }
    return path
  } catch (error) {
    if (!(error instanceof CorruptImageError)) throw error
    coverage.push({
      code: 'LINK_OUTSIDE',
      effect: 'skipped',
      blobId: digest,
      detail: `${error.message} ${error.hint ?? ''}`.trim(),
    })
    return undefined
  }
}

/** A layer's bytes, checked against its descriptor when they have come to their end. */
async function* verifiedBytes(
  path: string,
  descriptor: Descriptor,
  coverage: SourceIssue[],
): AsyncGenerator<Uint8Array> {
  const { digest, size, mediaType } = descriptor
  const file = createReadStream(path, { highWaterMark: READ_BYTES })
  const stream = digestStream(file, splitDigest(digest).algorithm)
  try {
    const { head, bytes } = await peek(stream.bytes, SNIFF_BYTES)
    const sniffed = sniffBlob(head)
    coverage.push(...mediaTypeMismatch(digest, mediaType, sniffed.form === 'layer' ? sniffed.compression : undefined))
    yield* bytes
    const seen = await stream.finish()
    coverage.push(...digestMismatch(digest, digest, seen.digest), ...sizeMismatch(digest, size, seen.size))
  } finally {
    file.destroy()
  }
}
