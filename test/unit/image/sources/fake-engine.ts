// The part of an engine's API that scanning uses, on a socket, with images built in memory. Does what a test tells it to.
import type { ServerResponse } from 'node:http'
import { type ArchiveSpec, buildArchive, buildImage, type ImageSpec } from '../../../fixtures/image-builder.js'
import { json, type ScriptedServer, type SeenRequest, startServer } from '../../../fixtures/scripted-server.js'

export interface FakeImage {
  /** What inspecting answers. */
  readonly inspection: Readonly<Record<string, unknown>>
  readonly history: readonly unknown[]
  readonly archive: Uint8Array
}

export type Export = (request: SeenRequest, response: ServerResponse, image: FakeImage) => void

export interface FakeEngine extends ScriptedServer {
  /** By name; an image is known by its ID too. */
  readonly images: Map<string, FakeImage>
  /** In place of giving the whole archive. */
  giveExport: Export
  /** Paths of exports that were asked for. */
  exports(): readonly string[]
}

/** An image as an engine with the overlay2 store has it: its ID is the config's digest. */
export async function fakeImage(
  spec: ImageSpec,
  layout: ArchiveSpec['layout'] = 'hybrid',
  inspected: Readonly<Record<string, unknown>> = {},
): Promise<FakeImage> {
  const built = await buildImage(spec)
  const config = JSON.parse(Buffer.from(built.config).toString('utf8')) as {
    readonly config?: unknown
    readonly history?: readonly { readonly created_by?: string }[]
  }
  return {
    inspection: {
      Id: built.configDigest,
      RepoTags: spec.tags ?? [],
      Os: 'linux',
      Architecture: 'amd64',
      Config: config.config,
      RootFS: { Type: 'layers', Layers: built.layers.map(({ diffId }) => diffId) },
      ...inspected,
    },
    history: [...(config.history ?? [])].reverse().map(({ created_by }) => ({ CreatedBy: created_by })),
    archive: await buildArchive({ layout, images: [spec] }),
  }
}

function listOf({ images }: FakeEngine): unknown {
  return [...images].map(([name, { inspection }]) => ({ Id: inspection['Id'], RepoTags: [name] }))
}

function imageOf({ images }: FakeEngine, name: string): FakeImage | undefined {
  const all = [...images.values()]
  return images.get(name) ?? images.get(`${name}:latest`) ?? all.find(({ inspection }) => inspection['Id'] === name)
}

function answer(engine: FakeEngine, request: SeenRequest, response: ServerResponse): void {
  const { pathname } = new URL(`http://engine${request.url}`)
  const path = decodeURIComponent(pathname).replace(/^\/v[\d.]+/, '')
  const [, name = '', what] = /^\/images\/(.+)\/(json|history|get)$/.exec(path) ?? []
  const image = imageOf(engine, name)
  if (path === '/_ping') response.end('OK')
  else if (path === '/images/json') json(response, 200, listOf(engine))
  else if (image === undefined) json(response, 404, { message: `No such image: ${name}` })
  else if (what === 'json') json(response, 200, image.inspection)
  else if (what === 'history') json(response, 200, image.history)
  else engine.giveExport(request, response, image)
}

export async function startFakeEngine(socket: string): Promise<FakeEngine> {
  const server = await startServer((request, response) => answer(engine, request, response), socket)
  const engine: FakeEngine = Object.assign(server, {
    images: new Map<string, FakeImage>(),
    giveExport: (_: SeenRequest, response: ServerResponse, { archive }: FakeImage) => void response.end(archive),
    exports: () => server.seen.map(({ url }) => url).filter((url) => /\/get(\?|$)/.test(url)),
  })
  return engine
}
