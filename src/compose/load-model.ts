// Loads Compose files into one merged tree: several files, documents, `include` (compose-spec 13-merge.md, 14-include.md).
import { dirname, isAbsolute, join } from 'node:path'
import { dropPaths, withAbsolutePaths, withDefaults } from './canonical.js'
import { documentsOf, finish, lookupIn, openFile, type Scope } from './compose-file.js'
import { envFileValues, parseEnvFile } from './env-file.js'
import { ComposeFileError } from './errors.js'
import { applyExtends } from './extends.js'
import { mergeModels, mergeNodes } from './merge.js'
import { resolveFromEnvironment } from './normalize.js'
import { isRemote } from './project-reader.js'
import {
  child,
  type MapNode,
  type ModelPath,
  map,
  reachedVia,
  sameValue,
  stringOf,
  type TreeNode,
  withEntry,
} from './tree.js'

const RESOURCES = ['services', 'jobs', 'volumes', 'networks', 'secrets', 'configs', 'models']

async function loadFile(model: MapNode, file: string, scope: Scope): Promise<MapNode> {
  const source = await scope.context.reader.read(file, 'compose')
  if (source === undefined) throw new ComposeFileError('there is no such file', { file })
  let merged = model
  for (const { root, resets } of documentsOf(openFile(source, scope), scope)) {
    const included = await applyIncludes(root, resets, file, scope)
    const extended = await applyExtends(included, resets, file, scope)
    merged = withEntry(finish(mergeModels(dropPaths(merged, resets), extended)), 'version', undefined)
  }
  return merged
}

/** The merged model of `files`, paths absolute, short forms long; not yet normalised. Throws ComposeFileError. */
export async function loadModel(files: readonly string[], scope: Scope): Promise<MapNode> {
  let model = map()
  for (const file of files) model = await loadFile(model, file, scope)
  const complete = withAbsolutePaths(withDefaults(model), scope.base)
  return complete.kind === 'map' ? resolveFromEnvironment(complete, lookupIn(scope.environment)) : model
}

interface Include {
  readonly paths: readonly string[]
  readonly directory: string | undefined
  readonly envFiles: readonly string[]
}

function strings(node: TreeNode | undefined): readonly string[] {
  if (node?.kind === 'list') return node.items.flatMap((item) => stringOf(item) ?? [])
  const text = stringOf(node)
  return text === undefined ? [] : [text]
}

function includeOf(node: TreeNode): Include {
  if (node.kind !== 'map') return { paths: strings(node), directory: undefined, envFiles: [] }
  return {
    paths: strings(node.entries.get('path')),
    directory: stringOf(node.entries.get('project_directory')),
    envFiles: strings(node.entries.get('env_file')),
  }
}

/** The environment of an included project: the including one's, then what its own env files add. */
async function includeEnvironment(
  include: Include,
  directory: string,
  file: string,
  scope: Scope,
): Promise<ReadonlyMap<string, string>> {
  const { reader } = scope.context
  const named = include.envFiles
    .filter((path) => path !== '/dev/null')
    .map((path) => absoluteFrom(scope.base.directory, path))
  let added: ReadonlyMap<string, string> = new Map()
  for (const path of include.envFiles.length > 0 ? named : [join(directory, '.env')]) {
    const source =
      include.envFiles.length > 0
        ? await reader.readNamed(path, 'dotenv', `include in ${file}`)
        : await reader.read(path, 'dotenv')
    if (source !== undefined) added = envFileValues(parseEnvFile(source), source, lookupIn(scope.environment), added)
  }
  return new Map([...added, ...scope.environment])
}

function absoluteFrom(directory: string, path: string): string {
  return isAbsolute(path) || isRemote(path) ? path : join(directory, path)
}

async function loadInclude(include: Include, file: string, scope: Scope): Promise<MapNode | undefined> {
  const [main, ...rest] = include.paths.map((path) => absoluteFrom(scope.base.directory, path))
  if (main === undefined) return undefined
  if (scope.including.includes(main))
    throw new ComposeFileError(`includes itself through ${scope.including.join(', ')}`, { file: main })
  if ((await scope.context.reader.readNamed(main, 'compose', `include in ${file}`)) === undefined) return undefined
  const directory =
    include.directory === undefined ? dirname(main) : absoluteFrom(scope.base.directory, include.directory)
  const environment = await includeEnvironment(include, directory, file, scope)
  return loadModel([main, ...rest], { ...scope, environment, base: { ...scope.base, directory } })
}

function importResource(into: MapNode, kind: string, imported: MapNode, resets: readonly ModelPath[]): MapNode {
  const target = into.entries.get(kind)
  const entries = new Map(target?.kind === 'map' ? target.entries : [])
  for (const [name, node] of imported.entries) {
    const known = entries.get(name)
    if (known === undefined) entries.set(name, node)
    else if (!sameValue(known, node)) {
      const base = child(dropPaths(map([[kind, map([[name, node]])]]), resets), kind, name)
      entries.set(name, base === undefined ? known : mergeNodes(base, known, [kind, name]))
    }
  }
  return withEntry(into, kind, map(entries, target?.origin))
}

async function applyIncludes(
  root: MapNode,
  resets: readonly ModelPath[],
  file: string,
  scope: Scope,
): Promise<MapNode> {
  const includes = root.entries.get('include')
  let merged = withEntry(root, 'include', undefined)
  const inner = { ...scope, including: [...scope.including, file] }
  for (const item of includes?.kind === 'list' ? includes.items : []) {
    const loaded = await loadInclude(includeOf(item), file, inner)
    if (loaded === undefined) continue
    const imported = reachedVia(loaded, 'include')
    for (const kind of RESOURCES) {
      const resources = child(imported, kind)
      if (resources?.kind === 'map') merged = importResource(merged, kind, resources, resets)
    }
  }
  return merged
}
