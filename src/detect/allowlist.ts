// Why a match may be no secret: placeholders, references, well-known examples. What is explained away is counted, not dropped.
import { shannonEntropy } from './entropy.js'
import { pathTest } from './paths.js'
import { publisherOf } from './published-keys.js'
import type { AllowList, Rule } from './rule.js'

/** References to a value that stands elsewhere (in a Compose file with doubled dollars), and templates. */
const REFERENCE =
  /^(?:\$\{?[A-Za-z_]|\$\$?\(|\$\$\{[A-Za-z_]|\{\{|<[^<>]*>$|%[A-Za-z_]\w*%$|\$\{\{|@[\w.-]+@$|!(?:vault|Ref|Sub|GetAtt|env|secret|include|ImportValue)\b|\[[A-Za-z _-]+\]$|env[.(:]|process\.env|os\.environ|getenv|cat\s+[/$])/
/** In latin1, as values are: an ellipsis is three characters. */
const FILLER =
  /^(?:x{3,}|\*{3,}|\.{3,}|\xe2\x80\xa6|-{3,}|_{3,}|0{4,}|1234567890?|n\/?a|todo|tbd|none|null|nil|undefined|true|false|yes|no|on|off|enabled?|disabled?)$/i
/** The short words count only where a word begins: random characters spell "my" and "add" often enough. */
const PLACEHOLDER =
  /(?:^|[-_ .])(?:your|some|insert|enter|replace|add|put|sample|dummy)(?:[-_ ]|api|secret|key|token|password|here|value|me)|(?:^|[-_ .])my[-_ ]?(?:api|secret[-_ ]?(?:key|token|value)?|key|token|password|value|app)\b|example|placeholder|redacted|changeme_?here/i

/** Documentation values of providers, assembled so that they stand nowhere whole. */
const KNOWN_EXAMPLES = new Set([`AKIA${'IOSFODNN7EXAMPLE'}`, `wJalrXUtnFEMI/${'K7MDENG/bPxRfiCYEXAMPLEKEY'}`])

/** A reason for which a value is no secret under the rule, or undefined. */
export type AllowTest = (value: string, line: string, path: string | undefined) => string | undefined

export function compileAllow(rule: Rule): AllowTest {
  const tests = [rule.allow ?? []].flat().map((list) => listTest(list, rule.kind !== 'format'))
  // A password has no shape that would tell it from "<your password>"; in a container's settings it is one all the same.
  const free = rule.kind === 'format' && rule.pattern?.includes('(?<secret>[^') === true
  return (value, line, path) => {
    if (KNOWN_EXAMPLES.has(value)) return 'a documentation example of the provider'
    const publisher = publisherOf(value)
    if (publisher !== undefined) return `a key that ${publisher} publishes for tests`
    if (rule.entropy !== undefined && shannonEntropy(value) < rule.entropy) return 'too regular for this format'
    if (free && path !== undefined && isPlaceholder(value)) return 'a placeholder'
    for (const test of tests) {
      const reason = test(value, line, path)
      if (reason !== undefined) return reason
    }
    return undefined
  }
}

/** `paths`: whether the list's paths count: a path must not hide a named format, for who builds an image chooses its paths. */
function listTest(list: AllowList, paths: boolean): AllowTest {
  const regular = (sources: readonly string[] = []) =>
    sources.map((source) => new RegExp(source, list.matchCase === true ? '' : 'i'))
  const [values, lines] = [regular(list.values), regular(list.lines)]
  const stopwords = list.stopwords?.map((word) => word.toLowerCase()) ?? []
  const inPath = list.paths === undefined ? undefined : pathTest(paths ? list.paths : [])
  const parts: (readonly [boolean, string, AllowPart])[] = [
    [inPath !== undefined, 'its path is allowed by the rule', (_, __, path) => inPath?.(path) === true],
    [stopwords.length > 0, 'holds a stopword of the rule', (value) => holdsAny(value.toLowerCase(), stopwords)],
    [values.length > 0, 'allowed by the rule', (value) => values.some((pattern) => pattern.test(value))],
    [lines.length > 0, 'its line is allowed by the rule', (_, line) => lines.some((pattern) => pattern.test(line))],
  ]
  const given = parts.filter(([isGiven]) => isGiven)
  return (value, line, path) => {
    const holding = given.filter(([, , holds]) => holds(value, line, path))
    return list.all !== true || holding.length === given.length ? holding[0]?.[1] : undefined
  }
}

type AllowPart = (value: string, line: string, path: string | undefined) => boolean

const holdsAny = (text: string, words: readonly string[]): boolean => words.some((word) => text.includes(word))

/** true where a generic value is a reference, a template or filler: not worth counting. */
export function isPlaceholder(value: string): boolean {
  return (
    REFERENCE.test(value) ||
    FILLER.test(value) ||
    !hasThreeCharacters(value) ||
    PLACEHOLDER.test(value) ||
    isSequence(value)
  )
}

/** "0123456789abcdef", also over and over or with hyphens: what people type who have no key yet. */
function isSequence(text: string): boolean {
  const most = text.length / 5
  let [steps, misses, last] = [0, 0, -1]
  for (let i = 0; i < text.length && misses <= most; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x2d) continue
    const place = placeOf(code)
    if (last >= 0 && place === last + 1) steps++
    else misses++
    last = place
  }
  return steps >= 7 && misses <= most
}

/** Where a letter or digit stands in "0…9a…z"; -1 of any other character. */
function placeOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const folded = code | 0x20
  return folded >= 0x61 && folded <= 0x7a ? folded - 0x57 : -1
}

/** Whether three different characters stand in `text`. */
function hasThreeCharacters(text: string): boolean {
  const [first] = text
  let second: string | undefined
  for (const character of text) {
    if (character === first || character === second) continue
    if (second !== undefined) return true
    second = character
  }
  return false
}
