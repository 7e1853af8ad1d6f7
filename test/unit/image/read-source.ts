// Runs a source to its end, as scan/ does, and keeps what it gave.
import { createHash } from 'node:crypto'
import { type ArchiveOptions, readImageArchive } from '../../../src/image/archive-reader.js'
import type { LayerBlob, SourceEnd, SourceOptions } from '../../../src/image/types.js'
import { decompress } from '../../../src/unpack/compression.js'
import { readTar } from '../../../src/unpack/tar.js'
import { chunked } from '../../fixtures/image-builder.js'

export const sourceOptions: SourceOptions = {
  signal: new AbortController().signal,
  maxManifestSize: 4 * 1024 * 1024,
  includeAttestations: false,
  allowForeignLayers: false,
  followLinks: false,
  insecureRegistries: [],
  offline: true,
}

export interface ReadBlob {
  readonly role: LayerBlob['role']
  readonly bytes: Uint8Array
}

export interface ReadSource {
  readonly end: SourceEnd
  /** Those handed out before an error too. */
  readonly blobs: ReadonlyMap<string, ReadBlob>
  readonly error?: unknown
}

/** Reads every blob in full; an error of the source is kept beside what came before it. */
export async function drain(layers: AsyncGenerator<LayerBlob, SourceEnd>): Promise<ReadSource> {
  const blobs = new Map<string, ReadBlob>()
  try {
    for (let next = await layers.next(); ; next = await layers.next()) {
      if (next.done === true) return { end: next.value, blobs }
      const { blobId, role, bytes } = next.value
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(Uint8Array.from(chunk))
      blobs.set(blobId, { role, bytes: Buffer.concat(chunks) })
    }
  } catch (error) {
    return { end: { images: [], coverage: [] }, blobs, error }
  }
}

/** Reads an archive's bytes to the end; throws what the reader throws. */
export async function readArchive(bytes: Uint8Array, options: Partial<ArchiveOptions> = {}): Promise<ReadSource> {
  const source = await tryArchive(bytes, options)
  if (source.error !== undefined) throw source.error
  return source
}

/** As readArchive, with the error beside what came before it. */
export function tryArchive(bytes: Uint8Array, options: Partial<ArchiveOptions> = {}): Promise<ReadSource> {
  return drain(
    readImageArchive(chunked(bytes), async () => true, { ...sourceOptions, name: 'The archive', ...options }),
  )
}

/** What the images hold, by what matters to a reader: per layer its instruction and its files' digests. */
export async function contents(source: ReadSource): Promise<unknown> {
  const images = []
  for (const { image, config } of source.end.images) {
    const layers = []
    for (const { createdBy, diffId, blobId } of image.layers) {
      layers.push({ createdBy, diffId, files: await filesOf(source.blobs.get(blobId)?.bytes ?? new Uint8Array()) })
    }
    images.push({ imageId: image.imageId, platform: image.platform, env: config.env, layers })
  }
  return images
}

async function filesOf(bytes: Uint8Array): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const on = (): void => {}
  for await (const { path, body } of readTar(decompress(chunked(bytes), { on }), { on })) {
    const hash = createHash('sha256')
    for await (const chunk of body) hash.update(chunk)
    files[path] = hash.digest('hex')
  }
  return files
}

/** Codes and effects of what was reported, sorted. */
export function codes({ end }: ReadSource): readonly string[] {
  return end.coverage.map(({ code, effect }) => `${code} ${effect}`).sort()
}
