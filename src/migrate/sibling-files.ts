// Other Compose files in the project's folder (docker-compose.prod.yml) that are not part of the plan: read alone, and together with the
// plan's files where they only add to those.
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { hasDefaultName } from '../compose/discover.js'
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
}

const NAME = /(?:compose|stack)[^/]*\.ya?ml$/i
/** Not run: there to be copied. */
const TEMPLATE = /(?:^|[._-])(?:example|sample|template|tpl|dist|old|bak|backup)(?:[._-]|$)/i
/** More are not looked at: a folder of examples is no project. */
const MOST = 50

/** Those of the project's folder, sorted; one that is no Compose file is none. */
export async function readSiblings(project: ComposeProject, load: LoadOptions): Promise<readonly SiblingFile[]> {
  const own = new Set(project.files.map(({ file }) => file))
  const names = (await readdir(project.directory).catch(() => []))
    .filter((name) => NAME.test(name) && !TEMPLATE.test(name) && !own.has(join(project.directory, name)))
    .sort()
    .slice(0, MOST)
  const siblings: SiblingFile[] = []
  for (const name of names) {
    const file = join(project.directory, name)
    const alone = (await loaded({ ...load, files: [file] })) ?? (await servicesText(file))
    if (alone === undefined) continue
    const isOwn = typeof alone !== 'string' && isProject(alone, project)
    const together = isOwn ? undefined : await loaded({ ...load, files: [...project.mainFiles, file] })
    siblings.push({
      name,
      alone,
      ...(typeof alone === 'string'
        ? {}
        : { builds: await readBuilds(alone, (each) => readIfThere(each).catch(() => undefined)) }),
      ...(together === undefined ? {} : { together }),
    })
  }
  return siblings
}

async function loaded(load: LoadOptions): Promise<ComposeProject | undefined> {
  try {
    return await loadProject(load)
  } catch (error) {
    if (!(error instanceof SecretscanError)) throw error
    return undefined
  }
}

/** undefined where it holds no services. */
async function servicesText(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return /^services\s*:/m.test(text) ? text : undefined
}

/**
 * true for a file that is started alone: all its services have an image, it lacks none that they need in `project`, and it says more than
 * what one of them shall have instead.
 */
function isProject(sibling: ComposeProject, project: ComposeProject): boolean {
  const [own, theirs] = [asTree(sibling.model['services']), asTree(project.model['services'])]
  const runs = (service: Tree) => service['image'] !== undefined || service['build'] !== undefined
  if (!Object.values(own).map(asTree).every(runs)) return false
  if (sibling.mainFiles.some((file) => hasDefaultName(basename(file)))) return true
  const shared = Object.keys(own).filter((name) => theirs[name] !== undefined)
  if (shared.flatMap((name) => neededBy(asTree(theirs[name]))).some((name) => own[name] === undefined)) return false
  return shared.length !== 1 || shared.every((name) => saysAll(asTree(own[name]), asTree(theirs[name])))
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

/** Everything that the other says of the service, this one says as well. */
function saysAll(service: Tree, other: Tree): boolean {
  const keys = (tree: Tree) => [
    ...Object.keys(tree).filter((key) => key !== 'image' && key !== 'build'),
    ...Object.keys(asTree(tree['environment'])).map((key) => `environment.${key}`),
  ]
  const own = new Set(keys(service))
  return keys(other).every((key) => own.has(key))
}
