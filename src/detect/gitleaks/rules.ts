// Rules of a gitleaks configuration as our rules. What cannot be said is an error that names the rule; nothing is left out silently.
import { RuleError } from '../../support/errors.js'
import { patternLiterals } from '../pattern/literals.js'
import { patternDanger } from '../pattern/safety.js'
import type { AllowList, RequiredPart, Rule } from '../rule.js'
import { type GitleaksAllowlist, type GitleaksRule, readConfig } from './config.js'
import { translatePattern } from './re2.js'

const HINT = 'change the rule in that file, or take it out'
const NO_RULES = 'give it some ([[rules]] with an id and a regex), or useDefault = true under [extend]'
const MIN_KEYWORD = 3
/** Bytes that stand for a line of withinLines, and for "in the same file". */
const LINE_BYTES = 120
const ANYWHERE = 4096
const MAX_WITHIN = 8192

/**
 * The rules of a gitleaks configuration, whose global allowlists hold for each of them. `extend.useDefault` asks for gitleaks' own
 * rules: secretscan's built-in rules stand in their place, unless --no-default-rules is given.
 * @throws RuleError naming file, line, rule and what cannot be translated, or that there are no rules.
 */
export function parseGitleaksConfig(text: string, file: string, read: (path: string) => string): readonly Rule[] {
  const config = readConfig(text, file, read)
  if (config.rules.length === 0 && !config.useDefault)
    throw new RuleError(`${file}: it has no rules`, { hint: NO_RULES })
  const known = new Map(config.rules.map((rule) => [rule.id, rule]))
  return config.rules
    .filter(({ skipReport }) => skipReport !== true)
    .map((rule) => {
      const global = config.allowlists.filter(
        ({ targetRules }) => targetRules.length === 0 || targetRules.includes(rule.id),
      )
      try {
        return toRule(rule, global, known)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        throw new RuleError(`${rule.origin}: rule ${rule.id}: ${error.message}`, { hint: HINT })
      }
    })
}

function toRule(
  rule: GitleaksRule,
  global: readonly GitleaksAllowlist[],
  known: ReadonlyMap<string, GitleaksRule>,
): Rule {
  const own = [...(rule.allowlists ?? []), ...(rule.allowlist === undefined ? [] : [rule.allowlist])]
  const allow = [...own, ...global].map(allowList).filter((list) => Object.keys(list).length > 0)
  const common = {
    id: kebabCase(rule.id),
    title: rule.description?.trim() || rule.id,
    family: 'gitleaks',
    severity: 'high' as const,
    confidence: 'high' as const,
    remediation: 'Revoke it where it was issued and issue a new one.',
    references: [],
    examples: [],
    counterexamples: [],
    imported: true,
    ...(rule.path === undefined ? {} : { paths: [pathPattern(rule.path)] }),
    ...(allow.length === 0 ? {} : { allow }),
  }
  if (rule.regex === undefined) {
    if (rule.path === undefined) throw new SyntaxError('it has neither a regex nor a path')
    return { ...common, kind: 'file', keywords: [] }
  }
  const requires = (rule.required ?? []).map((part) => requiredPart(part, known))
  return {
    ...common,
    kind: 'format',
    ...patternFields(rule.regex, rule.secretGroup, rule.keywords ?? []),
    ...(rule.entropy === undefined || rule.entropy === 0 ? {} : { entropy: rule.entropy }),
    ...(requires.length === 0 ? {} : { requires }),
  }
}

function patternFields(regex: string, secretGroup: number | undefined, given: readonly string[]) {
  const { source: pattern, flags } = translatePattern(regex, secretGroup ? { secretGroup } : {})
  const danger = patternDanger(pattern)
  if (danger !== undefined) throw new SyntaxError(`regex could take too long: it holds ${danger}`)
  const usable = given.filter((keyword) => keyword.length >= MIN_KEYWORD && /^[\x20-\x7e]+$/.test(keyword))
  const keywords = given.length > 0 && usable.length === given.length ? usable : patternLiterals(pattern, flags)
  if (keywords === undefined)
    throw new SyntaxError('no text of three characters or more stands in all of its matches; give it keywords')
  return { keywords: [...new Set(keywords)], pattern, ...(flags === '' ? {} : { flags }) }
}

function requiredPart(
  part: { readonly id: string; readonly withinLines?: number | undefined; readonly withinColumns?: number | undefined },
  known: ReadonlyMap<string, GitleaksRule>,
): RequiredPart {
  const rule = known.get(part.id)
  if (rule?.regex === undefined) throw new SyntaxError(`it requires "${part.id}", which is no rule with a regex`)
  const options = rule.secretGroup ? { secretGroup: rule.secretGroup } : {}
  const { source: pattern } = translatePattern(rule.regex, { ...options, spelled: true })
  const danger = patternDanger(pattern)
  if (danger !== undefined) throw new SyntaxError(`the regex of "${part.id}" could take too long: it holds ${danger}`)
  const lines = part.withinLines === undefined ? undefined : (part.withinLines + 1) * LINE_BYTES
  const within = Math.min(MAX_WITHIN, lines ?? part.withinColumns ?? ANYWHERE)
  return { role: rule.description?.trim() || rule.id, pattern, within }
}

/** Commits mean nothing here: images have none. */
function allowList(list: GitleaksAllowlist): AllowList {
  const regexes = list.regexes.map((regex) => withoutNames(translatePattern(regex, { spelled: true }).source))
  const target = list.regexTarget ?? 'secret'
  if (!['secret', 'match', 'line'].includes(target)) throw new SyntaxError(`regexTarget "${target}" is not known`)
  if (target === 'match' && list.regexes.some((regex) => /^\^|[^\\]\$$/.test(regex)))
    throw new SyntaxError('an allowlist of regexTarget "match" is anchored with ^ or $: use "line" or "secret"')
  return {
    ...(regexes.length === 0 ? {} : { [target === 'secret' ? 'values' : 'lines']: regexes, matchCase: true }),
    ...(list.stopwords.length === 0 ? {} : { stopwords: list.stopwords }),
    ...(list.paths.length === 0 ? {} : { paths: list.paths.map(pathPattern) }),
    ...(/^(?:and|&&)$/i.test(list.condition ?? '') ? { all: true } : {}),
  }
}

/** A regular expression in a list of globs. */
function pathPattern(regex: string): string {
  return `re:${withoutNames(translatePattern(regex, { spelled: true }).source)}`
}

/** Only whether it matches counts. */
const withoutNames = (pattern: string): string => pattern.replaceAll(/\(\?<secret\d*>/g, '(?:')

function kebabCase(id: string): string {
  const text = id.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return text.replace(/^-|-$/g, '') || 'rule'
}
