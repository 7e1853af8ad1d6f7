// secretscan migrate sync
import { Flags } from '@oclif/core'
import type { ApplyResult } from '../../migrate/apply-result.js'
import { filesOf, stackCommand, withProject } from '../../migrate/project-words.js'
import { type PreparedSync, prepareSync, type SyncRequest, sync } from '../../migrate/rotate/sync.js'
import type { PlanStep } from '../../migrate/types.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { projectFlags } from '../shared/migrate-flags.js'
import { loadOptions, vaultStoreOptions } from '../shared/migrate-request.js'
import { stepWords } from '../shared/migrate-words.js'
import { withVault } from '../shared/vault-access.js'
import { writing } from '../shared/writing.js'

export default class MigrateSync extends BaseCommand {
  static override summary = 'Bring Swarm secrets up to what Vault holds'
  static override description =
    'For each secret that is external in the Compose file and has a reference to Vault: where the value in Vault is another one, Swarm gets its next version, the Compose file names it, and the services move over. Old versions stay, unless --keep says how many. A second run does nothing.'
  static override examples = [
    { description: 'After a change in Vault', command: '<%= config.bin %> <%= command.id %> -f stack.yaml' },
    {
      description: 'From a timer, with one old version kept',
      command: '<%= config.bin %> <%= command.id %> -f stack.yaml --keep 1 --json',
    },
    { description: 'What is behind?', command: '<%= config.bin %> <%= command.id %> -f stack.yaml --dry-run' },
  ]
  static override flags = {
    ...flagsFor('vault'),
    ...projectFlags,
    keep: Flags.integer({ summary: 'Older versions to keep (default: all)', helpValue: 'N', min: 0, max: 1000 }),
    'dry-run': Flags.boolean({ summary: 'Compare, write nothing' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(MigrateSync)
    const { settings } = this.resolve(flags)
    const note = (message: string) => void (settings.quiet || settings.json || this.logToStderr(message))
    const onStep = ({ step, index, count }: { step: PlanStep; index: number; count: number }) =>
      note(`  ${index + 1}/${count} ${stepWords(step)}`)
    await withVault(settings, async (vault) => {
      const request: SyncRequest = {
        load: loadOptions(flags),
        vault,
        storeOptions: vaultStoreOptions(settings),
        ...(flags.keep === undefined ? {} : { keep: flags.keep }),
      }
      const prepared = await prepareSync(request)
      const options = writing(onStep)
      const result = flags['dry-run'] ? undefined : await sync(request, prepared, options)
      if (settings.json) this.log(JSON.stringify(report(prepared, result)))
      else this.print(prepared, result)
    })
  }

  private print({ changed, unchanged, plan }: PreparedSync, result: ApplyResult | undefined): void {
    if (result === undefined) {
      if (plan.steps.length === 0) this.log(`Everything is up to date: ${unchanged.join(', ')}.`)
      else this.log(`Behind Vault: ${changed.join(', ') || 'nothing; but the Compose file names older versions'}.`)
      return
    }
    for (const { name, version } of result.stored) this.log(`✔ ${name}: version ${version}`)
    for (const { do: what, name, detail } of result.details)
      if (what !== 'replace')
        this.log(`  ${what === 'roll' ? 'moved to it' : 'removed'}: ${detail.join(', ')} (${name})`)
    if (result.swapped.length > 0) this.log(`  rewritten: ${result.swapped.join(', ')}`)
    if (unchanged.length > 0) this.log(`  up to date: ${unchanged.join(', ')}`)
    this.log(`  undo: ${withProject(`${this.config.bin} migrate rollback ${result.id}`, plan.projectDir)}`)
    if (!result.details.some((each) => each.do === 'roll'))
      this.log(`  No running service has them yet: deploy the stack (${stackCommand(filesOf(plan))}).`)
  }
}

function report({ changed, unchanged }: PreparedSync, result: ApplyResult | undefined) {
  const of = (what: string) => result?.details.flatMap((each) => (each.do === what ? each.detail : [])) ?? []
  return {
    schemaVersion: 1,
    applied: result !== undefined,
    ...(result === undefined ? {} : { id: result.id }),
    changed,
    unchanged,
    stored: result?.stored ?? [],
    files: result?.swapped ?? [],
    moved: of('roll'),
    removed: of('prune'),
  }
}
