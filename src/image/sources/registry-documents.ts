// Documents and blobs of one repository in a registry: what a scan of an image and a sweep have in common. Chooses nothing.
import type { GuardedFetch } from '../../net/guarded-fetch.js'
import { type BlobRequest, readBlob } from '../../registry/blob.js'
import type { RegistryClient } from '../../registry/client.js'
import { CorruptImageError, NotFoundError, UnreachableError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { matchesDigest, parseDigest, sha256 } from '../digest.js'
import type { Descriptor } from '../manifest.js'
import { isForeignLayerType, isIndexType, isManifestType } from '../media-types.js'
import type { BlobReader } from '../resolve.js'
import type { Digest } from '../types.js'

export interface RegistryPlace {
  readonly client: RegistryClient
  readonly fetcher: GuardedFetch
  readonly repository: string
  readonly signal: AbortSignal
  /** Bytes; manifests, indexes and configs each. */
  readonly maxManifestSize: number
}

/** What a tag or digest stands for. */
export interface RootDocument {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

/**
 * The document of a tag or digest. The bytes must be those of the digest that the caller, else the registry, names.
 * @throws CorruptImageError where they are not; NotFoundError, UnauthorizedError, UnreachableError, LimitExceededError.
 */
export async function readRoot(
  { client, repository, maxManifestSize }: RegistryPlace,
  wanted: { readonly tag: string } | { readonly digest: string },
): Promise<RootDocument> {
  const asked = 'digest' in wanted ? parseDigest(wanted.digest) : undefined
  const answer = await client.manifest(repository, 'tag' in wanted ? wanted.tag : wanted.digest, maxManifestSize)
  const claimed = asked ?? answer.digest
  const digest: Digest = claimed === undefined ? sha256(answer.bytes) : parseDigest(claimed)
  if (!matchesDigest(answer.bytes, digest)) {
    throw new CorruptImageError(`${client.host} sent another manifest than ${printable(digest)}.`, {
      hint: 'The registry or something on the way is broken or lies; nothing of it was scanned.',
    })
  }
  const { mediaType, bytes } = answer
  return { descriptor: { digest, mediaType, size: bytes.length, annotations: {}, urls: [] }, bytes }
}

/** Documents from the registry: manifests by digest, configs and statements as blobs; the root is not asked for again. */
export function documentReader(place: RegistryPlace, root: RootDocument): BlobReader {
  const { client, repository, maxManifestSize: limit } = place
  return {
    local: false,
    has: async () => true,
    read: async ({ digest, mediaType }) => {
      if (digest === root.descriptor.digest) return root.bytes
      try {
        if (isIndexType(mediaType) || isManifestType(mediaType))
          return (await client.manifest(repository, digest, limit)).bytes
        return await client.document(repository, digest, limit)
      } catch (error) {
        if (error instanceof NotFoundError) return undefined
        throw error
      }
    },
  }
}

/**
 * A blob's bytes, verified and resumed as blob.ts does: from the registry, or where the layer is foreign from the public https address
 * that its manifest names, without credentials. `digestDecides`: the size may be wrong.
 */
export async function* blobBytes(
  { client, fetcher, repository, signal }: RegistryPlace,
  { digest, size, mediaType, urls }: Pick<Descriptor, 'digest' | 'size' | 'mediaType' | 'urls'>,
  { digestDecides = false }: Pick<BlobRequest, 'digestDecides'> = {},
): AsyncGenerator<Uint8Array> {
  const request = { digest, host: client.host, signal, digestDecides, ...(size === undefined ? {} : { size }) }
  if (!isForeignLayerType(mediaType))
    return yield* readBlob((from) => client.openBlob(repository, digest, from), request)
  const url = urls.find((candidate) => candidate.startsWith('https://'))
  if (url === undefined) throw new UnreachableError(`Layer ${digest} names no https address to fetch it from.`)
  const headers = (from: number) => (from > 0 ? { headers: { range: `bytes=${from}-` } } : {})
  yield* readBlob((from) => fetcher.fetch(new URL(url), { most: 'public', signal, ...headers(from) }), request)
}
