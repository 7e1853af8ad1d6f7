// Text in, matches out: anchors first, then the rules' patterns on windows round them. No string is made of bytes without an anchor.
import { type CompiledRules, compileRules } from './compiled-rules.js'
import { type Encoded, encodedRuns } from './decode.js'
import { matchWindow } from './matcher.js'
import { createPrefilter, type Prefilter } from './prefilter/prefilter.js'
import type { RuleSet } from './rule-set.js'
import type { Chunk, ChunkResult, Match, TextDetector } from './types.js'
import { Windows } from './windows.js'

/** ms a rule may take on one chunk. */
const DEADLINE = 250

export interface DetectorOptions {
  readonly maxDecodeDepth: number
  readonly deadlineMs?: number
}

interface Engine {
  readonly compiled: CompiledRules
  readonly prefilter: Prefilter
  readonly deadline: number
}

/** Synchronous; reads nothing but the kernel's file. One a thread: it keeps the kernel's memory. */
export function createTextDetector(ruleSet: RuleSet, options: DetectorOptions): TextDetector {
  const compiled = compileRules(ruleSet.rules)
  const engine: Engine = {
    compiled,
    prefilter: createPrefilter(compiled.anchors),
    deadline: options.deadlineMs ?? DEADLINE,
  }
  return { scan: (chunk) => scanDeep(chunk, engine, options.maxDecodeDepth) }
}

/** The chunk as it stands, then what is encoded in it, and in that. A find in encoded text stands at the outermost run. */
function scanDeep(chunk: Chunk, engine: Engine, depth: number): ChunkResult {
  const plain = scanChunk(chunk, engine)
  if (depth <= 0) return plain
  const matches = [...plain.matches]
  const slow = new Set(plain.slow)
  for (const run of encodedRuns(chunk.bytes)) {
    const inner = scanDeep({ ...chunk, bytes: run.decoded, offset: 0 }, engine, depth - 1)
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

function scanChunk(chunk: Chunk, { compiled, prefilter, deadline }: Engine): ChunkResult {
  const windows = new Windows(chunk.bytes.length)
  prefilter.find(chunk.bytes, (anchor, start) => {
    for (const use of compiled.uses[anchor] ?? []) {
      if (compiled.rules[use.rule]?.inPath(chunk.path)) windows.add(use, start)
    }
  })
  const matches: Match[] = []
  const slow: string[] = []
  for (const [index, list] of windows.all()) {
    const rule = compiled.rules[index]
    if (rule === undefined) continue
    const started = performance.now()
    for (const window of list) {
      matches.push(...matchWindow(rule, window, chunk))
      if (performance.now() - started > deadline) {
        slow.push(rule.rule.id)
        break
      }
    }
  }
  return { matches, slow }
}
