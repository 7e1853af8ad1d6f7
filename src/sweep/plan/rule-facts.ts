// What a rule set was, as the store keeps it: enough to tell which rules came, went, or changed in severity alone since something was scanned.

import type { Rule } from '../../detect/rule.js'
import { ENGINE_VERSION, ruleDigest } from '../../detect/rule-set.js'
import type { Severity } from '../../detect/types.js'
import { type ScanConditions, scanConditions } from '../../scan/cache-format.js'
import type { LocalFinding } from '../../scan/types.js'

export interface RuleFact {
  /** Of all that decides findings but the severity. */
  readonly digest: string
  readonly severity: Severity
}

/** By rule id. */
export type RuleFacts = Readonly<Record<string, RuleFact>>

export function factsOf(rules: readonly Rule[]): RuleFacts {
  return Object.fromEntries(rules.map((rule) => [rule.id, { digest: ruleDigest(rule), severity: rule.severity }]))
}

/** What decides results beside the rules, as text. */
export function conditionsText(conditions: Omit<ScanConditions, 'rules'>): string {
  return scanConditions({ ...conditions, rules: { digest: `engine ${ENGINE_VERSION}` } })
}

/** Whether results of `then` hold all that `now` looks for: each rule was there, and found the same. */
export function covers(then: RuleFacts, now: RuleFacts): boolean {
  return Object.entries(now).every(([id, { digest }]) => then[id]?.digest === digest)
}

export interface SeverityChange {
  readonly id: string
  readonly from: Severity
  readonly to: Severity
}

/** Rules of both that have another severity now. */
export function severityChanges(then: RuleFacts, now: RuleFacts): readonly SeverityChange[] {
  return Object.entries(now).flatMap(([id, { severity: to }]) => {
    const from = then[id]?.severity
    return from === undefined || from === to ? [] : [{ id, from, to }]
  })
}

/**
 * Findings of an earlier scan as the rules of today have them: without those of rules that are gone, with the severity that their rule has
 * now. One that had another severity than its rule (a default password, a leak that is worse elsewhere) keeps it. `then`: undefined where
 * nobody wrote down what the rules were.
 */
export function inTodaysTerms(
  findings: readonly LocalFinding[],
  then: RuleFacts | undefined,
  now: RuleFacts,
): readonly LocalFinding[] {
  return findings.flatMap((finding) => {
    const today = now[finding.ruleId]
    if (today === undefined) return []
    return then?.[finding.ruleId]?.severity === finding.severity
      ? [{ ...finding, severity: today.severity }]
      : [finding]
  })
}
