// From YAML nodes to the located tree: aliases followed, merge keys (`<<`) merged, `!reset` and `!override` noted.
import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { ComposeFileError } from './errors.js'
import { resolvePlain, stringScalar } from './plain-scalar.js'
import { isUntold, scalarText } from './tagged-scalar.js'
import { LIST_ITEM, list, type ModelPath, map, type Origin, type TreeNode } from './tree.js'
import type { Via } from './types.js'
import { type IndexedDocument, keyText, type YamlFile } from './yaml-file.js'

/** Bound on nodes after aliases are followed: a "billion laughs" file stops here. */
const MAX_NODES = 300_000

export interface BuiltDocument {
  /** Undefined for an empty document. */
  readonly root: TreeNode | undefined
  /** Model paths tagged `!reset` or `!override`: what earlier files say there is dropped (compose-spec 13-merge.md). */
  readonly resets: readonly ModelPath[]
}

interface Build {
  readonly file: YamlFile
  readonly indexed: IndexedDocument
  readonly resets: ModelPath[]
  readonly open: Set<Node>
  nodes: number
}

interface Way {
  readonly path: ModelPath
  readonly via: readonly Via[]
}

function errorAt(build: Build, node: unknown, reason: string): ComposeFileError {
  const { source } = build.file
  const start = isNode(node) ? (node.range?.[0] ?? 0) : 0
  return new ComposeFileError(reason, { file: source.file, line: source.position(start).line })
}

function originOf(node: Node, build: Build, via: readonly Via[]): { origin: Origin } | undefined {
  if (node.range === undefined || node.range === null) return undefined
  const [start, end] = node.range
  return { origin: { source: build.file.source, start, end, path: build.indexed.paths.get(node) ?? [], via } }
}

function buildScalar(node: Scalar, build: Build, way: Way): TreeNode {
  const written = scalarText(node)
  return {
    kind: 'scalar',
    ...(isUntold(node) ? resolvePlain(written) : stringScalar(written)),
    ...originOf(node, build, way.via),
  }
}

function buildSeq(node: YAMLSeq, build: Build, way: Way): TreeNode {
  const items = node.items.map((item) => buildNode(item, build, { ...way, path: [...way.path, LIST_ITEM] }))
  return { ...list(items.filter((item) => item !== undefined)), ...originOf(node, build, way.via) }
}

function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.source === '<<' && pair.key.type === 'PLAIN'
}

/** Maps that `<<` brings in, first one wins (YAML merge key type). */
function mergedMaps(value: unknown, build: Build, way: Way): TreeNode[] {
  const target = isAlias(value) ? build.indexed.targets.get(value) : value
  const via: Via[] = way.via.includes('merge') ? [...way.via] : [...way.via, 'merge']
  if (isSeq(target)) return target.items.flatMap((item) => mergedMaps(item, build, way))
  if (!isMap(target)) throw errorAt(build, value, 'a merge key (<<) must name a mapping')
  const built = isAlias(value) ? followAlias(value, build, { ...way, via }) : buildNode(target, build, { ...way, via })
  return built === undefined ? [] : [built]
}

function buildMap(node: YAMLMap, build: Build, way: Way): TreeNode {
  const entries = new Map<string, TreeNode>()
  const merges: unknown[] = []
  const own = new Set<string>()
  for (const pair of node.items) {
    if (!isPair(pair)) continue
    if (isMergeKey(pair)) {
      merges.push(pair.value)
      continue
    }
    const key = keyText(pair, build.indexed.targets, build.file.source)
    const value = buildNode(pair.value, build, { ...way, path: [...way.path, key] })
    if (value === undefined) continue
    own.add(key)
    entries.set(key, value)
  }
  for (const merged of merges.flatMap((value) => mergedMaps(value, build, way))) {
    if (merged.kind !== 'map') continue
    for (const [key, value] of merged.entries) if (!entries.has(key)) entries.set(key, value)
  }
  return { ...map(entries), ...originOf(node, build, way.via) }
}

function followAlias(alias: Alias, build: Build, way: Way): TreeNode | undefined {
  const target = build.indexed.targets.get(alias)
  if (target !== undefined && build.open.has(target))
    throw errorAt(build, alias, `alias *${alias.source} stands inside its own anchor`)
  return buildNode(target, build, { ...way, via: way.via.includes('alias') ? way.via : [...way.via, 'alias'] })
}

/** Undefined where the node is `!reset`. */
function buildNode(node: unknown, build: Build, way: Way): TreeNode | undefined {
  if (++build.nodes > MAX_NODES) throw errorAt(build, null, `aliases expand the file to more than ${MAX_NODES} values`)
  if (isAlias(node)) return followAlias(node, build, way)
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return { kind: 'scalar', value: null, text: '' }
  if (node.tag === '!reset' || node.tag === '!override') build.resets.push(way.path)
  if (node.tag === '!reset') return undefined
  build.open.add(node)
  const built = isScalar(node)
    ? buildScalar(node, build, way)
    : isSeq(node)
      ? buildSeq(node, build, way)
      : buildMap(node, build, way)
  build.open.delete(node)
  return built
}

/** Builds one document of `file`; throws ComposeFileError for self-containing anchors and expansions without end. */
export function buildDocument(file: YamlFile, indexed: IndexedDocument): BuiltDocument {
  const build: Build = { file, indexed, resets: [], open: new Set(), nodes: 0 }
  const root = buildNode(indexed.document.contents, build, { path: [], via: [] })
  const empty = root?.kind === 'scalar' && root.value === null
  return { root: empty ? undefined : root, resets: build.resets }
}
