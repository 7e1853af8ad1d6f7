// How a Compose file beside those of the plan is used: started over them, including them, or as a project of its own.
import { basename, dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { hasDefaultFile, hasDefaultName } from '../compose/discover.js'
import type { ComposeProject } from '../compose/types.js'
import { asTree, type Tree } from '../support/tree.js'
import { environmentNamed } from './near-files.js'
import { SHIM_NAME } from './shim.js'
import type { Start } from './starts-seen.js'

export type Relation =
  /** Started over the plan's files, for all that is known. */
  | 'over'
  /** It includes them: what it starts is what they start, and more. */
  | 'includes'
  /** Taken for a project of its own by what it says, or by how it is started. */
  | 'apart'
  /** A project of its own, never started over them. */
  | 'own'
  /** In another folder: only what it takes of the project's files counts. */
  | 'elsewhere'
  /** A file of the plan by a second name. */
  | 'hard-link'
  /** An override that a stack does not have. */
  | 'no-stack'

/**
 * Of a file of the project's folder. `theirs`: the plan's files together, and each alone where there are several; `starts`: what is known to
 * be started together, which counts over all that the files themselves say.
 */
export function relationBeside(
  sibling: ComposeProject,
  theirs: readonly ComposeProject[],
  { isStack, starts }: { readonly isStack: boolean; readonly starts: readonly Start[] },
): Relation {
  const seen = seenRelation(sibling, theirs, starts)
  if (seen !== undefined) return seen
  if (!isStack && (hasExternalSecret(sibling) || isStackFile(sibling))) return 'own'
  // That it has none of the services of one file among several says nothing.
  const [all, ...each] = theirs
  const compared = each.filter((project) => sharedServices(sibling, project).length > 0)
  const others = all === undefined ? compared : [all, ...compared]
  if (others.some((project) => isOtherEnvironment(sibling, project))) return 'own'
  return others.some((project) => isProject(sibling, project)) ? 'apart' : 'over'
}

/** undefined: no command is known that names it. */
function seenRelation(
  sibling: ComposeProject,
  theirs: readonly ComposeProject[],
  starts: readonly Start[],
): Relation | undefined {
  const names = (project: ComposeProject) => project.mainFiles.map((file) => basename(file))
  const own = names(sibling)
  const planned = new Set(theirs.flatMap(names))
  const together = starts.filter((files) => own.some((name) => files.includes(name)))
  if (together.some((files) => files.some((file) => planned.has(file)))) return 'over'
  return together.length > 0 && startsAlone(sibling) ? 'apart' : undefined
}

/** docker-stack.yml, which `docker stack deploy` takes alone. */
const isStackFile = (sibling: ComposeProject): boolean =>
  sibling.mainFiles.every((file) => /(?:^|[._-])stack[._-]/.test(basename(file))) && startsAlone(sibling)

/** A stack's: docker compose refuses it, whatever it is started over. */
export function hasExternalSecret({ model }: ComposeProject): boolean {
  const declared = asTree(model['secrets'])
  return Object.values(asTree(model['services']))
    .flatMap((service) => usedNames(asTree(service)['secrets'], 'secrets'))
    .some((name) => asTree(declared[name])['external'] === true)
}

/** docker-compose.prod.yml beside docker-compose.dev.yml, where each says all that it needs. */
function isOtherEnvironment(sibling: ComposeProject, project: ComposeProject): boolean {
  const own = sibling.mainFiles.map(environmentNamed)
  const theirs = project.mainFiles.map(environmentNamed)
  const areNamed = [...own, ...theirs].every((name) => name !== undefined)
  return areNamed && !own.some((name) => theirs.includes(name)) && isComplete(sibling, project)
}

/**
 * true for a file that says of each service that `project` has, too, all that is said there, and something as it is said there; or that
 * repeats of most of them what a file that is started over another one has no reason to say. Where it could be either, it is taken for one
 * that is started over the project's files: what stays can be moved with both, and what moved wrongly breaks a service.
 */
function isProject(sibling: ComposeProject, project: ComposeProject): boolean {
  if (!runsAll(sibling)) return false
  if (sibling.mainFiles.some((file) => hasDefaultName(basename(file)))) return true
  const pairs = sharedServices(sibling, project)
  if (pairs.length === 0) return true
  if (!isComplete(sibling, project)) return false
  const copies = pairs.filter(([mine, other]) => isCopy(mine, other))
  if (copies.length * 2 > pairs.length) return true
  return pairs.every(([mine, other]) => saysAll(mine, other)) && pairs.some(([mine, other]) => repeats(mine, other))
}

/** What a service is, whatever machine it runs on; a file that is started over another one leaves it to that. */
const BUILT_OF = [
  'image',
  'build',
  'volumes',
  'ports',
  'depends_on',
  'links',
  'command',
  'healthcheck',
  'container_name',
]
const COPIED = 2

/** Says two such things just as the other does, or all that there are. */
function isCopy(service: Tree, other: Tree): boolean {
  const said = BUILT_OF.filter((key) => other[key] !== undefined && other[key] !== null)
  const same = said.filter((key) => isDeepStrictEqual(service[key], other[key]))
  return same.length >= Math.min(COPIED, Math.max(1, said.length))
}

/** Of a file in another folder: it leaves to the plan's files what some of its services run, as those of .devcontainer do. */
export function isOverlay(sibling: ComposeProject, project: ComposeProject): boolean {
  const isOfItsFolder = ([file = '']: readonly string[]) =>
    !hasDefaultName(basename(file)) && hasDefaultFile(dirname(file))
  if (isOfItsFolder(sibling.mainFiles)) return false
  const theirs = [...Object.keys(servicesOf(project)), ...project.inactiveServices]
  const lacking = Object.entries(servicesOf(sibling)).filter(([, service]) => !runs(asTree(service)))
  return lacking.length > 0 && lacking.every(([name]) => theirs.includes(name))
}

const servicesOf = ({ model }: ComposeProject): Tree => asTree(model['services'])

const runs = (service: Tree): boolean => service['image'] !== undefined || service['build'] !== undefined

const runsAll = (sibling: ComposeProject): boolean => Object.values(servicesOf(sibling)).map(asTree).every(runs)

/** As each of the two has them; without what a migration of the project has added there. */
function sharedServices(sibling: ComposeProject, project: ComposeProject): readonly (readonly [Tree, Tree])[] {
  const [own, theirs] = [servicesOf(sibling), servicesOf(project)]
  return Object.keys(own)
    .filter((name) => theirs[name] !== undefined)
    .map((name) => [asTree(own[name]), beforeMigration(asTree(theirs[name]))] as const)
}

function beforeMigration(service: Tree): Tree {
  const { secrets, entrypoint, command, environment, ...rest } = service
  const isShim = JSON.stringify(entrypoint ?? '').includes(SHIM_NAME)
  const own = Object.entries(asTree(environment)).filter(([, value]) => !String(value).startsWith('/run/secrets/'))
  return {
    ...rest,
    ...(environment === undefined ? {} : { environment: Object.fromEntries(own) }),
    ...(isShim || entrypoint === undefined ? {} : { entrypoint }),
    ...(isShim || command === undefined ? {} : { command }),
  }
}

/** All its services have an image, and it declares and holds all that they and their like in `project` need. */
function isComplete(sibling: ComposeProject, project: ComposeProject): boolean {
  const own = servicesOf(sibling)
  const needed = sharedServices(sibling, project).flatMap(([, theirs]) => neededBy(theirs))
  return startsAlone(sibling) && needed.every((name) => own[name] !== undefined)
}

/** Docker starts all that the file says, without another one. */
export const startsAlone = (sibling: ComposeProject): boolean =>
  runsAll(sibling) && declaresAll(sibling.model) && hasWhatItNeeds(sibling.model, sibling.inactiveServices)

/** Docker refuses a file alone whose services wait for one, or share something with one, that neither it nor `others` has. */
export function hasWhatItNeeds(model: Tree, others: readonly string[] = []): boolean {
  const services = asTree(model['services'])
  const needed = Object.values(services).flatMap((service) => neededBy(asTree(service)))
  return needed.every((name) => services[name] !== undefined || others.includes(name))
}

const DECLARED: readonly string[] = ['volumes', 'networks', 'secrets', 'configs']

/** Docker refuses a file alone that uses a volume, network, secret or configuration without declaring it. */
export function declaresAll(model: Tree, kinds: readonly string[] = DECLARED): boolean {
  return kinds.every((kind) => {
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
  const { depends_on: waitsFor } = service
  const waited = Object.entries(asTree(waitsFor)).filter(([, how]) => asTree(how)['required'] !== false)
  return [
    ...(Array.isArray(waitsFor) ? waitsFor.map(String) : waited.map(([name]) => name)),
    ...named.map(String).flatMap((text) => (text.startsWith('container:') ? [] : [text.split(':', 1)[0] ?? ''])),
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
