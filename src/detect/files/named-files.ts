// Files that are secrets by their name alone, as rules without a pattern say (gitleaks has such): the whole file is the value.
import { pathTest } from '../paths.js'
import type { Rule } from '../rule.js'
import type { FileDetector, Match } from '../types.js'

const MAX_BYTES = 256 * 1024

/** The detector of `rule`, which has paths. */
export function namedFileDetector(rule: Rule): FileDetector {
  const accepts = pathTest(rule.paths ?? [])
  return {
    ruleIds: [rule.id],
    maxBytes: MAX_BYTES,
    accepts,
    scan(file): readonly Match[] {
      if (file.length === 0) return []
      const { id: ruleId, confidence } = rule
      return [
        {
          ruleId,
          start: 0,
          end: file.length,
          value: file,
          confidence,
          decodedFrom: [],
          validity: 'unchecked',
          parts: [],
        },
      ]
    },
  }
}
