// The Dockerfiles that a project's services are built from, and to which stage.
import { isAbsolute, join } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { parseDockerfile } from '../dockerfile/parse.js'
import type { Dockerfile } from '../dockerfile/types.js'
import { asTree, type Tree } from '../support/tree.js'

export interface ServiceBuild {
  readonly service: string
  /** Absolute. */
  readonly context: string
  /** The same object for all services that build from one file; its `file` is absolute. */
  readonly dockerfile: Dockerfile
  /** Absolute: the ignore file of this Dockerfile, or the context's; and its bytes, "" where there is none. */
  readonly ignoreFile: string
  readonly ignoreBytes: Uint8Array
  /** The context holds a git repository. */
  readonly hasGit: boolean
  /** Index of the stage that becomes the image. */
  readonly target: number
  /** Names of the build arguments that the Compose file gives it. */
  readonly passes: ReadonlySet<string>
}

export interface Builds {
  readonly of: ReadonlyMap<string, ServiceBuild>
  /** Services whose Dockerfile cannot be edited here, with the reason. */
  readonly closed: ReadonlyMap<string, string>
}

export const NO_BUILDS: Builds = { of: new Map(), closed: new Map() }

/** Reads every Dockerfile once. `read` gives undefined for a file that is not there. */
export async function readBuilds(
  project: ComposeProject,
  read: (file: string) => Promise<Uint8Array | undefined>,
): Promise<Builds> {
  const parsed = new Map<string, Dockerfile | undefined>()
  const of = new Map<string, ServiceBuild>()
  const closed = new Map<string, string>()
  for (const [service, model] of Object.entries(asTree(project.model['services']))) {
    const build = asTree(asTree(model)['build'])
    if (Object.keys(build).length === 0) continue
    const place = placeOfBuild(build)
    if (typeof place === 'string') {
      closed.set(service, place)
      continue
    }
    const { context, file } = place
    if (!parsed.has(file)) {
      const bytes = await read(file)
      parsed.set(file, bytes === undefined ? undefined : parseDockerfile(file, bytes))
    }
    const found = opened(parsed.get(file), build['target'])
    if (typeof found === 'string') closed.set(service, found)
    else
      of.set(service, {
        service,
        context,
        ...found,
        ...(await ignoring(context, file, read)),
        hasGit: (await read(join(context, '.git', 'HEAD'))) !== undefined,
        passes: passedBy(project, service),
      })
  }
  return { of, closed }
}

async function ignoring(context: string, file: string, read: (file: string) => Promise<Uint8Array | undefined>) {
  const own = await read(`${file}.dockerignore`)
  const ignoreFile = own === undefined ? join(context, '.dockerignore') : `${file}.dockerignore`
  return { ignoreFile, ignoreBytes: own ?? (await read(ignoreFile)) ?? new Uint8Array() }
}

/** Those whose value comes from the shell too: the resolved model lacks them where the shell has none. */
function passedBy(project: ComposeProject, service: string): ReadonlySet<string> {
  const own = project.values.filter(({ section, usedBy }) => section === 'build.args' && usedBy.includes(service))
  return new Set(own.flatMap(({ key }) => key ?? []))
}

function placeOfBuild(build: Tree): string | { readonly context: string; readonly file: string } {
  const { context, dockerfile = 'Dockerfile', dockerfile_inline: inline } = build
  if (inline !== undefined) return 'its Dockerfile is written inside the Compose file'
  if (typeof context !== 'string' || !isAbsolute(context)) return 'its build context is no folder here'
  if (typeof dockerfile !== 'string') return 'its Dockerfile is not named'
  return { context, file: isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile) }
}

function opened(
  dockerfile: Dockerfile | undefined,
  wanted: unknown,
): string | { readonly dockerfile: Dockerfile; readonly target: number } {
  if (dockerfile === undefined) return 'its Dockerfile is not there, or cannot be read'
  const [problem] = dockerfile.problems
  if (problem !== undefined) return `its Dockerfile has a mistake in line ${problem.line}: ${problem.reason}`
  const target = stageNamed(dockerfile, wanted)
  return target === undefined ? 'its Dockerfile has no such stage' : { dockerfile, target }
}

/** The index of a `target:`; undefined: there is no such stage. */
export function stageNamed({ stages }: Dockerfile, wanted: unknown): number | undefined {
  const named = (name: string) => stages.findLast((stage) => stage.name === name.toLowerCase())?.index
  const target = typeof wanted === 'string' && wanted !== '' ? (named(wanted) ?? Number(wanted)) : stages.length - 1
  return stages[target] === undefined ? undefined : target
}

/** The stages whose instructions a stage's image holds: itself, and those that it begins with. */
export function stageChain(dockerfile: Dockerfile, target: number): ReadonlySet<number> {
  const chain = new Set<number>()
  for (let at: number | undefined = target; at !== undefined && !chain.has(at); ) {
    chain.add(at)
    at = dockerfile.stages[at]?.baseStage
  }
  return chain
}

/** Ignore files of all builds, by absolute path. */
export function contextIgnores(builds: Builds): ReadonlyMap<string, Uint8Array> {
  return new Map([...builds.of.values()].map(({ ignoreFile, ignoreBytes }) => [ignoreFile, ignoreBytes]))
}

/** Services that are built from `file`. */
export function buildersOf(builds: Builds, file: string): readonly ServiceBuild[] {
  return [...builds.of.values()].filter(({ dockerfile }) => dockerfile.file === file)
}
