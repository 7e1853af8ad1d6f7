// One YAML file of rules -> checked rules. Errors name file, line, rule and what is wrong.
import { type Document, isMap, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { RuleError } from '../support/errors.js'
import { yamlWords } from '../support/yaml-words.js'
import type { Rule } from './rule.js'
import { ruleProblems, toRule } from './rule-check.js'
import { expandServices, type ServiceRow, serviceProblem } from './services.js'
import { expandShorthands } from './shorthands.js'

const HINT = 'docs/rules.md explains each field; secretscan rules test checks a pack'
/** Nodes that the aliases of a rule may stand for: more are made to fill the memory. */
const MOST_ALIASED = 1000

/** A pack under way, and what its errors name. */
interface Pack {
  readonly file: string
  readonly lines: LineCounter
  readonly document: Document
}

/** The rules in `text`. `file` is for messages. @throws RuleError for the first thing that is wrong. */
export function parseRulePack(text: string, file: string): readonly Rule[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [syntax] = document.errors
  if (syntax !== undefined)
    throw new RuleError(`${file}:${lines.linePos(syntax.pos[0]).line}: not valid YAML: ${yamlWords(syntax.code)}.`, {
      hint: HINT,
    })
  const root = document.contents
  const list = isMap(root) ? root.get('rules', true) : undefined
  const services = isMap(root) ? root.get('services', true) : undefined
  if (!isMap(root) || !(isSeq(list) || isSeq(services)))
    throw new RuleError(`${file}: a rule pack is a map with a list "rules" or "services"`, { hint: HINT })
  const pack: Pack = { file, lines, document }
  const family = String(root.get('family') ?? 'own')
  const rules = isSeq(list) ? list.items : []
  const rows = isSeq(services) ? services.items : []
  return [
    ...rules.map((item, index) => {
      if (!isMap(item)) throw new RuleError(`${file}: rule ${index + 1} is no map`, { hint: HINT })
      return checkedRule(item, family, pack)
    }),
    ...expandServices(
      rows.map((row) => checkedRow(row, pack)),
      family,
    ),
  ]
}

function checkedRow(node: unknown, pack: Pack): ServiceRow {
  const row: unknown = isMap(node) ? plain(node, pack) : undefined
  const problem = serviceProblem(row)
  if (problem === undefined) return row as ServiceRow
  throw new RuleError(`${placeOf(isMap(node) ? node : undefined, pack)}: service ${problem}`, { hint: HINT })
}

function checkedRule(item: YAMLMap, family: string, pack: Pack): Rule {
  const raw = withShorthands(plain(item, pack))
  const [problem] = ruleProblems(raw)
  if (problem === undefined) return toRule(raw, family)
  const node = item.get(problem.field, true) as YAMLMap | undefined
  throw new RuleError(
    `${placeOf(node?.range ? node : item, pack)}: rule ${String(raw['id'] ?? '?')}: ${problem.field === '' ? '' : `${problem.field} `}${problem.message}`,
    { hint: HINT },
  )
}

/** The map's values, with what its aliases stand for. */
function plain(item: YAMLMap, pack: Pack): Record<string, unknown> {
  try {
    return item.toJS(pack.document, { maxAliasCount: MOST_ALIASED }) as Record<string, unknown>
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw new RuleError(`${placeOf(item, pack)}: an alias stands for too much, or for what comes behind it`, {
      hint: HINT,
    })
  }
}

const placeOf = (node: Pick<YAMLMap, 'range'> | undefined, { file, lines }: Pack): string =>
  `${file}:${lines.linePos(node?.range?.[0] ?? 0).line}`

/** The rule with the shorthands of its patterns written out. */
function withShorthands(raw: Record<string, unknown>): Record<string, unknown> {
  const { pattern, requires } = raw
  return {
    ...raw,
    ...(typeof pattern === 'string' ? { pattern: expandShorthands(pattern) } : {}),
    ...(Array.isArray(requires) ? { requires: requires.map(withShorthandsPart) } : {}),
  }
}

function withShorthandsPart(part: unknown): unknown {
  const pattern = (part as { readonly pattern?: unknown } | null)?.pattern
  return typeof pattern === 'string' ? { ...(part as object), pattern: expandShorthands(pattern) } : part
}
