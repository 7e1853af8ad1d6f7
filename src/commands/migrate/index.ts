// secretscan migrate: the guided way. Finds, lets choose, previews, asks once, applies, says what comes next.
import ora from 'ora'
import pc from 'picocolors'
import type { ResolvedSettings } from '../../config/resolve.js'
import type { ApplyResult } from '../../migrate/apply-result.js'
import { moveOn } from '../../migrate/move-on/run.js'
import { assertNoneOpen } from '../../migrate/open-runs.js'
import { leftLines, storeName } from '../../migrate/print-plan.js'
import { type ApplyOptions, apply, type MigrateRequest, type Prepared, prepare } from '../../migrate/run.js'
import type { MigrationPlan, StoreKind } from '../../migrate/types.js'
import type { VaultAccess } from '../../migrate/vault/session.js'
import { count } from '../../report/wording.js'
import { UsageError } from '../../support/errors.js'
import { printable, shorten } from '../../support/printable.js'
import { BaseCommand } from '../base.js'
import { canAsk } from '../shared/ask.js'
import { askForImages } from '../shared/ask-images.js'
import { addressQuestion } from '../shared/ask-vault.js'
import { printEnding } from '../shared/endings.js'
import { flagsFor } from '../shared/flags.js'
import { askWhatMoves, chooseMoveOn, type SettledSecrets, settledSecrets } from '../shared/guided-move-on.js'
import { changesNothingYet, hasChanged } from '../shared/interrupt.js'
import { askValues, chooseRequests, type Guide, offeredMoves } from '../shared/migrate-choices.js'
import { type PlanFlagValues, planFlags } from '../shared/migrate-flags.js'
import { migrateRequest, projectFolder, storeOptionsFor } from '../shared/migrate-request.js'
import { onStdout, stepWords } from '../shared/migrate-words.js'
import { renderMoveOn } from '../shared/move-on.js'
import { colored, decide, partsOf, toPlace } from '../shared/preview.js'
import { withUnsure } from '../shared/unsure-values.js'
import { withVault } from '../shared/vault-access.js'
import { writing } from '../shared/writing.js'

/** Columns of what is done, beside the spinner. */
const WIDTH = 74

export default class Migrate extends BaseCommand {
  static override summary = 'Move hard-coded secrets out of a Compose project, step by step'
  static override description =
    'Asks which values shall move, where to and under which names, shows the changes with values masked, and applies them after one question. Ctrl-C or Ctrl-D at any question changes nothing. Without a terminal use "migrate plan" and "migrate apply".'
  static override examples = [
    { description: 'In the folder of the Compose file', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'The same without questions', command: '<%= config.bin %> <%= command.id %> apply --yes' },
  ]
  static override flags = { ...flagsFor('rules', 'vault', 'vault-place'), ...planFlags }

  async run(): Promise<void> {
    changesNothingYet()
    const { flags } = await this.parse(Migrate)
    const given = this.resolve(flags)
    // What a person is asked for joins them: where Vault is.
    const settings = { ...given.settings }
    const resolved = { ...given, settings }
    if (!canAsk({ input: !settings['no-input'] && !settings.json }))
      throw new UsageError('The guided migration needs a terminal, and this is none, or --no-input or --json is set.', {
        hint: `${this.config.bin} migrate plan shows what would change, ${this.config.bin} migrate apply --yes does it, with the same flags.`,
      })
    const folder = await projectFolder(flags)
    await assertNoneOpen(folder)
    await withVault(settings, async (vault) => {
      const askAddress = addressQuestion(settings, true)
      if (flags.to === 'vault') {
        await addressQuestion(settings, false)(false)
        // A question and the spinner would write over each other.
        await vault.open()
      }
      await this.guide(flags, resolved, { folder, vault, askAddress })
    })
  }

  private async guide(
    flags: PlanFlagValues,
    resolved: ResolvedSettings,
    {
      folder,
      vault,
      askAddress,
    }: { readonly folder: string; readonly vault: VaultAccess; readonly askAddress: Guide['askAddress'] },
  ): Promise<void> {
    const spinner = ora({ text: 'Reading the project', stream: process.stderr })
    const on = (message: string) => {
      spinner.text = message
    }
    const given = await migrateRequest(flags, resolved, { folder, version: this.config.version, vault, on })
    const request = { ...(await askForImages(given)), facts: new Map() }
    spinner.start()
    const { prepared: first, unsure } = await prepare(request)
      .then((planned) => withUnsure(planned, request))
      .finally(() => spinner.stop())
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
      unsure,
      delivery: flags['vault-delivery'],
      storeOptionsOf: (to, delivery) =>
        storeOptionsFor(
          to,
          delivery === undefined ? flags : { ...flags, 'vault-delivery': delivery },
          resolved.settings,
          first.gathered.project.directory,
        ),
      askAddress,
      before: { secrets: new Map() },
      say: (text) => this.logToStderr(text),
    }
    const end = (result: ApplyResult, plan: MigrationPlan) => {
      hasChanged()
      printEnding({ print: (line) => this.log(line), bin: this.config.bin, origins: resolved.origins, result, plan })
    }
    const what = await askWhatMoves(flags.from === undefined ? moves.length : 0, settled)
    if (what === 'nothing') return this.log('Nothing was changed.')
    const done =
      what === 'values'
        ? await this.moveValues(first, guide, end)
        : await this.moveOn(what, first.gathered.project.directory, guide, end)
    if (!done) this.log('Nothing was changed.')
  }

  /** Chooses, looks and applies, from the beginning as often as a person likes. @returns false where nothing was written */
  private async moveValues(first: Prepared, guide: Guide, end: End): Promise<boolean> {
    const known = new Set(first.planned.left.map(({ candidate }) => candidate.id))
    let ids: readonly string[] | undefined
    const seen = new Set<string>()
    for (;;) {
      ids = await askValues(offeredMoves(first.planned), guide.unsure, ids)
      if (ids.length === 0) return false
      const requests = await chooseRequests(first, ids, guide)
      if (requests === 'back') continue
      const all = await this.working('Planning', () => prepareAll(requests))
      if (all.length === 0) return false
      const moving = all.filter(({ planned }) => planned.moves.length > 0)
      const parts = all.flatMap((prepared) => {
        const stays = prepared.planned.left.filter(({ candidate }) => !known.has(candidate.id))
        return partsOf(prepared, stays, all.length > 1 ? toPlace(prepared) : '')
      })
      const question = moving.length === 0 ? undefined : questionFor(moving.map(({ planned }) => planned.plan))
      const decision = await decide(parts, question, (text) => this.log(text), seen)
      if (decision === 'again') continue
      if (decision === 'nothing') return false
      for (const [index, chosen] of requests.entries()) {
        const prepared = all[index]
        if (prepared === undefined || !moving.includes(prepared)) continue
        await this.applyOne(chosen, prepared === moving[0] ? prepared : undefined, end)
      }
      return true
    }
  }

  /** The same for secrets that moved before. */
  private async moveOn(what: SettledSecrets, projectDir: string, guide: Guide, end: End): Promise<boolean> {
    for (;;) {
      const { request, prepared } = await chooseMoveOn(what, projectDir, guide)
      const text = renderMoveOn(prepared, request.from).join('\n').split('\n').map(colored).join('\n')
      const size = `(${count(text.split('\n').length, 'line')})`
      const parts = [{ name: 'the changes', size, text: `${text}\n` }]
      const decision = await decide(parts, questionFor([prepared.plan]), (shown) => this.log(shown))
      if (decision === 'again') continue
      if (decision === 'nothing') return false
      const result = await this.working('Working', (onStep) => moveOn(request, prepared, writing(onStep)))
      end(result, prepared.plan)
      return true
    }
  }

  /** Says what is done meanwhile. */
  private async working<T>(text: string, work: (onStep: ApplyOptions['onStep']) => Promise<T>): Promise<T> {
    const working = ora({ text, stream: process.stderr }).start()
    try {
      return await work(({ step }) => {
        working.text = shorten(stepWords(step), WIDTH)
      })
    } finally {
      working.stop()
    }
  }

  /** What comes after another store's part is planned again, on the files as they are then. */
  private async applyOne(request: MigrateRequest, planned: Prepared | undefined, end: End): Promise<void> {
    const { prepared, result } = await this.working('Working', async (onStep) => {
      const prepared = planned ?? (await prepare(request))
      return { prepared, result: await apply(request, prepared, writing(onStep)) }
    })
    end(result, prepared.planned.plan)
  }

  private describe({ gathered, planned }: Prepared): void {
    const files = gathered.project.files.map(({ file }) => printable(file.slice(gathered.project.directory.length + 1)))
    const services = Object.keys((gathered.project.model['services'] as object | undefined) ?? {}).length
    this.log(onStdout(`  ${files.join(', ')}`, 0))
    const values = offeredMoves(planned).length + planned.left.length
    this.log(`  ${count(services, 'service')}, ${count(values, 'hard-coded value')}\n`)
    if (planned.left.length === 0) return
    this.log(`  ${pc.yellow('Left where it is:')}`)
    for (const line of leftLines(planned.left, onStdout)) this.log(line)
    this.log('')
  }
}

/** Says how a run ended. */
type End = (result: ApplyResult, plan: MigrationPlan) => void

/** Each on the files as those before it leave them. */
async function prepareAll(requests: readonly MigrateRequest[]): Promise<readonly Prepared[]> {
  const all: Prepared[] = []
  for (const request of requests) {
    const overlay = new Map(all.flatMap(({ planned }) => [...planned.staged]))
    all.push(await prepare({ ...request, load: { ...request.load, overlay } }))
  }
  return all
}

function questionFor(plans: readonly MigrationPlan[]): string {
  const puts = plans.flatMap(({ steps }) => steps).filter((step) => step.do === 'put')
  const files = new Set(plans.flatMap(({ inputs }) => inputs.map(({ path }) => path)))
  return `Write ${count(puts.length, 'secret')} and change ${count(files.size, 'file')}?`
}
