// The anchors of a rule with the reach round each, and the runs that its matches hold: worked out once at build for the built-in rules, when loaded for all others.
import { existsSync, readFileSync } from 'node:fs'
import { asset } from '../support/package-root.js'
import { type Anchor, anchorOf, type PlacedAnchor, patternAnchors } from './pattern/anchors.js'
import { behindsOf, followOf } from './pattern/automaton.js'
import { type ByteSet, shared, singleton } from './pattern/byte-set.js'
import { type FollowEntry, type FollowStart, followEntry, followFrom, OPEN } from './pattern/follow.js'
import { withoutBoundary } from './pattern/lead.js'
import { neededRuns, type RunEntry } from './pattern/needed-run.js'
import { lookWidth, type PatternNode, parsePattern, widthOf } from './pattern/tree.js'
import { MAX_ANCHOR } from './pattern/walk.js'
import type { Rule } from './rule.js'
import { MAX_MATCH } from './types.js'

/** Bytes looked at on both sides of a keyword whose place in the match is not known. */
const WINDOW = 512
/** What a repeat without a bound is followed for. */
const UNBOUNDED = 4096
const NEIGHBOUR = 1

/** Runs one of which every match of a rule holds; null where there are none. */
export type NeededRuns = readonly RunEntry[] | null

/** The asset's form: sets in hexadecimal, and by rule the numbers of its anchors' sets, bytes to see before and from their start on, the fragments, and of the match's beginning least, most and the boundary's set. */
export interface AnchorTable {
  readonly sets: readonly string[]
  readonly rules: Readonly<
    Record<string, readonly (readonly [readonly number[], number, number, number, number, ...(readonly number[])])[]>
  >
  /** By rule: of neededRuns(). */
  readonly runs: Readonly<Record<string, NeededRuns>>
  /** By rule: what is known of the bytes beside its anchors. */
  readonly sides: Readonly<Record<string, SidesEntry>>
}

interface SidesEntry {
  readonly follow: FollowEntry
  readonly behinds: readonly FollowEntry[]
  /** By anchor. */
  readonly starts: readonly FollowStart[]
}

/** The table as it is used. */
interface BuiltIn {
  readonly anchors: ReadonlyMap<string, readonly Anchor[]>
  readonly runs: ReadonlyMap<string, NeededRuns>
}

/** Anchors depend on these alone. */
const keyOf = ({ kind, pattern = '', flags = '', keywords }: Rule): string =>
  [kind, flags, pattern, ...keywords].join('\n')

/** The anchors of `rule`, whose `before` and `after` are the bytes to look at. */
export function anchorsOf(rule: Rule): readonly Anchor[] {
  return builtIn().anchors.get(keyOf(rule)) ?? deriveAnchors(rule)
}

/** neededRuns() of the rule's pattern. */
export function neededRunsOf(rule: Rule): NeededRuns {
  const found = builtIn().runs.get(keyOf(rule))
  return found === undefined ? deriveRuns(rule) : found
}

const deriveRuns = ({ pattern = '', flags }: Rule): NeededRuns => neededRuns(pattern, flags) ?? null

/** The table that anchorsOf() and neededRunsOf() read for built-in rules. */
export function anchorTable(rules: readonly Rule[]): AnchorTable {
  const numbers = new Map<string, number>()
  const numberOf = (set: ByteSet): number => {
    const text = Buffer.from(packed(set)).toString('hex')
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  const told = rules.filter(({ pattern }) => pattern !== undefined)
  const derived = told.map((rule) => [keyOf(rule), deriveAnchors(rule)] as const)
  const entries = derived.map(([key, anchors]) => [
    key,
    anchors.map(
      ({ sets, before, after, fragments, start }) =>
        [
          sets.map(numberOf),
          before,
          after,
          ...fragments,
          ...(start === undefined ? [] : [start.least, start.most, numberOf(start.boundary), Number(start.isRun)]),
        ] as const,
    ),
  ])
  const runs = Object.fromEntries(told.map((rule) => [keyOf(rule), deriveRuns(rule)]))
  const sides = Object.fromEntries(
    derived.flatMap(([key, anchors]) => {
      const entry = sidesEntry(anchors)
      return entry === undefined ? [] : [[key, entry]]
    }),
  )
  return { rules: Object.fromEntries(entries), runs, sides, sets: [...numbers.keys()] }
}

/** Nothing is known of what follows. */
const NOWHERE: FollowStart = { state: OPEN, from: 0 }

function sidesEntry(anchors: readonly Anchor[]): SidesEntry | undefined {
  const first = anchors[0]?.sides
  if (first === undefined) return undefined
  const starts = anchors.map(({ sides }) => sides?.at ?? NOWHERE)
  return { follow: followEntry(first.follow), behinds: first.behinds.map(followEntry), starts }
}

let known: BuiltIn | undefined

function builtIn(): BuiltIn {
  if (known === undefined) {
    const path = asset('anchors.json')
    // Absent only while the build makes it.
    known = existsSync(path)
      ? readTable(JSON.parse(readFileSync(path, 'utf8')) as AnchorTable)
      : { anchors: new Map(), runs: new Map() }
  }
  return known
}

function readTable(table: AnchorTable): BuiltIn {
  const sets = table.sets.map((text) => shared(unpacked(Buffer.from(text, 'hex'))))
  const anchors = new Map(
    Object.entries(table.rules).map(([key, anchors]) => {
      const sides = sidesFrom(table.sides[key])
      return [
        key,
        anchors.map(([numbers, before, after, even, odd, ...start], index) => ({
          sets: numbers.flatMap((number) => sets[number] ?? []),
          before,
          after,
          fragments: [even, odd] as const,
          start: startFrom(start, sets),
          ...sides(index),
        })),
      ]
    }),
  )
  return { anchors, runs: new Map(Object.entries(table.runs)) }
}

function sidesFrom(entry: SidesEntry | undefined): (anchor: number) => Pick<Anchor, 'sides'> {
  if (entry === undefined) return () => ({})
  const [follow, behinds] = [followFrom(entry.follow), entry.behinds.map(followFrom)]
  return (anchor) => ({ sides: { follow, behinds, at: entry.starts[anchor] ?? NOWHERE } })
}

function startFrom([least, most, number, isRun]: readonly number[], sets: readonly ByteSet[]): Anchor['start'] {
  const boundary = sets[number ?? -1]
  if (least === undefined || most === undefined || boundary === undefined) return undefined
  return { least, most, boundary, isRun: isRun === 1 }
}

const packed = (set: ByteSet): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) =>
    set.subarray(index * 8, index * 8 + 8).reduce((bits, flag, bit) => bits | (flag << bit), 0),
  )

const unpacked = (bits: Uint8Array): ByteSet =>
  Uint8Array.from({ length: 256 }, (_, byte) => ((bits[byte >> 3] ?? 0) >> (byte & 7)) & 1)

function deriveAnchors(rule: Rule): readonly Anchor[] {
  const tree = parsePattern(rule.pattern ?? '', rule.flags)
  const proven = patternAnchors(tree, rule.keywords)
  if (proven !== undefined) return withSides(rule, tree, proven).map((anchor) => bounded(anchor, tree))
  const reach = Math.max(WINDOW, Math.min(widthOf(tree).max, UNBOUNDED)) + WINDOW
  return rule.keywords.flatMap((keyword) => keywordAnchor(keyword, reach) ?? []).map((anchor) => bounded(anchor, tree))
}

/**
 * What stands beside anchors is asked of generic rules only, whose words stand everywhere; before named formats not even what cannot stand
 * there: where one is not found, escapes are looked for round its anchors, and the n of `\\n` is no letter of a word.
 */
function withSides({ kind }: Rule, tree: PatternNode, anchors: readonly PlacedAnchor[]): readonly Anchor[] {
  const own = anchors.map(({ begins: _, ...anchor }) => anchor)
  if (kind === 'format')
    return own.map((anchor) => ({ ...anchor, start: anchor.start && withoutBoundary(anchor.start) }))
  if (kind !== 'generic') return own
  const { follow, starts } = followOf(tree, anchors)
  const behinds = behindsOf(tree)
  return own.map((anchor, index) => ({ ...anchor, sides: { follow, behinds, at: starts[index] ?? NOWHERE } }))
}

function keywordAnchor(keyword: string, reach: number): Anchor | undefined {
  const sets = [...Buffer.from(keyword, 'latin1')].map((code) => singleton(code, true))
  return anchorOf(sets.slice(0, MAX_ANCHOR), {
    before: Math.max(WINDOW, reach - WINDOW),
    after: reach,
    start: undefined,
  })
}

function bounded(anchor: Anchor, tree: PatternNode): Anchor {
  const bound = (width: number, open: number, ahead: boolean) =>
    Math.min(MAX_MATCH, Number.isFinite(width) ? width : open) + NEIGHBOUR + Math.min(WINDOW, lookWidth(tree, ahead))
  return { ...anchor, before: bound(anchor.before, WINDOW, false), after: bound(anchor.after, UNBOUNDED, true) }
}
