// Text in, matches out: keywords first, then the rules' patterns on windows round them. No string is made of bytes without a keyword.
import { allowedReason, isPlaceholder } from './allowlist.js'
import { KeywordIndex } from './keyword-index.js'
import type { Rule } from './rule.js'
import type { RuleSet } from './rule-set.js'
import type { Chunk, ChunkResult, Match, TextDetector } from './types.js'
import { MAX_MATCH } from './types.js'

/** Bytes looked at on both sides of a keyword. */
const WINDOW = 512
/** ms a rule may take on one chunk. */
const DEADLINE = 250

export interface DetectorOptions {
  readonly maxDecodeDepth: number
  readonly deadlineMs?: number
}

interface CompiledRule {
  readonly rule: Rule
  readonly reach: number
  pattern: RegExp | undefined
}

interface Window {
  start: number
  end: number
}

const isMultiline = (rule: Rule): boolean => /PRIVATE KEY|BEGIN/.test(rule.pattern ?? '')

export function createTextDetector(ruleSet: RuleSet, options: DetectorOptions): TextDetector {
  const rules: CompiledRule[] = ruleSet.rules
    .filter(({ pattern }) => pattern !== undefined)
    .map((rule) => ({ rule, reach: isMultiline(rule) ? MAX_MATCH : WINDOW, pattern: undefined }))
  const keywords = [...new Set(rules.flatMap(({ rule }) => rule.keywords.map((keyword) => keyword.toLowerCase())))]
  const rulesOf = keywords.map((keyword) =>
    rules.flatMap(({ rule }, index) => (rule.keywords.some((own) => own.toLowerCase() === keyword) ? [index] : [])),
  )
  const index = new KeywordIndex(keywords)
  const deadline = options.deadlineMs ?? DEADLINE
  return { scan: (chunk) => scanChunk(chunk, { rules, rulesOf, keywords, index, deadline }) }
}

interface Compiled {
  readonly rules: readonly CompiledRule[]
  readonly rulesOf: readonly (readonly number[])[]
  readonly keywords: readonly string[]
  readonly index: KeywordIndex
  readonly deadline: number
}

function scanChunk(chunk: Chunk, compiled: Compiled): ChunkResult {
  const windows = new Map<number, Window[]>()
  compiled.index.find(chunk.bytes, (keyword, end) => {
    const start = end - (compiled.keywords[keyword]?.length ?? 0)
    for (const rule of compiled.rulesOf[keyword] ?? [])
      addWindow(windows, rule, start, end, compiled.rules[rule]?.reach ?? WINDOW, chunk.bytes.length)
  })
  const matches: Match[] = []
  const slow: string[] = []
  for (const [ruleIndex, list] of windows) {
    const compiledRule = compiled.rules[ruleIndex]
    if (compiledRule === undefined) continue
    const started = performance.now()
    for (const window of list) {
      matches.push(...matchWindow(compiledRule, window, chunk))
      if (performance.now() - started > compiled.deadline) {
        slow.push(compiledRule.rule.id)
        break
      }
    }
  }
  return { matches, slow }
}

/** Windows of one rule come in order and are merged where they touch, so that no byte is looked at twice. */
function addWindow(
  windows: Map<number, Window[]>,
  rule: number,
  hitStart: number,
  hitEnd: number,
  reach: number,
  length: number,
): void {
  const start = Math.max(0, hitStart - WINDOW)
  const end = Math.min(length, hitEnd + reach)
  const list = windows.get(rule)
  const last = list?.at(-1)
  if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
  else if (list === undefined) windows.set(rule, [{ start, end }])
  else list.push({ start, end })
}

function* matchWindow(compiled: CompiledRule, window: Window, chunk: Chunk): Generator<Match> {
  const { rule } = compiled
  compiled.pattern ??= new RegExp(rule.pattern ?? '', `dg${rule.flags ?? ''}`)
  const text = Buffer.from(
    chunk.bytes.buffer,
    chunk.bytes.byteOffset + window.start,
    window.end - window.start,
  ).toString('latin1')
  for (const found of text.matchAll(compiled.pattern)) {
    const span = found.indices?.groups?.['secret']
    if (span === undefined) continue
    const [from, to] = span
    const value = text.slice(from, to)
    if (rule.kind === 'generic' && isPlaceholder(value)) continue
    const lineStart = text.lastIndexOf('\n', from) + 1
    const lineEnd = text.indexOf('\n', to)
    const line = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd)
    const allowed = allowedReason(rule, value, line, chunk.path)
    yield {
      ruleId: rule.id,
      start: chunk.offset + window.start + from,
      end: chunk.offset + window.start + to,
      value: Buffer.from(value, 'latin1'),
      confidence: rule.confidence,
      decodedFrom: [],
      validity: 'unchecked',
      parts: [],
      ...(allowed === undefined ? {} : { allowed }),
    }
  }
}
