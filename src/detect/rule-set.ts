// Which rules a scan uses: the built-in ones (compiled at build, so that no YAML is parsed at start-up), own packs, and what was left out.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RuleError, UsageError } from '../support/errors.js'
import { nearest } from '../support/nearest.js'
import { asset } from '../support/package-root.js'
import { printable, shorten } from '../support/printable.js'
import { whyUnreadable } from '../support/unreadable.js'
import type { Rule, RuleSummary } from './rule.js'
import { parseRulePack } from './rule-pack.js'

/** Raised whenever the engine finds other things with the same rules: caches made before are then not used. */
export const ENGINE_VERSION = 1

export interface RuleSetOptions {
  /** Files or folders of own packs: YAML, or the TOML of gitleaks. */
  readonly packs: readonly string[]
  /** false: without the built-in rules. */
  readonly defaults: boolean
  /** Only these ids; empty: all. */
  readonly only: readonly string[]
  readonly skip: readonly string[]
}

/** Of the built-in rules `rules` is read when it is first asked for: where all layers are known nobody asks. */
export interface RuleSet {
  readonly rules: readonly Rule[]
  readonly ids: readonly string[]
  /** sha256:… over ENGINE_VERSION and what of the rules decides findings: the same where only titles or advice differ. */
  readonly digest: string
}

/** @throws RuleError (file, line, rule, what), UsageError for an id that no rule has. */
export async function loadRuleSet(options: RuleSetOptions): Promise<RuleSet> {
  const builtIn = options.defaults ? builtInRules() : NO_RULES
  const isWhole = [options.packs, options.only, options.skip].every(({ length }) => length === 0)
  if (options.defaults && isWhole) return builtIn
  const rules = new Map<string, Rule>()
  const own = (await Promise.all(options.packs.map(readPack))).flat()
  for (const rule of [...builtIn.rules, ...own]) rules.set(rule.id, rule)
  const isChosen = choiceOf([...rules.keys()], options)
  return ruleSetOf([...rules.values()].filter(({ id }) => isChosen(id)))
}

const NO_RULES: RuleSet = { rules: [], ids: [], digest: '' }

/** As the build wrote them, in ASCII: their digest with them, so that no start works it out. */
function builtInRules(): RuleSet {
  let rules: readonly Rule[] | undefined
  return {
    ...(builtAsset('rule-ids.json') as Pick<RuleSet, 'ids' | 'digest'>),
    get rules() {
      rules ??= builtAsset('rules.json') as readonly Rule[]
      return rules
    },
  }
}

const builtAsset = (name: string): unknown => JSON.parse(readFileSync(asset(name), 'latin1'))

/** Rules with their digest. */
export function ruleSetOf(rules: readonly Rule[]): RuleSet {
  return { rules, ids: rules.map(({ id }) => id), digest: digestOf(rules) }
}

/** An ID that none of `ids` is. */
export function unknownRule(id: string, ids: readonly string[]): UsageError {
  const suggestion = nearest(id, ids)
  const holding = suggestion === undefined && id !== '' ? ids.filter((each) => each.includes(id)).slice(0, 3) : []
  const list = holding.length > 0 ? `Some that hold it: ${holding.join(', ')}. All: ` : 'List them: '
  return new UsageError(`There is no rule "${shorten(printable(id), 60)}".`, {
    hint: suggestion === undefined ? `${list}secretscan rules list` : `Did you mean "${suggestion}"?`,
  })
}

/** Which of the rules `only` and `skip` leave in. @throws UsageError for an id that is not in `ids`, and where nothing is left. */
export function choiceOf(
  ids: readonly string[],
  { only, skip }: Pick<RuleSetOptions, 'only' | 'skip'>,
): (ruleId: string) => boolean {
  const unknown = [...only, ...skip].find((id) => !ids.includes(id))
  if (unknown !== undefined) throw unknownRule(unknown, ids)
  const isChosen = (id: string) => (only.length === 0 || only.includes(id)) && !skip.includes(id)
  if (!ids.some(isChosen))
    throw new UsageError('No rule is left to scan with.', { hint: 'Check --rule, --skip-rule and --no-default-rules.' })
  return isChosen
}

/** What is said of a rule and to people: it decides no finding, so results stay good where it changes. */
const WORDS: ReadonlySet<string> = new Set<keyof Rule>([
  'title',
  'family',
  'remediation',
  'references',
  'examples',
  'counterexamples',
  'generated',
])

function digestOf(rules: readonly Rule[]): string {
  const hash = createHash('sha256').update(`engine ${ENGINE_VERSION}\n`)
  for (const rule of rules)
    hash.update(JSON.stringify(Object.entries(rule).filter(([key]) => !WORDS.has(key)))).update('\n')
  return `sha256:${hash.digest('hex')}`
}

/** What of one rule decides which findings there are: the same where only its words or its severity differ. */
export function ruleDigest(rule: Rule): string {
  const decisive = Object.entries(rule).filter(([key]) => key !== 'severity' && !WORDS.has(key))
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex')
}

/** The rules of a file (YAML, or a gitleaks configuration in TOML) or of a folder of them. @throws RuleError. */
export async function readPack(path: string): Promise<readonly Rule[]> {
  try {
    return (await Promise.all(packFiles(path).map(readFile))).flat()
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new RuleError(`The rules in ${path} cannot be read: ${whyUnreadable(error)}.`, { cause: error })
  }
}

/** The files of the pack at `path`: those of a folder by name, or the file itself. Throws what the system says of it. */
export function packFiles(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => /\.(?:ya?ml|toml)$/.test(name))
    .sort()
    .map((name) => join(path, name))
}

async function readFile(file: string): Promise<readonly Rule[]> {
  const text = readFileSync(file, 'utf8')
  const rules = file.endsWith('.toml') ? await gitleaksRules(text, file) : parseRulePack(text, file)
  return rules.map((rule) => ({ ...rule, own: true }))
}

/** Loaded only where it is wanted: most scans need no TOML. */
async function gitleaksRules(text: string, file: string): Promise<readonly Rule[]> {
  const { parseGitleaksConfig } = await import('./gitleaks/rules.js')
  return parseGitleaksConfig(text, file, (path) => readFileSync(path, 'utf8'))
}

/** What reports need, by rule id. */
export function ruleSummaries(ruleSet: RuleSet): ReadonlyMap<string, RuleSummary> {
  return new Map(
    ruleSet.rules.map(({ id, title, severity, remediation, references }) => [
      id,
      { id, title, severity, remediation, references },
    ]),
  )
}
