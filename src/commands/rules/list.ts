// secretscan rules list
import { Args } from '@oclif/core'
import type { Rule } from '../../detect/rule.js'
import { severityRank } from '../../report/groups.js'
import { pad } from '../../report/layout.js'
import { writeText } from '../../report/write.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { ruleJson, rulesCount, rulesOf } from '../shared/rules.js'

/** Whether the rule's id or title holds each of the words; case does not count. */
function isAbout({ id, title }: Rule, words: readonly string[]): boolean {
  const text = `${id}\n${title}`.toLowerCase()
  return words.every((word) => text.includes(word.toLowerCase()))
}

export default class RulesList extends BaseCommand {
  static override summary = 'List the detection rules, worst first'
  static override examples = [
    { description: 'What is looked for?', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Those about GitHub tokens', command: '<%= config.bin %> <%= command.id %> github token' },
    {
      description: 'The IDs of the critical ones',
      command: '<%= config.bin %> <%= command.id %> --json | jq -r \'.rules[] | select(.severity == "critical").id\'',
    },
    {
      description: 'An own pack, checked and listed',
      command: '<%= config.bin %> <%= command.id %> --no-default-rules --rules ./company.yaml',
    },
  ]
  static override usage = '<%= command.id %> [WORD...] [FLAGS]'
  static override args = {
    words: Args.string({
      description: 'Only rules with these words in ID or title',
      multiple: true,
      ignoreStdin: true,
    }),
  }
  static override flags = flagsFor('rules')

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RulesList)
    const { settings } = this.resolve(flags)
    const { rules: unsorted, digest } = await rulesOf(settings)
    const words = args.words ?? []
    const rules = unsorted
      .filter((rule) => isAbout(rule, words))
      .sort((a, b) => severityRank(a.severity) - severityRank(b.severity) || (a.id < b.id ? -1 : 1))
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
