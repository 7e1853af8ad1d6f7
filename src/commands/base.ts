// What every command has in common: its settings, and errors that reach commands/shared/main.ts untouched (which maps them to exit codes).
import { Command } from '@oclif/core'
import { misspeltVariables } from '../config/misspelt.js'
import { type ResolvedSettings, resolveSettings } from '../config/resolve.js'
import { UsageError } from '../support/errors.js'
import { flagsFor, givenSettings, unknownFlag } from './shared/flags.js'
import { failAsJson } from './shared/main.js'

export abstract class BaseCommand extends Command {
  /** oclif's own --json gives usage errors the wrong exit code; ours is a setting. */
  static override enableJsonFlag = false
  /** The flags stand below: a list of all of them takes half a screen. Commands with arguments have their own. */
  static override usage = '<%= command.id %> [FLAGS]'
  static override baseFlags = flagsFor('every')

  /** Flags, variables and files put together. Throws UsageError. */
  protected resolve(flags: Readonly<Record<string, unknown>>): ResolvedSettings {
    const given = givenSettings(flags)
    if (given.get('json') === true && (given.get('format') ?? 'json') !== 'json') {
      throw new UsageError(`--json and --format ${String(given.get('format'))} contradict each other`, {
        hint: 'Give one of them.',
      })
    }
    const configFile = typeof flags.config === 'string' ? { configFile: flags.config } : {}
    const resolved = resolveSettings({ flags: given, env: process.env, cwd: process.cwd(), ...configFile })
    const json = resolved.settings.json && !given.has('format')
    const settings = json ? { ...resolved.settings, format: 'json' as const } : resolved.settings
    if (settings.format === 'json') failAsJson()
    if (!settings.quiet) for (const line of misspeltVariables(process.env)) process.stderr.write(`Warning: ${line}\n`)
    return { ...resolved, settings }
  }

  /** oclif would set an exit code of its own here. */
  protected override async catch(error: Error): Promise<never> {
    throw unknownFlag(error, Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags })) ?? error
  }
}
