// secretscan rules import
import { Args, Flags } from '@oclif/core'
import { readPack } from '../../detect/rule-set.js'
import { toYaml } from '../../detect/to-yaml.js'
import { writeText } from '../../report/write.js'
import { writeAtomic } from '../../support/atomic.js'
import { UsageError } from '../../support/errors.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'

/** Rules are no secret: others may read them. */
const MODE = 0o644

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
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RulesImport)
    this.resolve(flags)
    if (!args.file.endsWith('.toml'))
      throw new UsageError('A gitleaks configuration ends in .toml', {
        hint: 'YAML packs need no import: --rules FILE',
      })
    const pack = toYaml(await readPack(args.file), 'gitleaks')
    if (flags.to === undefined) await writeText(process.stdout, pack)
    else await writeAtomic(flags.to, Buffer.from(pack), { mode: MODE })
  }
}
