// The rule set that the settings name, and how a rule is printed.
import type { Settings } from '../../config/settings.js'
import type { Rule } from '../../detect/rule.js'
import { chooseRules, loadRuleSet, packFiles, type RuleSet, readPack } from '../../detect/rule-set.js'
import { count } from '../../report/wording.js'

/** Built-in and own rules, less what was left out. Throws RuleError, UsageError. */
export function rulesOf(settings: Settings): Promise<RuleSet> {
  return loadRuleSet({
    packs: settings.rules,
    defaults: !settings['no-default-rules'],
    only: settings.rule,
    skip: settings['skip-rule'],
  })
}

/**
 * The rules of a scan: all of them look, those that `--rule` and `--skip-rule` leave out too, so that what only they know is masked
 * wherever it is quoted; their findings are filtered out afterwards, by `isWanted` with a rule's id. Throws RuleError, UsageError.
 */
export async function scanRulesOf(
  settings: Settings,
): Promise<{ rules: RuleSet; isWanted?: (ruleId: string) => boolean }> {
  const rules = await loadRuleSet({
    packs: settings.rules,
    defaults: !settings['no-default-rules'],
    only: [],
    skip: [],
  })
  const choice = { only: settings.rule, skip: settings['skip-rule'] }
  if (choice.only.length === 0 && choice.skip.length === 0) return { rules }
  chooseRules(rules.rules, choice)
  const [only, skip] = [new Set(choice.only), new Set(choice.skip)]
  return { rules, isWanted: (ruleId) => (only.size === 0 || only.has(ruleId)) && !skip.has(ruleId) }
}

/** The file of an own pack that each rule in `packs` comes from, by the rule's id. Throws RuleError. */
export async function ruleFiles(packs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const file of packs.flatMap(packFiles)) for (const { id } of await readPack(file)) files.set(id, file)
  return files
}

/** What scripts may rely on of a rule (`rules list --json`, `rules show --json`). */
export function ruleJson(rule: Rule): Readonly<Record<string, unknown>> {
  const { id, title, kind, family, severity, confidence, keywords, pattern, paths, remediation, references } = rule
  return {
    id,
    title,
    kind,
    family,
    severity,
    confidence,
    keywords,
    ...(pattern === undefined ? {} : { pattern }),
    ...(paths === undefined ? {} : { paths }),
    remediation,
    references,
  }
}

/** "612 rules, 300 of them made from the table of services". */
export function rulesCount(rules: readonly Rule[]): string {
  const generated = rules.filter((rule) => rule.generated === true).length
  return `${count(rules.length, 'rule')}${generated === 0 ? '' : `, ${generated} of them made from the table of services`}`
}
