// secretscan sweep validate

import { Flags } from '@oclif/core'
import { writeText } from '../../report/write.js'
import { EXIT } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { loadReadyConfig } from '../../sweep/config/load-ready.js'
import { type Tried, tryOut } from '../../sweep/try-out.js'
import type { SweepConfig } from '../../sweep/types.js'
import { BaseCommand } from '../base.js'
import { interruptSignal } from '../shared/interrupt.js'
import { SWEEP_FILE, sweepFlags } from '../shared/sweep-flags.js'

export default class SweepValidate extends BaseCommand {
  static override summary = 'Check the configuration of sweeps'
  static override description =
    'Reads sweep.yaml and says with file and line what is wrong with it, and which files and programs it names that this machine does not have. Asks no registry and no store unless --connect is given, and reads no password. Exits with 2 where something is wrong, with 4 where --connect finds a store or a registry that cannot be used, with 3 where it finds a registry of which nothing would be swept.'
  static override examples = [
    { description: 'The file in this folder', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Another one, before it is deployed, and whether its store and registries let us in',
      command: '<%= config.bin %> <%= command.id %> -f prod/sweep.yaml --connect',
    },
  ]
  static override flags = {
    ...sweepFlags,
    connect: Flags.boolean({
      summary: 'Also ask the store, and each registry for one tag, with the logins of sweep.yaml',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepValidate)
    const { settings } = this.resolve(flags)
    const config = await loadReadyConfig(flags.file ?? SWEEP_FILE)
    const connections: Tried[] = []
    if (!settings.json) await writeText(process.stdout, validText(flags.file ?? SWEEP_FILE, config))
    if (flags.connect)
      for await (const tried of tryOut(config, interruptSignal, settings.offline)) {
        connections.push(tried)
        if (!settings.json) await writeText(process.stdout, triedText(tried))
      }
    if (settings.json) await writeText(process.stdout, validJson(config, flags.connect ? connections : undefined))
    if (connections.some(({ ok }) => !ok)) process.exitCode = EXIT.unreachable
    else if (connections.some(({ lacks }) => lacks === 'all')) process.exitCode = EXIT.incomplete
  }
}

function validText(file: string, { registries, schedule, store }: SweepConfig): string {
  const amount = `${registries.length} ${registries.length === 1 ? 'registry' : 'registries'}`
  const when = schedule === undefined ? 'no schedule' : `"${schedule.cron}" in ${schedule.timeZone}`
  const where = store.kind === 'folder' ? printable(store.folder) : 'in PostgreSQL'
  return `✔ ${printable(file)} is valid: ${amount}, ${when}\n  Results: ${where}\n`
}

function triedText({ what, ok, lacks, message, hint }: Tried): string {
  const advice = hint === undefined ? '' : `\n  ${printable(hint)}`
  return `${ok ? (lacks === undefined ? '✔' : '!') : '✖'} ${printable(what)}: ${printable(message)}${advice}\n`
}

function validJson({ file, registries }: SweepConfig, connections: readonly Tried[] | undefined): string {
  const hosts = registries.map(({ host }) => host)
  return `${JSON.stringify({ schemaVersion: 1, file, valid: true, registries: hosts, ...(connections && { connections }) }, null, 2)}\n`
}
