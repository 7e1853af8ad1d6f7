// Is a rule what rule.ts says it is? Every problem names what is wrong; where it stands is added by rule-pack.ts.
import { readMarks } from './marks.js'
import { pathPatternOf } from './paths.js'
import { patternDanger } from './pattern/safety.js'
import { RULE_FIELDS, type Rule, type RuleExample } from './rule.js'

const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const KINDS = new Set(['format', 'service', 'generic', 'file'])
const SEVERITIES = new Set(['critical', 'high', 'medium', 'low'])
const CONFIDENCES = new Set(['high', 'medium', 'low'])
const FLAGS = /^[ims]{0,3}$/
/** `generated` is for the rules that the table of services makes. */
const FIELDS = new Set<string>([...RULE_FIELDS, 'generated'])

export interface RuleProblem {
  /** The field it is about; "" for the rule as a whole. */
  readonly field: string
  readonly message: string
}

type Raw = Readonly<Record<string, unknown>>

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText)

function* compileProblems(field: string, source: string, flags: string): Generator<RuleProblem> {
  try {
    new RegExp(source, flags)
  } catch (error) {
    yield { field, message: `is no regular expression: ${(error as Error).message}` }
    return
  }
  const danger = patternDanger(source)
  if (danger !== undefined) yield { field, message: `could take too long: it holds ${danger}` }
}

function* patternProblems(raw: Raw): Generator<RuleProblem> {
  const { kind, pattern, flags = '' } = raw
  if (kind === 'file') return
  if (!isText(pattern)) return yield { field: 'pattern', message: 'is missing' }
  if (typeof flags !== 'string' || !FLAGS.test(flags))
    return yield { field: 'flags', message: 'may hold i, m and s only' }
  if (!pattern.includes('(?<secret>')) yield { field: 'pattern', message: 'has no group named "secret"' }
  yield* compileProblems('pattern', pattern, flags)
  if (!isTexts(raw['keywords']) || raw['keywords'].length === 0)
    yield { field: 'keywords', message: 'must name at least one literal' }
  else
    for (const keyword of raw['keywords'])
      if (!/^[\t\r\n\x20-\x7e]{3,}$/.test(keyword))
        yield { field: 'keywords', message: `"${keyword}" is not at least three ASCII characters` }
}

function* exampleProblems(raw: Raw, field: 'examples' | 'counterexamples', least: number): Generator<RuleProblem> {
  const list = raw[field]
  if (!Array.isArray(list) || list.length < least) return yield { field, message: `must hold at least ${least}` }
  for (const [index, item] of list.entries()) {
    const text = typeof item === 'string' ? item : (item as Raw | null)?.['text']
    if (!isText(text)) yield { field, message: `entry ${index + 1} has no text` }
    else
      try {
        const { secrets } = readMarks(text)
        if (field === 'examples' && secrets.length === 0)
          yield { field, message: `entry ${index + 1} does not mark its value with «…»` }
      } catch (error) {
        yield { field, message: `entry ${index + 1}: ${(error as Error).message}` }
      }
  }
}

/** Everything that is wrong with a rule as read from YAML. */
export function* ruleProblems(raw: Raw): Generator<RuleProblem> {
  for (const field of Object.keys(raw)) if (!FIELDS.has(field)) yield { field, message: 'is no field of a rule' }
  if (!isText(raw['id']) || !ID.test(raw['id'])) yield { field: 'id', message: 'must be kebab-case' }
  for (const field of ['title', 'remediation']) if (!isText(raw[field])) yield { field, message: 'is missing' }
  if (!KINDS.has(String(raw['kind']))) yield { field: 'kind', message: 'must be format, service, generic or file' }
  if (!SEVERITIES.has(String(raw['severity'])))
    yield { field: 'severity', message: 'must be critical, high, medium or low' }
  if (!CONFIDENCES.has(String(raw['confidence'] ?? 'high')))
    yield { field: 'confidence', message: 'must be high, medium or low' }
  if (raw['entropy'] !== undefined && typeof raw['entropy'] !== 'number')
    yield { field: 'entropy', message: 'must be a number' }
  for (const field of ['references', 'paths'])
    if (raw[field] !== undefined && !isTexts(raw[field])) yield { field, message: 'must be a list of texts' }
  if (isTexts(raw['paths'])) yield* pathProblems('paths', raw['paths'])
  yield* genericProblems(raw)
  yield* patternProblems(raw)
  yield* allowProblems(raw['allow'])
  yield* requiresProblems(raw['requires'])
  if (raw['kind'] === 'file' || raw['generated'] === true || raw['imported'] === true) return
  yield* exampleProblems(raw, 'examples', 2)
  yield* exampleProblems(raw, 'counterexamples', 1)
}

function* genericProblems({ kind, tells = [], random = false, list = false }: Raw): Generator<RuleProblem> {
  if (!isTexts(tells) || tells.some((told) => told !== 'password' && told !== 'end'))
    yield { field: 'tells', message: 'must be a list of password and end' }
  else if (tells.length > 0 && kind !== 'generic') yield { field: 'tells', message: 'is for kind generic' }
  if (typeof random !== 'boolean') yield { field: 'random', message: 'must be true or false' }
  else if (random && kind !== 'generic') yield { field: 'random', message: 'is for kind generic' }
  if (typeof list !== 'boolean') yield { field: 'list', message: 'must be true or false' }
}

function* allowProblems(allow: unknown): Generator<RuleProblem> {
  if (allow === undefined) return
  for (const list of [allow].flat() as unknown[]) {
    if (typeof list !== 'object' || list === null) yield { field: 'allow', message: 'must be a map or a list of maps' }
    else for (const [part, value] of Object.entries(list)) yield* allowPartProblems(part, value)
  }
}

function* allowPartProblems(part: string, value: unknown): Generator<RuleProblem> {
  if (!['values', 'stopwords', 'lines', 'paths', 'all', 'matchCase'].includes(part))
    yield { field: 'allow', message: `has no part "${part}"` }
  else if (part === 'all' || part === 'matchCase') {
    if (typeof value !== 'boolean') yield { field: 'allow', message: `${part} must be true or false` }
  } else if (!isTexts(value)) yield { field: 'allow', message: `${part} must be a list of texts` }
  else if (part === 'paths') yield* pathProblems('allow', value)
  else if (part !== 'stopwords') for (const source of value) yield* compileProblems('allow', source, 'i')
}

function* pathProblems(field: string, entries: readonly string[]): Generator<RuleProblem> {
  for (const entry of entries) {
    const pattern = pathPatternOf(entry)
    if (pattern !== undefined) yield* compileProblems(field, pattern, '')
  }
}

function* requiresProblems(requires: unknown): Generator<RuleProblem> {
  if (requires === undefined) return
  if (!Array.isArray(requires)) return yield { field: 'requires', message: 'must be a list' }
  for (const part of requires as Raw[]) {
    if (!isText(part['role'])) yield { field: 'requires', message: 'a part has no role' }
    if (!isText(part['pattern'])) yield { field: 'requires', message: 'a part has no pattern' }
    else yield* compileProblems('requires', part['pattern'], '')
  }
}

/** A checked raw rule in the form that the rest of the program uses. */
export function toRule(raw: Raw, family: string): Rule {
  const examplesOf = (field: string): readonly RuleExample[] =>
    ((raw[field] ?? []) as (string | RuleExample)[]).map((item) => (typeof item === 'string' ? { text: item } : item))
  return {
    confidence: 'high',
    keywords: [],
    references: [],
    ...(raw as Partial<Rule>),
    family,
    examples: examplesOf('examples'),
    counterexamples: examplesOf('counterexamples'),
  } as Rule
}
