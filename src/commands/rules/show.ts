// secretscan rules show
import { Args } from '@oclif/core'
import type { Rule } from '../../detect/rule.js'
import { unknownRule } from '../../detect/rule-set.js'
import { writeText } from '../../report/write.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { proseFor } from '../shared/prose.js'
import { ruleJson, rulesOf } from '../shared/rules.js'

/** Everything about a rule that helps to judge its findings. */
function ruleText(rule: Rule): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['id', rule.id],
    ['family', rule.family],
    ['kind', rule.kind],
    ['severity', rule.severity],
    ['confidence', rule.confidence],
    ['keywords', rule.keywords.join(', ')],
    ['only in', rule.paths?.join(', ')],
    [
      'examples',
      `${rule.examples.length} that must match, ${rule.counterexamples.length} that must not (secretscan rules test)`,
    ],
  ]
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== '')
  const references = rule.references.map((reference) => `  ${reference}`)
  return [
    rule.title,
    '',
    ...known.map(([name, value]) => `  ${name.padEnd(12)}${value}`),
    '',
    'What to do',
    proseFor(process.stdout, `  ${rule.remediation.trim()}`),
    ...(references.length > 0 ? ['', 'Read more', ...references] : []),
    ...(rule.pattern === undefined ? [] : ['', 'Pattern', `  ${rule.pattern}`]),
    '',
  ].join('\n')
}

export default class RulesShow extends BaseCommand {
  static override summary = 'Show a rule: what it looks for and how to revoke what it finds'
  static override examples = [
    {
      description: 'A token was found: what now?',
      command: '<%= config.bin %> <%= command.id %> github-personal-access-token',
    },
    {
      description: 'The pattern of a rule, for a script',
      command: "<%= config.bin %> <%= command.id %> github-personal-access-token --json | jq -r '.rules[0].pattern'",
    },
  ]
  static override usage = '<%= command.id %> ID... [FLAGS]'
  static override args = {
    ids: Args.string({
      description: 'IDs of rules, as in findings',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  }
  static override flags = flagsFor('rules')

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RulesShow)
    const { settings } = this.resolve(flags)
    const { rules } = await rulesOf(settings)
    const byId = new Map(rules.map((rule) => [rule.id, rule]))
    const shown = args.ids.map((id) => {
      const rule = byId.get(id)
      if (rule === undefined) throw unknownRule(id, [...byId.keys()])
      return rule
    })
    const text = settings.json
      ? `${JSON.stringify({ schemaVersion: 1, rules: shown.map(ruleJson) }, null, 2)}\n`
      : shown.map(ruleText).join('\n')
    await writeText(process.stdout, text)
  }
}
