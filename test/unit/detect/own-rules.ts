// Small rule sets of a test's own.
import type { Rule } from '../../../src/detect/rule.js'
import type { RuleSet } from '../../../src/detect/rule-set.js'

/** A rule that is complete but for what a test wants of it. */
export function ownRule(fields: Partial<Rule> & Pick<Rule, 'id' | 'keywords' | 'pattern'>): Rule {
  return {
    title: 'A rule of the test',
    kind: 'format',
    family: 'own',
    severity: 'high',
    confidence: 'high',
    remediation: 'Revoke it.',
    references: [],
    examples: [],
    counterexamples: [],
    ...fields,
  }
}

export const ruleSetOf = (...rules: readonly Rule[]): RuleSet => ({
  rules,
  ids: rules.map(({ id }) => id),
  digest: 'sha256:0',
})

/** acme_ and 24 lower-case hexadecimal digits. */
export const ACME = ownRule({
  id: 'acme-token',
  keywords: ['acme_'],
  pattern: '(?<![0-9A-Za-z_])(?<secret>acme_[0-9a-f]{24})(?![0-9A-Za-z])',
})
export const ACME_TOKEN = `acme_${'00f1e2d3c4b5'}a69788796a5b`
