// Which services have a file of the project in their containers, and how: granted, mounted, synced or copied into their image. Says nothing
// of what the file holds.
import { dirname, isAbsolute, posix, relative, resolve } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { contextSources, sourceTakes } from '../dockerfile/context.js'
import { parseDockerignore } from '../dockerfile/dockerignore.js'
import type { Instruction } from '../dockerfile/types.js'
import { asList, asTree } from '../support/tree.js'
import { type Builds, type ServiceBuild, stageChain } from './builds.js'
import { serviceModel } from './service-model.js'

export interface FileHolder {
  readonly service: string
  /** How the file itself is given to the service, for people; undefined: it is not. */
  readonly granted: string | undefined
  /** How its program comes to find the file. */
  readonly found: string | undefined
}

const known = new WeakMap<ComposeProject, WeakMap<Builds, Map<string, readonly FileHolder[]>>>()

/** Services that have `file` in their containers; worked out once for each file. */
export function fileHolders(project: ComposeProject, builds: Builds, file: string): readonly FileHolder[] {
  const ofProject = known.get(project) ?? new WeakMap<Builds, Map<string, readonly FileHolder[]>>()
  known.set(project, ofProject)
  const ofBuilds = ofProject.get(builds) ?? new Map<string, readonly FileHolder[]>()
  ofProject.set(builds, ofBuilds)
  const startedIn = (service: string) => folderOf(project, service, builds.of.get(service))
  const holders =
    ofBuilds.get(file) ??
    servicesOf(project)
      .map((service) => ({
        service,
        granted: grantOf(project, service, file),
        found:
          mounting(project, service, file, startedIn(service)) ??
          watching(project, service, file, startedIn(service)) ??
          copying(builds.of.get(service), file, startedIn(service)),
      }))
      .filter(({ granted, found }) => granted !== undefined || found !== undefined)
  ofBuilds.set(file, holders)
  return holders
}

const servicesOf = (project: ComposeProject): readonly string[] => Object.keys(asTree(project.model['services'])).sort()

/** The file as a whole is a config or a secret of the service or of its build: what is made for reading is read. */
function grantOf(project: ComposeProject, service: string, file: string): string | undefined {
  const own = serviceModel(project, service)
  const holds = (kind: 'configs' | 'secrets', grants: unknown): boolean =>
    asList(grants).some((grant) => {
      const path = asTree(asTree(project.model[kind])[String(asTree(grant)['source'])])['file']
      return typeof path === 'string' && resolve(project.directory, path) === file
    })
  if (holds('configs', own['configs'])) return 'has a config that is'
  if (holds('secrets', own['secrets'])) return 'has a secret that is'
  return holds('secrets', asTree(own['build'])['secrets']) ? 'is built with a secret that is' : undefined
}

/**
 * Programs look for the file in the folder that they are started in. That is taken to be the folder `from` which stands at `at` in the
 * container; below it only where it is known.
 */
function isFoundIn(file: string, from: string, at: string, startedIn: string | undefined): boolean {
  if (dirname(file) === from) return true
  const path = relative(from, file)
  if (startedIn === undefined || path.startsWith('..') || isAbsolute(path)) return false
  return posix.dirname(posix.join(at, path)) === posix.resolve('/', startedIn)
}

/** The folder that a service's program is started in, as far as the Compose file or the Dockerfile says so. */
function folderOf(project: ComposeProject, service: string, build: ServiceBuild | undefined): string | undefined {
  const { working_dir: own } = serviceModel(project, service)
  if (typeof own === 'string') return own
  if (build === undefined) return undefined
  const chain = stageChain(build.dockerfile, build.target)
  return build.dockerfile.instructions
    .filter(({ keyword, stage }) => keyword === 'WORKDIR' && chain.has(stage))
    .reduce((folder, { text }) => posix.resolve(folder, text.trim()), '/')
}

function mounting(project: ComposeProject, service: string, file: string, startedIn?: string): string | undefined {
  const isMounted = asList(serviceModel(project, service)['volumes'])
    .map(asTree)
    .some((volume) => {
      const source = volume['type'] === 'bind' ? volume['source'] : boundFolder(project, volume['source'])
      if (typeof source !== 'string') return false
      const path = resolve(project.directory, source)
      return (
        path === file ||
        isFoundIn(file, path, String(volume['target']), startedIn) ||
        isWayOut(project, service, path, file)
      )
    })
  return isMounted ? 'mounts' : undefined
}

/** A folder above the file's own that is written as the way there (`../..:/workspaces`): people work in it, on this project and its neighbours. */
function isWayOut(project: ComposeProject, service: string, path: string, file: string): boolean {
  if (path !== dirname(dirname(file))) return false
  return project.values.some((value) => {
    const [source = ''] = value.section === 'volumes' && value.service === service ? value.resolved.split(':', 1) : []
    return /^(?:\.\.\/?)+$/.test(source) && resolve(project.directory, source) === path
  })
}

/** The host's folder behind a named volume of the local driver (`o: bind`). */
function boundFolder(project: ComposeProject, name: unknown): unknown {
  const { driver_opts: options } = asTree(asTree(project.model['volumes'])[String(name)])
  const { o, device } = asTree(options)
  return typeof o === 'string' && o.split(',').some((each) => /^r?bind$/.test(each.trim())) ? device : undefined
}

/** `docker compose watch` brings the file into the container. */
function watching(project: ComposeProject, service: string, file: string, startedIn?: string): string | undefined {
  const { watch } = asTree(serviceModel(project, service)['develop'])
  const isSynced = asList(watch)
    .map(asTree)
    .some(({ action, path, target, ignore }) => {
      if (typeof path !== 'string' || !String(action).startsWith('sync')) return false
      const folder = resolve(project.directory, path)
      const rules = parseDockerignore(asList(ignore).map(String).join('\n'))
      return (
        folder === file ||
        (isFoundIn(file, folder, String(target), startedIn) && !rules.ignores(relative(folder, file)))
      )
    })
  return isSynced ? 'is brought (develop: watch:)' : undefined
}

function copying(build: ServiceBuild | undefined, file: string, startedIn?: string): string | undefined {
  const path = build === undefined ? '..' : relative(build.context, file)
  if (build === undefined || path.startsWith('..') || isAbsolute(path)) return undefined
  if (parseDockerignore(Buffer.from(build.ignoreBytes).toString('utf8')).ignores(path)) return undefined
  const folders = new Map<number, string>()
  const takes = build.dockerfile.instructions.some((instruction) => {
    const folder = folders.get(instruction.stage) ?? '/'
    if (instruction.keyword === 'WORKDIR')
      folders.set(instruction.stage, posix.resolve(folder, instruction.text.trim()))
    const to = posix.resolve(folder, instruction.words.at(-1) ?? '')
    return [...contextSources(instruction), ...boundSources(instruction)].some((source) => {
      if (!sourceTakes(source, path)) return false
      const from = resolve(build.context, source.replace(/^["']|["']$/g, '').replace(/^\/+/, ''))
      return from === file || /[*?[]/.test(source) || isFoundIn(file, from, to, startedIn)
    })
  })
  return takes ? 'is built with a copy of' : undefined
}

/** What a RUN has of the context while it runs: `--mount=type=bind`. */
function boundSources({ keyword, flags }: Instruction): readonly string[] {
  const mounts = keyword === 'RUN' ? flags.filter(({ name }) => name === 'mount') : []
  return mounts.flatMap(({ value }) => {
    const fields = new Map(
      (value ?? '').split(',').map((field) => {
        const [key = '', text = ''] = field.split(/=(.*)/s)
        return [key, text] as const
      }),
    )
    if ((fields.get('type') ?? 'bind') !== 'bind' || fields.has('from')) return []
    return [fields.get('source') ?? fields.get('src') ?? '.']
  })
}
