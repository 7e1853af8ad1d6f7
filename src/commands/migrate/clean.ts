// secretscan migrate clean
import { Args, Flags } from '@oclif/core'
import { clean } from '../../migrate/rollback.js'
import { migrationStatus } from '../../migrate/status.js'
import { BaseCommand } from '../base.js'
import { confirm } from '../shared/ask.js'
import { projectFlags, projectFolder } from '../shared/migrate-request.js'

export default class MigrateClean extends BaseCommand {
  static override summary =
    'Remove the originals that migrations keep: they hold the values, and without them there is no way back'
  static override examples = [
    { description: 'Of all migrations that have ended', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Of one, without a question', command: '<%= config.bin %> <%= command.id %> 2026-01-01-a1b2 --yes' },
  ]
  static override args = {
    id: Args.string({ description: 'ID of a migration (default: all that have ended)', ignoreStdin: true }),
  }
  static override flags = { ...projectFlags, yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MigrateClean)
    const { settings } = this.resolve(flags)
    const kept = (await migrationStatus(projectFolder(flags), args.id)).filter(({ holdsOriginals }) => holdsOriginals)
    const question = 'Remove the kept originals? A rollback is not possible afterwards.'
    const answer = { input: !settings['no-input'], flag: '--yes' }
    if (kept.length > 0 && !flags.yes && !(await confirm(question, answer))) return this.log('Nothing was changed.')
    const cleaned = await clean(projectFolder(flags), args.id)
    if (settings.json) return this.log(JSON.stringify({ schemaVersion: 1, cleaned }))
    this.log(cleaned.length === 0 ? 'Nothing to clean.' : `✔ cleaned ${cleaned.join(', ')}`)
  }
}
