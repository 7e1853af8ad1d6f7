// secretscan migrate plan
import { resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { hasProject } from '../../compose/load.js'
import { dockerfileAdvice } from '../../migrate/from-report/dockerfile-advice.js'
import { renderAdvice } from '../../migrate/from-report/print-advice.js'
import { assertNoneOpen } from '../../migrate/open-runs.js'
import { renderPlan } from '../../migrate/print-plan.js'
import type { MigrationPlan } from '../../migrate/types.js'
import { writePolicies } from '../../migrate/vault/policy.js'
import { writeAtomic } from '../../support/atomic.js'
import { NotFoundError, UsageError } from '../../support/errors.js'
import { shellWord } from '../../support/shell-word.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { type PlanFlagValues, planFlags } from '../shared/migrate-flags.js'
import { loadOptions, migrateRequest, projectFolder } from '../shared/migrate-request.js'
import { onStdout } from '../shared/migrate-words.js'
import { moveOnRequest, preparedMoveOn, renderMoveOn } from '../shared/move-on.js'
import { notWritten } from '../shared/output.js'
import { policyLines, withPolicies } from '../shared/plan-policies.js'
import { withVault } from '../shared/vault-access.js'

export default class MigratePlan extends BaseCommand {
  static override summary = 'Show what a migration would do: changes nothing'
  static override description =
    'Prints what goes where, a diff of every file with values masked, and what has to be done by hand. A plan holds no value. Where there is a Dockerfile and no Compose file, --from-report explains each finding: which line makes it, and what to write there.'
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
    {
      description: 'Into Vault, with the policies that this needs as files',
      command: '<%= config.bin %> <%= command.id %> --to vault --write-policy vault.hcl',
    },
    {
      description: 'Into Vault, with an agent that brings the secrets to the services',
      command: '<%= config.bin %> <%= command.id %> --to vault --vault-delivery agent',
    },
    {
      description: 'From the files of an earlier migration into Vault',
      command: '<%= config.bin %> <%= command.id %> --from compose-file --to vault',
    },
  ]
  static override flags = {
    ...flagsFor('rules', 'vault', 'vault-place'),
    ...planFlags,
    out: Flags.string({ summary: 'Write the plan to a file, for "migrate apply FILE"', helpValue: 'FILE' }),
    'write-policy': Flags.string({
      summary: 'With --to vault: write the policy of the migration to a file, those of the services beside it',
      helpValue: 'FILE',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(MigratePlan)
    const resolved = this.resolve(flags)
    const { settings } = resolved
    const note = (message: string) => void (settings.quiet || this.logToStderr(message))
    if (flags['write-policy'] !== undefined && flags.to !== 'vault')
      throw new UsageError('There are policies only with --to vault.', { hint: 'Leave out --write-policy.' })
    const folder = await projectFolder(flags)
    const report = flags['from-report']
    if (report !== undefined && !(await hasProject(loadOptions(flags)))) {
      assertOfAdvice(flags, folder)
      return this.advise(resolve(report), folder, settings.json)
    }
    // It would be of a project that is to change yet, one way or the other.
    await assertNoneOpen(folder)
    const moved = await withVault(settings, async (vault) => {
      const request = moveOnRequest(flags, settings, { folder, vault })
      return request === undefined ? undefined : { from: request.from, prepared: await preparedMoveOn(request) }
    })
    if (moved !== undefined) {
      await this.keep(flags.out, moved.prepared.plan)
      if (settings.json) return this.log(JSON.stringify(moved.prepared.plan, null, 2))
      for (const line of renderMoveOn(moved.prepared, moved.from)) this.log(line)
      return
    }
    const { prepared, policies } = await withVault(settings, async (vault) => {
      const request = await migrateRequest(flags, resolved, { folder, version: this.config.version, vault, on: note })
      return withPolicies(request, flags['write-policy'])
    })
    const { plan } = prepared.planned
    await this.keep(flags.out, plan)
    const written = flags['write-policy'] === undefined ? [] : await writePolicies(flags['write-policy'], policies)
    if (settings.json) return this.log(JSON.stringify(plan, null, 2))
    this.log(renderPlan(prepared.gathered, prepared.planned, onStdout).trimEnd())
    if (plan.steps.length > 0) for (const line of policyLines(policies, written)) this.log(line)
    if (!settings.quiet && plan.steps.length > 0) {
      this.log(
        `Next: ${this.config.bin} migrate apply${flags.out === undefined ? ' with the same flags.' : ` ${shellWord(flags.out)}`}`,
      )
    }
  }

  /** Without a Compose file nothing moves: what the images hold is explained, by the Dockerfile. */
  private async advise(report: string, folder: string, json: boolean): Promise<void> {
    const advice = await dockerfileAdvice(report, folder)
    if (advice === undefined)
      throw new NotFoundError(`There is no Compose file in ${folder} or above it, and no Dockerfile there.`, {
        hint: 'Go to the folder of the Compose file, or of the Dockerfile that the image is built from; or name the Compose file with -f.',
      })
    const { notes, afterwards } = advice
    const left = advice.left.map(({ candidate: { place }, reason, todo }) => ({ place, reason, todo }))
    if (json) this.log(JSON.stringify({ schemaVersion: 1, steps: [], left, notes, afterwards }, null, 2))
    else this.log(renderAdvice(advice, onStdout).trimEnd())
  }

  private async keep(file: string | undefined, plan: MigrationPlan): Promise<void> {
    if (file === undefined) return
    const bytes = Buffer.from(`${JSON.stringify(plan, null, 2)}\n`)
    await writeAtomic(file, bytes, { mode: 0o600 }).catch((error: unknown) => {
      throw notWritten(file, error)
    })
  }
}

/** @throws UsageError for what only a plan has, where there is none to make: nobody may wait for its file. */
function assertOfAdvice(
  flags: PlanFlagValues & Readonly<Record<'out' | 'write-policy', string | undefined>>,
  folder: string,
): void {
  const given = (['out', 'write-policy', 'select', 'name'] as const).filter((flag) => flags[flag] !== undefined)
  if (given.length === 0) return
  const [named, is] = [given.map((flag) => `--${flag}`).join(' and '), given.length === 1 ? 'is' : 'are']
  throw new UsageError(
    `${named} ${is} of a plan, and there is none to make: there is no Compose file in ${folder} or above it, so the report is only explained.`,
    { hint: `Name the Compose file with -f, or leave ${given.length === 1 ? 'it' : 'them'} out.` },
  )
}
