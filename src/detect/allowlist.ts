// Why a match may be no secret: placeholders, references, well-known examples. What is explained away is counted, not dropped.
import { shannonEntropy } from './entropy.js'
import type { Rule } from './rule.js'

/** References to a value that stands elsewhere, and templates. */
const REFERENCE =
  /^(?:\$\{?[A-Za-z_]|\$\(|\{\{|<[^<>]*>$|%[A-Za-z_]\w*%$|\$\{\{|@[\w.-]+@$|!(?:vault|Ref|Sub|GetAtt|env|secret|include|ImportValue)\b|\[[A-Za-z _-]+\]$|env[.(:]|process\.env|os\.environ|getenv)/
const FILLER =
  /^(?:x{3,}|\*{3,}|\.{3,}|-{3,}|_{3,}|0{4,}|1234567890?|n\/?a|todo|tbd|none|null|nil|undefined|true|false|yes|no|on|off|enabled?|disabled?)$/i
/** The short words count only where a word begins: random characters spell "my" and "add" often enough. */
const PLACEHOLDER =
  /(?:^|[-_ .])(?:your|some|insert|enter|replace|add|put|sample|dummy)(?:[-_ ]|api|secret|key|token|password|here|value|me)|(?:^|[-_ .])my[-_ ]?(?:api|secret[-_ ]?(?:key|token|value)?|key|token|password|value|app)\b|example|placeholder|redacted|changeme_?here/i

/** Documentation values of providers, assembled so that they stand nowhere whole. */
const KNOWN_EXAMPLES = new Set([`AKIA${'IOSFODNN7EXAMPLE'}`, `wJalrXUtnFEMI/${'K7MDENG/bPxRfiCYEXAMPLEKEY'}`])

/** A reason for which `value` is no secret under `rule`, or undefined. */
export function allowedReason(rule: Rule, value: string, line: string): string | undefined {
  if (KNOWN_EXAMPLES.has(value)) return 'a documentation example of the provider'
  if (rule.entropy !== undefined && shannonEntropy(value) < rule.entropy) return 'too regular for this format'
  const lower = value.toLowerCase()
  const stopword = rule.allow?.stopwords?.find((word) => lower.includes(word.toLowerCase()))
  if (stopword !== undefined) return 'holds a stopword of the rule'
  if (rule.allow?.values?.some((source) => new RegExp(source, 'i').test(value))) return 'allowed by the rule'
  if (rule.allow?.lines?.some((source) => new RegExp(source, 'i').test(line))) return 'its line is allowed by the rule'
  return undefined
}

/** true where a generic value is a reference, a template or filler: not worth counting. */
export function isPlaceholder(value: string): boolean {
  return REFERENCE.test(value) || FILLER.test(value) || new Set(value).size < 3 || PLACEHOLDER.test(value)
}
