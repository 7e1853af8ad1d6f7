// Merges Compose models: an override over a base, a service over the one it extends (compose-spec 13-merge.md).
import { ComposeFileError } from './errors.js'
import { parseVolume } from './mounts.js'
import { asSequence, isKeyValueSection } from './resolve-values.js'
import {
  isNull,
  list,
  type MapNode,
  type ModelPath,
  map,
  pathMatches,
  sameValue,
  scalar,
  stringOf,
  type TreeNode,
} from './tree.js'

type Merger = (base: TreeNode, over: TreeNode, path: ModelPath) => TreeNode
type Identity = (entry: TreeNode) => string

const CONTAINERS = ['services.*', 'jobs.*']
const inContainers = (keys: readonly string[]) =>
  keys.flatMap((key) => CONTAINERS.map((container) => `${container}.${key}`))

const DEPENDS_ON_DEFAULTS = map([
  ['condition', scalar('service_started')],
  ['required', scalar(true)],
])

function conflict(path: ModelPath, node: TreeNode): ComposeFileError {
  const at =
    node.origin === undefined
      ? { file: 'compose' }
      : { file: node.origin.source.file, line: node.origin.source.position(node.origin.start).line }
  return new ComposeFileError(`cannot override ${path.join('.')}: it has another form than in the file before`, at)
}

function mergeMaps(base: TreeNode, over: TreeNode, path: ModelPath): TreeNode {
  if (base.kind !== 'map' || over.kind !== 'map') throw conflict(path, over)
  const entries = new Map(base.entries)
  for (const [key, value] of over.entries) {
    const before = entries.get(key)
    entries.set(key, before === undefined ? value : mergeNodes(before, value, [...path, key]))
  }
  return { ...base, entries }
}

function replaceEntries(base: TreeNode, over: TreeNode, path: ModelPath): TreeNode {
  if (isNull(base)) return over
  if (isNull(over)) return base
  if (base.kind !== 'map' || over.kind !== 'map') throw conflict(path, over)
  return { ...base, entries: new Map([...base.entries, ...over.entries]) }
}

function append(base: readonly TreeNode[], over: readonly TreeNode[]): TreeNode {
  const merged = [...base]
  for (const item of over) if (!merged.some((known) => sameValue(known, item))) merged.push(item)
  return list(merged)
}

/** A name or a list of names as a mapping. */
function asMapping(node: TreeNode, value: () => TreeNode): TreeNode {
  if (isNull(node)) return map()
  if (node.kind === 'list') return map(node.items.map((item) => [stringOf(item) ?? '', value()]))
  return node.kind === 'scalar' ? map([[node.text, value()]]) : node
}

function mergeBuild(base: TreeNode, over: TreeNode, path: ModelPath): TreeNode {
  const long = (node: TreeNode) =>
    isNull(node) ? map() : typeof stringOf(node) === 'string' ? map([['context', node]]) : node
  return mergeMaps(long(base), long(over), path)
}

function mergeLogging(base: TreeNode, over: TreeNode, path: ModelPath): TreeNode {
  if (base.kind !== 'map' || over.kind !== 'map') throw conflict(path, over)
  const [before, after] = [base.entries.get('driver'), over.entries.get('driver')]
  return before === undefined || after === undefined || sameValue(before, after) ? mergeMaps(base, over, path) : over
}

function mergeSubnets(base: TreeNode, over: TreeNode, path: ModelPath): TreeNode {
  if (base.kind !== 'list' || over.kind !== 'list') return over
  const subnet = (node: TreeNode) => (node.kind === 'map' ? stringOf(node.entries.get('subnet')) : undefined)
  const merged = over.items.map((item) => {
    const before = base.items.find((known) => subnet(known) === subnet(item))
    return before === undefined ? item : mergeMaps(before, item, path)
  })
  return list(merged)
}

const MERGERS: readonly (readonly [readonly string[], Merger])[] = [
  [inContainers(['command', 'entrypoint', 'healthcheck.test']), (_base, over) => over],
  [inContainers(['build']), mergeBuild],
  [inContainers(['logging']), mergeLogging],
  [
    inContainers(['depends_on']),
    (base, over, path) =>
      mergeMaps(
        asMapping(base, () => DEPENDS_ON_DEFAULTS),
        asMapping(over, () => DEPENDS_ON_DEFAULTS),
        path,
      ),
  ],
  [
    inContainers(['networks', 'models']),
    (base, over, path) =>
      mergeMaps(
        asMapping(base, () => scalar(null)),
        asMapping(over, () => scalar(null)),
        path,
      ),
  ],
  [
    inContainers(['ulimits.*']),
    (base, over, path) => (base.kind === 'map' && over.kind === 'map' ? mergeMaps(base, over, path) : over),
  ],
  [
    inContainers([
      'dns',
      'dns_opt',
      'dns_search',
      'env_file',
      'label_file',
      'extra_hosts',
      'tmpfs',
      'build.extra_hosts',
    ]),
    (base, over) => append(asSequence(base).items, asSequence(over).items),
  ],
  [['networks.*.ipam.config'], mergeSubnets],
]

/** `over` merged onto `base`; throws ComposeFileError where their forms do not fit. */
export function mergeNodes(base: TreeNode, over: TreeNode, path: ModelPath): TreeNode {
  if (isKeyValueSection(path)) return replaceEntries(base, over, path)
  const special = MERGERS.find(([patterns]) => patterns.some((pattern) => pathMatches(path, pattern)))
  if (special !== undefined) return special[1](base, over, path)
  if (isNull(over)) return base
  if (base.kind === 'map') return mergeMaps(base, over, path)
  if (base.kind === 'list') {
    if (over.kind !== 'list') throw conflict(path, over)
    return append(base.items, over.items)
  }
  return over
}

const entryKey: Identity = (entry) => (entry.kind === 'scalar' ? (entry.text.split('=', 1)[0] ?? '') : '')
const field = (entry: TreeNode, key: string) => {
  const value = entry.kind === 'map' ? entry.entries.get(key) : undefined
  return value?.kind === 'scalar' && value.value !== null ? value.text : undefined
}

const portIdentity: Identity = (entry) => {
  if (entry.kind !== 'map') return entry.kind === 'scalar' ? entry.text : ''
  const published = field(entry, 'published') ?? ''
  return `${field(entry, 'host_ip') ?? '0.0.0.0'}:${published}:${field(entry, 'target') ?? ''}/${field(entry, 'protocol') ?? 'tcp'}`
}

const mountIdentity =
  (folder: string): Identity =>
  (entry) =>
    entry.kind === 'scalar'
      ? `${folder}/${entry.text}`
      : (field(entry, 'target') ?? `${folder}/${field(entry, 'source') ?? ''}`)

const volumeIdentity: Identity = (entry) =>
  entry.kind === 'scalar' ? parseVolume(entry.text).target : (field(entry, 'target') ?? '')

const deviceIdentity: Identity = (entry) => {
  if (entry.kind !== 'scalar') return field(entry, 'target') ?? ''
  const [source = '', target = source] = entry.text.split(':')
  return target
}

/** Lists in which an entry of the same identity replaces the one before. */
const UNIQUE: readonly (readonly [readonly string[], Identity])[] = [
  [
    inContainers([
      'build.platform',
      'build.tags',
      'cap_add',
      'cap_drop',
      'dns',
      'dns_opt',
      'dns_search',
      'expose',
      'links',
      'networks.*.aliases',
      'networks.*.link_local_ips',
      'profiles',
      'tmpfs',
    ]),
    entryKey,
  ],
  [inContainers(['ports']), portIdentity],
  [inContainers(['secrets']), mountIdentity('/run/secrets')],
  [inContainers(['configs']), mountIdentity('')],
  [inContainers(['volumes']), volumeIdentity],
  [inContainers(['devices']), deviceIdentity],
  [inContainers(['env_file']), (entry) => (entry.kind === 'scalar' ? entry.text : (field(entry, 'path') ?? ''))],
]

/** For mapTree: keeps the last entry of each identity, at the place of the first. */
export function keepUnique(node: TreeNode, path: ModelPath): TreeNode {
  if (node.kind !== 'list') return node
  const identity = UNIQUE.find(([patterns]) => patterns.some((pattern) => pathMatches(path, pattern)))?.[1]
  if (identity === undefined) return node
  const kept = new Map<string, TreeNode>()
  for (const item of node.items) kept.set(identity(item), item)
  return { ...node, items: [...kept.values()] }
}

export function mergeModels(base: MapNode, over: MapNode): MapNode {
  const merged = mergeMaps(base, over, [])
  return merged.kind === 'map' ? merged : base
}
