// The rule set that the settings name, and how a rule is printed.
import type { Settings } from '../../config/settings.js'
import type { Rule } from '../../detect/rule.js'
import { choiceOf, loadRuleSet, packFiles, type RuleSet, readPack } from '../../detect/rule-set.js'
import { count } from '../../report/wording.js'

/**
 * The built-in and own rules that look. Those that `--rule` and `--skip-rule` leave out look too, so that what only they know is masked
 * wherever it is quoted: see isWanted(). Throws RuleError.
 */
export function rulesOf(settings: Pick<Settings, 'rules' | 'no-default-rules'>): Promise<RuleSet> {
  return loadRuleSet({ packs: settings.rules, defaults: !settings['no-default-rules'], only: [], skip: [] })
}

/** Whether `--rule` and `--skip-rule` leave a rule's findings in, by its id. Throws UsageError for a rule that is not in `ruleSet`. */
export function isWanted(settings: Settings, { ids }: RuleSet): (ruleId: string) => boolean {
  return choiceOf(ids, { only: settings.rule, skip: settings['skip-rule'] })
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
