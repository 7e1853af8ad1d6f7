// secretscan migrate rollback
import { Args, Flags } from '@oclif/core'
import { rollbackTarget } from '../../migrate/rollback.js'
import { assertNotRotated, placesOf, rotationWords } from '../../migrate/rotated-since.js'
import { takeBack } from '../../migrate/run.js'
import { BaseCommand } from '../base.js'
import { canAsk, confirm } from '../shared/ask.js'
import { flagsFor } from '../shared/flags.js'
import { projectFlags, projectFolder } from '../shared/migrate-request.js'
import { proseFor } from '../shared/prose.js'
import { withVault } from '../shared/vault-access.js'

export default class MigrateRollback extends BaseCommand {
  static override summary =
    'Take a migration back: the files to the byte, then the secrets that it made and nobody uses'
  static override examples = [
    { description: 'The newest migration', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'A certain one, its secrets kept',
      command: '<%= config.bin %> <%= command.id %> 2026-01-01-a1b2 --keep-secrets --yes',
    },
  ]
  static override args = {
    id: Args.string({ description: 'ID of the migration (default: the newest)', ignoreStdin: true }),
  }
  static override flags = {
    ...flagsFor('vault'),
    ...projectFlags,
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
    'keep-secrets': Flags.boolean({ summary: 'Leave the secrets where they are' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MigrateRollback)
    const { settings } = this.resolve(flags)
    const target = await rollbackTarget(projectFolder(flags), args.id)
    const what = target.rotated.length > 0 ? `the new value of ${target.rotated.join(', ')}` : target.files.join(', ')
    const { rotatedSince } = target
    const isRotated = rotatedSince.length > 0
    const answer = { input: !settings['no-input'], flag: '--yes' }
    const asks = !flags.yes && canAsk(answer)
    if (!asks && !flags['keep-secrets']) assertNotRotated(target.id, rotatedSince)
    const warning = isRotated
      ? `${rotationWords(rotatedSince)}, and the files come back with the value of before. `
      : ''
    const question = `${warning}Take migration ${target.id} (${what}) back?`
    if (!flags.yes && !(await confirm(question, answer))) return this.log('Nothing was changed.')
    const result = await withVault(settings, (vault) =>
      takeBack(projectFolder(flags), target.id, flags['keep-secrets'], vault, asks),
    )
    if (settings.json) return this.log(JSON.stringify({ schemaVersion: 1, ...result }))
    const say = (line: string) => this.log(proseFor(process.stdout, line, 10))
    say(`✔ migration ${result.id} taken back`)
    if (result.restored.length > 0) say(`  restored: ${result.restored.join(', ')}`)
    if (result.merged.length > 0) say(`  restored: ${result.merged.join(', ')} (your edits since are kept)`)
    if (result.deleted.length > 0) say(`  deleted:  ${result.deleted.join(', ')} (made by the migration)`)
    const isVersion = result.kind === 'rotation' || result.kind === 'sync'
    const names = `${result.removed.join(', ')}${isVersion ? ' (the value before counts again)' : ''}`
    if (result.removed.length > 0) say(`  ${isVersion ? 'put back:' : 'removed: '} ${names}`)
    if (result.agentLogin.length > 0)
      say(`  deleted:  ${result.agentLogin.join(', ')} (the agent's login: take it back in Vault, too)`)
    for (const { name, reason } of result.kept) say(`  kept:     ${name} (${reason})`)
    const keepsOut = (name: string) => (name.endsWith('.dockerignore') ? 'images' : 'git')
    for (const path of result.hidden)
      say(`  written:  ${path} (keeps what stays in the folder out of ${keepsOut(path)})`)
    if (isRotated)
      say(
        `  next:     write the current value, from ${placesOf(rotatedSince)}, where it is needed: the files hold the old one`,
      )
  }
}
