// One YAML file of rules -> checked rules. Errors name file, line, rule and what is wrong.
import { isMap, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { RuleError } from '../support/errors.js'
import type { Rule } from './rule.js'
import { ruleProblems, toRule } from './rule-check.js'

const HINT = 'docs/rules.md explains each field; secretscan rules test checks a pack'

/** The rules in `text`. `file` is for messages. @throws RuleError for the first thing that is wrong. */
export function parseRulePack(text: string, file: string): readonly Rule[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, maxAliasCount: 100 } as Parameters<
    typeof parseDocument
  >[1])
  const [syntax] = document.errors
  if (syntax !== undefined)
    throw new RuleError(`${file}:${lines.linePos(syntax.pos[0]).line}: ${syntax.message.split('\n')[0]}`, {
      hint: HINT,
    })
  const root = document.contents
  const list = isMap(root) ? root.get('rules', true) : undefined
  if (!isMap(root) || !isSeq(list))
    throw new RuleError(`${file}: a rule pack is a map with a list "rules"`, { hint: HINT })
  const family = String(root.get('family') ?? 'own')
  return list.items.map((item, index) => {
    if (!isMap(item)) throw new RuleError(`${file}: rule ${index + 1} is no map`, { hint: HINT })
    return checkedRule(item, family, file, lines)
  })
}

function checkedRule(item: YAMLMap, family: string, file: string, lines: LineCounter): Rule {
  const raw = item.toJSON() as Record<string, unknown>
  const [problem] = ruleProblems(raw)
  if (problem === undefined) return toRule(raw, family)
  const node = item.get(problem.field, true) as { range?: [number, number, number] } | undefined
  const line = lines.linePos(node?.range?.[0] ?? item.range?.[0] ?? 0).line
  throw new RuleError(
    `${file}:${line}: rule ${String(raw['id'] ?? '?')}: ${problem.field === '' ? '' : `${problem.field} `}${problem.message}`,
    { hint: HINT },
  )
}
