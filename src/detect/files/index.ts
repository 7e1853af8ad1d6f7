// The formats that have a detector of their own. One line a format; the detectors are the files beside this one.
import type { RuleSet } from '../rule-set.js'
import type { FileDetector } from '../types.js'

/** The detectors whose rules are in `ruleSet`. */
export function fileDetectors(_ruleSet: RuleSet): readonly FileDetector[] {
  return []
}
