// An image in an OCI registry, without a daemon (distribution-spec 1.1, pull side). Layers are streamed straight into the scan.
import { createGuardedFetch, type GuardedFetch } from '../../net/guarded-fetch.js'
import { readBlob } from '../../registry/blob.js'
import { RegistryClient } from '../../registry/client.js'
import { CorruptImageError, NotFoundError, UnreachableError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { matchesDigest, parseDigest, sha256 } from '../digest.js'
import type { Descriptor } from '../manifest.js'
import { isForeignLayerType, isIndexType, isManifestType } from '../media-types.js'
import { type ImageReference, parseImageReference } from '../reference.js'
import { type BlobReader, type Resolution, resolveImages } from '../resolve.js'
import { resolvedBlobs } from '../resolved-blobs.js'
import type { BlobIdentity, Digest, LayerBlob, OpenSource, SourceEnd, SourceIssue, SourceOptions } from '../types.js'

interface Session {
  readonly client: RegistryClient
  readonly fetcher: GuardedFetch
  readonly name: ImageReference
  readonly options: SourceOptions
}

/**
 * Opens `reference` in its registry: reads index, manifest and config, and no layer yet.
 * @throws NotFoundError, UnauthorizedError, UnreachableError, CorruptImageError, PlatformNotFoundError.
 */
export async function openRegistry(reference: string, options: SourceOptions): Promise<OpenSource> {
  const name = parseImageReference(reference)
  const { signal, insecureRegistries, offline, registryCa } = options
  const fetcher = createGuardedFetch({
    signal,
    insecureHosts: insecureRegistries,
    offline,
    ...(registryCa === undefined ? {} : { caFile: registryCa }),
  })
  const hosts = [name.registry, name.registry.replace(/:\d+$/, '')]
  const insecure = hosts.some((host) => insecureRegistries.includes(host))
  const session: Session = {
    client: new RegistryClient({ fetcher, signal, host: name.registry, insecure }),
    fetcher,
    name,
    options,
  }
  try {
    return sourceOf(session, await resolve(session))
  } catch (error) {
    await fetcher.close()
    throw error
  }
}

function sourceOf(session: Session, resolution: Resolution): OpenSource {
  const images = resolution.images.map(({ opened }) => opened)
  return {
    kind: 'registry',
    origin: `registry ${session.name.registry}`,
    parallel: true,
    describe: async () => images,
    layers: (want) => layersOf(session, resolution, want),
    close: () => session.fetcher.close(),
  }
}

async function resolve(session: Session): Promise<Resolution> {
  const { name, options } = session
  const root = await readRoot(session)
  const resolution = await resolveImages([root.descriptor], documentReader(session, root), {
    includeAttestations: options.includeAttestations,
    reference: name.toString(),
    ...(options.platform === undefined ? {} : { platform: options.platform }),
  })
  const [failure] = resolution.failures
  if (resolution.images.length > 0) return resolution
  const [reason] = resolution.coverage
  throw (
    failure ??
    new NotFoundError(`${name} is no container image.${reason === undefined ? '' : ` ${reason.detail}`}`, {
      hint: 'Choose another tag.',
    })
  )
}

interface Root {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

/** What the tag or digest stands for. The bytes must be those of the digest that the user, else the registry, names. */
async function readRoot({ client, name, options }: Session): Promise<Root> {
  const wanted = name.digest ?? name.tag ?? 'latest'
  const answer = await client.manifest(name.repository, wanted, options.maxManifestSize)
  const claimed = name.digest ?? answer.digest
  const digest: Digest = claimed === undefined ? sha256(answer.bytes) : parseDigest(claimed)
  if (!matchesDigest(answer.bytes, digest)) {
    throw new CorruptImageError(`${name.registry} sent another manifest than ${printable(digest)}.`, {
      hint: 'The registry or something on the way is broken or lies; nothing of it was scanned.',
    })
  }
  const { mediaType, bytes } = answer
  return { descriptor: { digest, mediaType, size: bytes.length, annotations: {}, urls: [] }, bytes }
}

/** Documents from the registry: manifests by digest, configs and statements as blobs. */
function documentReader({ client, name, options }: Session, root: Root): BlobReader {
  const { maxManifestSize: limit } = options
  return {
    local: false,
    has: async () => true,
    read: async ({ digest, mediaType }) => {
      if (digest === root.descriptor.digest) return root.bytes
      try {
        if (isIndexType(mediaType) || isManifestType(mediaType))
          return (await client.manifest(name.repository, digest, limit)).bytes
        return await (await client.openBlob(name.repository, digest, 0)).bytes(limit)
      } catch (error) {
        if (error instanceof NotFoundError) return undefined
        throw error
      }
    },
  }
}

async function* layersOf(
  session: Session,
  resolution: Resolution,
  want: (blob: BlobIdentity) => Promise<boolean>,
): AsyncGenerator<LayerBlob, SourceEnd> {
  const coverage: SourceIssue[] = [...resolution.coverage]
  for (const { code, message } of resolution.failures) coverage.push({ code, effect: 'skipped', detail: message })
  for (const { descriptor, role } of resolvedBlobs(resolution)) {
    session.options.signal.throwIfAborted()
    if (!isWanted(descriptor, session.options)) continue
    const blobId = descriptor.digest
    if (!(await want({ blobId, blobDigest: blobId }))) continue
    yield { blobId, role, blobDigest: blobId, bytes: reported(bytesOf(session, descriptor), blobId, coverage) }
  }
  return { images: resolution.images.map(({ opened }) => opened), coverage }
}

/** Other bytes than the digest's have been scanned when that shows: their findings stand, and the report says what they are. */
async function* reported(
  bytes: AsyncIterable<Uint8Array>,
  blobId: string,
  coverage: SourceIssue[],
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (error) {
    if (!(error instanceof CorruptImageError)) throw error
    coverage.push({ code: 'DIGEST_MISMATCH', effect: 'partial', blobId, detail: error.message })
  }
}

/** Foreign layers are fetched only where that was asked for. A layer is not foreign because it names addresses. */
function isWanted({ mediaType }: Descriptor, { allowForeignLayers }: SourceOptions): boolean {
  return allowForeignLayers || !isForeignLayerType(mediaType)
}

/** The blob from the registry; a foreign one from the public https address that its manifest names, without credentials. */
async function* bytesOf(
  { client, fetcher, name, options }: Session,
  descriptor: Descriptor,
): AsyncGenerator<Uint8Array> {
  const { digest, size, mediaType, urls } = descriptor
  const request = { digest, host: name.registry, signal: options.signal, ...(size === undefined ? {} : { size }) }
  if (!isForeignLayerType(mediaType))
    return yield* readBlob((from) => client.openBlob(name.repository, digest, from), request)
  const url = urls.find((candidate) => candidate.startsWith('https://'))
  if (url === undefined) throw new UnreachableError(`Layer ${digest} names no https address to fetch it from.`)
  const headers = (from: number) => (from > 0 ? { headers: { range: `bytes=${from}-` } } : {})
  yield* readBlob((from) => fetcher.fetch(new URL(url), { most: 'public', ...headers(from) }), request)
}
