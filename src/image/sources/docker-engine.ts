// An image of a Docker Engine or Podman: inspected for its identity, exported as a stream, read by the archives' one reader.
import type { IncomingMessage } from 'node:http'
import { CorruptImageError, UnreachableError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { readImageArchive, type Want } from '../archive-reader.js'
import { isDigest } from '../digest.js'
import { choosePlatforms, type Platform } from '../platform.js'
import type { BlobIdentity, LayerBlob, OpenedImage, OpenSource, SourceEnd, SourceOptions } from '../types.js'
import { type EngineKind, engineAddresses } from './docker-connection.js'
import { connectEngine, type EngineClient, engineFailure, openAnswer } from './engine-client.js'
import { type EngineInspection, engineConfig, inspectImage } from './engine-inspect.js'

interface EngineImage {
  readonly client: EngineClient
  readonly reference: string
  readonly inspection: EngineInspection
  readonly options: SourceOptions
}

/**
 * Opens `reference` (a name or an ID) in the engine; nothing is exported before layers() is asked for.
 * @throws NotFoundError, UnreachableError, UnauthorizedError, PlatformNotFoundError; UsageError for a DOCKER_HOST that is none.
 */
export async function openDockerEngine(
  reference: string,
  kind: EngineKind,
  options: SourceOptions,
  addresses = engineAddresses(kind),
): Promise<OpenSource> {
  const { signal } = options
  const client = await connectEngine(kind, addresses, signal)
  const inspection = await inspectImage(client, reference, signal)
  const image: EngineImage = { client, reference, inspection, options }
  const chosen = exportQuery(inspection, options.platform)
  const query = options.includeAttestations ? {} : chosen
  let images: readonly OpenedImage[] | undefined
  async function* layers(want: Want): AsyncGenerator<LayerBlob, SourceEnd> {
    const end = yield* exportedLayers(image, query, want)
    images = end.images
    return end
  }
  return {
    kind: client.kind,
    origin: client.name,
    parallel: false,
    describe: async () => images,
    layers,
    close: async () => undefined,
    inspected: {
      engineId: inspection.id,
      diffIds: inspection.diffIds,
      reference: nameOf(image),
      names: inspection.names,
      config: () => engineConfig(client, inspection, signal),
    },
  }
}

/** Exported by ID: a name may move meanwhile, and one without a tag stands for all tags of its repository. */
async function* exportedLayers(
  image: EngineImage,
  query: Readonly<Record<string, string>>,
  want: Want,
): AsyncGenerator<LayerBlob, SourceEnd> {
  const { client, reference, inspection, options } = image
  const what = `image ${printable(reference)}`
  const request = { path: `/images/${inspection.id}/get`, query, signal: options.signal }
  const answer = await openAnswer(client, request).catch(async (error: unknown) => {
    options.signal.throwIfAborted()
    throw await engineFailure(client, what, error)
  })
  try {
    const known: Want = (blob) => want(identified(blob, inspection))
    const name = `The export of ${printable(reference)}`
    const end = yield* readImageArchive(exportBytes(answer, image), known, { ...readingOf(image), name })
    assertSame(end, image)
    const images = end.images.map(({ image: each, ...rest }) => ({
      ...rest,
      image: { ...each, reference: nameOf(image) },
    }))
    return { ...end, images }
  } finally {
    answer.destroy()
  }
}

/**
 * An export of one platform comes without attestations, so where these are wanted all is exported, and the engine's own choice is made here.
 */
function readingOf({ options, inspection: { platform, isIndex } }: EngineImage): SourceOptions {
  if (!options.includeAttestations || !isIndex || options.platform !== undefined || platform === undefined)
    return options
  const { os, architecture, variant } = platform
  return { ...options, platform: [os, architecture, ...(variant === undefined ? [] : [variant])].join('/') }
}

/** The export as it comes. There is no time limit: 30 GB take their time. @throws UnreachableError where it breaks off. */
async function* exportBytes(
  answer: IncomingMessage,
  { client, reference, options }: EngineImage,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer) yield chunk as Uint8Array
  } catch (cause) {
    options.signal.throwIfAborted()
    throw new UnreachableError(`The export of ${printable(reference)} from ${client.name} broke off.`, {
      hint: 'See whether the engine still runs and has room on its disk; then try again.',
      cause,
    })
  }
}

/** An engine stores blobs under digests that it has verified: of a plain layer that is its diffID. */
function identified(blob: BlobIdentity, { diffIds }: EngineInspection): BlobIdentity {
  const { blobId } = blob
  if (!isDigest(blobId)) return blob
  return diffIds.includes(blobId) ? { ...blob, diffId: blobId } : { ...blob, blobDigest: blobId }
}

/** What came must be what was asked for: its config or manifest has the engine's ID, or is one that the engine lists under it. */
function assertSame({ images }: SourceEnd, { client, reference, inspection }: EngineImage): void {
  const { id, manifests, isIndex } = inspection
  const known = new Set<string>([id, ...(manifests ?? []).map(({ digest }) => digest)])
  for (const { image } of images) {
    if ((isIndex && manifests === undefined) || known.has(image.imageId) || known.has(image.manifestDigest ?? ''))
      continue
    throw new CorruptImageError(`${client.name} gave another image than ${printable(reference)} (${id}).`, {
      hint: 'The engine or something on the way is broken or lies.',
    })
  }
}

/** As the engine names it; the user's words where they are an ID. */
function nameOf({ reference, inspection: { names } }: EngineImage): string {
  return names.find((name) => name === reference || name === `${reference}:latest`) ?? reference
}

/**
 * Of an image with several platforms the engine is told which to export, unless all are wanted; where there is no index, there is nothing
 * to choose. Without a wish the choice is the engine's own, the same that inspecting shows.
 */
function exportQuery(
  { manifests, platform, isIndex }: EngineInspection,
  wanted: string | undefined,
): Record<string, string> {
  if (manifests === undefined || !isIndex || wanted === 'all') return {}
  const chosen = wanted === undefined ? platform : choosePlatforms(manifests, wanted)[0]?.platform
  return manifests.length <= 1 || chosen === undefined ? {} : platformQuery(chosen)
}

function platformQuery({ os, architecture, variant }: Platform): Record<string, string> {
  return { platform: JSON.stringify({ os, architecture, ...(variant === undefined ? {} : { variant }) }) }
}
