// One YAML file of rules -> checked rules. Errors name file, line, rule and what is wrong.
import { isMap, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { RuleError } from '../support/errors.js'
import { yamlWords } from '../support/yaml-words.js'
import type { Rule } from './rule.js'
import { ruleProblems, toRule } from './rule-check.js'
import { expandServices, type ServiceRow, serviceProblem } from './services.js'
import { expandShorthands } from './shorthands.js'

const HINT = 'docs/rules.md explains each field; secretscan rules test checks a pack'

/** The rules in `text`. `file` is for messages. @throws RuleError for the first thing that is wrong. */
export function parseRulePack(text: string, file: string): readonly Rule[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, maxAliasCount: 100 } as Parameters<
    typeof parseDocument
  >[1])
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
  const family = String(root.get('family') ?? 'own')
  const rules = isSeq(list) ? list.items : []
  const rows = isSeq(services) ? services.items : []
  return [
    ...rules.map((item, index) => {
      if (!isMap(item)) throw new RuleError(`${file}: rule ${index + 1} is no map`, { hint: HINT })
      return checkedRule(item, family, file, lines)
    }),
    ...expandServices(
      rows.map((row) => checkedRow(row, file, lines)),
      family,
    ),
  ]
}

function checkedRow(node: unknown, file: string, lines: LineCounter): ServiceRow {
  const row: unknown = isMap(node) ? node.toJSON() : undefined
  const problem = serviceProblem(row)
  if (problem === undefined) return row as ServiceRow
  const line = lines.linePos((isMap(node) && node.range?.[0]) || 0).line
  throw new RuleError(`${file}:${line}: service ${problem}`, { hint: HINT })
}

function checkedRule(item: YAMLMap, family: string, file: string, lines: LineCounter): Rule {
  const raw = withShorthands(item.toJSON() as Record<string, unknown>)
  const [problem] = ruleProblems(raw)
  if (problem === undefined) return toRule(raw, family)
  const node = item.get(problem.field, true) as { range?: [number, number, number] } | undefined
  const line = lines.linePos(node?.range?.[0] ?? item.range?.[0] ?? 0).line
  throw new RuleError(
    `${file}:${line}: rule ${String(raw['id'] ?? '?')}: ${problem.field === '' ? '' : `${problem.field} `}${problem.message}`,
    { hint: HINT },
  )
}

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
