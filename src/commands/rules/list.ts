// secretscan rules list
import { severityRank } from '../../report/groups.js'
import { pad } from '../../report/layout.js'
import { writeText } from '../../report/write.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { ruleJson, rulesCount, rulesOf } from '../shared/rules.js'

export default class RulesList extends BaseCommand {
  static override summary = 'List the detection rules, worst first'
  static override examples = [
    { description: 'What is looked for?', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'The IDs of the critical ones',
      command: '<%= config.bin %> <%= command.id %> --json | jq -r \'.rules[] | select(.severity == "critical").id\'',
    },
    {
      description: 'An own pack, checked and listed',
      command: '<%= config.bin %> <%= command.id %> --no-default-rules --rules ./company.yaml',
    },
  ]
  static override flags = flagsFor('rules')

  async run(): Promise<void> {
    const { flags } = await this.parse(RulesList)
    const { settings } = this.resolve(flags)
    const { rules: unsorted, digest } = await rulesOf(settings)
    const rules = [...unsorted].sort(
      (a, b) => severityRank(a.severity) - severityRank(b.severity) || (a.id < b.id ? -1 : 1),
    )
    if (settings.json) {
      await writeText(
        process.stdout,
        `${JSON.stringify({ schemaVersion: 1, digest, rules: rules.map(ruleJson) }, null, 2)}\n`,
      )
      return
    }
    const width = Math.max(0, ...rules.map(({ id }) => id.length))
    const lines = rules.map(({ id, severity, title }) => `${pad(severity, 8)}  ${pad(id, width)}  ${title}`)
    await writeText(process.stdout, `${[...lines, '', rulesCount(rules)].join('\n')}\n`)
  }
}
