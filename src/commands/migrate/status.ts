// secretscan migrate status
import { Args } from '@oclif/core'
import { withProject } from '../../migrate/project-words.js'
import { allMigrations, type MigrationStatus, migrationStatus } from '../../migrate/status.js'
import { EXIT } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { BaseCommand } from '../base.js'
import { projectFlags } from '../shared/migrate-flags.js'
import { projectFolder } from '../shared/migrate-request.js'
import { proseFor } from '../shared/prose.js'

export default class MigrateStatus extends BaseCommand {
  static override summary = 'Show the migrations of a project and how each stands'
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'One, for a script', command: '<%= config.bin %> <%= command.id %> 2026-01-01-a1b2 --json' },
  ]
  static override usage = '<%= command.id %> [ID] [FLAGS]'
  static override args = { id: Args.string({ description: 'ID of a migration', ignoreStdin: true }) }
  static override flags = projectFlags

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MigrateStatus)
    const { settings } = this.resolve(flags)
    const folder = await projectFolder(flags)
    const { migrations, damaged } =
      args.id === undefined
        ? await allMigrations(folder)
        : { migrations: await migrationStatus(folder, args.id), damaged: [] }
    if (damaged.length > 0) process.exitCode = EXIT.incomplete
    if (settings.json) return this.log(JSON.stringify({ schemaVersion: 1, migrations, damaged }, null, 2))
    if (migrations.length + damaged.length === 0) this.log(`No migrations in ${printable(folder)}.`)
    const next = (what: string, id: string) => withProject(`${this.config.bin} migrate ${what} ${id}`, folder)
    const say = (line: string) => this.log(proseFor(process.stdout, line, 9))
    for (const run of migrations) {
      const { id, state, stored, places, leftInSwarm, files, canRollBack, holdsOriginals } = run
      // Of what is over for good a line is enough, unless it was asked for.
      if (args.id === undefined && isOver(run)) {
        say(`${heading(run)}${stored.length === 0 ? '' : `  ${stored.map(({ name }) => name).join(', ')}`}`)
        continue
      }
      this.log(heading(run))
      if (files.length > 0) say(`  files:   ${files.join(', ')}`)
      if (stored.length > 0)
        say(`  secrets: ${stored.map(({ name }, index) => `${name} (${places[index]})`).join(', ')}`)
      const left = [...(holdsOriginals ? ['the kept originals'] : []), ...leftInSwarm]
      if (state === 'applied' && canRollBack) this.log(`  undo:    ${next('rollback', id)}`)
      if (state === 'rolled-back' && left.length > 0) say(`  next:    ${next('clean', id)} removes ${left.join(', ')}`)
      if (state === 'rolling-back') say(`  next:    ${next('rollback', id)} finishes it`)
      if (state === 'started') say(`  next:    ${next('apply --resume', id)}, or ${next('rollback', id)}`)
    }
    for (const { id, message, hint } of damaged) {
      this.log(`${id}  damaged`)
      say(`  problem: ${printable(message)}`)
      say(`  next:    ${printable(hint)}`)
    }
  }
}

/** Neither a way back nor anything to remove. */
const isOver = ({ state, canRollBack, holdsOriginals, leftInSwarm }: MigrationStatus): boolean =>
  (state === 'applied' || state === 'rolled-back') && !canRollBack && !holdsOriginals && leftInSwarm.length === 0

/** The day stands in the ID, in UTC as the time. */
function heading({ id, begunAt, kind, state, stepsDone, steps, canRollBack }: MigrationStatus): string {
  const time = begunAt === '' ? [] : [`${begunAt.slice(11, 16)} UTC`]
  const done = state === 'rolled-back' ? [] : [`${stepsDone} of ${steps} steps`]
  const isFinal = !canRollBack && state !== 'rolled-back'
  const words = [id, ...time, ...(kind === 'migration' ? [] : [kind]), state, ...done]
  return [...words, ...(isFinal ? ['(cannot be taken back)'] : [])].join('  ')
}
