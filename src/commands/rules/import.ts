// secretscan rules import
import { Args, Flags } from '@oclif/core'
import { readPack } from '../../detect/rule-set.js'
import { toYaml } from '../../detect/to-yaml.js'
import { count } from '../../report/wording.js'
import { writeText } from '../../report/write.js'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { shellWord } from '../../support/shell-word.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { refuseToReplace, writeFileWhole } from '../shared/output.js'

/** Rules are no secret: who may read them is for the umask to say. */
const MODE = 0o666

export default class RulesImport extends BaseCommand {
  static override summary = 'Turn a gitleaks configuration into a rule pack'
  static override description =
    'What cannot be translated is an error that names the rule. The pack loads with --rules; add severities, remediations and examples to it.'
  static override examples = [
    {
      description: 'A pack to go on with',
      command: '<%= config.bin %> <%= command.id %> .gitleaks.toml --to company.yaml',
    },
    {
      description: 'Look at it first',
      command: '<%= config.bin %> <%= command.id %> .gitleaks.toml | less',
    },
  ]
  static override usage = '<%= command.id %> FILE [FLAGS]'
  static override args = {
    file: Args.string({ description: 'gitleaks configuration (TOML)', required: true, ignoreStdin: true }),
  }
  static override flags = {
    ...flagsFor('every'),
    to: Flags.string({ summary: 'Write the pack here (default: standard output)', helpValue: 'FILE' }),
    force: Flags.boolean({ summary: 'Replace a file that is there' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RulesImport)
    const { settings } = this.resolve(flags)
    if (!args.file.endsWith('.toml'))
      throw new UsageError('A gitleaks configuration ends in .toml', {
        hint: 'YAML packs need no import: --rules FILE',
      })
    const { to } = flags
    if (to !== undefined) refuseToReplace(to, flags.force)
    const rules = await readPack(args.file)
    const pack = toYaml(rules, 'gitleaks')
    if (to === undefined) return writeText(process.stdout, pack)
    await writeFileWhole(to, MODE, (out) => writeText(out, pack))
    if (settings.json) this.log(JSON.stringify({ schemaVersion: 1, file: to, rules: rules.length }))
    else if (!settings.quiet)
      this.log(`${printable(to)}: ${count(rules.length, 'rule')}. Use it with --rules ${printable(shellWord(to))}`)
  }
}
