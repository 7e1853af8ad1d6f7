// secretscan migrate: the guided way. Finds, lets choose, previews, asks once, applies, says what comes next.
import ora from 'ora'
import pc from 'picocolors'
import type { ResolvedSettings } from '../../config/resolve.js'
import { leftLines, maskedDiffs, noteLines, storeName } from '../../migrate/print-plan.js'
import { apply, type MigrateRequest, type Prepared, prepare } from '../../migrate/run.js'
import type { PlanStep } from '../../migrate/types.js'
import type { VaultAccess } from '../../migrate/vault/session.js'
import { printable, shorten } from '../../support/printable.js'
import { BaseCommand } from '../base.js'
import { assertCanAsk, confirm } from '../shared/ask.js'
import { askForImages } from '../shared/ask-images.js'
import { flagsFor } from '../shared/flags.js'
import { interruptSignal } from '../shared/interrupt.js'
import { chooseRequests } from '../shared/migrate-choices.js'
import { migrateRequest, type PlanFlagValues, planFlags, storeOptionsFor } from '../shared/migrate-request.js'
import { onStdout, printApplied, stepWords } from '../shared/migrate-words.js'
import { withVault } from '../shared/vault-access.js'

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
    if (first.planned.moves.length === 0) return this.log('Nothing can be moved.')
    const requests = await chooseRequests(first, {
      request,
      storeOptionsOf: (to) => storeOptionsFor(to, flags, resolved.settings),
      say: (text) => this.logToStderr(text),
    })
    const all = await prepareAll(requests)
    if (all.length === 0) return this.log('Nothing was changed.')
    for (const prepared of all) this.preview(prepared, all.length > 1)
    if (!(await confirm(questionFor(all), { input: true, flag: '--yes' }))) return this.log('Nothing was changed.')
    for (const [index, chosen] of requests.entries()) await this.applyOne(chosen, index === 0 ? all[0] : undefined)
  }

  /** What comes after another store's part is planned again, on the files as they are then. */
  private async applyOne(request: MigrateRequest, planned: Prepared | undefined): Promise<void> {
    const working = ora({ text: 'Working', stream: process.stderr }).start()
    const onStep = ({ step }: { step: PlanStep }) => {
      working.text = shorten(stepWords(step), WIDTH)
    }
    try {
      const prepared = planned ?? (await prepare(request))
      const result = await apply(request, prepared, { signal: interruptSignal, onStep })
      working.stop()
      printApplied((line) => this.log(line), this.config.bin, result, { prepared })
    } finally {
      working.stop()
    }
  }

  private describe({ gathered, planned }: Prepared): void {
    const files = gathered.project.files.map(({ file }) => printable(file.slice(gathered.project.directory.length + 1)))
    const services = Object.keys((gathered.project.model['services'] as object | undefined) ?? {}).length
    this.log(`  ${shorten(files.join(', '), WIDTH - 2)}`)
    this.log(`  ${count(services, 'service')}, ${count(gathered.candidates.length, 'hard-coded value')}\n`)
    if (planned.left.length > 0) this.log(`  ${pc.yellow('Left where it is:')}`)
    for (const line of leftLines(planned.left, onStdout)) this.log(line)
    if (planned.left.length > 0) this.log('')
  }

  private preview({ gathered, planned }: Prepared, isOneOfSeveral: boolean): void {
    if (isOneOfSeveral) this.log(`\n  ${pc.bold(`To ${storeName(planned.plan.to.store)}:`)}\n`)
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
