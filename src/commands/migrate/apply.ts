// secretscan migrate apply
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Args, Flags } from '@oclif/core'
import type { ResolvedSettings } from '../../config/resolve.js'
import type { Settings } from '../../config/settings.js'
import type { ApplyResult } from '../../migrate/apply-result.js'
import { Journal } from '../../migrate/journal.js'
import { type MoveOnRequest, moveOn } from '../../migrate/move-on/run.js'
import { assertNoneOpen } from '../../migrate/open-runs.js'
import { requestOf } from '../../migrate/plan-load.js'
import { renderPlan } from '../../migrate/print-plan.js'
import {
  type ApplyOptions,
  apply,
  assertUnchanged,
  type MigrateRequest,
  type Prepared,
  prepare,
  resume,
} from '../../migrate/run.js'
import type { MigrationPlan, PlanStep } from '../../migrate/types.js'
import type { VaultAccess } from '../../migrate/vault/session.js'
import { workspaceOf } from '../../migrate/workspace.js'
import { NotFoundError, UsageError } from '../../support/errors.js'
import { BaseCommand } from '../base.js'
import { assertCanAsk, confirm } from '../shared/ask.js'
import { nextSteps, printEnding } from '../shared/endings.js'
import { flagsFor } from '../shared/flags.js'
import { changesNothingYet } from '../shared/interrupt.js'
import { type PlanFlagValues, planFlags } from '../shared/migrate-flags.js'
import { migrateRequest, projectFolder } from '../shared/migrate-request.js'
import { onStdout, stepWords } from '../shared/migrate-words.js'
import { moveOnRequest, preparedMoveOn, renderMoveOn } from '../shared/move-on.js'
import { proseFor } from '../shared/prose.js'
import { withVault } from '../shared/vault-access.js'
import { writing } from '../shared/writing.js'

interface ApplyFlagValues extends PlanFlagValues {
  readonly yes: boolean
  readonly 'dry-run': boolean
  readonly resume?: string | undefined
}

/** What a plan file has decided. */
const OF_THE_PLAN = ['to', 'from', 'select', 'name', 'from-report', 'images', 'secrets-dir', 'swarm-prefix'] as const

export default class MigrateApply extends BaseCommand {
  static override summary = 'Carry a migration out: secrets written and read back first, then all files swapped'
  static override description =
    'Stops when a file is not what the plan saw. Every step is journalled, so that a crash at any point can be finished (--resume) or taken back (migrate rollback).'
  static override examples = [
    { description: 'Plan, show, ask, apply', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Exactly the plan that was reviewed, without a question',
      command: '<%= config.bin %> <%= command.id %> plan.json --yes',
    },
    {
      description: 'Finish a run that was killed',
      command: '<%= config.bin %> <%= command.id %> --resume 2026-01-01-a1b2',
    },
  ]
  static override usage = '<%= command.id %> [PLAN] [FLAGS]'
  static override args = {
    plan: Args.string({
      description: 'A plan file of "migrate plan --out"; "-" reads it from standard input',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...flagsFor('rules', 'vault', 'vault-place'),
    ...planFlags,
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
    'dry-run': Flags.boolean({ summary: 'Plan and check, write nothing' }),
    resume: Flags.string({ summary: 'Finish the migration with this ID', helpValue: 'ID' }),
  }

  /** Whoever has lost the ID finds it. */
  protected override async catch(error: Error): Promise<never> {
    if (/--resume expects a value/.test(error.message))
      throw new UsageError('--resume takes the ID of the run that is to be finished.', {
        hint: `${this.config.bin} migrate status lists the runs.`,
      })
    return super.catch(error)
  }

  async run(): Promise<void> {
    changesNothingYet()
    const { args, flags, metadata } = await this.parse(MigrateApply)
    const given = OF_THE_PLAN.filter(
      (name) => flags[name] !== undefined && flags[name] !== false && metadata.flags[name]?.setFromDefault !== true,
    )
    if (args.plan !== undefined && given.length > 0) {
      throw new UsageError(`--${given[0]} says what to plan, and ${args.plan} has been planned.`, {
        hint: `Leave it out, or write another plan with it: secretscan migrate plan --${given[0]} … --out FILE`,
      })
    }
    const resolved = this.resolve(flags)
    await withVault(resolved.settings, (vault) => this.apply(args.plan, flags, resolved, vault))
  }

  private async apply(
    planFile: string | undefined,
    flags: ApplyFlagValues,
    resolved: ResolvedSettings,
    vault: VaultAccess,
  ): Promise<void> {
    const { settings } = resolved
    const note = (message: string) => void (settings.quiet || settings.json || this.logToStderr(message))
    const onStep = ({ step, index, count }: { step: PlanStep; index: number; count: number }) =>
      note(proseFor(process.stderr, `  ${index + 1}/${count} ${stepWords(step)}`, 6))
    const folder = await projectFolder(flags)
    const request = await migrateRequest(flags, resolved, { folder, version: this.config.version, vault, on: note })
    if (flags.resume !== undefined) {
      const { plan } = await Journal.open(workspaceOf(folder), flags.resume)
      return this.report(await resume(request, folder, flags.resume, writing(onStep)), resolved, plan)
    }
    const plan = planFile === undefined ? undefined : await readPlan(planFile)
    await assertNoneOpen(plan?.projectDir ?? folder)
    const moving = moveOnRequest(flags, settings, { folder, vault, plan })
    if (moving !== undefined) return this.moveOn(moving, plan, flags, resolved, onStep)
    const { prepared, whole } = await this.prepared(plan, request)
    return this.carryOut(prepared, whole, flags, resolved, onStep)
  }

  private async carryOut(
    prepared: Prepared,
    whole: MigrateRequest,
    flags: ApplyFlagValues,
    resolved: ResolvedSettings,
    onStep: ApplyOptions['onStep'],
  ): Promise<void> {
    const { settings } = resolved
    const { plan } = prepared.planned
    const isEnd = plan.steps.length === 0 || flags['dry-run']
    // Nobody is asked, and nothing but what was done is to be said.
    const isSilent = settings.json || (settings.quiet && flags.yes && !isEnd)
    if (!isEnd && !flags.yes) assertCanAsk(answer(settings))
    if (!isSilent) this.log(renderPlan(prepared.gathered, prepared.planned, onStdout, { afterwards: isEnd }).trimEnd())
    if (isEnd) {
      if (settings.json) this.log(JSON.stringify({ schemaVersion: 1, applied: false, plan }))
      return
    }
    if (!(await this.agreed(plan, flags, settings))) return this.log('Nothing was changed.')
    this.report(await apply(whole, prepared, writing(onStep)), resolved, plan)
  }

  private async agreed(plan: MigrationPlan, flags: ApplyFlagValues, settings: Settings): Promise<boolean> {
    if (flags.yes) return true
    const count = plan.steps.filter((step) => step.do === 'put').length
    return confirm(
      `Write ${count} ${count === 1 ? 'secret' : 'secrets'} and change ${plan.inputs.length} ${plan.inputs.length === 1 ? 'file' : 'files'}?`,
      answer(settings),
    )
  }

  private async moveOn(
    request: MoveOnRequest,
    given: MigrationPlan | undefined,
    flags: ApplyFlagValues,
    resolved: ResolvedSettings,
    onStep: ApplyOptions['onStep'],
  ): Promise<void> {
    const { settings } = resolved
    const prepared = await preparedMoveOn(request, given)
    const { plan } = prepared
    if (!settings.json) for (const line of renderMoveOn(prepared, request.from)) this.log(line)
    if (plan.steps.length === 0 || flags['dry-run']) {
      if (settings.json) this.log(JSON.stringify({ schemaVersion: 1, applied: false, plan }))
      return
    }
    if (!(await this.agreed(plan, flags, settings))) return this.log('Nothing was changed.')
    this.report(await moveOn(request, prepared, writing(onStep)), resolved, plan)
  }

  /** A plan from a file must be what would be planned now. */
  private async prepared(
    plan: MigrationPlan | undefined,
    request: MigrateRequest,
  ): Promise<{ prepared: Prepared; whole: MigrateRequest }> {
    if (plan === undefined) return { prepared: await prepare(request), whole: request }
    const whole = requestOf(plan, request)
    const prepared = await prepare(whole)
    assertUnchanged(plan, prepared)
    return { prepared, whole }
  }

  private report(result: ApplyResult, { settings, origins }: ResolvedSettings, plan: MigrationPlan): void {
    const { json, quiet } = settings
    const ending = { print: (line: string) => this.log(line), bin: this.config.bin, origins, result, plan }
    if (json) this.log(JSON.stringify({ schemaVersion: 1, applied: true, ...result, ...nextSteps(ending) }))
    else printEnding(ending, { quiet })
  }
}

const answer = (settings: Settings) => ({ input: !settings['no-input'], flag: '--yes' })

/** "-" is standard input: a plan holds no value. */
async function readPlan(named: string): Promise<MigrationPlan> {
  const file = named === '-' ? 'Standard input' : named
  try {
    const plan = JSON.parse(await (named === '-' ? text(process.stdin) : readFile(named, 'utf8'))) as MigrationPlan
    if (plan.schemaVersion === 1 && Array.isArray(plan.steps)) return plan
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new NotFoundError(`There is no file ${file}.`, {
        hint: 'Write a plan with: secretscan migrate plan --out FILE',
        cause,
      })
    throw new UsageError(`${file} cannot be read as a plan.`, {
      hint: 'Write one with: secretscan migrate plan --out FILE',
      cause,
    })
  }
  throw new UsageError(`${file} is no plan of this version.`, {
    hint: 'Write one with: secretscan migrate plan --out FILE',
  })
}
