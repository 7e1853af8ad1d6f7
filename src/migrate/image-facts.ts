// What a rewrite must know of a service's image: its program, its user, whether it has a shell, and which file form its own
// entrypoint shows. Read from the image's layers, wherever it can be had; nothing is run.
import { posix } from 'node:path'
import { parseTarget } from '../image/reference.js'
import { engineFailure, openSource } from '../image/sources/index.js'
import type { OpenedImage, SourceEnd, SourceOptions } from '../image/types.js'
import { SecretscanError, UnauthorizedError } from '../support/errors.js'
import { decompress } from '../unpack/compression.js'
import { normalizePath, readTar } from '../unpack/tar.js'
import { type Convention, conventionInScript } from './conventions.js'

export interface ImageFacts {
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  /** "" or root names: runs as root. */
  readonly user: string
  /** /bin/sh and cat are there. */
  readonly hasShell: boolean
  /** No program `env`, or no `tr`, is seen. */
  readonly lacksEnv?: true
  /** The file form that the image's own script shows. */
  readonly convention?: Convention
  readonly healthcheck: readonly string[]
  readonly env: readonly string[]
}

/** Why there are no facts. */
export interface NoFacts {
  readonly missing: string
  /** Where no engine could be asked: what helps, a sentence. */
  readonly noEngine?: string
}

/** Facts, or why there are none. */
export type FactsOf = (image: string) => ImageFacts | NoFacts

/** The reason for facts that nobody asked for (--no-images). */
export const NOT_LOOKED_AT = 'images were not to be looked at'

const SCRIPT_LIMIT = 512 * 1024
/** Scripts are found by their usual places, so that one pass over the layers is enough. */
const SCRIPT =
  /(?:^|\/)(?:[^/]*entrypoint[^/]*|run\.sh|start[^/]*|docker-[^/]*\.sh|init-envfile|init-env-file|[^/]*\.(?:sh|bash))$|(?:^|\/)s6-rc\.d\/[^/]+\/run$/
const SHELLS = new Set(['bin/sh', 'usr/bin/sh', 'bin/busybox', 'bin/bash', 'usr/bin/bash', 'bin/dash'])
const CATS = new Set(['bin/cat', 'usr/bin/cat', 'bin/busybox'])
const ENVS = new Set(['bin/env', 'usr/bin/env', 'bin/busybox'])
const TRS = new Set(['bin/tr', 'usr/bin/tr', 'bin/busybox'])
const PROGRAMS: ReadonlySet<string> = new Set([...SHELLS, ...CATS, ...ENVS, ...TRS])

interface Collected {
  /** Per blob: path -> text, undefined for programs and links. */
  readonly files: Map<string, Map<string, string | undefined>>
}

/**
 * Reads one image. @returns facts, or the reason why the image cannot be looked at (not pulled, no access).
 */
export async function readImageFacts(image: string, options: SourceOptions): Promise<ImageFacts | NoFacts> {
  try {
    const source = await openSource(parseTarget(image), options)
    try {
      const collected: Collected = { files: new Map() }
      const end = await readLayers(
        source.layers(async () => true),
        collected,
      )
      const [opened] = end.images
      return opened === undefined ? { missing: 'it holds no image' } : factsOf(opened, collected)
    } finally {
      await source.close()
    }
  } catch (error) {
    if (!(error instanceof SecretscanError)) throw error
    const engine = engineFailure(error)
    if (engine === undefined) return { missing: error.message }
    const isClosed = engine instanceof UnauthorizedError && engine.hint !== undefined
    return { missing: error.message, noEngine: isClosed ? engine.hint : 'Start Docker, or set DOCKER_HOST.' }
  }
}

async function readLayers(
  layers: ReturnType<Awaited<ReturnType<typeof openSource>>['layers']>,
  collected: Collected,
): Promise<SourceEnd> {
  for (;;) {
    const next = await layers.next()
    if (next.done === true) return next.value
    const { blobId, bytes, role } = next.value
    if (role === 'layer') collected.files.set(blobId, await readLayer(bytes))
  }
}

async function readLayer(bytes: AsyncIterable<Uint8Array>): Promise<Map<string, string | undefined>> {
  const ignore = () => undefined
  const files = new Map<string, string | undefined>()
  for await (const entry of readTar(decompress(bytes, { on: ignore }), { on: ignore })) {
    const path = normalizePath(entry.path)
    if (posix.basename(path).startsWith('.wh.')) files.set(path.replace(/\.wh\.([^/]*)$/, '$1'), undefined)
    else if (entry.type === 'file' && SCRIPT.test(path) && entry.size <= SCRIPT_LIMIT)
      files.set(path, await textOf(entry.body))
    else if (PROGRAMS.has(path)) files.set(path, undefined)
  }
  return files
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function factsOf({ image, config }: OpenedImage, { files }: Collected): ImageFacts {
  const merged = new Map<string, string | undefined>()
  for (const { blobId } of image.layers) for (const [path, text] of files.get(blobId) ?? []) merged.set(path, text)
  const has = (paths: ReadonlySet<string>) => [...paths].some((path) => merged.has(path))
  const convention = conventionOf([...config.entrypoint, ...config.cmd], merged)
  return {
    entrypoint: config.entrypoint,
    cmd: config.cmd,
    user: config.user ?? '',
    hasShell: has(SHELLS) && has(CATS),
    ...(has(ENVS) && has(TRS) ? {} : { lacksEnv: true }),
    healthcheck: config.healthcheck,
    env: config.env,
    ...(convention === undefined ? {} : { convention }),
  }
}

/** The script that the image starts, by path or by name; s6 images start theirs by folder. */
function conventionOf(
  words: readonly string[],
  files: ReadonlyMap<string, string | undefined>,
): Convention | undefined {
  const started = words.flatMap((word) =>
    [...files].filter(
      ([path, text]) =>
        text !== undefined && (path === normalizePath(word) || posix.basename(path) === posix.basename(word)),
    ),
  )
  const s6 = words.some((word) => /(?:^|\/)init$/.test(word))
    ? [...files].filter(([path]) => /s6-rc\.d\/.*\/run$/.test(path))
    : []
  for (const [path, text] of [...started, ...s6]) {
    const found = text === undefined ? undefined : conventionInScript(text, `the image's own ${path}`)
    if (found !== undefined) return found
  }
  return undefined
}
