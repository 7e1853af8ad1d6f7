// An image archive given by path. Read in one pass like a pipe, so that both give the same report.
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { CorruptImageError, NotAnImageError, NotFoundError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { readImageArchive, type Want } from '../archive-reader.js'
import { digestStream } from '../digest.js'
import type { BlobIdentity, Digest, LayerBlob, OpenedImage, OpenSource, SourceEnd, SourceOptions } from '../types.js'

const READ_BYTES = 1024 * 1024

/** Opens the archive at `path`. Throws NotFoundError or NotAnImageError where there is no readable file. */
export async function openArchive(path: string, options: SourceOptions): Promise<OpenSource> {
  const shown = printable(path)
  const size = await sizeOf(path, shown)
  const passes = options.hashFirst === true ? 2 : 1
  let images: readonly OpenedImage[] | undefined
  const read = (want: Want): AsyncGenerator<LayerBlob, SourceEnd> => {
    const bytes = createReadStream(path, { highWaterMark: READ_BYTES, signal: options.signal })
    const counted = told(bytes, (count) => options.onRead?.(count / passes))
    return readImageArchive(counted, want, { ...options, name: `The archive ${shown}` })
  }
  let firstReading: Promise<FirstReading> | undefined
  const hashed = async (): Promise<FirstReading | undefined> => {
    if (options.hashFirst !== true) return undefined
    firstReading ??= readForDigests(
      read(async () => true),
      options.signal,
    )
    return firstReading
  }
  async function* layers(want: Want): AsyncGenerator<LayerBlob, SourceEnd> {
    const first = await hashed()
    const end = yield* read((blob) => want(identified(blob, first?.digests.get(blob.blobId))))
    if (first?.images !== undefined && idsOf(first.images) !== idsOf(end.images))
      throw new CorruptImageError(`The archive ${shown} changed while it was read.`, {
        hint: 'Scan it again when it is whole.',
      })
    images = end.images
    return end
  }
  return {
    kind: 'archive',
    origin: `archive ${shown}`,
    parallel: false,
    describe: async () => images ?? (await hashed())?.images,
    layers,
    close: async () => {},
    ...(size > 0 ? { size } : {}),
  }
}

const idsOf = (images: readonly OpenedImage[]): string => images.map(({ image }) => image.imageId).join()

async function* told(chunks: AsyncIterable<Uint8Array>, tell: (count: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    tell(chunk.length)
    yield chunk
  }
}

/** What reading an archive once has told: the SHA-256 of its blobs and, where it is whole, its images. */
interface FirstReading {
  readonly digests: ReadonlyMap<string, Digest>
  readonly images?: readonly OpenedImage[]
}

/** Reads as far as the archive can be read: what is wrong with it, the second reading tells. */
async function readForDigests(blobs: AsyncGenerator<LayerBlob, SourceEnd>, signal: AbortSignal): Promise<FirstReading> {
  const digests = new Map<string, Digest>()
  try {
    for (let next = await blobs.next(); ; next = await blobs.next()) {
      if (next.done === true) return { digests, images: next.value.images }
      const { blobId, bytes } = next.value
      const { digest } = await digestStream(bytes, 'sha256').finish()
      if (digest !== undefined) digests.set(blobId, digest)
    }
  } catch {
    signal.throwIfAborted()
    return { digests }
  }
}

function identified(blob: BlobIdentity, blobDigest: Digest | undefined): BlobIdentity {
  return blobDigest === undefined ? blob : { ...blob, blobDigest }
}

/** Bytes; 0 for what has none (a pipe by name). */
async function sizeOf(path: string, shown: string): Promise<number> {
  const refuse = (cause: unknown) => {
    throw fileError(cause, shown)
  }
  const found = await stat(path).catch(refuse)
  if (found.isFile()) await open(path).then((file) => file.close(), refuse)
  if (!found.isDirectory()) return found.isFile() ? found.size : 0
  throw new NotAnImageError(`The folder ${shown} is no archive.`, {
    hint: `Write oci:${shown} for an OCI layout, or use "secretscan dir ${shown}".`,
  })
}

/** The error for a path that the system did not open. */
export function fileError(cause: unknown, shown: string, what: 'file' | 'folder' = 'file'): NotFoundError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new NotFoundError(`There is no ${what} ${shown}.`, {
      hint: 'Check the path; docker:NAME and registry:NAME name an image elsewhere.',
      cause,
    })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new NotFoundError(`The ${what} ${shown} may not be read.`, {
      hint: 'Give yourself read permission, or pipe the archive: secretscan image - < FILE.',
      cause,
    })
  }
  return new NotFoundError(`The ${what} ${shown} cannot be read (${code === '' ? 'unknown error' : code}).`, {
    hint: 'Check the path and the disk.',
    cause,
  })
}
