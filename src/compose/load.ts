// Loads a Compose project as `docker compose` does, and knows of each value where it was written. Knows nothing of secrets.
import { homedir } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import { NotFoundError } from '../support/errors.js'
import { cleanVolumeTargets } from './canonical.js'
import type { LoadContext } from './compose-file.js'
import { discoverFiles } from './discover.js'
import { projectEnvironment } from './environment.js'
import { ComposeFileError } from './errors.js'
import { InterpolationError, interpolate } from './interpolate.js'
import { loadModel } from './load-model.js'
import { composeValues, usesOf } from './locate.js'
import { dotenvValues, envFileEntries } from './locate-env.js'
import { composeModel, isActive } from './model.js'
import { normalize } from './normalize.js'
import { type ProjectReader, projectReader } from './project-reader.js'
import { missingResourceFiles } from './resource-files.js'
import { readEnvFiles, readLabelFiles, type ServiceEnvFile } from './service-files.js'
import { child, type MapNode, map, type TreeNode, withEntry } from './tree.js'
import type { ComposeProject, LocatedValue } from './types.js'
import { parseYamlFile } from './yaml-file.js'

export interface LoadOptions {
  /** As given with -f; empty: COMPOSE_FILE or the default names. */
  readonly files?: readonly string[]
  /** As given with --project-directory. */
  readonly projectDir?: string
  /** As given with --env-file. */
  readonly envFiles?: readonly string[]
  /** Empty: COMPOSE_PROFILES. */
  readonly profiles: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Default: the process's. */
  readonly cwd?: string
  /** Bytes that stand for what is on the disk, by absolute path. */
  readonly overlay?: ReadonlyMap<string, Uint8Array>
}

interface Surroundings {
  /** [] where there is no project. */
  readonly files: readonly string[]
  /** They are named, by `files` or by COMPOSE_FILE: not found by their usual names. */
  readonly named: boolean
  readonly directory: string
  readonly environment: ReadonlyMap<string, string>
}

function environmentMap(env: LoadOptions['env']): ReadonlyMap<string, string> {
  return new Map(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])))
}

/** Files, project directory and environment, each of which may depend on the others (a .env may set COMPOSE_FILE). */
async function surroundings(options: LoadOptions, cwd: string, reader: ProjectReader): Promise<Surroundings> {
  const env = environmentMap(options.env)
  const given = (options.files ?? []).map((file) => resolve(cwd, file))
  const explicit = options.projectDir === undefined ? undefined : resolve(cwd, options.projectDir)
  const firstDirectory = explicit ?? (given[0] === undefined ? cwd : dirname(given[0]))
  const envFiles = options.envFiles ?? []
  const first = await projectEnvironment(env, envFiles, firstDirectory, cwd, reader)
  const files = discoverFiles(given, firstDirectory, cwd, first)
  const directory = explicit ?? (files[0] === undefined ? firstDirectory : dirname(files[0]))
  const environment = await projectEnvironment(first, envFiles, directory, cwd, reader)
  const named = given.length > 0 || first.has('COMPOSE_FILE')
  return { files, named, directory, environment }
}

function normalName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
}

/** The project's name: COMPOSE_PROJECT_NAME, else the last `name:` of the files, else the folder's name. */
async function projectName({ files, directory, environment }: Surroundings, reader: ProjectReader): Promise<string> {
  const explicit = environment.get('COMPOSE_PROJECT_NAME')
  if (explicit !== undefined && explicit !== '') return explicit
  let written = { text: '', file: '' }
  for (const file of files) {
    const source = await reader.read(file, 'compose')
    if (source === undefined) continue
    for (const { document } of parseYamlFile(source).documents) {
      const name = document.get('name')
      if (typeof name === 'string' && name !== '') written = { text: name, file }
    }
  }
  const name = normalName(interpolatedName(written, environment))
  return name === '' ? normalName(basename(directory)) : name
}

/** @throws ComposeFileError where a variable is missing that the name demands (`${X:?}`) */
function interpolatedName(
  { text, file }: { readonly text: string; readonly file: string },
  environment: ReadonlyMap<string, string>,
): string {
  try {
    return interpolate(text, (variable) => environment.get(variable)).value
  } catch (error) {
    if (error instanceof InterpolationError) throw new ComposeFileError(`name: ${error.message}`, { file }, error.hint)
    throw error
  }
}

interface ResolvedServices {
  readonly tree: MapNode
  readonly envFiles: readonly ServiceEnvFile[]
  readonly inactive: readonly string[]
}

/** Joins env and label files to all services, then leaves out those that no profile activates. */
async function resolveServices(
  model: MapNode,
  profiles: readonly string[],
  environment: ReadonlyMap<string, string>,
  reader: ProjectReader,
): Promise<ResolvedServices> {
  const services = child(model, 'services')
  if (services?.kind !== 'map') return { tree: model, envFiles: [], inactive: [] }
  const active: (readonly [string, TreeNode])[] = []
  const inactive: string[] = []
  const envFiles: ServiceEnvFile[] = []
  for (const [name, node] of services.entries) {
    const read =
      node.kind === 'map' ? await readEnvFiles(name, node, (variable) => environment.get(variable), reader) : undefined
    envFiles.push(...(read?.envFiles ?? []))
    if (!isActive(node, profiles)) inactive.push(name)
    else active.push([name, read === undefined ? node : await readLabelFiles(name, read.service, reader)])
  }
  return { tree: withEntry(model, 'services', map(active, services.origin)), envFiles, inactive }
}

async function allDotenvValues(
  reader: ProjectReader,
  environment: ReadonlyMap<string, string>,
): Promise<readonly LocatedValue[]> {
  const values: LocatedValue[] = []
  for (const { file, kind } of reader.files) {
    const source = kind === 'dotenv' ? await reader.read(file, 'dotenv') : undefined
    if (source !== undefined) values.push(...dotenvValues(source, (name) => environment.get(name)))
  }
  return values
}

function chosenProfiles(given: readonly string[], environment: ReadonlyMap<string, string>): readonly string[] {
  if (given.length > 0) return given
  return (environment.get('COMPOSE_PROFILES') ?? '').split(',').map((profile) => profile.trim())
}

const surroundingsOf = (options: LoadOptions): Promise<Surroundings> =>
  surroundings(options, options.cwd ?? process.cwd(), projectReader(options.overlay))

/**
 * The folder of a project whose files are named, by `files` or by COMPOSE_FILE, which a .env may set; undefined where they are found by their
 * usual names. Throws as loadProject does where the environment cannot be read.
 */
export async function namedFolder(options: LoadOptions): Promise<string | undefined> {
  const { named, directory } = await surroundingsOf(options)
  return named ? directory : undefined
}

/** true where loadProject has files to load. Throws as it does where the environment cannot be read: an env file that is named and missing. */
export async function hasProject(options: LoadOptions): Promise<boolean> {
  return (await surroundingsOf(options)).files.length > 0
}

/**
 * Loads the project: files found, merged, interpolated, normalised. Throws ComposeFileError (file and line) for files that are no
 * Compose files, NotFoundError where there is none. A file that the project names and that is missing becomes an issue.
 */
export async function loadProject(options: LoadOptions): Promise<ComposeProject> {
  const cwd = options.cwd ?? process.cwd()
  const reader = projectReader(options.overlay)
  const around = await surroundings(options, cwd, reader)
  if (around.files.length === 0)
    throw new NotFoundError(`There is no Compose file in ${around.directory} or above it.`, {
      hint: 'Name one with -f.',
    })
  const name = await projectName(around, reader)
  const environment = new Map([...around.environment, ['COMPOSE_PROJECT_NAME', name]])
  const context: LoadContext = { reader, home: environment.get('HOME') ?? homedir(), loaded: new Map() }
  const base = { directory: around.directory, home: context.home }
  const merged = await loadModel(around.files, { context, environment, base, including: [] })
  const normal = cleanVolumeTargets(normalize(merged, name, (variable) => environment.get(variable)))
  const { tree, envFiles, inactive } = await resolveServices(
    normal.kind === 'map' ? normal : merged,
    chosenProfiles(options.profiles, environment),
    environment,
    reader,
  )
  const values = [
    ...composeValues(context.loaded.values(), usesOf(merged)),
    ...envFileEntries(envFiles),
    ...(await allDotenvValues(reader, environment)),
  ]
  return {
    name,
    directory: around.directory,
    mainFiles: around.files,
    files: reader.files,
    model: composeModel(tree),
    inactiveServices: inactive,
    values,
    issues: [...reader.issues, ...(await missingResourceFiles(merged))],
    environment,
  }
}
