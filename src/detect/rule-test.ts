// Runs each rule's own examples and counterexamples through the detector: the rules' tests, for built-in and own packs alike.
import { createTextDetector } from './detector.js'
import { shannonEntropy } from './entropy.js'
import { readMarks } from './marks.js'
import type { Rule, RuleExample } from './rule.js'
import type { RuleSet } from './rule-set.js'
import type { Match, TextDetector } from './types.js'

export interface RuleTestFailure {
  readonly ruleId: string
  /** 1-based, in its list. */
  readonly example: number
  readonly list: 'examples' | 'counterexamples'
  readonly problem: string
}

const DEFAULT_PATH = 'config.txt'

/** What the rule's pattern matches, whether it counts or not. */
function scan(rule: Rule, detector: TextDetector, example: RuleExample): readonly Match[] {
  const bytes = Buffer.from(readMarks(example.text).text, 'utf8')
  const { matches } = detector.scan({ bytes, offset: 0, last: true, path: example.path ?? DEFAULT_PATH })
  return matches.filter(({ ruleId }) => ruleId === rule.id)
}

/** Why a match of the pattern is not reported as it is; undefined where it is. */
function refusal(rule: Rule, { validity, allowed, confidence, value }: Match): string | undefined {
  if (validity === 'implausible') return `its structure check (${rule.structure ?? 'none'}) refuses it`
  const entropy = shannonEntropy(value)
  if (allowed !== undefined && rule.entropy !== undefined && entropy < rule.entropy)
    return `its entropy is ${entropy.toFixed(2)}, and the rule asks for ${rule.entropy}`
  if (allowed !== undefined) return `it is explained away: ${allowed}`
  return confidence === 'low' ? 'its confidence is low, and reports leave that out' : undefined
}

function missing(rule: Rule, detector: TextDetector, example: RuleExample): string | undefined {
  const { text, secrets } = readMarks(example.text)
  const matches = scan(rule, detector, example)
  const offset = (index: number) => Buffer.byteLength(text.slice(0, index))
  for (const { start, end } of secrets) {
    const there = matches.filter((match) => match.start === offset(start) && match.end === offset(end))
    if (there.some((match) => refusal(rule, match) === undefined)) continue
    if (there[0] !== undefined) return `the pattern matches the marked value, but ${refusal(rule, there[0]) ?? ''}`
    if (matches.length > 0) return 'the pattern matches something else than the marked value'
    return 'the pattern matches nothing here, or no keyword stands near it'
  }
  return undefined
}

/** Every example that is not found exactly where it is marked, and every counterexample that is found. */
export function testRules(ruleSet: RuleSet): readonly RuleTestFailure[] {
  const failures: RuleTestFailure[] = []
  const detector = createTextDetector(ruleSet, { maxDecodeDepth: 3 })
  for (const rule of ruleSet.rules.filter(({ kind }) => kind !== 'file')) {
    for (const [index, example] of rule.examples.entries()) {
      const problem = missing(rule, detector, example)
      if (problem !== undefined) failures.push({ ruleId: rule.id, example: index + 1, list: 'examples', problem })
    }
    for (const [index, example] of rule.counterexamples.entries()) {
      if (scan(rule, detector, example).some((match) => refusal(rule, match) === undefined))
        failures.push({ ruleId: rule.id, example: index + 1, list: 'counterexamples', problem: 'it is found' })
    }
  }
  return failures
}
