// An image of a Docker Engine or Podman: inspected for its identity, exported as a stream, read by the archives' one reader.
import type Docker from 'dockerode'
import { UnreachableError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { readImageArchive, type Want } from '../archive-reader.js'
import type { LayerBlob, OpenedImage, OpenSource, SourceEnd, SourceOptions } from '../types.js'
import type { EngineKind } from './docker-connection.js'
import { connectEngine, type EngineClient, engineFailure } from './engine-client.js'

/** The first API version whose export takes a platform (moby API 1.48). */
const PLATFORM_API = [1, 48] as const

/**
 * Opens `reference` (a name or an ID) in the engine; nothing is exported before layers() is asked for.
 * @throws NotFoundError, UnreachableError, UnauthorizedError.
 */
export async function openDockerEngine(
  reference: string,
  kind: EngineKind,
  options: SourceOptions,
): Promise<OpenSource> {
  const client = await connectEngine(kind)
  const what = `image ${printable(reference)}`
  try {
    await client.docker.getImage(reference).inspect()
  } catch (error) {
    throw await engineFailure(client, what, error)
  }
  let images: readonly OpenedImage[] | undefined
  async function* layers(want: Want): AsyncGenerator<LayerBlob, SourceEnd> {
    const stream = await exportImage(client, reference, options)
    try {
      const end = yield* readImageArchive(stream, want, { ...options, name: `The export of ${printable(reference)}` })
      images = end.images.map((opened) => named(opened, reference))
      return { ...end, images }
    } finally {
      stream.destroy()
    }
  }
  return {
    kind,
    origin: client.name,
    parallel: false,
    describe: async () => images,
    layers,
    close: async () => undefined,
  }
}

/** An image saved by its ID carries no name; the user's stands in. */
function named(opened: OpenedImage, reference: string): OpenedImage {
  return opened.image.reference === undefined ? { ...opened, image: { ...opened.image, reference } } : opened
}

interface ExportStream extends AsyncIterable<Uint8Array> {
  destroy(): unknown
}

/** The export as it comes; an aborted signal ends it. There is no time limit: 30 GB take their time. */
async function exportImage(client: EngineClient, reference: string, options: SourceOptions): Promise<ExportStream> {
  const query = await platformQuery(client, options.platform)
  const request = {
    path: `/images/${encodeURI(reference)}/get?`,
    method: 'GET',
    isStream: true,
    abortSignal: options.signal,
    options: query,
    statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
  }
  try {
    return await new Promise<ExportStream>((resolve, reject) => {
      client.docker.modem.dial(request as Parameters<Docker['modem']['dial']>[0], (error: unknown, stream: unknown) => {
        if (error) reject(error)
        else resolve(stream as ExportStream)
      })
    })
  } catch (error) {
    throw await engineFailure(client, `image ${printable(reference)}`, error)
  }
}

/** A store that holds several platforms exports all it has unless told; engines before PLATFORM_API hold one. */
async function platformQuery(client: EngineClient, platform: string | undefined): Promise<Record<string, string>> {
  if (platform === undefined || platform === 'all' || client.kind === 'podman') return {}
  const { ApiVersion } = await client.docker.version()
  const [major = 0, minor = 0] = ApiVersion.split('.').map(Number)
  if (major < PLATFORM_API[0] || (major === PLATFORM_API[0] && minor < PLATFORM_API[1])) return {}
  const [os = '', architecture = '', variant] = platform.split('/')
  if (os === '' || architecture === '')
    throw new UnreachableError(`"${printable(platform)}" is no platform.`, { hint: 'Write for example linux/arm64.' })
  return { platform: JSON.stringify({ os, architecture, ...(variant === undefined ? {} : { variant }) }) }
}
