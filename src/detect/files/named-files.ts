// Files that are secrets by their name alone, as rules without a pattern say (gitleaks has such): the whole file is the value.
import { compileAllow } from '../allowlist.js'
import { pathTest } from '../paths.js'
import type { Rule } from '../rule.js'
import type { FileDetector, Match } from '../types.js'

const MAX_BYTES = 256 * 1024

/** The detector of `rule`, which has paths. */
export function namedFileDetector(rule: Rule): FileDetector {
  const accepts = pathTest(rule.paths ?? [])
  const allow = compileAllow(rule)
  return {
    ruleIds: [rule.id],
    maxBytes: MAX_BYTES,
    accepts,
    scan(file, path): readonly Match[] {
      if (file.length === 0) return []
      const { id: ruleId, confidence } = rule
      // Only its path says what such a file is.
      const allowed = allow('', '', path)
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
          ...(allowed === undefined ? {} : { allowed }),
        },
      ]
    },
  }
}
