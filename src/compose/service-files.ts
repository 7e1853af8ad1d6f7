// Reads what services name beside the Compose files: env_file and label_file. Their values join the service's environment and labels.

import type { SourceText } from '../support/source-text.js'
import { type EnvEntry, envFileValues, parseEnvFile, parseRawEnvFile } from './env-file.js'
import { ComposeFileError } from './errors.js'
import type { Lookup } from './interpolate.js'
import type { ProjectReader } from './project-reader.js'
import { child, type MapNode, map, scalar, stringOf, type TreeNode, withEntry } from './tree.js'

/** An env file of a service with its entries; the same file of several services comes once for each. */
export interface ServiceEnvFile {
  readonly service: string
  readonly source: SourceText
  readonly entries: readonly EnvEntry[]
  /** Indexes of the entries that something else overrides in this service: its environment, a later file, a later line. */
  readonly overridden: ReadonlySet<number>
  readonly raw: boolean
  readonly lookup: Lookup
}

export interface WithEnvFiles {
  readonly service: MapNode
  readonly envFiles: readonly ServiceEnvFile[]
}

interface NamedFile {
  readonly path: string
  readonly required: boolean
  readonly raw: boolean
}

function namedFiles(service: MapNode): readonly NamedFile[] {
  const node = service.entries.get('env_file')
  if (node?.kind !== 'list') return []
  return node.items.flatMap((item) => {
    const path = stringOf(child(item, 'path'))
    const required = child(item, 'required')
    if (path === undefined) return []
    return [
      {
        path,
        required: !(required?.kind === 'scalar' && required.value === false),
        raw: stringOf(child(item, 'format')) === 'raw',
      },
    ]
  })
}

function environmentOf(service: MapNode): ReadonlyMap<string, string> {
  const node = service.entries.get('environment')
  if (node?.kind !== 'map') return new Map()
  return new Map(
    [...node.entries].flatMap(([key, value]) =>
      value.kind === 'scalar' && value.value !== null ? [[key, value.text] as const] : [],
    ),
  )
}

/** Entries of a file, or none and an issue where it breaks its grammar: the project can be scanned all the same. */
function entriesOf(source: SourceText, raw: boolean, named: string, reader: ProjectReader): readonly EnvEntry[] {
  try {
    return raw ? parseRawEnvFile(source) : parseEnvFile(source)
  } catch (error) {
    if (!(error instanceof ComposeFileError)) throw error
    reader.issues.push({
      code: 'COMPOSE_ENV_FILE_MALFORMED',
      effect: 'partial',
      file: source.file,
      detail: `${error.message} (named by ${named})`,
    })
    return []
  }
}

/** `service` with the values of its env files beneath its own environment (05-services.md "env_file": environment wins, even empty). */
export async function readEnvFiles(
  name: string,
  service: MapNode,
  lookup: Lookup,
  reader: ProjectReader,
): Promise<WithEnvFiles> {
  const own = environmentOf(service)
  const envFiles: Omit<ServiceEnvFile, 'overridden'>[] = []
  let values: ReadonlyMap<string, string> = own
  for (const { path, required, raw } of namedFiles(service)) {
    const named = `services.${name}.env_file`
    const source = required ? await reader.readNamed(path, 'env-file', named) : await reader.read(path, 'env-file')
    if (source === undefined) continue
    const before = values
    const inService: Lookup = (variable) => lookup(variable) ?? own.get(variable)
    const entries = entriesOf(source, raw, named, reader)
    envFiles.push({
      service: name,
      source,
      entries,
      raw,
      lookup: (variable) => inService(variable) ?? before.get(variable),
    })
    values = envFileValues(entries, source, inService, values)
  }
  const written = service.entries.get('environment')
  const found = withOverridden(envFiles, written?.kind === 'map' ? written.entries : new Map())
  if (values.size === 0) return { service, envFiles: found }
  const merged = new Map<string, TreeNode>([...values].map(([key, value]) => [key, scalar(value)]))
  if (written?.kind === 'map') for (const [key, value] of written.entries) merged.set(key, value)
  return { service: withEntry(service, 'environment', map(merged, written?.origin)), envFiles: found }
}

/** `own`: the service's environment, which wins even where it is empty. Of the files the last one wins, of a file its last line. */
function withOverridden(
  envFiles: readonly Omit<ServiceEnvFile, 'overridden'>[],
  own: ReadonlyMap<string, unknown>,
): readonly ServiceEnvFile[] {
  const seen = new Set(own.keys())
  return envFiles
    .toReversed()
    .map((file) => {
      const overridden = new Set<number>()
      for (const [index, { key, template }] of [...file.entries.entries()].reverse()) {
        if (seen.has(key)) overridden.add(index)
        if (template !== undefined) seen.add(key)
      }
      return { ...file, overridden }
    })
    .reverse()
}

/** `service` with the labels of its label files beneath its own. */
export async function readLabelFiles(name: string, service: MapNode, reader: ProjectReader): Promise<MapNode> {
  const files = service.entries.get('label_file')
  if (files?.kind !== 'list') return service
  let values: ReadonlyMap<string, string> = new Map()
  for (const path of files.items.map((item) => stringOf(item) ?? '')) {
    const source = await reader.readNamed(path, 'label-file', `services.${name}.label_file`)
    if (source !== undefined)
      values = envFileValues(
        entriesOf(source, false, `services.${name}.label_file`, reader),
        source,
        () => undefined,
        values,
      )
  }
  const own = service.entries.get('labels')
  const merged = new Map<string, TreeNode>([...values].map(([key, value]) => [key, scalar(value)]))
  if (own?.kind === 'map') for (const [key, value] of own.entries) merged.set(key, value)
  return merged.size === 0 ? service : withEntry(service, 'labels', map(merged, own?.origin))
}
