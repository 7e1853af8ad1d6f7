// The values of Compose files as a tree that remembers where each was written, through anchors, merges, extends and includes.

import type { SourceText } from '../support/source-text.js'
import type { ScalarValue } from './plain-scalar.js'
import type { Via } from './types.js'

/** Keys and list indexes from the top of the file. */
export type YamlPath = readonly (string | number)[]

/** Where a node was written; offsets in UTF-16 units, quotes and block headers included, `end` exclusive. */
export interface Origin {
  readonly source: SourceText
  readonly start: number
  readonly end: number
  readonly path: YamlPath
  readonly via: readonly Via[]
}

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: ScalarValue
  /** As a string (Go's form of numbers); empty for null. */
  readonly text: string
  readonly origin?: Origin
}

export interface MapNode {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, TreeNode>
  readonly origin?: Origin
}

export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly TreeNode[]
  readonly origin?: Origin
}

export type TreeNode = ScalarNode | MapNode | ListNode

/** Path in the merged model; list items are `[]`. */
export type ModelPath = readonly string[]

export const LIST_ITEM = '[]'

export function scalar(value: ScalarValue, origin?: Origin): ScalarNode {
  const text = value === null ? '' : String(value)
  return { kind: 'scalar', value, text, ...(origin === undefined ? {} : { origin }) }
}

export function map(entries: Iterable<readonly [string, TreeNode]> = [], origin?: Origin): MapNode {
  return { kind: 'map', entries: new Map(entries), ...(origin === undefined ? {} : { origin }) }
}

export function list(items: readonly TreeNode[], origin?: Origin): ListNode {
  return { kind: 'list', items, ...(origin === undefined ? {} : { origin }) }
}

export function isNull(node: TreeNode | undefined): boolean {
  return node === undefined || (node.kind === 'scalar' && node.value === null)
}

/** The string of a scalar that is one; undefined for anything else. */
export function stringOf(node: TreeNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined
}

export function child(node: TreeNode | undefined, ...path: readonly string[]): TreeNode | undefined {
  let at = node
  for (const key of path) at = at?.kind === 'map' ? at.entries.get(key) : undefined
  return at
}

/** `node` with `key` set to `value`, or without `key` where `value` is undefined. */
export function withEntry(node: MapNode, key: string, value: TreeNode | undefined): MapNode {
  const entries = new Map(node.entries)
  if (value === undefined) entries.delete(key)
  else entries.set(key, value)
  return { ...node, entries }
}

const patterns = new Map<string, readonly string[]>()

function patternParts(pattern: string): readonly string[] {
  const known = patterns.get(pattern)
  if (known !== undefined) return known
  const parts = pattern.split('.')
  patterns.set(pattern, parts)
  return parts
}

/** True where `path` fits `pattern`: same length, `*` fits any part. For patterns written in this program: each is kept once split. */
export function pathMatches(path: ModelPath, pattern: string): boolean {
  const parts = patternParts(pattern)
  return parts.length === path.length && parts.every((part, index) => part === '*' || part === path[index])
}

/** Rebuilds the tree bottom-up: `change` sees each node after its children. */
export function mapTree(
  node: TreeNode,
  change: (node: TreeNode, path: ModelPath) => TreeNode,
  path: ModelPath = [],
): TreeNode {
  if (node.kind === 'scalar') return change(node, path)
  if (node.kind === 'list') {
    const items = node.items.map((item) => mapTree(item, change, [...path, LIST_ITEM]))
    return change({ ...node, items }, path)
  }
  const entries = new Map([...node.entries].map(([key, value]) => [key, mapTree(value, change, [...path, key])]))
  return change({ ...node, entries }, path)
}

/** `node` with `via` added to every origin below it. */
export function reachedVia(node: TreeNode, via: Via): TreeNode {
  return mapTree(node, (each) =>
    each.origin === undefined || each.origin.via.includes(via)
      ? each
      : { ...each, origin: { ...each.origin, via: [...each.origin.via, via] } },
  )
}

/** Calls `visit` for every scalar below `node`. */
export function eachScalar(
  node: TreeNode,
  visit: (node: ScalarNode, path: ModelPath) => void,
  path: ModelPath = [],
): void {
  if (node.kind === 'scalar') visit(node, path)
  else if (node.kind === 'list') for (const item of node.items) eachScalar(item, visit, [...path, LIST_ITEM])
  else for (const [key, value] of node.entries) eachScalar(value, visit, [...path, key])
}

export type JsonValue = ScalarValue | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** The plain value, positions left out. */
export function toJson(node: TreeNode): JsonValue {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(toJson)
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, toJson(value)]))
}

/** Equal values, wherever they were written. */
export function sameValue(a: TreeNode, b: TreeNode): boolean {
  if (a.kind === 'scalar') return b.kind === 'scalar' && a.value === b.value
  if (a.kind === 'list') {
    return (
      b.kind === 'list' &&
      a.items.length === b.items.length &&
      a.items.every((item, index) => sameAs(item, b.items[index]))
    )
  }
  return (
    b.kind === 'map' &&
    a.entries.size === b.entries.size &&
    [...a.entries].every(([key, value]) => sameAs(value, b.entries.get(key)))
  )
}

function sameAs(a: TreeNode, b: TreeNode | undefined): boolean {
  return b !== undefined && sameValue(a, b)
}
