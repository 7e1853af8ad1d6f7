// A rule set made ready to scan with: which bytes point to which rule, how far round them to look, and in which files.
import { type AllowTest, compileAllow } from './allowlist.js'
import { pathTest } from './paths.js'
import type { Anchor } from './pattern/anchors.js'
import type { ByteSet } from './pattern/byte-set.js'
import { type Follow, type FollowStart, OPEN } from './pattern/follow.js'
import type { Start } from './pattern/lead.js'
import { runTest } from './pattern/needed-run.js'
import type { Rule } from './rule.js'
import { anchorsOf, type NeededRuns, neededRunsOf } from './rule-anchors.js'

export interface CompiledRule {
  readonly rule: Rule
  /** Compiled on first use: most rules are never needed. */
  readonly pattern: () => RegExp
  /** The same, which matches at its lastIndex only. */
  readonly patternAt: () => RegExp
  /** Whether the pattern may match between two places: false is sure, and cheap. */
  readonly mayMatch: (bytes: Uint8Array, start: number, end: number) => boolean
  readonly inPath: (path: string | undefined) => boolean
  readonly allowed: AllowTest
}

/** What a hit of an anchor means for one rule: bytes to look at before and from its start on. */
export interface AnchorUse {
  readonly rule: number
  readonly before: number
  readonly after: number
  /** Where the rule's match can begin, if that can be told for all of its anchors; `boundary` by its number. */
  readonly start?: Omit<Start, 'boundary'> & { readonly boundary: number; readonly behinds: readonly number[] }
  /** What must come behind the anchor, if anything is known of it: the automaton by its number, and where it starts. */
  readonly follow?: FollowStart & { readonly table: number }
}

/** By anchor. */
export type AnchorUses = readonly (readonly AnchorUse[])[]

/** Sets of bytes that cannot stand before a match, by the number in AnchorUse. */
export type Boundaries = readonly ByteSet[]

/** What can stand beside anchors, by the numbers in AnchorUse. */
export type Follows = readonly Follow[]

/** In their order: what `AnchorUse.rule` counts. */
const withPattern = (rules: readonly Rule[]): readonly Rule[] => rules.filter(({ pattern }) => pattern !== undefined)

/** The rules that have a pattern, ready to be run. `needed`: neededOf() of the same rules. */
export function compileRules(source: readonly Rule[], needed: readonly NeededRuns[]): readonly CompiledRule[] {
  return withPattern(source).map((rule, index) => compileRule(rule, needed[index] ?? null))
}

/** Worked out once and not by each worker: patterns have to be parsed for it. */
export function neededOf(source: readonly Rule[]): readonly NeededRuns[] {
  return withPattern(source).map(neededRunsOf)
}

/** The anchors of all rules, each once, and which rules each of them points to. */
export function anchorUses(source: readonly Rule[]): {
  readonly anchors: readonly Anchor[]
  readonly uses: AnchorUses
  readonly boundaries: Boundaries
  readonly follows: Follows
} {
  const boundaries: ByteSet[] = []
  const follows: Follow[] = []
  const followNumber = (table: Follow): number => {
    const known = follows.indexOf(table)
    return known < 0 ? follows.push(table) - 1 : known
  }
  const followAt = ({ sides }: Anchor): Pick<AnchorUse, 'follow'> =>
    sides === undefined || sides.at.state === OPEN ? {} : { follow: { table: followNumber(sides.follow), ...sides.at } }
  const startOf = ({ start, sides }: Anchor): Pick<AnchorUse, 'start'> => {
    if (start === undefined) return {}
    if (!boundaries.includes(start.boundary)) boundaries.push(start.boundary)
    const behinds = (sides?.behinds ?? []).map(followNumber)
    return { start: { ...start, boundary: boundaries.indexOf(start.boundary), behinds } }
  }
  const anchors: Anchor[] = []
  const uses: AnchorUse[][] = []
  const numbers = new Map<string, number>()
  for (const [index, rule] of withPattern(source).entries()) {
    const own = anchorsOf(rule)
    const isTold = own.every(({ start }) => start !== undefined)
    for (const anchor of own) {
      const key = anchor.sets.map((set) => Buffer.from(set).toString('latin1')).join('')
      let number = numbers.get(key)
      if (number === undefined) {
        number = anchors.push(anchor) - 1
        numbers.set(key, number)
        uses.push([])
      }
      const { before, after } = anchor
      uses[number]?.push({ rule: index, before, after, ...(isTold ? startOf(anchor) : {}), ...followAt(anchor) })
    }
  }
  return { anchors, uses, boundaries, follows }
}

function compileRule(rule: Rule, needed: NeededRuns): CompiledRule {
  let pattern: RegExp | undefined
  let patternAt: RegExp | undefined
  let allowed: AllowTest | undefined
  let test: CompiledRule['mayMatch'] | undefined
  // A window's edges are no edges of the text: ^ and $ stand for lines.
  const compile = (way: 'g' | 'y') => new RegExp(rule.pattern ?? '', `d${way}m${(rule.flags ?? '').replace('m', '')}`)
  return {
    rule,
    pattern: () => (pattern ??= compile('g')),
    patternAt: () => (patternAt ??= compile('y')),
    mayMatch: (bytes, start, end) => {
      if (needed === null) return true
      test ??= runTest(needed)
      return test(bytes, start, end)
    },
    inPath: rule.paths === undefined ? () => true : pathTest(rule.paths),
    allowed: (value, line, path) => {
      allowed ??= compileAllow(rule)
      return allowed(value, line, path)
    },
  }
}
