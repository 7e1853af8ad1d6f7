// secretscan sweep validate
import { writeText } from '../../report/write.js'
import { printable } from '../../support/printable.js'
import { loadSweepConfig } from '../../sweep/config/load.js'
import { BaseCommand } from '../base.js'
import { SWEEP_FILE, sweepFlags } from '../shared/sweep-flags.js'

export default class SweepValidate extends BaseCommand {
  static override summary = 'Check the configuration of sweeps'
  static override description =
    'Reads sweep.yaml and says with file and line what is wrong with it. Asks no registry and reads no password. Exits with 2 where something is wrong.'
  static override examples = [
    { description: 'The file in this folder', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Another one, before it is deployed',
      command: '<%= config.bin %> <%= command.id %> -f prod/sweep.yaml',
    },
  ]
  static override flags = sweepFlags

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepValidate)
    const { settings } = this.resolve(flags)
    const { file, registries, schedule, store } = await loadSweepConfig(flags.file ?? SWEEP_FILE)
    const text = settings.json
      ? JSON.stringify({ schemaVersion: 1, file, valid: true, registries: registries.map(({ host }) => host) }, null, 2)
      : [
          `✔ ${printable(flags.file ?? SWEEP_FILE)} is valid: ${registries.length} ${registries.length === 1 ? 'registry' : 'registries'}, ` +
            (schedule === undefined ? 'no schedule' : `"${schedule.cron}" in ${schedule.timeZone}`),
          `  Results: ${store.kind === 'folder' ? printable(store.folder) : 'in PostgreSQL'}`,
        ].join('\n')
    await writeText(process.stdout, `${text}\n`)
  }
}
