// Runs each rule's own examples and counterexamples through the detector: the rules' tests, for built-in and own packs alike.
import { createTextDetector } from './detector.js'
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

function scan(rule: Rule, detector: TextDetector, example: RuleExample): readonly Match[] {
  const bytes = Buffer.from(readMarks(example.text).text, 'utf8')
  const { matches } = detector.scan({ bytes, offset: 0, last: true, path: example.path ?? DEFAULT_PATH })
  return matches.filter(
    ({ ruleId, allowed, validity, confidence }) =>
      ruleId === rule.id && allowed === undefined && validity !== 'implausible' && confidence !== 'low',
  )
}

function missing(rule: Rule, detector: TextDetector, example: RuleExample): string | undefined {
  const { text, secrets } = readMarks(example.text)
  const matches = scan(rule, detector, example)
  const offset = (index: number) => Buffer.byteLength(text.slice(0, index))
  for (const { start, end } of secrets) {
    if (matches.some((match) => match.start === offset(start) && match.end === offset(end))) continue
    return matches.length === 0 ? 'the marked value is not found' : 'something else than the marked value is found'
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
      if (scan(rule, detector, example).length > 0)
        failures.push({ ruleId: rule.id, example: index + 1, list: 'counterexamples', problem: 'it is found' })
    }
  }
  return failures
}
