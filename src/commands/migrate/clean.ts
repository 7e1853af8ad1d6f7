// secretscan migrate clean
import { Args, Flags } from '@oclif/core'
import { clean, keptRuns } from '../../migrate/clean.js'
import { type LeftoversRemoved, leftoversOf, removeLeftovers } from '../../migrate/move-on/leftovers.js'
import { withProject } from '../../migrate/project-words.js'
import { BaseCommand } from '../base.js'
import { confirm } from '../shared/ask.js'
import { mayNotKnow, placeOf, questionFor } from '../shared/clean-words.js'
import { flagsFor } from '../shared/flags.js'
import { projectFlags } from '../shared/migrate-flags.js'
import { loadOptions, projectFolder } from '../shared/migrate-request.js'
import { onStdout } from '../shared/migrate-words.js'
import { withVault } from '../shared/vault-access.js'

export default class MigrateClean extends BaseCommand {
  static override summary =
    'Remove the originals that migrations keep: they hold the values, and without them there is no way back'
  static override description =
    'After a migration with --from it also removes the files and Swarm secrets that the values were in before, where the Compose file names them no longer, the new place still has the secret, and nobody changed or uses the old one (a file no container either); and after a rollback the Swarm secrets that services used then and use no longer. With --yes and without an ID the old value that a rotation keeps stays where a database has to be told the new one: nothing here knows whether it was.'
  static override examples = [
    { description: 'Of all migrations that have ended', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Of one, without a question', command: '<%= config.bin %> <%= command.id %> 2026-01-01-a1b2 --yes' },
    {
      description: 'The originals alone; the files that moved on to Vault stay',
      command: '<%= config.bin %> <%= command.id %> --keep-secrets',
    },
  ]
  static override usage = '<%= command.id %> [ID] [FLAGS]'
  static override args = {
    id: Args.string({ description: 'ID of a migration (default: all that have ended)', ignoreStdin: true }),
  }
  static override flags = {
    ...flagsFor('vault'),
    ...projectFlags,
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
    'keep-secrets': Flags.boolean({
      summary: 'Leave the files and Swarm secrets that secrets moved on from, and those that a rollback left',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MigrateClean)
    const { settings } = this.resolve(flags)
    const folder = await projectFolder(flags)
    const kept = await keptRuns(folder, args.id)
    const left = flags['keep-secrets'] ? [] : await leftoversOf(folder, args.id)
    const answer = { input: !settings['no-input'], flag: '--yes' }
    if (kept.length + left.length > 0 && !flags.yes && !(await confirm(questionFor(kept, left), answer)))
      return this.log('Nothing was changed.')
    // Nobody has read the question, nor named the run.
    const untold = flags.yes && args.id === undefined ? kept.filter((run) => run.untold.length > 0) : []
    // First what makes a rollback possible: none may bring back a name of what is gone.
    const cleaned = await clean(
      folder,
      args.id,
      untold.map(({ id }) => id),
    )
    const outcome = await withVault(settings, (vault) =>
      removeLeftovers(left, { projectDir: folder, load: loadOptions(flags), vault }),
    )
    if (settings.json) return this.log(JSON.stringify({ schemaVersion: 1, cleaned, untold, ...outcome }))
    const nothing = cleaned.length + left.length + untold.length === 0
    if (nothing) this.log('Nothing to clean.')
    if (cleaned.length > 0) this.log(`✔ cleaned ${cleaned.join(', ')}`)
    this.report(outcome)
    const command = (id: string) => withProject(`${this.config.bin} migrate clean ${id}`, folder)
    for (const run of untold)
      this.log(
        onStdout(
          `  kept:    ${run.id}, which has the value before of ${run.values.join(', ')}: ${mayNotKnow(run)}. Once it does: ${command(run.id)}`,
          11,
        ),
      )
  }

  private report({ removed, kept }: LeftoversRemoved): void {
    if (removed.length > 0) this.log(`  removed: ${removed.map(placeOf).join(', ')}`)
    const reasons = [...new Set(kept.map(({ reason }) => reason))]
    for (const reason of reasons) {
      const places = kept.filter((each) => each.reason === reason).map(placeOf)
      this.log(`  kept:    ${places.join(', ')} (${reason})`)
    }
  }
}
