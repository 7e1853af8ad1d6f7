// An image in an OCI registry, without a daemon (distribution-spec 1.1, pull side). Layers are streamed straight into the scan.
import { createGuardedFetch } from '../../net/guarded-fetch.js'
import { RegistryClient } from '../../registry/client.js'
import { CorruptImageError, NotFoundError } from '../../support/errors.js'
import type { Descriptor } from '../manifest.js'
import { isForeignLayerType } from '../media-types.js'
import { type ImageReference, parseImageReference } from '../reference.js'
import { type Resolution, resolveImages } from '../resolve.js'
import { resolvedBlobs } from '../resolved-blobs.js'
import type { BlobIdentity, LayerBlob, OpenSource, SourceEnd, SourceIssue, SourceOptions } from '../types.js'
import { blobBytes, documentReader, type RegistryPlace, type RootDocument, readRoot } from './registry-documents.js'

interface Session extends RegistryPlace {
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
  const waits = options.onWait === undefined ? {} : { onWait: options.onWait }
  const session: Session = {
    client: new RegistryClient({ fetcher, signal, host: name.registry, insecure, ...waits }),
    fetcher,
    repository: name.repository,
    signal,
    maxManifestSize: options.maxManifestSize,
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
  const root = await rootOf(session)
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

/**
 * What the name stands for. A tag of Docker Hub is asked for by HEAD first: that is not counted, tells what is left of the limit, and a
 * limit that is used up ends the scan with a time to come back instead of a refused pull.
 */
async function rootOf(session: Session): Promise<RootDocument> {
  const { client, name } = session
  if (name.digest !== undefined) return readRoot(session, { digest: name.digest })
  const tag = name.tag ?? 'latest'
  const digest = name.registry === 'docker.io' ? await client.resolve(name.repository, tag) : undefined
  return readRoot(session, digest === undefined ? { tag } : { digest })
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
    yield { blobId, role, blobDigest: blobId, bytes: reported(blobBytes(session, descriptor), blobId, coverage) }
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
