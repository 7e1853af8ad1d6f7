// The long forms of everything that Compose lets one write short, defaults, and absolute paths (compose-spec 05-services.md).
import { isAbsolute, join } from 'node:path'
import { cleanTarget, longDevice, longPorts, longVolume } from './mounts.js'
import {
  child,
  isNull,
  list,
  type MapNode,
  type ModelPath,
  map,
  mapTree,
  pathMatches,
  scalar,
  stringOf,
  type TreeNode,
  withEntry,
} from './tree.js'

type Change = (node: TreeNode) => TreeNode
type Rule = readonly [patterns: readonly string[], change: Change]

const CONTAINERS = ['services.*', 'jobs.*']
const inContainers = (...keys: readonly string[]) =>
  keys.flatMap((key) => CONTAINERS.map((container) => `${container}.${key}`))

function applyRules(root: TreeNode, rules: readonly Rule[]): TreeNode {
  return mapTree(root, (node, path) => {
    const rule = rules.find(([patterns]) => patterns.some((pattern) => pathMatches(path, pattern)))
    return rule === undefined ? node : rule[1](node)
  })
}

/** Keeps where a value was written when its form changes. */
function from(node: TreeNode, changed: TreeNode): TreeNode {
  return node.origin === undefined ? changed : { ...changed, origin: node.origin }
}

const short =
  (long: (text: string) => TreeNode): Change =>
  (node) => {
    const text = stringOf(node)
    return text === undefined ? node : from(node, long(text))
  }

const named = (key: string) => (node: TreeNode) => (typeof stringOf(node) === 'string' ? map([[key, node]]) : node)
const listOfOne: Change = (node) => (typeof stringOf(node) === 'string' ? list([node]) : node)

function withDefault(node: TreeNode, key: string, value: TreeNode): TreeNode {
  return node.kind === 'map' && !node.entries.has(key) ? withEntry(node, key, value) : node
}

const envFiles: Change = (node) => {
  const items = node.kind === 'list' ? node.items : [node]
  return list(items.map((item) => withDefault(named('path')(item), 'required', scalar(true))))
}

const namesToMap: Change = (node) =>
  node.kind === 'list' ? map(node.items.map((item) => [stringOf(item) ?? '', scalar(null)])) : node

const dependsOn: Change = (node) => {
  const services = namesToMap(node)
  if (services.kind !== 'map') return node
  return map([...services.entries].map(([name, each]) => [name, dependency(each)]))
}

function dependency(node: TreeNode): TreeNode {
  const long = node.kind === 'map' ? node : map()
  return withDefault(withDefault(long, 'condition', scalar('service_started')), 'required', scalar(true))
}

const ports: Change = (node) => {
  if (node.kind !== 'list') return node
  return list(
    node.items.flatMap((item) => {
      if (item.kind !== 'scalar') return [item]
      return (longPorts(item.text) ?? [item]).map((port) => from(item, port))
    }),
    node.origin,
  )
}

const ssh: Change = (node) => {
  if (node.kind !== 'list') return node
  return map(
    node.items.map((item) => {
      const [id = '', path] = (stringOf(item) ?? '').split(/=(.*)/s)
      return [id, path === undefined ? scalar(null) : from(item, scalar(path))]
    }),
  )
}

/** `external: {name: x}`, the old form. */
const external: Change = (node) => {
  const old = child(node, 'external')
  if (node.kind !== 'map' || old?.kind !== 'map') return node
  const name = old.entries.get('name')
  const renamed = name === undefined || node.entries.has('name') ? node : withEntry(node, 'name', name)
  return withEntry(renamed, 'external', scalar(true))
}

const text: Change = (node) => (node.kind === 'scalar' && node.value !== null ? { ...node, value: node.text } : node)

const LONG_FORMS: readonly Rule[] = [
  [inContainers('env_file'), envFiles],
  [
    inContainers('label_file', 'dns').concat('services.*.develop.watch.*.ignore', 'services.*.develop.watch.*.include'),
    listOfOne,
  ],
  [inContainers('gpus'), (node) => (stringOf(node) === undefined ? node : list([map([['count', scalar('all')]])]))],
  [inContainers('networks', 'models'), namesToMap],
  [inContainers('volumes.*'), short(longVolume)],
  [inContainers('devices.*'), short(longDevice)],
  [inContainers('secrets.*', 'configs.*', 'build.secrets.*'), named('source')],
  [inContainers('build.provenance', 'build.sbom'), text],
  [inContainers('depends_on'), dependsOn],
  [inContainers('extends'), named('service')],
  [inContainers('ports'), ports],
  [inContainers('build'), named('context')],
  [inContainers('build.ssh'), ssh],
  [['volumes.*', 'networks.*', 'secrets.*', 'configs.*'], external],
]

/** All short forms of the model as long ones. */
export function canonical(model: TreeNode): TreeNode {
  return applyRules(model, LONG_FORMS)
}

const DEFAULTS: readonly Rule[] = [
  [inContainers('build'), (node) => withDefault(node, 'context', scalar('.'))],
  [
    inContainers('secrets.*'),
    (node) => withDefault(node, 'target', scalar(`/run/secrets/${stringOf(child(node, 'source')) ?? ''}`)),
  ],
  [
    inContainers('ports.*'),
    (node) => withDefault(withDefault(node, 'protocol', scalar('tcp')), 'mode', scalar('ingress')),
  ],
  [inContainers('volumes.*.bind'), (node) => withDefault(node, 'create_host_path', scalar(true))],
  [inContainers('gpus.*').concat('services.*.deploy.resources.reservations.devices.*'), deviceDefaults],
]

function deviceDefaults(node: TreeNode): TreeNode {
  return child(node, 'device_ids') === undefined ? withDefault(node, 'count', scalar('all')) : node
}

/** What Compose fills in where a file says nothing. */
export function withDefaults(model: TreeNode): TreeNode {
  return applyRules(model, DEFAULTS)
}

export interface PathBase {
  readonly directory: string
  /** What `~` stands for. */
  readonly home: string
}

/** `path` below `folder`, without a slash at the end. */
function below(folder: string, path: string): string {
  return join(folder, path).replace(/(.)\/$/, '$1')
}

function absolute(path: string, base: PathBase): string {
  if (path.startsWith('~')) return below(base.home, path.slice(1))
  const windows = /^[A-Za-z]:[\\/]/.test(path) || path.startsWith('\\\\')
  return path === '' || isAbsolute(path) || windows ? path : below(base.directory, path)
}

const REMOTE = /^(?:https?:\/\/|git:\/\/|ssh:\/\/|github\.com\/|git@|service:)|:\/\//

function buildContext(node: TreeNode, base: PathBase): TreeNode {
  const path = stringOf(node)
  return path === undefined || REMOTE.test(path) ? node : { ...node, ...scalar(absolute(path, base)), ...origin(node) }
}

function origin(node: TreeNode): { origin?: NonNullable<TreeNode['origin']> } {
  return node.origin === undefined ? {} : { origin: node.origin }
}

function localPath(node: TreeNode, base: PathBase): TreeNode {
  const path = stringOf(node)
  return path === undefined ? node : { ...scalar(absolute(path, base)), ...origin(node) }
}

function bindSource(node: TreeNode, base: PathBase): TreeNode {
  const source = child(node, 'source')
  if (node.kind !== 'map' || stringOf(child(node, 'type')) !== 'bind' || source === undefined) return node
  return withEntry(node, 'source', localPath(source, base))
}

function boundVolume(node: TreeNode, base: PathBase): TreeNode {
  const options = child(node, 'driver_opts')
  const device = child(options, 'device')
  const bound = stringOf(child(node, 'driver')) === 'local' && stringOf(child(options, 'o')) === 'bind'
  if (node.kind !== 'map' || options?.kind !== 'map' || device === undefined || !bound) return node
  return withEntry(node, 'driver_opts', withEntry(options, 'device', localPath(device, base)))
}

/** All relative paths of the model made absolute. */
export function withAbsolutePaths(model: TreeNode, base: PathBase): TreeNode {
  const localPaths = inContainers('build.ssh.*', 'env_file.*.path', 'label_file.*', 'extends.file').concat(
    'services.*.develop.watch.*.path',
    'configs.*.file',
    'secrets.*.file',
  )
  return applyRules(model, [
    [inContainers('build.context', 'build.additional_contexts.*'), (node) => buildContext(node, base)],
    [localPaths, (node) => localPath(node, base)],
    [inContainers('volumes.*'), (node) => bindSource(node, base)],
    [['volumes.*'], (node) => boundVolume(node, base)],
  ])
}

/** Volume targets in their shortest form. */
export function cleanVolumeTargets(model: TreeNode): TreeNode {
  return applyRules(model, [
    [
      inContainers('volumes.*.target'),
      (node) =>
        typeof stringOf(node) === 'string' ? { ...scalar(cleanTarget(stringOf(node) ?? '')), ...origin(node) } : node,
    ],
  ])
}

/** Drops what `resets` tag from a model that came before them. */
export function dropPaths(model: MapNode, resets: readonly ModelPath[], path: ModelPath = []): MapNode {
  if (resets.length === 0) return model
  const entries = new Map<string, TreeNode>()
  for (const [key, value] of model.entries) {
    const here = [...path, key]
    if (resets.some((reset) => reset.length === here.length && reset.every((part, index) => part === here[index])))
      continue
    entries.set(key, value.kind === 'map' ? dropPaths(value, resets, here) : value)
  }
  return { ...model, entries }
}

/** Empty entries of `dns`, which an interpolation may leave, are no entries. */
export function withoutEmptyDns(model: TreeNode): TreeNode {
  return applyRules(model, [
    [
      inContainers('dns'),
      (node) =>
        node.kind === 'list'
          ? list(
              node.items.filter((item) => !isNull(item) && stringOf(item) !== ''),
              node.origin,
            )
          : node,
    ],
  ])
}
