// secretscan migrate plan
import { Flags } from '@oclif/core'
import { renderPlan } from '../../migrate/print-plan.js'
import { prepare } from '../../migrate/run.js'
import { writeAtomic } from '../../support/atomic.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { migrateRequest, planFlags } from '../shared/migrate-request.js'
import { onStdout } from '../shared/migrate-words.js'
import { withVault } from '../shared/vault-access.js'

export default class MigratePlan extends BaseCommand {
  static override summary = 'Show what a migration would do: changes nothing'
  static override description =
    'Prints what goes where, a diff of every file with values masked, and what has to be done by hand. A plan holds no value.'
  static override examples = [
    { description: 'What can leave the Compose file of this folder?', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Two files, one value, kept for later',
      command:
        '<%= config.bin %> <%= command.id %> -f compose.yaml -f compose.prod.yaml --select db.POSTGRES_PASSWORD --out plan.json',
    },
    {
      description: 'With what a scan of the images that the project builds finds',
      command: '<%= config.bin %> <%= command.id %> --images',
    },
    {
      description: 'With what an earlier scan found: secretscan image shop/app --format json --output report.json',
      command: '<%= config.bin %> <%= command.id %> --from-report report.json',
    },
  ]
  static override flags = {
    ...flagsFor('rules', 'vault', 'vault-place'),
    ...planFlags,
    out: Flags.string({ summary: 'Write the plan to a file, for "migrate apply FILE"', helpValue: 'FILE' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(MigratePlan)
    const resolved = this.resolve(flags)
    const { settings } = resolved
    const note = (message: string) => void (settings.quiet || this.logToStderr(message))
    const prepared = await withVault(settings, async (vault) =>
      prepare(await migrateRequest(flags, resolved, this.config.version, vault, note)),
    )
    const { plan } = prepared.planned
    if (flags.out !== undefined)
      await writeAtomic(flags.out, Buffer.from(`${JSON.stringify(plan, null, 2)}\n`), { mode: 0o600 })
    if (settings.json) return this.log(JSON.stringify(plan, null, 2))
    this.log(renderPlan(prepared.gathered, prepared.planned, onStdout).trimEnd())
    if (!settings.quiet && plan.steps.length > 0) {
      this.log(
        `Next: ${this.config.bin} migrate apply${flags.out === undefined ? ' with the same flags.' : ` ${flags.out}`}`,
      )
    }
  }
}
