// Other Compose files in the project's folder (docker-compose.prod.yml) that are not part of the plan: read alone, and together with the
// plan's files where they only add to those.
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { hasDefaultName, isDefaultOverride } from '../compose/discover.js'
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { ComposeProject } from '../compose/types.js'
import { SecretscanError } from '../support/errors.js'
import { type Builds, readBuilds } from './builds.js'
import { readIfThere } from './project-files.js'
import { asTree, type Tree } from './tree.js'

export interface SiblingFile {
  /** Relative to the project's folder. */
  readonly name: string
  /** What it is alone; its text, where it cannot be loaded alone (a variable that has to be set). */
  readonly alone: ComposeProject | string
  /** What it builds, alone. */
  readonly builds?: Builds
  /** The plan's files with this one over them; absent where it is a project of its own, or they cannot be loaded together. */
  readonly together?: ComposeProject
  /** It is never put over the plan's files: a file of the plan by a second name (a hard link), or an override that a stack does not have. */
  readonly inert?: 'hard-link' | 'no-stack'
  /** Why it can be loaded neither alone nor over the plan's files. */
  readonly problem?: string
}

const NAME = /(?:compose|stack)[^/]*\.ya?ml$/i
/** Not run: there to be copied. */
const TEMPLATE = /(?:^|[._-])(?:example|sample|template|tpl)(?:[._-]|$)/i
/** More are not looked at: a folder of examples is no project. */
const MOST = 50

/** Those of the project's folder, sorted; one that is no Compose file is none. `isStack`: the plan's files are deployed as a stack. */
export async function readSiblings(
  project: ComposeProject,
  load: LoadOptions,
  isStack = false,
): Promise<readonly SiblingFile[]> {
  const siblings: SiblingFile[] = []
  for (const { name, isSecond } of await otherNames(project)) {
    const file = join(project.directory, name)
    const own = await loaded({ ...load, files: [file] })
    const alone = typeof own === 'string' ? await servicesText(file) : own
    if (alone === undefined) continue
    const inert = isSecond ? 'hard-link' : isStack && isDefaultOverride(name) ? 'no-stack' : undefined
    const isApart = inert !== undefined || (typeof alone !== 'string' && isProject(alone, project))
    const over = isApart ? undefined : await loaded({ ...load, files: [...project.mainFiles, file] })
    siblings.push({
      name,
      alone,
      ...(inert === undefined ? {} : { inert }),
      ...(typeof alone === 'string'
        ? {}
        : { builds: await readBuilds(alone, (each) => readIfThere(each).catch(() => undefined)) }),
      ...(typeof over === 'object' ? { together: over } : {}),
      ...(typeof own === 'string' && typeof over === 'string'
        ? { problem: own.replaceAll(`${project.directory}/`, '') }
        : {}),
    })
  }
  return siblings
}

interface OtherName {
  readonly name: string
  /** A hard link to a file of the plan. */
  readonly isSecond: boolean
}

/** Names that Compose files of the folder have, but for the plan's own and links to those or to each other. */
async function otherNames({ directory, files }: ComposeProject): Promise<readonly OtherName[]> {
  const planned = await Promise.all(files.map(({ file }) => identityOf(file)))
  const seen = new Set(planned.map(({ path }) => path))
  const names = (await readdir(directory).catch(() => []))
    .filter((name) => NAME.test(name) && !TEMPLATE.test(name))
    .sort()
  const others: OtherName[] = []
  for (const name of names) {
    const { path, inode } = await identityOf(join(directory, name))
    if (seen.has(path)) continue
    seen.add(path)
    others.push({ name, isSecond: planned.some((each) => inode !== undefined && each.inode === inode) })
  }
  return others.slice(0, MOST)
}

/** What two names of one file have in common: by a symbolic link the path, by a hard one the inode alone. */
async function identityOf(file: string): Promise<{ readonly path: string; readonly inode?: string }> {
  try {
    const { dev, ino } = await stat(file, { bigint: true })
    return { path: await realpath(file), inode: `${dev}:${ino}` }
  } catch {
    return { path: file }
  }
}

/** Why it could not be, where it could not. */
async function loaded(load: LoadOptions): Promise<ComposeProject | string> {
  try {
    return await loadProject(load)
  } catch (error) {
    if (!(error instanceof SecretscanError)) throw error
    return error.message
  }
}

/** undefined where it holds no services. */
async function servicesText(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return /^services\s*:/m.test(text) ? text : undefined
}

/**
 * true for a file that is started alone: all its services have an image, it declares and holds all that they need, and it says of each service
 * that `project` has, too, all that is said there, and something as it is said there. Where it could be either, it is taken for one that is started over the project's
 * files: what stays can be moved with both, and what moved wrongly breaks a service.
 */
function isProject(sibling: ComposeProject, project: ComposeProject): boolean {
  const [own, theirs] = [asTree(sibling.model['services']), asTree(project.model['services'])]
  const runs = (service: Tree) => service['image'] !== undefined || service['build'] !== undefined
  if (!Object.values(own).map(asTree).every(runs)) return false
  if (sibling.mainFiles.some((file) => hasDefaultName(basename(file)))) return true
  const shared = Object.keys(own).filter((name) => theirs[name] !== undefined)
  if (shared.length === 0) return true
  if (shared.flatMap((name) => neededBy(asTree(theirs[name]))).some((name) => own[name] === undefined)) return false
  if (!declaresAll(sibling)) return false
  const pairs = shared.map((name) => [asTree(own[name]), asTree(theirs[name])] as const)
  return pairs.every(([mine, other]) => saysAll(mine, other)) && pairs.some(([mine, other]) => repeats(mine, other))
}

/** Docker refuses a file alone that uses a volume, network, secret or configuration without declaring it. */
function declaresAll({ model }: ComposeProject): boolean {
  return ['volumes', 'networks', 'secrets', 'configs'].every((kind) => {
    const declared = asTree(model[kind])
    return Object.values(asTree(model['services']))
      .flatMap((service) => usedNames(asTree(service)[kind], kind))
      .every((name) => name === 'default' || declared[name] !== undefined)
  })
}

function usedNames(used: unknown, kind: string): readonly string[] {
  if (!Array.isArray(used)) return Object.keys(asTree(used))
  return used.flatMap((entry) => {
    const { type, source } = asTree(entry)
    const name =
      typeof entry === 'string' ? (entry.split(':', 1)[0] ?? '') : kind === 'volumes' && type !== 'volume' ? '' : source
    return typeof name === 'string' && /^[A-Za-z0-9][\w.-]*$/.test(name) ? [name] : []
  })
}

function neededBy(service: Tree): readonly string[] {
  const named = [service['links'], service['volumes_from']].flatMap((list) => (Array.isArray(list) ? list : []))
  const network = String(service['network_mode'] ?? '')
  return [
    ...Object.keys(asTree(service['depends_on'])),
    ...named.map((text) => String(text).split(':', 1)[0] ?? ''),
    ...(network.startsWith('service:') ? [network.slice('service:'.length)] : []),
  ]
}

/** What differs between machines, and says nothing of what a service reads. */
const APART: readonly string[] = ['image', 'build', 'ports', 'restart', 'develop', 'container_name']

/** A file that is started over another one has no reason to say what that one says. */
function repeats(service: Tree, other: Tree): boolean {
  const isSame = (one: Tree, two: Tree, key: string) => two[key] !== undefined && isDeepStrictEqual(one[key], two[key])
  const [own, theirs] = [asTree(service['environment']), asTree(other['environment'])]
  return (
    Object.keys(own).some((key) => isSame(own, theirs, key)) ||
    Object.keys(service).some(
      (key) => !['image', 'networks', 'environment'].includes(key) && isSame(service, other, key),
    )
  )
}

/** Everything that the other says of the service, this one says as well. */
function saysAll(service: Tree, other: Tree): boolean {
  const keys = (tree: Tree) => [
    ...Object.keys(tree).filter((key) => !APART.includes(key)),
    ...Object.keys(asTree(tree['environment'])).map((key) => `environment.${key}`),
  ]
  const own = new Set(keys(service))
  return keys(other).every((key) => own.has(key))
}
