// Text in, matches out: anchors first, then the rules' patterns on windows round them. No string is made of bytes without an anchor.
import { type Attribution, createAttribution } from './attribution.js'
import { type AnchorUses, type Boundaries, type CompiledRule, compileRules, type Follows } from './compiled-rules.js'
import { decodeRuns } from './decode/decode.js'
import type { Encoded } from './decode/encoded.js'
import { unquoted } from './decode/quoted.js'
import { environmentAsLines } from './environment.js'
import { matchWindow } from './matcher.js'
import { createPrefilter, NO_RUNS, type Prefilter, type Runs } from './prefilter/prefilter.js'
import { type PreparedRules, prepareRules } from './prepared-rules.js'
import type { RuleSet } from './rule-set.js'
import { timed } from './timed.js'
import type { Chunk, ChunkResult, Match, TextDetector } from './types.js'
import { type Window, Windows } from './windows.js'

/** ms a rule may take on one chunk. */
const DEADLINE = 250

export interface DetectorOptions {
  readonly maxDecodeDepth: number
  readonly deadlineMs?: number
  /** prepareRules() of the rule set, where that was done before. */
  readonly prepared?: PreparedRules
}

interface Engine {
  readonly rules: readonly CompiledRule[]
  readonly uses: AnchorUses
  readonly boundaries: Boundaries
  readonly follows: Follows
  readonly prefilter: Prefilter
  readonly deadline: number
  readonly attribution: Attribution
}

/** Synchronous; reads nothing but the kernel's file. One a thread: it keeps the kernel's memory. */
export function createTextDetector(ruleSet: RuleSet, options: DetectorOptions): TextDetector {
  const { tables, uses, boundaries, follows, needed } = options.prepared ?? prepareRules(ruleSet)
  const rules = compileRules(ruleSet.rules, needed)
  const engine: Engine = {
    rules,
    uses,
    boundaries,
    follows,
    prefilter: createPrefilter(tables),
    deadline: options.deadlineMs ?? DEADLINE,
    attribution: createAttribution(rules),
  }
  return {
    scan: (chunk) => scanDeep({ ...chunk, bytes: environmentAsLines(chunk.bytes) }, engine, options.maxDecodeDepth),
  }
}

/** The chunk as it stands, then what is encoded in it, and in that. A find in encoded text stands at the outermost run. */
function scanDeep(chunk: Chunk, engine: Engine, depth: number): ChunkResult {
  const windows = findWindows(chunk, engine)
  const runs = depth > 0 ? engine.prefilter.runs() : NO_RUNS
  const { unmatched, ...plain } = matchWindows(chunk, windows, engine)
  if (depth === 0 || (runs === NO_RUNS && unmatched.length === 0)) return plain
  let known: Set<string> | undefined
  const matches = [...plain.matches]
  const slow = new Set(plain.slow)
  for (const run of encodedIn(chunk, runs, unmatched)) {
    const inner = scanDeep({ ...chunk, bytes: run.decoded, offset: 0 }, engine, depth - 1)
    for (const id of inner.slow) slow.add(id)
    if (inner.matches.length === 0) continue
    const at = run.map?.()
    known ??= new Set(plain.matches.map(identity))
    for (const match of inner.matches) {
      const found = outward(match, run, chunk.offset, at)
      // What stands in a region of escapes without one in itself has been found before.
      if (known.has(identity(found))) continue
      known.add(identity(found))
      matches.push(found)
    }
  }
  return { matches, slow: [...slow] }
}

function* encodedIn(chunk: Chunk, runs: Runs, unmatched: readonly Window[]): Generator<Encoded> {
  yield* decodeRuns(chunk.bytes, runs, chunk.offset > 0)
  yield* unquoted(chunk.bytes, unmatched)
}

const identity = ({ ruleId, start, end, value }: Match): string =>
  `${ruleId} ${start} ${end} ${Buffer.from(value).toString('latin1')}`

/** A find in decoded text, moved to where its encoded form stands. */
function outward(match: Match, run: Encoded, offset: number, at?: (position: number) => number): Match {
  const start = (position: number) => offset + (at?.(position) ?? run.start)
  const end = (position: number) => offset + (at?.(position) ?? run.end)
  return {
    ...match,
    start: start(match.start),
    end: end(match.end),
    // An escape that lies beside the value has not encoded it.
    decodedFrom: [run.encoding, ...match.decodedFrom],
    parts: match.parts.map((part) => ({ ...part, start: start(part.start), end: end(part.end) })),
  }
}

function findWindows(chunk: Chunk, { rules, uses, boundaries, follows, prefilter }: Engine): Windows {
  const windows = new Windows(chunk.bytes, boundaries, follows)
  prefilter.find(chunk.bytes, (hits) => {
    for (let index = 0; index < hits.length; index += 2) {
      for (const use of uses[hits[index + 1] as number] ?? []) {
        if (rules[use.rule]?.inPath(chunk.path)) windows.add(use, hits[index] as number)
      }
    }
  })
  return windows
}

/** `unmatched`: windows of named formats in which nothing was found as it stands. */
function matchWindows(
  chunk: Chunk,
  windows: Windows,
  { rules, deadline, attribution }: Engine,
): ChunkResult & { readonly unmatched: readonly Window[] } {
  const matches: Match[] = []
  const unmatched: Window[] = []
  const slow: string[] = []
  for (const [index, list] of windows.all()) {
    const rule = rules[index]
    if (rule === undefined) continue
    let spent = 0
    for (const window of list) {
      const { result, ms } = timed(() => matchWindow(rule, window, chunk), deadline / 10)
      for (const match of result) {
        const ruleId = attribution(match, chunk.bytes, chunk.offset)
        matches.push(ruleId === undefined ? match : { ...match, ruleId })
      }
      if (result.length === 0 && rule.rule.kind === 'format') unmatched.push(window)
      spent += ms
      if (spent > deadline) {
        slow.push(rule.rule.id)
        break
      }
    }
  }
  return { matches, slow, unmatched }
}
