// Which files make up a project when none are named: the rules of `docker compose` (COMPOSE_FILE, default names, parent folders).
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'

const DEFAULT_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const DEFAULT_OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
]

/** true for a name that people give Compose files and stacks, whatever else is in it. */
export const namesComposeFile = (name: string): boolean => /(?:compose|stack)[^/]*\.ya?ml$/i.test(name)

/** true for a name that `docker compose` looks for when it is told none: such a file adds to no other. */
export const hasDefaultName = (name: string): boolean => DEFAULT_FILES.includes(name)

/** true for a name that `docker compose` adds to such a file by itself, and nothing else reads. */
export const isDefaultOverride = (name: string): boolean => DEFAULT_OVERRIDES.includes(name)

/** true where a Compose file of a usual name lies in the folder. */
export const hasDefaultFile = (folder: string): boolean => DEFAULT_FILES.some((name) => existsSync(join(folder, name)))

/** The file of a usual name in the folder and its override, absolute; [] where there is none. */
export function defaultFilesIn(folder: string): readonly string[] {
  const first = (names: readonly string[]) =>
    names
      .map((name) => join(folder, name))
      .filter((path) => existsSync(path))
      .slice(0, 1)
  const main = first(DEFAULT_FILES)
  return main.length === 0 ? [] : [...main, ...first(DEFAULT_OVERRIDES)]
}

/** Those of the nearest folder from `from` upwards that has one; [] where none has. */
function nearestFiles(from: string): readonly string[] {
  const files = defaultFilesIn(from)
  return files.length > 0 || from === dirname(from) ? files : nearestFiles(dirname(from))
}

/**
 * The files that COMPOSE_FILE names (split at COMPOSE_PATH_SEPARATOR, default ":"), as they stand there; undefined where it is not set.
 * @throws UsageError where one has no name: docker compose 5.6 takes that, and an empty COMPOSE_FILE, for the folder, and refuses it.
 */
function listedFiles(env: ReadonlyMap<string, string>): readonly string[] | undefined {
  const list = env.get('COMPOSE_FILE')
  const files = list?.split(env.get('COMPOSE_PATH_SEPARATOR') || ':')
  if (list === undefined || files?.every((file) => file.trim() !== '') !== false) return files
  const what = list.trim() === '' ? 'is set, and names no file' : `has an empty name in it: ${printable(list)}`
  throw new UsageError(`COMPOSE_FILE ${what}`, {
    hint: 'docker compose refuses that, too. Mend or unset it, here or in .env, or name the files with -f.',
  })
}

/**
 * Absolute paths of the project's Compose files, in merge order: `files` if there are any, else those of COMPOSE_FILE, else a default name
 * and its override in `directory` or the nearest parent that has one; [] where none has. Those that are named need not be there.
 * @throws UsageError for a COMPOSE_FILE with an empty name.
 */
export function discoverFiles(
  files: readonly string[],
  directory: string,
  cwd: string,
  env: ReadonlyMap<string, string>,
): readonly string[] {
  const named = files.length > 0 ? files : listedFiles(env)
  return named?.map((file) => resolve(cwd, file)) ?? nearestFiles(directory)
}
