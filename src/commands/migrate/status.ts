// secretscan migrate status
import { Args } from '@oclif/core'
import { migrationStatus } from '../../migrate/status.js'
import { BaseCommand } from '../base.js'
import { projectFlags, projectFolder } from '../shared/migrate-request.js'

export default class MigrateStatus extends BaseCommand {
  static override summary = 'Show the migrations of a project and how each stands'
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'One, for a script', command: '<%= config.bin %> <%= command.id %> 2026-01-01-a1b2 --json' },
  ]
  static override args = { id: Args.string({ description: 'ID of a migration', ignoreStdin: true }) }
  static override flags = projectFlags

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MigrateStatus)
    const { settings } = this.resolve(flags)
    const migrations = await migrationStatus(projectFolder(flags), args.id)
    if (settings.json) return this.log(JSON.stringify({ schemaVersion: 1, migrations }, null, 2))
    if (migrations.length === 0) this.log('No migrations here.')
    for (const { id, kind, state, steps, stepsDone, stored, files, canRollBack, holdsOriginals } of migrations) {
      this.log(
        `${id}  ${kind === 'migration' ? '' : `${kind}  `}${state}  ${stepsDone} of ${steps} steps${canRollBack || state === 'rolled-back' ? '' : '  (cannot be taken back)'}`,
      )
      if (files.length > 0) this.log(`  files:   ${files.join(', ')}`)
      if (stored.length > 0)
        this.log(`  secrets: ${stored.map(({ name, id: place }) => `${name} (${place})`).join(', ')}`)
      if (state === 'rolled-back' && holdsOriginals)
        this.log(`  next:    ${this.config.bin} migrate clean ${id} removes the kept originals`)
      if (state === 'rolling-back') this.log(`  next:    ${this.config.bin} migrate rollback ${id} finishes it`)
      if (state === 'started')
        this.log(`  next:    ${this.config.bin} migrate apply --resume ${id}, or migrate rollback ${id}`)
    }
  }
}
