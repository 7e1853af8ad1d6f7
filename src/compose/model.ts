// The last step of loading: from the normalised tree to the plain model, in the types that `docker compose` hands to its engine.

import { splitShellWords } from './shell-words.js'
import { child, type JsonValue, type MapNode, type ModelPath, pathMatches, type TreeNode, toJson } from './tree.js'
import type { ComposeModel } from './types.js'

const COMMANDS = ['services.*.command', 'services.*.entrypoint']
const STRING_MAPS = ['labels', 'annotations', 'sysctls', 'build.labels', 'deploy.labels'].map(
  (key) => `services.*.${key}`,
)
const RESOURCE_LABELS = ['networks', 'volumes', 'secrets', 'configs'].map((kind) => `${kind}.*.labels`)

const anyOf = (path: ModelPath, patterns: readonly string[]) => patterns.some((pattern) => pathMatches(path, pattern))

function emptyForNull(node: TreeNode): JsonValue {
  if (node.kind !== 'map') return toJson(node)
  return Object.fromEntries(
    [...node.entries].map(([key, value]) => [key, value.kind === 'scalar' ? value.text : toJson(value)]),
  )
}

function plain(node: TreeNode, path: ModelPath): JsonValue {
  if (anyOf(path, COMMANDS) && node.kind === 'scalar' && typeof node.value === 'string')
    return splitShellWords(node.value) ?? [node.value]
  if (pathMatches(path, 'services.*.healthcheck.test') && node.kind === 'scalar' && node.value !== null)
    return ['CMD-SHELL', node.text]
  if (anyOf(path, STRING_MAPS) || anyOf(path, RESOURCE_LABELS)) return emptyForNull(node)
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map((item) => plain(item, [...path, '[]']))
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value, [...path, key])]))
}

/** The model as plain values. Needs a tree whose list-or-map sections are maps. */
export function composeModel(tree: MapNode): ComposeModel {
  return Object.fromEntries([...tree.entries].map(([key, value]) => [key, plain(value, [key])]))
}

function profilesOf(service: TreeNode): readonly string[] {
  const profiles = child(service, 'profiles')
  return profiles?.kind === 'list' ? profiles.items.map((item) => (item.kind === 'scalar' ? item.text : '')) : []
}

/** A service without profiles is always active; `*` activates all. */
export function isActive(service: TreeNode, profiles: readonly string[]): boolean {
  const own = profilesOf(service)
  return own.length === 0 || profiles.includes('*') || own.some((profile) => profiles.includes(profile))
}
