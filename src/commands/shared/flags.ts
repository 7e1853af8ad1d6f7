// oclif's flags, made from the table of settings, and the given ones read back by the setting's name.
import { Flags, type Interfaces } from '@oclif/core'
import { type Scope, type SettingDefinition, type SettingName, settingRows } from '../../config/settings.js'

const NEGATIVE = /^no-/

/** "no-cache" is the flag "cache" that can be negated, so that both --cache and --no-cache exist; the others as they are. */
const flagName = (name: string): string => name.replace(NEGATIVE, '')

function defaultNote(row: SettingDefinition): string {
  if (!('default' in row) || row.default === undefined || row.kind === 'choice') return ''
  const value = row.kind === 'bytes' ? `${row.default / 1024 ** 2}MB` : row.default
  return ` (default: ${value})`
}

function flagOf(row: SettingDefinition) {
  const summary = `${row.summary}${row.kind === 'choice' && row.default !== undefined ? ` (default: ${row.default})` : defaultNote(row)}`
  switch (row.kind) {
    case 'boolean':
      return Flags.boolean({ summary, allowNo: row.negatable !== false })
    case 'choice':
      return Flags.option({ summary, options: row.choices })()
    case 'choices':
      return Flags.option({ summary, options: row.choices, multiple: true, multipleNonGreedy: true })()
    case 'list':
      return Flags.string({ summary, helpValue: row.placeholder, multiple: true, multipleNonGreedy: true })
    case 'text':
      return Flags.string({ summary, helpValue: row.placeholder })
    case 'count':
      return Flags.string({ summary, helpValue: 'N' })
    case 'bytes':
      return Flags.string({ summary, helpValue: 'SIZE' })
  }
}

const inScopes = (row: SettingDefinition, scopes: readonly Scope[]): boolean =>
  row.scopes.some((scope) => scopes.includes(scope))

/** The flags of a command that knows these scopes; --config is the one flag that is no setting. */
export function flagsFor(...scopes: readonly Scope[]): Interfaces.FlagInput {
  const rows = settingRows.filter(([, row]) => inScopes(row, scopes))
  return {
    ...Object.fromEntries(rows.map(([name, row]) => [flagName(name), flagOf(row)])),
    config: Flags.string({
      summary: 'Settings file (default: .secretscan.yaml, looked for upwards)',
      helpValue: 'FILE',
    }),
  }
}

/** The flags that were given, by the setting's name, with --cache turned into "no-cache: false". */
export function givenSettings(flags: Readonly<Record<string, unknown>>): ReadonlyMap<SettingName, unknown> {
  const given = new Map<SettingName, unknown>()
  for (const [name, row] of settingRows) {
    const value = flags[flagName(name)]
    if (value === undefined) continue
    if (NEGATIVE.test(name)) given.set(name, value === false)
    else if (row.kind === 'count' && typeof value === 'string' && /^\d+$/.test(value)) given.set(name, Number(value))
    else given.set(name, value)
  }
  return given
}
