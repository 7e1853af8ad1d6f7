// Text in, matches out: keywords first, then the rules' patterns on windows round them. No string is made of bytes without a keyword.
import { allowedReason, isPlaceholder } from './allowlist.js'
import { type Encoded, encodedRuns } from './decode.js'
import { judgeGeneric } from './generic-value.js'
import { KeywordIndex } from './keyword-index.js'
import { findParts } from './parts.js'
import type { Rule } from './rule.js'
import type { RuleSet } from './rule-set.js'
import { checkStructure } from './structure.js'
import type { Chunk, ChunkResult, Match, TextDetector } from './types.js'
import { MAX_MATCH } from './types.js'

/** Bytes looked at on both sides of a keyword. */
const WINDOW = 512
/** What a repeat without a bound is followed for. */
const UNBOUNDED = 4096
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

/** How far after a keyword a match may reach: what the pattern's bounds add up to. */
function reachOf(pattern: string): number {
  const bounded = [...pattern.matchAll(/\{\d+,(\d+)\}|\{(\d+)\}/g)].reduce(
    (sum, [, most, exact]) => sum + Number(most ?? exact),
    0,
  )
  const open = /(?<!\\)[*+](?![*+?]*\))|\{\d+,\}/.test(pattern) ? UNBOUNDED : 0
  return Math.min(MAX_MATCH, Math.max(WINDOW, bounded + open + WINDOW))
}

export function createTextDetector(ruleSet: RuleSet, options: DetectorOptions): TextDetector {
  const rules: CompiledRule[] = ruleSet.rules
    .filter(({ pattern }) => pattern !== undefined)
    .map((rule) => ({ rule, reach: reachOf(rule.pattern ?? ''), pattern: undefined }))
  const keywords = [...new Set(rules.flatMap(({ rule }) => rule.keywords.map((keyword) => keyword.toLowerCase())))]
  const rulesOf = keywords.map((keyword) =>
    rules.flatMap(({ rule }, index) => (rule.keywords.some((own) => own.toLowerCase() === keyword) ? [index] : [])),
  )
  const index = new KeywordIndex(keywords)
  const deadline = options.deadlineMs ?? DEADLINE
  const compiled: Compiled = { rules, rulesOf, keywords, index, deadline }
  return { scan: (chunk) => scanDeep(chunk, compiled, options.maxDecodeDepth) }
}

interface Compiled {
  readonly rules: readonly CompiledRule[]
  readonly rulesOf: readonly (readonly number[])[]
  readonly keywords: readonly string[]
  readonly index: KeywordIndex
  readonly deadline: number
}

/** The chunk as it stands, then what is encoded in it, and in that. A find in encoded text stands at the outermost run. */
function scanDeep(chunk: Chunk, compiled: Compiled, depth: number): ChunkResult {
  const plain = scanChunk(chunk, compiled)
  if (depth <= 0) return plain
  const matches = [...plain.matches]
  const slow = new Set(plain.slow)
  for (const run of encodedRuns(chunk.bytes)) {
    const inner = scanDeep({ ...chunk, bytes: run.decoded, offset: 0 }, compiled, depth - 1)
    for (const id of inner.slow) slow.add(id)
    for (const match of inner.matches) matches.push(outward(match, run, chunk.offset))
  }
  return { matches, slow: [...slow] }
}

/** A find in decoded text, moved to where its encoded form stands. */
function outward(match: Match, run: Encoded, offset: number): Match {
  const at = (position: number, end: boolean) => offset + (run.map?.(position) ?? (end ? run.end : run.start))
  return {
    ...match,
    start: at(match.start, false),
    end: at(match.end, true),
    decodedFrom: [run.encoding, ...match.decodedFrom],
    parts: match.parts.map((part) => ({ ...part, start: at(part.start, false), end: at(part.end, true) })),
  }
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
  const text = latin1(chunk.bytes, window.start, window.end)
  for (const found of text.matchAll(compiled.pattern)) {
    const span = found.indices?.groups?.['secret']
    if (span === undefined) continue
    const match = judge(rule, { text, from: span[0], to: span[1], found }, chunk, window.start)
    if (match !== undefined) yield match
  }
}

interface Found {
  /** The window. */
  readonly text: string
  readonly from: number
  readonly to: number
  readonly found: RegExpExecArray
}

/** A match of a pattern as a Match, or undefined where its rule or its surroundings say that it is none. */
function judge(rule: Rule, { text, from, to: end, found }: Found, chunk: Chunk, base: number): Match | undefined {
  const line = lineAt(text, from, end)
  const to =
    rule.kind === 'generic' && chunk.path === undefined && isWholeEntry(text, found, from) ? lineEnd(text, end) : end
  const value = text.slice(from, to)
  const name = found.groups?.['name'] ?? chunk.key
  const verdict =
    rule.kind === 'generic'
      ? judgeGeneric({
          name: name ?? '',
          value,
          quoted: /["'`]/.test(text[from - 1] ?? ''),
          path: chunk.path,
          binary: text.includes('\0'),
        })
      : { confidence: rule.confidence }
  if (verdict === undefined || (rule.kind === 'service' && isPlaceholder(value))) return undefined
  const parts = findParts(rule, text, from, to)
  if (parts === undefined) return undefined
  const validity = checkStructure(rule.structure, value)
  const allowed = allowedReason(rule, value, line, chunk.path)
  const start = chunk.offset + base
  return {
    ruleId: rule.id,
    start: start + from,
    end: start + to,
    value: Buffer.from(value, 'latin1'),
    confidence: validity === 'implausible' ? 'low' : verdict.confidence,
    decodedFrom: [],
    validity,
    parts: parts.map((part) => ({
      role: part.role,
      start: start + part.start,
      end: start + part.end,
      value: Buffer.from(part.value, 'latin1'),
    })),
    ...('severity' in verdict ? { severity: verdict.severity } : {}),
    ...(name === undefined ? {} : { key: name }),
    ...(allowed === undefined ? {} : { allowed }),
  }
}

/** KEY=value as an image's config has it: the value is all that follows, spaces included. */
function isWholeEntry(text: string, found: RegExpExecArray, from: number): boolean {
  const name = found.groups?.['name']
  return (
    name !== undefined &&
    text[from - 1] === '=' &&
    (found.index === 0 || text[found.index - 1] === '\n') &&
    found[0].startsWith(`${name}=`)
  )
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

function lineAt(text: string, from: number, to: number): string {
  return text.slice(text.lastIndexOf('\n', from) + 1, lineEnd(text, to))
}

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
