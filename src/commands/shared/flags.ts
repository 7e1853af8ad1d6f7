// oclif's flags, made from the table of settings, and the given ones read back by the setting's name.
import { Flags, type Interfaces } from '@oclif/core'
import type { Scope, SettingDefinition } from '../../config/setting.js'
import { type SettingName, settingRows } from '../../config/settings.js'
import { UsageError } from '../../support/errors.js'
import { nearest } from '../../support/nearest.js'
import { printable, shorten } from '../../support/printable.js'

/** "cache" for "no-cache" and "no-quiet" for "quiet": a hidden flag, with which a command line overrules a variable or a file. */
const oppositeOf = (name: string): string => (name.startsWith('no-') ? name.slice('no-'.length) : `no-${name}`)

function defaultNote(row: SettingDefinition): string {
  if (!('default' in row) || row.default === undefined || row.kind === 'choice') return ''
  const value = row.kind === 'bytes' ? `${row.default / 1024 ** 2}MB` : row.default
  return ` (default: ${value})`
}

function flagOf(row: SettingDefinition) {
  const summary = `${row.summary}${row.kind === 'choice' && row.default !== undefined ? ` (default: ${row.default})` : defaultNote(row)}`
  switch (row.kind) {
    case 'boolean':
      return Flags.boolean({ summary })
    case 'choice':
      return Flags.option({ summary, options: row.choices })()
    case 'choices':
      return Flags.option({ summary, options: row.choices, multiple: true, multipleNonGreedy: true, delimiter: ',' })()
    case 'list':
      return Flags.string({
        summary,
        helpValue: row.placeholder,
        multiple: true,
        multipleNonGreedy: true,
        ...(row.char === undefined ? {} : { char: row.char }),
      })
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

/** Headings in --help: what every command has, and what all scans have, stand behind what only this one has. */
function helpGroup({ scopes }: SettingDefinition): { readonly helpGroup?: string } {
  if (scopes.includes('every')) return { helpGroup: 'GLOBAL' }
  if (scopes.some((scope) => scope.startsWith('vault'))) return { helpGroup: 'VAULT' }
  return scopes.includes('scan') ? { helpGroup: 'SCAN' } : {}
}

/** Flags that a command takes and its --help does not list, where another command's does. */
export const unlisted = (flags: Interfaces.FlagInput): Interfaces.FlagInput =>
  Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { ...flag, hidden: flag.helpGroup !== 'GLOBAL' }]),
  )

/** The flags of a command that knows these scopes; --config is the one flag that is no setting. */
export function flagsFor(...scopes: readonly Scope[]): Interfaces.FlagInput {
  const rows = settingRows.filter(([, row]) => inScopes(row, scopes))
  const booleans = rows.filter(([, row]) => row.kind === 'boolean')
  return {
    ...Object.fromEntries(rows.map(([name, row]) => [name, { ...flagOf(row), ...helpGroup(row) }])),
    ...Object.fromEntries(booleans.map(([name]) => [oppositeOf(name), Flags.boolean({ hidden: true })])),
    config: Flags.string({
      summary: 'Settings file (default: .secretscan.yaml, looked for upwards)',
      helpValue: 'FILE',
      helpGroup: 'GLOBAL',
    }),
  }
}

/** The flags that were given, by the setting's name, with --cache turned into "no-cache: false". */
export function givenSettings(flags: Readonly<Record<string, unknown>>): ReadonlyMap<SettingName, unknown> {
  const given = new Map<SettingName, unknown>()
  for (const [name, row] of settingRows) {
    const value = flags[name]
    if (row.kind === 'boolean' && flags[oppositeOf(name)] === true) given.set(name, false)
    else if (row.kind === 'count' && typeof value === 'string' && /^\d+$/.test(value)) given.set(name, Number(value))
    else if (value !== undefined) given.set(name, value)
  }
  return given
}

/** A usage error for a flag that no command, or not this one, has; undefined where `error` is about something else. */
export function unknownFlag(error: Error, known: readonly string[]): UsageError | undefined {
  const flags: unknown = 'flags' in error ? error.flags : undefined
  if (!Array.isArray(flags) || !error.message.startsWith('Nonexistent flag')) return undefined
  // What stands behind its name may be a password.
  const flag = /^--[^=]*|^-./.exec(String(flags[0]))?.[0] ?? ''
  const suggestion = flag.startsWith('--') ? nearest(flag.slice(2), known) : undefined
  return new UsageError(`There is no flag ${shorten(printable(flag), 60)} here.`, {
    hint: suggestion === undefined ? "See the command's --help." : `Did you mean "--${suggestion}"?`,
  })
}
