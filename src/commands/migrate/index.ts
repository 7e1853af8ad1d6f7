// secretscan migrate: the guided way. Finds, lets choose, previews, asks once, applies, says what comes next.
import ora from 'ora'
import pc from 'picocolors'
import type { ResolvedSettings } from '../../config/resolve.js'
import type { Settings } from '../../config/settings.js'
import type { Candidate } from '../../migrate/candidates.js'
import { leftLines, maskedDiffs, storeName } from '../../migrate/print-plan.js'
import { apply, type MigrateRequest, type Prepared, prepare } from '../../migrate/run.js'
import { STORE_KINDS } from '../../migrate/stores/index.js'
import type { PlanStep } from '../../migrate/types.js'
import type { VaultAccess } from '../../migrate/vault/session.js'
import { printable, shorten } from '../../support/printable.js'
import { BaseCommand } from '../base.js'
import { assertCanAsk, confirm, prompt } from '../shared/ask.js'
import { askForImages } from '../shared/ask-images.js'
import { flagsFor } from '../shared/flags.js'
import { interruptSignal } from '../shared/interrupt.js'
import { migrateRequest, type PlanFlagValues, planFlags, vaultStoreOptions } from '../shared/migrate-request.js'
import { printApplied, stepWords } from '../shared/migrate-words.js'
import { withVault } from '../shared/vault-access.js'

/** Columns of a choice, beside the prompt's own. */
const WIDTH = 74
const PAGE = 12

export default class Migrate extends BaseCommand {
  static override summary = 'Move hard-coded secrets out of a Compose project, step by step'
  static override description =
    'Asks which values shall move and where to, shows the changes with values masked, and applies them after one question. Ctrl-C at any question changes nothing. Without a terminal use "migrate plan" and "migrate apply".'
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
    const request = await askForImages(given)
    spinner.start()
    const first = await prepare(request).finally(() => spinner.stop())
    this.describe(first)
    if (first.planned.moves.length === 0) return this.log('Nothing can be moved.')
    const chosen = await this.choose(first, request, resolved.settings)
    const prepared = await prepare(chosen)
    this.preview(prepared)
    const { plan } = prepared.planned
    const secrets = plan.steps.filter((step) => step.do === 'put').length
    if (
      !(await confirm(`Write ${count(secrets, 'secret')} and change ${count(plan.inputs.length, 'file')}?`, {
        input: true,
        flag: '--yes',
      }))
    )
      return this.log('Nothing was changed.')
    const working = ora({ text: 'Working', stream: process.stderr }).start()
    const onStep = ({ step }: { step: PlanStep }) => {
      working.text = stepWords(step)
    }
    const result = await apply(chosen, prepared, { signal: interruptSignal, onStep }).finally(() => working.stop())
    printApplied((line) => this.log(line), this.config.bin, result, prepared)
  }

  private describe({ gathered, planned }: Prepared): void {
    const files = gathered.project.files.map(({ file }) => printable(file.slice(gathered.project.directory.length + 1)))
    const services = Object.keys((gathered.project.model['services'] as object | undefined) ?? {}).length
    this.log(`  ${shorten(files.join(', '), WIDTH - 2)}`)
    this.log(`  ${count(services, 'service')}, ${count(gathered.candidates.length, 'hard-coded value')}\n`)
    if (planned.left.length > 0) this.log(`  ${pc.yellow('Left where it is:')}`)
    for (const line of leftLines(planned.left)) this.log(line)
    if (planned.left.length > 0) this.log('')
  }

  /** Which values, and where to. */
  private async choose({ planned }: Prepared, request: MigrateRequest, settings: Settings): Promise<MigrateRequest> {
    const { checkbox, select } = await import('@inquirer/prompts')
    const ways = new Map(
      planned.moves.map(({ candidate, strategy }) => [
        candidate.id,
        strategy.by === 'file'
          ? `reads ${strategy.entry.key}`
          : strategy.by === 'build'
            ? 'as a build secret'
            : strategy.by === 'mount'
              ? `mounted at ${strategy.target}`
              : 'through a shim',
      ]),
    )
    const ids = await prompt(() =>
      checkbox(
        {
          message: 'Which values shall move?',
          pageSize: PAGE,
          required: true,
          choices: planned.moves.map(({ candidate }) => ({
            value: candidate.id,
            name: choiceName(candidate, ways.get(candidate.id) ?? ''),
            checked: true,
            short: candidate.id,
          })),
        },
        { output: process.stderr },
      ),
    )
    const to =
      STORE_KINDS.length === 1
        ? request.to
        : await prompt(() =>
            select(
              { message: 'Where to?', choices: STORE_KINDS.map((kind) => ({ value: kind, name: storeName(kind) })) },
              { output: process.stderr },
            ),
          )
    const storeOptions = to === request.to ? request.storeOptions : to === 'vault' ? vaultStoreOptions(settings) : {}
    return {
      ...request,
      to,
      storeOptions,
      select: ids.length === planned.moves.length && planned.left.length === 0 ? [] : ids,
    }
  }

  private preview({ gathered, planned }: Prepared): void {
    for (const diff of maskedDiffs(gathered, planned)) this.log(diff.split('\n').map(colored).join('\n'))
    for (const note of planned.plan.notes) this.log(`  - ${note}`)
    this.log('')
  }
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

function choiceName({ id, services, because }: Candidate, way: string): string {
  const users = services.length > 1 ? `, used by ${services.join(', ')}` : ''
  return shorten(`${printable(id).padEnd(32)} ${way} (${because}${users})`, WIDTH)
}

function colored(line: string): string {
  if (/^(?:---|\+\+\+)/.test(line)) return pc.bold(line)
  if (line.startsWith('@@')) return pc.cyan(line)
  if (line.startsWith('+')) return pc.green(line)
  return line.startsWith('-') ? pc.red(line) : line
}
