// Rules in the form of a rule pack, for people to go on writing.
import { stringify } from 'yaml'
import { RULE_FIELDS, type Rule } from './rule.js'

/** A pack that parseRulePack() reads back as the same rules, all of `family`. */
export function toYaml(rules: readonly Rule[], family: string): string {
  const items = rules.map((rule) => {
    const given = RULE_FIELDS.map((field) => [field, rule[field]] as const).filter(([, value]) => isGiven(value))
    return Object.fromEntries(given)
  })
  return stringify({ family, rules: items }, { lineWidth: 0, singleQuote: true })
}

const isGiven = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0)
