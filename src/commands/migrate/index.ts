// secretscan migrate: the guided way. Finds, lets choose, previews, asks once, applies, says what comes next.
import ora from 'ora'
import pc from 'picocolors'
import type { ResolvedSettings } from '../../config/resolve.js'
import type { ApplyResult } from '../../migrate/apply-result.js'
import { moveOn } from '../../migrate/move-on/run.js'
import { assertNoneOpen } from '../../migrate/open-runs.js'
import { leftLines, maskedDiffs, noteLines, storeName } from '../../migrate/print-plan.js'
import { type ApplyOptions, apply, type MigrateRequest, type Prepared, prepare } from '../../migrate/run.js'
import type { MigrationPlan, StoreKind } from '../../migrate/types.js'
import type { VaultAccess } from '../../migrate/vault/session.js'
import { printable, shorten } from '../../support/printable.js'
import { BaseCommand } from '../base.js'
import { assertCanAsk, confirm } from '../shared/ask.js'
import { askForImages } from '../shared/ask-images.js'
import { printEnding } from '../shared/endings.js'
import { flagsFor } from '../shared/flags.js'
import { askWhatMoves, chooseMoveOn, type SettledSecrets, settledSecrets } from '../shared/guided-move-on.js'
import { chooseRequests, type Guide, offeredMoves } from '../shared/migrate-choices.js'
import {
  migrateRequest,
  type PlanFlagValues,
  planFlags,
  projectFolder,
  storeOptionsFor,
} from '../shared/migrate-request.js'
import { onStdout, stepWords } from '../shared/migrate-words.js'
import { renderMoveOn } from '../shared/move-on.js'
import { withVault } from '../shared/vault-access.js'
import { writing } from '../shared/writing.js'

/** Columns of the line that names the files. */
const WIDTH = 74

export default class Migrate extends BaseCommand {
  static override summary = 'Move hard-coded secrets out of a Compose project, step by step'
  static override description =
    'Asks which values shall move, where to and under which names, shows the changes with values masked, and applies them after one question. Ctrl-C at any question changes nothing. Without a terminal use "migrate plan" and "migrate apply".'
  static override examples = [
    { description: 'In the folder of the Compose file', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'The same without questions', command: '<%= config.bin %> <%= command.id %> apply --yes' },
  ]
  static override flags = { ...flagsFor('rules', 'vault', 'vault-place'), ...planFlags }

  async run(): Promise<void> {
    const { flags } = await this.parse(Migrate)
    const resolved = this.resolve(flags)
    const { settings } = resolved
    assertCanAsk({
      input: !settings['no-input'] && !settings.json,
      flag: '"migrate plan" and "migrate apply --yes" instead',
    })
    await assertNoneOpen(projectFolder(flags))
    await withVault(settings, async (vault) => {
      // A question and the spinner would write over each other.
      if (flags.to === 'vault') await vault.open()
      await this.guide(flags, resolved, vault)
    })
  }

  private async guide(flags: PlanFlagValues, resolved: ResolvedSettings, vault: VaultAccess): Promise<void> {
    const spinner = ora({ text: 'Reading the project', stream: process.stderr })
    const given = await migrateRequest(flags, resolved, this.config.version, vault, (message) => {
      spinner.text = message
    })
    const request = { ...(await askForImages(given)), facts: new Map() }
    spinner.start()
    const first = await prepare(request).finally(() => spinner.stop())
    this.describe(first)
    const { moves, left } = first.planned
    const settled = settledSecrets(first, flags.from)
    if (flags.from !== undefined && settled.length === 0)
      return this.log(`No secret of this project is in ${storeName(flags.from as StoreKind)}.`)
    if (moves.length === 0 && settled.length === 0) return this.log('Nothing can be moved.')
    if (moves.length === 0 && left.length === 0 && flags.from === undefined)
      this.log('  Nothing is hard-coded any more.\n')
    const guide: Guide = {
      request,
      delivery: flags['vault-delivery'],
      storeOptionsOf: (to, delivery) =>
        storeOptionsFor(
          to,
          delivery === undefined ? flags : { ...flags, 'vault-delivery': delivery },
          resolved.settings,
        ),
      say: (text) => this.logToStderr(text),
    }
    const what = await askWhatMoves(flags.from === undefined ? moves.length : 0, settled)
    if (what === 'nothing') return this.log('Nothing was changed.')
    if (what !== 'values') return this.moveOn(what, first.gathered.project.directory, guide)
    const requests = await chooseRequests(first, guide)
    const all = await prepareAll(requests)
    if (all.length === 0) return this.log('Nothing was changed.')
    const known = new Set(first.planned.left.map(({ candidate }) => candidate.id))
    for (const prepared of all) this.preview(prepared, known, all.length > 1)
    const moving = all.filter(({ planned }) => planned.moves.length > 0)
    if (moving.length === 0) return this.log('Nothing can be moved there: nothing was changed.')
    if (!(await confirm(questionFor(moving), { input: true, flag: '--yes' }))) return this.log('Nothing was changed.')
    for (const [index, chosen] of requests.entries()) {
      const prepared = all[index]
      if (prepared === undefined || !moving.includes(prepared)) continue
      await this.applyOne(chosen, prepared === moving[0] ? prepared : undefined)
    }
  }

  private async moveOn(what: SettledSecrets, projectDir: string, guide: Guide): Promise<void> {
    const { request, prepared } = await chooseMoveOn(what, projectDir, guide)
    for (const line of renderMoveOn(prepared, request.from)) this.log(line.split('\n').map(colored).join('\n'))
    this.log('')
    const { steps, inputs } = prepared.plan
    const puts = steps.filter((step) => step.do === 'put').length
    const question = `Write ${count(puts, 'secret')} and change ${count(inputs.length, 'file')}?`
    if (!(await confirm(question, { input: true, flag: '--yes' }))) return this.log('Nothing was changed.')
    const result = await this.working((onStep) => moveOn(request, prepared, writing(onStep)))
    this.end(result, prepared.plan)
  }

  /** Says what is done meanwhile. */
  private async working<T>(work: (onStep: ApplyOptions['onStep']) => Promise<T>): Promise<T> {
    const working = ora({ text: 'Working', stream: process.stderr }).start()
    try {
      return await work(({ step }) => {
        working.text = shorten(stepWords(step), WIDTH)
      })
    } finally {
      working.stop()
    }
  }

  /** What comes after another store's part is planned again, on the files as they are then. */
  private async applyOne(request: MigrateRequest, planned: Prepared | undefined): Promise<void> {
    const { prepared, result } = await this.working(async (onStep) => {
      const prepared = planned ?? (await prepare(request))
      return { prepared, result: await apply(request, prepared, writing(onStep)) }
    })
    this.end(result, prepared.planned.plan)
  }

  private end(result: ApplyResult, plan: MigrationPlan): void {
    printEnding({ print: (line) => this.log(line), bin: this.config.bin, result, plan })
  }

  private describe({ gathered, planned }: Prepared): void {
    const files = gathered.project.files.map(({ file }) => printable(file.slice(gathered.project.directory.length + 1)))
    const services = Object.keys((gathered.project.model['services'] as object | undefined) ?? {}).length
    this.log(`  ${shorten(files.join(', '), WIDTH - 2)}`)
    const values = offeredMoves(planned).length + planned.left.length
    this.log(`  ${count(services, 'service')}, ${count(values, 'hard-coded value')}\n`)
    this.sayLeft(planned.left)
  }

  private sayLeft(left: Prepared['planned']['left']): void {
    if (left.length === 0) return
    this.log(`  ${pc.yellow('Left where it is:')}`)
    for (const line of leftLines(left, onStdout)) this.log(line)
    this.log('')
  }

  /** `known`: IDs of what stays whatever was chosen, which has been said. */
  private preview({ gathered, planned }: Prepared, known: ReadonlySet<string>, isOneOfSeveral: boolean): void {
    if (isOneOfSeveral) this.log(`\n  ${pc.bold(`To ${storeName(planned.plan.to.store)}:`)}\n`)
    this.sayLeft(planned.left.filter(({ candidate }) => !known.has(candidate.id)))
    for (const diff of maskedDiffs(gathered, planned)) this.log(diff.split('\n').map(colored).join('\n'))
    for (const note of noteLines(planned.plan.notes, onStdout)) this.log(note)
    this.log('')
  }
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

/** Each on the files as those before it leave them. */
async function prepareAll(requests: readonly MigrateRequest[]): Promise<readonly Prepared[]> {
  const all: Prepared[] = []
  for (const request of requests) {
    const overlay = new Map(all.flatMap(({ planned }) => [...planned.staged]))
    all.push(await prepare({ ...request, load: { ...request.load, overlay } }))
  }
  return all
}

function questionFor(all: readonly Prepared[]): string {
  const steps = all.flatMap(({ planned }) => planned.plan.steps)
  const files = new Set(all.flatMap(({ planned }) => planned.plan.inputs.map(({ path }) => path)))
  return `Write ${count(steps.filter((step) => step.do === 'put').length, 'secret')} and change ${count(files.size, 'file')}?`
}

function colored(line: string): string {
  if (/^(?:---|\+\+\+)/.test(line)) return pc.bold(line)
  if (line.startsWith('@@')) return pc.cyan(line)
  if (line.startsWith('+')) return pc.green(line)
  return line.startsWith('-') ? pc.red(line) : line
}
