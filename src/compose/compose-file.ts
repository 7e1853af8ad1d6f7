// One Compose file as a tree: parsed, interpolated, its short forms long. What extends, includes and merges are made of.

import type { SourceText } from '../support/source-text.js'
import { canonical, type PathBase, withoutEmptyDns } from './canonical.js'
import { ComposeFileError } from './errors.js'
import type { Lookup } from './interpolate.js'
import { keepUnique } from './merge.js'
import type { ProjectReader } from './project-reader.js'
import { resolveValues } from './resolve-values.js'
import { type MapNode, type ModelPath, map, mapTree, type TreeNode } from './tree.js'
import { parseYamlFile, type YamlFile } from './yaml-file.js'
import { buildDocument } from './yaml-tree.js'

/** A file as it was parsed, and the variables that hold in it. */
export interface LoadedFile {
  readonly yaml: YamlFile
  readonly lookup: Lookup
}

export interface LoadContext {
  readonly reader: ProjectReader
  readonly home: string
  /** Every Compose file that took part, each once. */
  readonly loaded: Map<string, LoadedFile>
}

/** What holds while one project, or one included project, is loaded. */
export interface Scope {
  readonly context: LoadContext
  readonly environment: ReadonlyMap<string, string>
  readonly base: PathBase
  /** Files that include this one, outermost first. */
  readonly including: readonly string[]
}

export interface Resets {
  readonly resets: readonly ModelPath[]
}

export function lookupIn(environment: ReadonlyMap<string, string>): Lookup {
  return (name) => environment.get(name)
}

/** Parses a file and notes it as part of the project. */
export function openFile(source: SourceText, scope: Scope): YamlFile {
  const yaml = parseYamlFile(source)
  if (!scope.context.loaded.has(source.file))
    scope.context.loaded.set(source.file, { yaml, lookup: lookupIn(scope.environment) })
  return yaml
}

/** A merged model in long forms, entries of one identity once. */
export function finish(model: TreeNode): MapNode {
  const unique = (node: TreeNode) => mapTree(node, keepUnique)
  const done = unique(withoutEmptyDns(canonical(unique(model))))
  return done.kind === 'map' ? done : map()
}

/** The documents of a file, interpolated; throws ComposeFileError. */
export function documentsOf(yaml: YamlFile, scope: Scope): readonly (Resets & { readonly root: MapNode })[] {
  return yaml.documents.flatMap((indexed) => {
    const { root, resets } = buildDocument(yaml, indexed)
    if (root === undefined) return []
    const resolved = resolveValues(root, lookupIn(scope.environment))
    if (resolved.kind !== 'map')
      throw new ComposeFileError('the top of the file must be a mapping', { file: yaml.source.file, line: 1 })
    return [{ root: resolved, resets }]
  })
}
