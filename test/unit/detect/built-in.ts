// The rules that ship, loaded once for all tests of detection.
import { createTextDetector } from '../../../src/detect/detector.js'
import { loadRuleSet, type RuleSet } from '../../../src/detect/rule-set.js'
import type { TextDetector } from '../../../src/detect/types.js'

const ruleSet = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
let detector: TextDetector | undefined

export const builtInRules = (): RuleSet => ruleSet

/** With the decoders that a scan uses by default. */
export function builtInDetector(): TextDetector {
  detector ??= createTextDetector(ruleSet, { maxDecodeDepth: 3 })
  return detector
}
