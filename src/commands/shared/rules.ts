// The rule set that the settings name, and how a rule is printed.
import type { Settings } from '../../config/settings.js'
import type { Rule } from '../../detect/rule.js'
import { loadRuleSet, type RuleSet } from '../../detect/rule-set.js'

/** Built-in and own rules, less what was left out. Throws RuleError, UsageError. */
export function rulesOf(settings: Settings): Promise<RuleSet> {
  return loadRuleSet({
    packs: settings.rules,
    defaults: !settings['no-default-rules'],
    only: settings.rule,
    skip: settings['skip-rule'],
  })
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
  return `${rules.length} rules${generated === 0 ? '' : `, ${generated} of them made from the table of services`}`
}
