// Finds and reads .secretscan.yaml. Looks only where the user works, never inside what is scanned.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import envPaths from 'env-paths'
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { UsageError } from '../support/errors.js'
import { nearest } from '../support/nearest.js'
import { printable, shorten } from '../support/printable.js'
import { whyUnreadable } from '../support/unreadable.js'
import { yamlWords } from '../support/yaml-words.js'
import { SETTINGS, type SettingName, settingRows } from './settings.js'
import { checkValue, type SettingValue } from './values.js'

const CONFIG_FILE_NAME = '.secretscan.yaml'

export interface ConfigFile {
  readonly path: string
  readonly values: ReadonlyMap<SettingName, SettingValue>
}

/** The project's file: from `start` upwards to the folder that holds .git; without such a folder, only in `start`. */
export function findProjectConfig(start: string): string | undefined {
  const passed: string[] = []
  for (let folder = start; ; folder = dirname(folder)) {
    passed.push(folder)
    if (existsSync(join(folder, '.git'))) break
    if (dirname(folder) === folder) return existing(join(start, CONFIG_FILE_NAME))
  }
  for (const folder of passed) {
    const found = existing(join(folder, CONFIG_FILE_NAME))
    if (found !== undefined) return found
  }
  return undefined
}

/** The user's own file (XDG base directories: ~/.config/secretscan/config.yaml). A file that others may write is refused. */
export function findUserConfig(env: NodeJS.ProcessEnv): string | undefined {
  const folder = env.XDG_CONFIG_HOME
    ? join(env.XDG_CONFIG_HOME, 'secretscan')
    : envPaths('secretscan', { suffix: '' }).config
  const path = existing(join(folder, 'config.yaml'))
  if (path !== undefined && (statSync(path).mode & 0o002) !== 0) {
    throw new UsageError(`${path} can be written by every user of this machine`, { hint: `Run: chmod go-w ${path}` })
  }
  return path
}

/** A file of the path, as far as the folders above it may be looked into: a container's user often has the home of another. */
function existing(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? path : undefined
  } catch {
    return undefined
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`The configuration file ${path} cannot be read: ${whyUnreadable(error)}`, { cause: error })
  }
}

function settingNamed(key: unknown, where: string): SettingName {
  const name = settingRows.find(([candidate]) => candidate === key)?.[0]
  if (name !== undefined) return name
  const suggestion = nearest(String(key), Object.keys(SETTINGS))
  throw new UsageError(`${where}: there is no setting "${shorten(printable(String(key)), 60)}"`, {
    ...(suggestion === undefined ? {} : { hint: `Did you mean "${suggestion}"?` }),
  })
}

/** A scalar, or a list of scalars; anything else (a mapping, an alias) becomes a value that no setting accepts. */
function plainOf(node: unknown): unknown {
  if (isScalar(node)) return node.value
  return isSeq(node) ? node.items.map((item) => (isScalar(item) ? item.value : undefined)) : undefined
}

/** Reads and checks a configuration file. Throws UsageError that names file and line. */
export function readConfigFile(path: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(readText(path), { lineCounter: lines })
  const problem = document.errors[0]
  if (problem !== undefined)
    throw new UsageError(`${path}:${problem.linePos?.[0].line ?? 1}: not valid YAML: ${yamlWords(problem.code)}`)
  const values = new Map<SettingName, SettingValue>()
  if (document.contents === null) return { path, values }
  if (!isMap(document.contents)) throw new UsageError(`${path}:1: must be a mapping of settings to values`)
  for (const { key, value } of document.contents.items) {
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0
    const where = `${path}:${lines.linePos(offset).line}`
    const name = settingNamed(isScalar(key) ? key.value : key, where)
    values.set(name, checkValue(SETTINGS[name], plainOf(value), `${where}: ${name}`))
  }
  return { path, values }
}
