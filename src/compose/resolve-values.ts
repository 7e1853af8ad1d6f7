// Interpolates a built document and brings its list-or-map sections into map form. The step between YAML and merging.
import { ComposeFileError } from './errors.js'
import { InterpolationError, interpolate, type Lookup } from './interpolate.js'
import type { ScalarValue } from './plain-scalar.js'
import {
  type ListNode,
  list,
  type ModelPath,
  map,
  mapTree,
  type Origin,
  pathMatches,
  type ScalarNode,
  type TreeNode,
} from './tree.js'

const CONTAINERS = ['services.*', 'jobs.*']

/** Sections that may be written as `KEY: value` or as a list of `KEY=value`. */
const KEY_VALUE_SECTIONS: readonly string[] = [
  ...[
    'environment',
    'labels',
    'annotations',
    'sysctls',
    'build.args',
    'build.labels',
    'build.additional_contexts',
    'deploy.labels',
  ].flatMap((section) => CONTAINERS.map((container) => `${container}.${section}`)),
  ...['networks', 'volumes', 'secrets', 'configs'].map((kind) => `${kind}.*.labels`),
]

const BOOLEANS: readonly string[] = [
  ...[
    'networks.*.external',
    'networks.*.internal',
    'networks.*.attachable',
    'networks.*.enable_ipv4',
    'networks.*.enable_ipv6',
  ],
  ...['volumes', 'secrets', 'configs'].map((kind) => `${kind}.*.external`),
  ...[
    'init',
    'oom_kill_disable',
    'privileged',
    'read_only',
    'stdin_open',
    'tty',
    'healthcheck.disable',
    'volumes.*.read_only',
    'volumes.*.volume.nocopy',
    'depends_on.*.required',
    'depends_on.*.restart',
  ].map((key) => `services.*.${key}`),
]

const NUMBERS: readonly string[] = [
  ...[
    'cpu_count',
    'cpu_percent',
    'cpu_period',
    'cpu_quota',
    'cpu_rt_period',
    'cpu_rt_runtime',
    'cpus',
    'cpu_shares',
    'oom_score_adj',
    'pids_limit',
    'scale',
  ],
  ...[
    'ulimits.*',
    'ulimits.*.hard',
    'ulimits.*.soft',
    'healthcheck.retries',
    'ports.*.target',
    'deploy.replicas',
    'deploy.update_config.parallelism',
  ],
  ...[
    'deploy.update_config.max_failure_ratio',
    'deploy.rollback_config.parallelism',
    'deploy.rollback_config.max_failure_ratio',
  ],
  ...['deploy.restart_policy.max_attempts', 'deploy.placement.max_replicas_per_node'],
].map((key) => `services.*.${key}`)

const TRUTH: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'y', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', 'n', 'no', 'off'].map((word) => [word, false] as const),
])

/** Strings become numbers and booleans where the specification wants these. */
function cast(value: string, path: ModelPath): ScalarValue {
  if (BOOLEANS.some((pattern) => pathMatches(path, pattern))) return TRUTH.get(value.toLowerCase()) ?? value
  if (NUMBERS.some((pattern) => pathMatches(path, pattern)) && value !== '' && Number.isFinite(Number(value)))
    return Number(value)
  return value
}

function placeOf(origin: Origin | undefined): { file: string; line?: number } {
  if (origin === undefined) return { file: 'compose' }
  return { file: origin.source.file, line: origin.source.position(origin.start).line }
}

function interpolateScalar(node: ScalarNode, path: ModelPath, lookup: Lookup): ScalarNode {
  if (typeof node.value !== 'string') return node
  try {
    const { value } = interpolate(node.text, lookup)
    return { ...node, value: cast(value, path), text: value }
  } catch (error) {
    if (error instanceof InterpolationError)
      throw new ComposeFileError(`${path.join('.')}: ${error.message}`, placeOf(node.origin), error.hint)
    throw error
  }
}

function keyValueEntry(item: TreeNode): readonly [string, TreeNode] {
  const text = item.kind === 'scalar' ? item.text : ''
  const origin = item.origin === undefined ? {} : { origin: item.origin }
  const equals = text.indexOf('=')
  if (equals === -1) return [text, { kind: 'scalar', value: null, text: '', ...origin }]
  const value = text.slice(equals + 1)
  return [text.slice(0, equals), { kind: 'scalar', value, text: value, ...origin }]
}

/** `[A=1, B]` as `{A: "1", B: null}`; each value keeps the whole entry as its origin. */
function keyValueMap(node: ListNode): TreeNode {
  return map(node.items.map(keyValueEntry), node.origin)
}

function textScalar(node: TreeNode): TreeNode {
  return node.kind === 'scalar' && node.value !== null ? { ...node, value: node.text } : node
}

/** List or map sections as maps of strings and nulls. */
function canonicalSection(node: TreeNode, path: ModelPath): TreeNode {
  if (!KEY_VALUE_SECTIONS.some((pattern) => pathMatches(path, pattern))) return node
  if (node.kind === 'list') return keyValueMap(node)
  if (node.kind === 'map')
    return map(
      [...node.entries].map(([key, value]) => [key, textScalar(value)]),
      node.origin,
    )
  return node
}

/** Interpolates all strings of `root` with `lookup`, then makes list-or-map sections maps; throws ComposeFileError. */
export function resolveValues(root: TreeNode, lookup: Lookup): TreeNode {
  const interpolated = mapTree(root, (node, path) =>
    node.kind === 'scalar' ? interpolateScalar(node, path, lookup) : node,
  )
  return mapTree(interpolated, canonicalSection)
}

/** True where a merge must replace entry by entry, nulls included. */
export function isKeyValueSection(path: ModelPath): boolean {
  return KEY_VALUE_SECTIONS.some((pattern) => pathMatches(path, pattern))
}

/** A map written where a list is wanted, as `KEY=value` strings in key order. */
export function asSequence(node: TreeNode): ListNode {
  if (node.kind === 'list') return node
  if (node.kind === 'scalar') return list(typeof node.value === 'string' ? [node] : [])
  const items = [...node.entries].flatMap(([key, value]) =>
    (value.kind === 'list' ? value.items : [value]).map((each) => pairScalar(key, each)),
  )
  return list(items.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)))
}

function pairScalar(key: string, value: TreeNode): ScalarNode {
  const text = value.kind === 'scalar' && value.value !== null ? `${key}=${value.text}` : key
  return { kind: 'scalar', value: text, text, ...(value.origin === undefined ? {} : { origin: value.origin }) }
}
