// Why a match may be no secret: well-known examples, placeholders, what its rule allows. What is explained away is counted, not dropped.
import { shannonEntropy } from './entropy.js'
import { isOwnEnvFile } from './file-kind.js'
import { KNOWN_EXAMPLES } from './known-examples.js'
import { isOwnTag } from './own-journal.js'
import { pathTest } from './paths.js'
import { isPlaceholder, isReference } from './placeholder.js'
import { publisherOf } from './published-keys.js'
import type { AllowList, Rule } from './rule.js'

/** Less entropy than its rule demands: says that this rule is the wrong one, not that the value is none of another's. */
export const TOO_REGULAR = 'too regular for this format'

/** Longer values are made by programs: a word in a key's comment says nothing of the key. */
const LONGEST_TYPED = 200

/** Nobody's password: ghp_xxxxxxxxxx, sk-your-key, AKIA…EXAMPLE. */
const NEVER_SET = /([x*.0_-])\1{5,}|example|your[-_ ]?(?:api|access|secret|token|key)/i

/** What nobody filled in is a password all the same where a container or a project runs with it: then only references are none. */
function isBlank(value: string, path: string | undefined): boolean {
  if (path === undefined) return isReference(value)
  return isOwnEnvFile(path) ? isReference(value) || NEVER_SET.test(value) : isPlaceholder(value)
}

/**
 * Whether a placeholder can be what a format finds: of a user's rule only where it takes nearly anything; of a format that begins with a
 * dollar itself, that tells no reference.
 */
const mayBeBlank = ({ own, imported, pattern = '' }: Rule): boolean =>
  own === true || imported === true ? pattern.includes('(?<secret>[^') : !pattern.includes('(?<secret>\\$')

/** A reason for which a value is no secret under the rule, or undefined. */
export type AllowTest = (value: string, line: string, path: string | undefined) => string | undefined

export function compileAllow(rule: Rule): AllowTest {
  const tests = [rule.allow ?? []]
    .flat()
    .map((list) => listTest(list, rule.kind !== 'format' || rule.imported === true))
  const isJudged = rule.kind === 'format' && mayBeBlank(rule)
  return (value, line, path) => {
    if (KNOWN_EXAMPLES.has(value)) return 'a documentation example of the provider'
    const publisher = publisherOf(value)
    if (publisher !== undefined) return `a key that ${publisher} publishes for tests`
    if (isOwnTag(value, line, path)) return 'a keyed hash in the journal of a migration'
    if (rule.entropy !== undefined && shannonEntropy(value) < rule.entropy) return TOO_REGULAR
    if (isJudged && value.length <= LONGEST_TYPED && isBlank(value, path)) return 'a placeholder'
    for (const test of tests) {
      const reason = test(value, line, path)
      if (reason !== undefined) return reason
    }
    return undefined
  }
}

/**
 * `paths`: whether the list's paths count: a path must not hide a named format, for who builds an image chooses its paths. Who brings a
 * configuration of his own has chosen them himself.
 */
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
