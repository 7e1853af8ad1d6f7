// Puts flags, variables and files together: a flag wins over a variable, a variable over the project's file, that over the user's.
import { dirname, resolve } from 'node:path'
import { UsageError } from '../support/errors.js'
import { type ConfigFile, findProjectConfig, findUserConfig, readConfigFile } from './file.js'
import { type SettingDefinition, variableOf, variablesOf } from './setting.js'
import { type SettingName, type Settings, settingRows } from './settings.js'
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
  /** The files that values of the origin "file" come from. */
  readonly files: ReadonlyMap<SettingName, string>
}

/** `project`: found from the working directory, not named by the user. */
type ReadFile = ConfigFile & { readonly project: boolean }

function configFiles(options: ResolveOptions): ReadFile[] {
  const explicit = options.configFile ?? options.env.SECRETSCAN_CONFIG
  const found = explicit === undefined || explicit === ''
  const project = found ? findProjectConfig(options.cwd) : resolve(options.cwd, explicit)
  const user = findUserConfig(options.env)
  return [
    ...(project === undefined ? [] : [{ ...readConfigFile(project), project: found }]),
    ...(user === undefined ? [] : [{ ...readConfigFile(user), project: false }]),
  ]
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

/** BAO_X hides VAULT_X even where it is empty, as in OpenBao's own client. */
function setVariable(
  name: SettingName,
  row: SettingDefinition,
  env: NodeJS.ProcessEnv,
): { readonly name: string; readonly value: string } | undefined {
  const [own = '', ...others] = variablesOf(name, row)
  if (env[own]) return { name: own, value: env[own] }
  const other = others.find((each) => env[each] !== undefined)
  const value = other === undefined ? undefined : env[other]
  return other === undefined || !value ? undefined : { name: other, value }
}

function refuseUntrusted(name: SettingName, path: string): never {
  throw new UsageError(`${path} sets ${name}, which decides where credentials go: a project's own file may not.`, {
    hint: `Set ${variableOf(name)}, or put it into ~/.config/secretscan/config.yaml, or name a file with --config.`,
  })
}

function pick(
  name: SettingName,
  row: SettingDefinition,
  options: ResolveOptions,
  files: readonly ReadFile[],
): [value: SettingValue | undefined, origin: ValueOrigin, file?: string] {
  const flag = options.flags.get(name)
  if (flag !== undefined) return [checkValue(row, flag, `--${name}`), 'flag']
  const variable = setVariable(name, row, options.env)
  if (variable !== undefined) return [parseValue(row, variable.value, variable.name), 'variable']
  for (const file of files) {
    const value = file.values.get(name)
    if (value !== undefined && row.trusted && file.project) refuseUntrusted(name, file.path)
    if (value !== undefined) return [absolutePaths(row, value, dirname(file.path)), 'file', file.path]
  }
  return [defaultOf(row), 'default']
}

/** All settings, checked. Throws UsageError for a wrong value, naming the flag, the variable, or the file and line. */
export function resolveSettings(options: ResolveOptions): ResolvedSettings {
  const read = configFiles(options)
  const origins = new Map<SettingName, ValueOrigin>()
  const files = new Map<SettingName, string>()
  const values: Partial<Record<SettingName, SettingValue | undefined>> = {}
  for (const [name, row] of settingRows) {
    const [value, origin, file] = pick(name, row, options, read)
    values[name] = value
    origins.set(name, origin)
    if (file !== undefined) files.set(name, file)
  }
  return { settings: values as Settings, origins, files }
}
