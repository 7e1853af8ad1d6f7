// What the services of a Compose project are built from: Dockerfiles, and files with telling names that they copy into the image.
import { open, stat } from 'node:fs/promises'
import { join, posix, relative, resolve } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { contextFiles, contextSources, sourceTakes } from '../dockerfile/context.js'
import { parseDockerfile } from '../dockerfile/parse.js'
import type { Dockerfile } from '../dockerfile/types.js'
import { printable } from '../support/printable.js'
import { isMap } from '../support/tree.js'
import { dockerfilePieces } from './dockerfile-pieces.js'
import type { Coverage, ProjectPlace } from './types.js'
import type { Piece } from './unit.js'

/** Bytes of a Dockerfile that are read. */
const MOST_BYTES = 8 * 1024 * 1024
/** Names of files that hold secrets and nothing else, in the project or in the image: everyone who pulls it has them. */
const TELLING =
  /(?:^|\/)(?:\.env(?:\.[^/]*)?|[^/]*\.env|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]*\.(?:pem|key|p12|pfx|jks|keystore|ppk)|\.npmrc|\.yarnrc(?:\.yml)?|\.netrc|_netrc|\.pgpass|\.my\.cnf|\.pypirc|\.git-credentials|\.htpasswd|credentials(?:\.[^/]*)?|secrets?\.[^/]*|kubeconfig|\.kube\/config|\.docker\/config\.json|[^/]*\.tfvars|[^/]*\.tfstate)$/i

export interface ProjectBuilds {
  readonly pieces: readonly Piece[]
  /** Dockerfiles and copied files that are scanned, as absolute paths. */
  readonly dockerfiles: ReadonlyMap<string, Uint8Array>
  readonly copied: readonly string[]
  readonly coverage: readonly Coverage[]
}

interface Build {
  readonly service: string
  readonly context: string
  /** Absolute. */
  readonly dockerfile: string
  readonly inline?: string
}

/** Builds in a local folder. A context elsewhere becomes a note. */
function localBuilds(project: ComposeProject, on: (coverage: Coverage) => void): Build[] {
  const services = project.model['services']
  return Object.entries(isMap(services) ? services : {}).flatMap(([service, definition]) => {
    const build = isMap(definition) ? definition['build'] : undefined
    if (!isMap(build)) return []
    const context = String(build['context'] ?? project.directory)
    if (!context.startsWith('/')) {
      const detail = `${printable(service)} is built from ${printable(context)}, which is not on this machine.`
      on({ code: 'BUILD_CONTEXT_REMOTE', effect: 'note', detail })
      return []
    }
    const inline = build['dockerfile_inline']
    const dockerfile = resolve(context, String(build['dockerfile'] ?? 'Dockerfile'))
    return [{ service, context, dockerfile, ...(typeof inline === 'string' ? { inline } : {}) }]
  })
}

async function readBounded(path: string): Promise<Uint8Array | string> {
  try {
    if ((await stat(path)).size > MOST_BYTES) return `is larger than ${MOST_BYTES} bytes`
    const handle = await open(path, 'r')
    try {
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    return `cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'})`
  }
}

/** Reads what the active services are built from. Nothing of a Dockerfile is run, no link is followed. */
export async function projectBuilds(project: ComposeProject): Promise<ProjectBuilds> {
  const coverage: Coverage[] = []
  const pieces: Piece[] = []
  const dockerfiles = new Map<string, Uint8Array>()
  const copied = new Set<string>()
  const on = (entry: Coverage) => void coverage.push(entry)
  const builds = localBuilds(project, on)
  for (const build of builds) {
    const dockerfile = await dockerfileOf(build, project, on)
    if (dockerfile === undefined) continue
    if (build.inline === undefined && !dockerfiles.has(build.dockerfile)) {
      dockerfiles.set(build.dockerfile, dockerfile.bytes)
      pieces.push(...dockerfilePieces(dockerfile, dockerfilePlace(build, builds, project)))
    }
    for (const path of await copiedFiles(dockerfile, build, on)) copied.add(join(build.context, path))
  }
  return { pieces, dockerfiles, copied: [...copied], coverage }
}

/** A Dockerfile of several services belongs to none of them. */
function dockerfilePlace(build: Build, builds: readonly Build[], project: ComposeProject): ProjectPlace {
  const shared = builds.some((other) => other.dockerfile === build.dockerfile && other.service !== build.service)
  const path = relative(project.directory, build.dockerfile)
  return { kind: 'dockerfile', path, ...(shared ? {} : { service: build.service }) }
}

async function dockerfileOf(
  build: Build,
  project: ComposeProject,
  on: (coverage: Coverage) => void,
): Promise<Dockerfile | undefined> {
  // An inline Dockerfile is a value of the Compose file, and scanned as such; here only its COPY lines count.
  if (build.inline !== undefined) return parseDockerfile(build.dockerfile, Buffer.from(build.inline))
  const bytes = await readBounded(build.dockerfile)
  if (typeof bytes !== 'string') return parseDockerfile(build.dockerfile, bytes)
  const path = relative(project.directory, build.dockerfile)
  const detail = `${printable(path)}, from which ${printable(build.service)} is built, ${bytes}.`
  on({ code: 'DOCKERFILE_MISSING', effect: 'skipped', place: { kind: 'dockerfile', path }, detail })
  return undefined
}

async function copiedFiles(
  dockerfile: Dockerfile,
  build: Build,
  on: (coverage: Coverage) => void,
): Promise<readonly string[]> {
  const copies = dockerfile.instructions.map((instruction) => instruction.onbuild ?? instruction)
  const sources = copies.flatMap(contextSources)
  const toTelling = copies
    .filter(({ words }) => TELLING.test(words.at(-1) ?? ''))
    .flatMap(contextSources)
    .map((source) => posix.normalize(source).replace(/^\/+/, ''))
  if (sources.length === 0) return []
  const own = build.inline === undefined ? { dockerfile: build.dockerfile } : {}
  const isThere = await stat(build.context).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  if (!isThere) return []
  const copied: string[] = []
  for await (const { path, type } of contextFiles(build.context, { on, ...own })) {
    if (type !== 'file') continue
    const isTelling = TELLING.test(path) && sources.some((source) => sourceTakes(source, path))
    if (isTelling || toTelling.includes(path)) copied.push(path)
  }
  return copied
}
