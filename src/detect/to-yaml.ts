// Rules in the form of a rule pack, for people to go on writing.
import { stringify } from 'yaml'
import type { Rule } from './rule.js'

/** The order in which people read a rule. */
const FIELDS = [
  'id',
  'title',
  'kind',
  'severity',
  'confidence',
  'keywords',
  'pattern',
  'flags',
  'entropy',
  'structure',
  'tells',
  'random',
  'paths',
  'allow',
  'requires',
  'remediation',
  'references',
  'examples',
  'counterexamples',
  'imported',
] as const satisfies readonly (keyof Rule)[]

/** A pack that parseRulePack() reads back as the same rules, all of `family`. */
export function toYaml(rules: readonly Rule[], family: string): string {
  const items = rules.map((rule) => {
    const given = FIELDS.map((field) => [field, rule[field]] as const).filter(([, value]) => isGiven(value))
    return Object.fromEntries(given)
  })
  return stringify({ family, rules: items }, { lineWidth: 0, singleQuote: true })
}

const isGiven = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0)
