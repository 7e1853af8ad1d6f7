// `extends`: a service that starts from another one, of the same file or of another (compose-spec 05-services.md "extends").
import { dirname, isAbsolute, join } from 'node:path'
import { dropPaths, withAbsolutePaths } from './canonical.js'
import { documentsOf, finish, openFile, type Resets, type Scope } from './compose-file.js'
import { ComposeFileError } from './errors.js'
import { mergeModels, mergeNodes } from './merge.js'
import { isRemote } from './project-reader.js'
import {
  child,
  isNull,
  type MapNode,
  type ModelPath,
  map,
  reachedVia,
  scalar,
  stringOf,
  type TreeNode,
  withEntry,
} from './tree.js'

interface ServiceSet extends Resets {
  readonly file: string
  readonly directory: string
  readonly services: MapNode
}

interface ExtendsWalk {
  readonly kind: string
  readonly scope: Scope
  /** file and service of each step, to stop at a cycle. */
  readonly seen: readonly string[]
}

/** The services of another file that one extends; undefined where the file is missing (an issue then says so). */
async function servicesOf(path: string, from: ServiceSet, walk: ExtendsWalk): Promise<ServiceSet | undefined> {
  const file = isAbsolute(path) || isRemote(path) ? path : join(from.directory, path)
  const source = await walk.scope.context.reader.readExtended(file, `extends in ${from.file}`)
  if (source === undefined) return undefined
  const directory = dirname(file)
  let model = map()
  let resets: readonly ModelPath[] = []
  for (const document of documentsOf(openFile(source, walk.scope), walk.scope)) {
    model = finish(mergeModels(model, document.root))
    resets = document.resets
  }
  const services = child(withAbsolutePaths(model, { ...walk.scope.base, directory }), walk.kind)
  return { file, directory, resets, services: services?.kind === 'map' ? services : map() }
}

function missingService(name: string, reference: string, set: ServiceSet, node: TreeNode): ComposeFileError {
  const at =
    node.origin === undefined
      ? { file: set.file }
      : { file: node.origin.source.file, line: node.origin.source.position(node.origin.start).line }
  return new ComposeFileError(`service "${name}" extends "${reference}", which is not in ${set.file}`, at)
}

async function extendedService(name: string, set: ServiceSet, walk: ExtendsWalk): Promise<TreeNode> {
  const service = set.services.entries.get(name) ?? scalar(null)
  const extending = service.kind === 'map' ? service.entries.get('extends') : undefined
  if (service.kind !== 'map' || extending === undefined) return service
  const step = `${set.file}#${name}`
  if (walk.seen.includes(step))
    throw new ComposeFileError(`service "${name}" extends itself in a circle`, { file: set.file })
  const reference = stringOf(extending) ?? stringOf(child(extending, 'service')) ?? ''
  const path = stringOf(child(extending, 'file'))
  const own = withEntry(service, 'extends', undefined)
  const from = path === undefined ? set : await servicesOf(path, set, walk)
  if (from === undefined) return own
  if (!from.services.entries.has(reference)) throw missingService(name, reference, from, extending)
  const base = await extendedService(reference, from, { ...walk, seen: [...walk.seen, step] })
  if (isNull(base)) return own
  const kept = child(
    dropPaths(map([[walk.kind, map([[name, reachedVia(base, 'extends')]])]]), set.resets),
    walk.kind,
    name,
  )
  return kept === undefined ? own : mergeNodes(kept, own, [walk.kind, name])
}

/** `root` with every `extends` of its services resolved; throws ComposeFileError for circles and services that are not there. */
export async function applyExtends(
  root: MapNode,
  resets: readonly ModelPath[],
  file: string,
  scope: Scope,
): Promise<MapNode> {
  let model = root
  for (const kind of ['services', 'jobs']) {
    const services = root.entries.get(kind)
    if (services?.kind !== 'map') continue
    const set = { file, directory: scope.base.directory, services, resets }
    const entries: (readonly [string, TreeNode])[] = []
    for (const name of services.entries.keys())
      entries.push([name, await extendedService(name, set, { kind, scope, seen: [] })])
    model = withEntry(model, kind, map(entries, services.origin))
  }
  return model
}
