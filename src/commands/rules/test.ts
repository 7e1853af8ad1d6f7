// secretscan rules test
import { testRules } from '../../detect/rule-test.js'
import { count } from '../../report/wording.js'
import { writeText } from '../../report/write.js'
import { EXIT } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { ruleFiles, rulesCount, rulesOf } from '../shared/rules.js'

export default class RulesTest extends BaseCommand {
  static override summary = "Run the rules' own examples"
  static override description =
    'Every example must be found exactly where it is marked, no counterexample may be found. Exits with 1 where one fails.'
  static override examples = [
    { description: 'The built-in rules', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'An own pack alone',
      command: '<%= config.bin %> <%= command.id %> --no-default-rules --rules ./company.yaml',
    },
  ]
  static override flags = flagsFor('rules')

  async run(): Promise<void> {
    const { flags } = await this.parse(RulesTest)
    const { settings } = this.resolve(flags)
    const ruleSet = await rulesOf(settings)
    const failures = testRules(ruleSet)
    const files = failures.length === 0 ? new Map<string, string>() : await ruleFiles(settings.rules)
    const lines = failures.map(
      ({ ruleId, list, example, problem }) =>
        `✖ ${printable(files.get(ruleId) ?? 'built-in')}: ${ruleId}: ${list.slice(0, -1)} ${example}: ${problem}`,
    )
    const summary = `${rulesCount(ruleSet.rules)}: ${failures.length === 0 ? '✔ all examples hold' : `✖ ${count(failures.length, 'example')} ${failures.length === 1 ? 'fails' : 'fail'}`}`
    const text = settings.json
      ? JSON.stringify({ schemaVersion: 1, rules: ruleSet.rules.length, failures }, null, 2)
      : [...lines, summary].join('\n')
    await writeText(process.stdout, `${text}\n`)
    process.exitCode = failures.length === 0 ? EXIT.ok : EXIT.findings
  }
}
