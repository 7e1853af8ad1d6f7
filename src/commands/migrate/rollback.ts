// secretscan migrate rollback
import { Args, Flags } from '@oclif/core'
import { leftoversOf } from '../../migrate/move-on/leftovers.js'
import { redeployCommands, withProject } from '../../migrate/project-words.js'
import { type RollbackResult, rollbackTarget } from '../../migrate/rollback.js'
import { assertNotRotated, placesOf, rotationWords } from '../../migrate/rotated-since.js'
import { takeBack } from '../../migrate/run.js'
import { printable } from '../../support/printable.js'
import { BaseCommand } from '../base.js'
import { canAsk, confirm } from '../shared/ask.js'
import { flagsFor, unlisted } from '../shared/flags.js'
import { projectFlags } from '../shared/migrate-flags.js'
import { projectFolder } from '../shared/migrate-request.js'
import { labelled, onStdout, redeployRemark } from '../shared/migrate-words.js'
import { withVault } from '../shared/vault-access.js'

export default class MigrateRollback extends BaseCommand {
  static override summary =
    'Take a migration back: the files to the byte, then the secrets that it made and nobody uses'
  static override description =
    'Lines that were edited since stay; where that cannot be told apart nothing is changed, and the reason is said. For secrets in Vault it takes the flags of secretscan migrate apply (--vault-addr, --vault-auth …), too.'
  static override examples = [
    { description: 'The newest migration', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'A certain one, its secrets kept',
      command: '<%= config.bin %> <%= command.id %> 2026-01-01-a1b2 --keep-secrets --yes',
    },
  ]
  static override usage = '<%= command.id %> [ID] [FLAGS]'
  static override args = {
    id: Args.string({ description: 'ID of the migration (default: the newest)', ignoreStdin: true }),
  }
  static override flags = {
    ...unlisted(flagsFor('vault')),
    ...projectFlags,
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
    'keep-secrets': Flags.boolean({ summary: 'Leave the secrets where they are' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MigrateRollback)
    const { settings } = this.resolve(flags)
    const folder = await projectFolder(flags)
    const target = await rollbackTarget(folder, args.id)
    const answer = { input: !settings['no-input'], flag: '--yes' }
    const asks = !flags.yes && canAsk(answer)
    if (!asks && !flags['keep-secrets']) assertNotRotated(target.id, target.rotatedSince)
    if (!flags.yes && !(await confirm(question(target), answer))) return this.log('Nothing was changed.')
    const result = await withVault(settings, (vault) => takeBack(folder, target.id, flags['keep-secrets'], vault, asks))
    // A run that stopped before its files were swapped has changed nothing that services have.
    const isSeen = result.restored.length + result.merged.length > 0 || (isVersion(result) && result.removed.length > 0)
    const redeploy = isSeen ? redeployCommands(target.plan, this.config.bin, { back: true }) : []
    if (settings.json)
      return this.log(
        JSON.stringify({ schemaVersion: 1, ...result, ...(redeploy.length > 0 && { redeploy: redeploy.join('\n') }) }),
      )
    const lines = [...resultLines(result).map(broken), ...nextLines(target, result, redeploy)]
    const left = await leftoversOf(folder, target.id)
    const clean = withProject(`${this.config.bin} migrate clean ${target.id}`, folder)
    const names = left.map(({ at }) => at).join(', ')
    if (left.length > 0) lines.push(...labelled('  then:     ', [clean], `removes ${names}, once no service uses them`))
    for (const line of lines) this.log(line)
  }
}

/** Sentences are broken at the terminal's columns; commands are not. */
const broken = (line: string): string => onStdout(line, 10)

type Target = Awaited<ReturnType<typeof rollbackTarget>>

function question({ id, plan, rotated, files, rotatedSince }: Target): string {
  const what = rotated.length > 0 ? `the new value of ${rotated.join(', ')}` : files.join(', ')
  const warning =
    rotatedSince.length > 0 ? `${rotationWords(rotatedSince)}, and the files come back with the value of before. ` : ''
  return `${warning}Take ${runWord(plan.kind)} ${id} (${what}) back?`
}

/** What a run is called. */
const runWord = (kind: RollbackResult['kind']): string => (kind === 'rotation' || kind === 'sync' ? kind : 'migration')

const isVersion = ({ kind }: RollbackResult): boolean => kind === 'rotation' || kind === 'sync'

/** What was done, one line for each kind. */
function resultLines(result: RollbackResult): readonly string[] {
  const { restored, merged, deleted, removed, agentLogin } = result
  const isNew = isVersion(result)
  const line = (label: string, names: readonly string[], about = '') =>
    names.length === 0 ? [] : [`  ${label.padEnd(10)}${names.join(', ')}${about === '' ? '' : ` (${about})`}`]
  const keepsOut = (name: string) => (name.endsWith('.dockerignore') ? 'images' : 'git')
  const run = `${runWord(result.kind)} ${result.id}`
  // Only where that was asked for (--keep-secrets): else such a rollback has failed.
  const isAside = isNew && result.kept.length > 0 && [restored, merged, deleted, removed].every(isEmpty)
  return [
    isAside ? `${run} put aside: nothing was put back` : `✔ ${run} taken back`,
    ...line('restored:', restored),
    ...line('restored:', merged, 'your edits since are kept'),
    ...line('deleted:', deleted, 'made by the migration'),
    ...line(isNew ? 'put back:' : 'removed:', removed, isNew ? 'the value before counts again' : ''),
    ...line('deleted:', agentLogin, "the agent's login: take it back in Vault, too"),
    ...result.kept.flatMap(({ name, reason }) => line('kept:', [name], reason)),
    ...result.hidden.flatMap((path) =>
      line('written:', [path], `keeps what stays in the folder out of ${keepsOut(path)}`),
    ),
  ]
}

const isEmpty = (names: readonly string[]): boolean => names.length === 0

/** What a person does next: containers go on with what was taken away, until one starts again and fails. */
function nextLines(
  { rotatedSince, plan }: Target,
  result: RollbackResult,
  redeploy: readonly string[],
): readonly string[] {
  const lines: string[] = []
  const { databases = [] } = plan
  if (databases.length > 0 && result.removed.length > 0)
    lines.push(
      broken(
        `  first:    where the database of ${databases.map(printable).join(', ')} was told the new password, tell it this one again`,
      ),
    )
  if (rotatedSince.length > 0)
    lines.push(
      broken(
        `  next:     write the current value, from ${placesOf(rotatedSince)}, where it is needed: the files hold the old one`,
      ),
    )
  const why =
    !isVersion(result) && result.removed.length > 0
      ? 'where they run: containers that were made with the secrets do not start again without them'
      : ''
  return redeploy.length === 0 ? lines : [...lines, ...labelled('  next:     ', redeploy, redeployRemark(plan, why))]
}
