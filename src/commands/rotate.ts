// secretscan rotate NAME
import { Args, Flags } from '@oclif/core'
import pc from 'picocolors'
import type { ApplyResult } from '../migrate/apply-result.js'
import { storeName } from '../migrate/print-plan.js'
import { withProject } from '../migrate/project-words.js'
import { generateValue, MAX_GENERATED, MIN_GENERATED } from '../migrate/rotate/generate.js'
import { assertFitsUrls } from '../migrate/rotate/in-urls.js'
import { type PreparedRotation, prepareRotation, type RotateRequest, rotate } from '../migrate/rotate/run.js'
import { assertOfShape } from '../migrate/rotate/shape.js'
import type { PlanStep } from '../migrate/types.js'
import { UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import type { Secret } from '../support/secret.js'
import { BaseCommand } from './base.js'
import { canAsk, confirm } from './shared/ask.js'
import { flagsFor } from './shared/flags.js'
import { changesNothingYet } from './shared/interrupt.js'
import { projectFlags } from './shared/migrate-flags.js'
import { loadOptions, vaultStoreOptions } from './shared/migrate-request.js'
import { labelled, stepWords } from './shared/migrate-words.js'
import { askNewValue, readNewValue } from './shared/new-value.js'
import { proseFor } from './shared/prose.js'
import { rulesOf } from './shared/rules.js'
import { withVault } from './shared/vault-access.js'
import { writing } from './shared/writing.js'

export default class Rotate extends BaseCommand {
  static override summary = 'Give a migrated secret a new value: its next version, and what reads it brought along'
  static override description =
    'Asks for the new value twice, without showing it, or makes one up; says where else the old value stands; and asks once more, in a terminal, before it writes. Files keep their owner and mode, the value before stays in the run\'s folder; Swarm gets the next version, the Compose file names it and the services move over; Vault gets the next version by check-and-set. "migrate rollback" takes a rotation back.'
  static override examples = [
    { description: 'Asks for the new value', command: '<%= config.bin %> <%= command.id %> postgres_password' },
    {
      description: 'Makes up one of 32 letters and digits',
      command: '<%= config.bin %> <%= command.id %> postgres_password --generate 32',
    },
    {
      description: 'From another program; one line end at the end is left out',
      command: 'issue-token | <%= config.bin %> <%= command.id %> api_token --from-stdin --keep 2',
    },
  ]
  static override usage = '<%= command.id %> NAME [FLAGS]'
  static override args = {
    name: Args.string({ description: 'Name of the secret in the Compose file', ignoreStdin: true }),
  }
  static override flags = {
    ...flagsFor('rules', 'vault'),
    ...projectFlags,
    generate: Flags.integer({
      summary: `Make up a value of this many letters and digits, ${MIN_GENERATED} or more`,
      helpValue: 'LENGTH',
      min: MIN_GENERATED,
      max: MAX_GENERATED,
      exclusive: ['from-stdin'],
    }),
    'from-stdin': Flags.boolean({ summary: 'Read the new value from standard input' }),
    keep: Flags.integer({ summary: 'Older versions to keep (default: all)', helpValue: 'N', min: 0, max: 1000 }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask before it is written' }),
  }

  async run(): Promise<void> {
    changesNothingYet()
    const { args, flags } = await this.parse(Rotate)
    const { settings } = this.resolve(flags)
    const note = (message: string) => void (settings.quiet || settings.json || this.logToStderr(message))
    const onStep = ({ step, index, count }: { step: PlanStep; index: number; count: number }) =>
      note(`  ${index + 1}/${count} ${stepWords(step)}`)
    await withVault(settings, async (vault) => {
      const request: RotateRequest = {
        load: loadOptions(flags),
        // Without one the project's secrets are named.
        name: args.name ?? '',
        storeOptions: vaultStoreOptions(settings),
        vault,
        rules: await rulesOf(settings),
        bin: this.config.bin,
        ...(flags.keep === undefined ? {} : { keep: flags.keep }),
      }
      const prepared = await prepareRotation(request)
      const warn = () => warnings(prepared).forEach((line) => void note(proseFor(process.stderr, line)))
      // Who is asked for the value knows before; one that is given is looked at first: with one that is none, nothing is to be done.
      const isAsked = !flags['from-stdin'] && flags.generate === undefined
      if (isAsked && canAsk({ input: !settings['no-input'] })) warn()
      const value = await this.newValue(prepared, {
        stdin: flags['from-stdin'],
        input: !settings['no-input'],
        ...(flags.generate === undefined ? {} : { generate: flags.generate }),
      })
      try {
        assertOfShape(prepared.place.name, prepared.shape, value)
        assertFitsUrls(prepared.project, prepared.place, value)
        if (!isAsked) warn()
        const asks = !flags.yes && !settings['no-input'] && !settings.json && isTerminal()
        if (asks && !(await confirm(question(prepared), { input: true, flag: '--yes' })))
          return this.log('Nothing was changed.')
        const result = await rotate(request, prepared, value, writing(onStep))
        if (settings.json) this.log(JSON.stringify(report(result, prepared)))
        else this.print(result, prepared)
      } finally {
        value.wipe()
      }
    })
  }

  private async newValue(
    { place, issuer, shape }: PreparedRotation,
    by: { readonly generate?: number; readonly stdin: boolean; readonly input: boolean },
  ): Promise<Secret> {
    if (by.generate !== undefined) {
      if (issuer !== undefined)
        throw new UsageError(`${place.name} is a ${issuer.title}: a value that is made up would not be accepted.`, {
          hint: `${issuer.remediation} Then give the new one.`,
        })
      if (shape !== undefined)
        throw new UsageError(`${place.name} is ${shape.what}: a value that is made up would be none.`, {
          hint: 'Give the whole new one, without --generate or with --from-stdin.',
        })
      return generateValue(by.generate)
    }
    if (by.stdin) return readNewValue(process.stdin)
    if (issuer !== undefined) this.logToStderr(`${place.name} is a ${issuer.title}. ${issuer.remediation}`)
    if (shape !== undefined) this.logToStderr(`${place.name} is ${shape.what}: give the whole new one.`)
    return askNewValue(place.name, { input: by.input, mayGenerate: issuer === undefined && shape === undefined })
  }

  private print(result: ApplyResult, { plan, place, advice, issuer, sameValue, stillHeldBy }: PreparedRotation): void {
    const command = (what: string) => withProject(`${this.config.bin} migrate ${what} ${result.id}`, plan.projectDir)
    const [stored] = result.stored
    const version = stored?.version === undefined || stored.version === 0 ? '' : ` (version ${stored.version})`
    this.log(`\n${pc.green('✔')} ${place.name} has a new value in ${storeName(place.store)}${version}`)
    for (const { do: what, detail } of result.details) {
      if (what === 'roll') this.log(`  Moved:     ${detail.join(', ')}`)
      if (what === 'prune') this.log(`  Removed:   ${detail.join(', ')}`)
    }
    if (result.swapped.length > 0) this.log(`  Rewritten: ${result.swapped.join(', ')}`)
    const say = (line: string) => this.log(proseFor(process.stdout, line, 11))
    const isLast =
      plan.steps.some((step) => step.do === 'prune' && step.keep === 0) &&
      // A Swarm may have one that this tool did not make, or that a service uses.
      (place.store !== 'swarm' || result.details.some(({ detail }) => detail.includes(place.swarmName ?? '')))
    if (isLast) say('  Undo:      not possible, since --keep 0 leaves no value of before')
    else this.log(`  Undo:      ${command('rollback')}`)
    if (stillHeldBy.length > 0)
      say(
        `  First:     change it in ${stillHeldBy.join(', ')} too, where the old value stands (in a URL as URLs spell it), and start their services anew with the others`,
      )
    const when = place.store === 'swarm' ? 'Now:  ' : 'First:'
    for (const text of advice.notes) say(`  ${when}     ${printable(text)}`)
    for (const command of advice.commands) this.log(`  Run:       ${printable(command)}`)
    if (issuer !== undefined) say(`  Revoke:    the old value, a ${issuer.title}: ${issuer.remediation}`)
    if (sameValue.length > 0)
      say(
        `  Also:      ${sameValue.join(', ')} had the same value: rotate it too (to the same new value where both are for one account)`,
      )
    const known = plan.databases?.length ? 'once the database knows the new one: ' : ''
    if (place.store === 'compose-file' && !isLast)
      for (const line of labelled(
        '  Clean up:  ',
        [command('clean')],
        `${known}removes the old value, which the run keeps`,
      ))
        this.log(line)
  }
}

/** A person is there to be asked. Without one, --generate and --from-stdin have said what is to be done. */
const isTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** What a person should know before the value is written: where else it stands, and who uses it, and what a database has to be told. */
function warnings({ place, stillHeldBy, sameValue, advice }: PreparedRotation): readonly string[] {
  return [
    ...advice.warnings.map(printable),
    ...(stillHeldBy.length === 0
      ? []
      : [`The value of ${place.name} also stands in ${stillHeldBy.join(', ')}: a rotation does not reach it there.`]),
    ...(sameValue.length === 0 ? [] : [`${sameValue.join(', ')} had the same value when it was written.`]),
  ]
}

function question({ place, plan }: PreparedRotation): string {
  const files = plan.steps.flatMap((step) => (step.do === 'swap' ? step.paths : []))
  const rewritten = files.length === 0 ? '' : `, rewrite ${files.join(', ')}`
  const users = place.users.length === 0 ? '' : ` (read by ${place.users.join(', ')})`
  const rolled = plan.steps.some((step) => step.do === 'roll') ? ', start the services that have it anew at once' : ''
  return `Replace the value of ${place.name} in ${storeName(place.store)}${users}${rewritten}${rolled}?`
}

function report(result: ApplyResult, { place, advice, issuer, sameValue, stillHeldBy }: PreparedRotation) {
  const [stored] = result.stored
  const of = (what: string) => result.details.flatMap((each) => (each.do === what ? each.detail : []))
  return {
    schemaVersion: 1,
    id: result.id,
    name: place.name,
    store: place.store,
    ref: place.ref,
    ...(stored?.version === undefined ? {} : { version: stored.version }),
    ...(stored?.previousVersion === undefined ? {} : { previousVersion: stored.previousVersion }),
    services: place.users,
    files: result.swapped,
    moved: of('roll'),
    removed: of('prune'),
    sameValue,
    stillHeldBy,
    notes: advice.notes,
    commands: advice.commands,
    ...(issuer === undefined ? {} : { issuer }),
  }
}
