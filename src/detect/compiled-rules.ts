// A rule set made ready to scan with: which bytes point to which rule, how far round them to look, and in which files.
import { type AllowTest, compileAllow } from './allowlist.js'
import { pathTest } from './paths.js'
import type { Anchor } from './pattern/anchors.js'
import type { Rule } from './rule.js'
import { anchorsOf, neededRunOf } from './rule-anchors.js'

export interface CompiledRule {
  readonly rule: Rule
  /** Compiled on first use: most rules are never needed. */
  readonly pattern: () => RegExp
  /** Whether the pattern may match in the text: false is sure, and cheap. */
  readonly mayMatch: (text: string) => boolean
  readonly inPath: (path: string | undefined) => boolean
  readonly allowed: AllowTest
}

/** What a hit of an anchor means for one rule: bytes to look at before and from its start on. */
export interface AnchorUse {
  readonly rule: number
  readonly before: number
  readonly after: number
}

/** By anchor. */
export type AnchorUses = readonly (readonly AnchorUse[])[]

/** By rule with a pattern: neededRunOf(). */
export type NeededRuns = readonly (string | null)[]

/** In their order: what `AnchorUse.rule` counts. */
const withPattern = (rules: readonly Rule[]): readonly Rule[] => rules.filter(({ pattern }) => pattern !== undefined)

/** The rules that have a pattern, ready to be run. `needed`: neededRuns() of the same rules. */
export function compileRules(source: readonly Rule[], needed: NeededRuns): readonly CompiledRule[] {
  return withPattern(source).map((rule, index) => compileRule(rule, needed[index] ?? null))
}

/** Worked out once and not by each worker: patterns have to be parsed for it. */
export function neededRuns(source: readonly Rule[]): NeededRuns {
  return withPattern(source).map(neededRunOf)
}

/** The anchors of all rules, each once, and which rules each of them points to. */
export function anchorUses(source: readonly Rule[]): {
  readonly anchors: readonly Anchor[]
  readonly uses: AnchorUses
} {
  const anchors: Anchor[] = []
  const uses: AnchorUse[][] = []
  const numbers = new Map<string, number>()
  for (const [index, rule] of withPattern(source).entries()) {
    for (const anchor of anchorsOf(rule)) {
      const key = anchor.sets.map((set) => Buffer.from(set).toString('latin1')).join('')
      let number = numbers.get(key)
      if (number === undefined) {
        number = anchors.push(anchor) - 1
        numbers.set(key, number)
        uses.push([])
      }
      uses[number]?.push({ rule: index, before: anchor.before, after: anchor.after })
    }
  }
  return { anchors, uses }
}

function compileRule(rule: Rule, needed: string | null): CompiledRule {
  let pattern: RegExp | undefined
  let allowed: AllowTest | undefined
  let run: RegExp | undefined
  return {
    rule,
    // A window's edges are no edges of the text: ^ and $ stand for lines.
    pattern: () => (pattern ??= new RegExp(rule.pattern ?? '', `dgm${(rule.flags ?? '').replace('m', '')}`)),
    mayMatch: (text) => {
      if (needed === null) return true
      run ??= new RegExp(needed)
      return run.test(text)
    },
    inPath: rule.paths === undefined ? () => true : pathTest(rule.paths),
    allowed: (value, line, path) => {
      allowed ??= compileAllow(rule)
      return allowed(value, line, path)
    },
  }
}
