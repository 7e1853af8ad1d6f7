// Whether a sentence that a person typed holds a value that a rule knows: what is kept and shown in plain must hold none.
import { createTextDetector } from './detector.js'
import type { RuleSet } from './rule-set.js'

/** The ID of the first rule that finds a value in `words`, of medium confidence or better; undefined: none does. */
export function ruleThatFinds(ruleSet: RuleSet, words: string): string | undefined {
  const detector = createTextDetector(ruleSet, { maxDecodeDepth: 1 })
  const { matches } = detector.scan({ bytes: Buffer.from(words), offset: 0, last: true })
  return matches.find(({ confidence }) => confidence !== 'low')?.ruleId
}
