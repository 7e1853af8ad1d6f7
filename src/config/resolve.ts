// Puts flags, variables and files together: a flag wins over a variable, a variable over the project's file, that over the user's.
import { dirname, resolve } from 'node:path'
import { type ConfigFile, findProjectConfig, findUserConfig, readConfigFile } from './file.js'
import { type SettingDefinition, type SettingName, type Settings, settingRows, variableOf } from './settings.js'
import { checkValue, parseValue, type SettingValue } from './values.js'

export interface ResolveOptions {
  /** Only flags that were given, by the setting's name. */
  readonly flags: ReadonlyMap<SettingName, unknown>
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** --config: read instead of the project's file. */
  readonly configFile?: string
}

export type ValueOrigin = 'flag' | 'variable' | 'file' | 'default'

export interface ResolvedSettings {
  readonly settings: Settings
  readonly origins: ReadonlyMap<SettingName, ValueOrigin>
}

function configFiles(options: ResolveOptions): ConfigFile[] {
  const explicit = options.configFile ?? options.env.SECRETSCAN_CONFIG
  const project =
    explicit === undefined || explicit === '' ? findProjectConfig(options.cwd) : resolve(options.cwd, explicit)
  const paths = [project, findUserConfig(options.env)].filter((path) => path !== undefined)
  return paths.map(readConfigFile)
}

function absolutePaths(row: SettingDefinition, value: SettingValue, folder: string): SettingValue {
  if (!('path' in row) || typeof value === 'boolean' || typeof value === 'number') return value
  return typeof value === 'string' ? resolve(folder, value) : value.map((path) => resolve(folder, path))
}

function defaultOf(row: SettingDefinition): SettingValue | undefined {
  if (row.kind === 'boolean') return false
  if (row.kind === 'list' || row.kind === 'choices') return []
  return row.default
}

function pick(
  name: SettingName,
  row: SettingDefinition,
  options: ResolveOptions,
  files: readonly ConfigFile[],
): [SettingValue | undefined, ValueOrigin] {
  const flag = options.flags.get(name)
  if (flag !== undefined) return [checkValue(row, flag, `--${name}`), 'flag']
  const variable = options.env[variableOf(name)]
  if (variable !== undefined && variable !== '') return [parseValue(row, variable, variableOf(name)), 'variable']
  for (const file of files) {
    const value = file.values.get(name)
    if (value !== undefined) return [absolutePaths(row, value, dirname(file.path)), 'file']
  }
  return [defaultOf(row), 'default']
}

/** All settings, checked. Throws UsageError for a wrong value, naming the flag, the variable, or the file and line. */
export function resolveSettings(options: ResolveOptions): ResolvedSettings {
  const files = configFiles(options)
  const origins = new Map<SettingName, ValueOrigin>()
  const values: Partial<Record<SettingName, SettingValue | undefined>> = {}
  for (const [name, row] of settingRows) {
    const [value, origin] = pick(name, row, options, files)
    values[name] = value
    origins.set(name, origin)
  }
  return { settings: values as Settings, origins }
}
