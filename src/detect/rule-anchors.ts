// The anchors of a rule with the reach round each: worked out once at build for the built-in rules, when loaded for all others.
import { existsSync, readFileSync } from 'node:fs'
import { asset } from '../support/package-root.js'
import { type Anchor, anchorOf, MAX_ANCHOR, patternAnchors } from './pattern/anchors.js'
import { type ByteSet, shared, singleton } from './pattern/byte-set.js'
import { lookWidth, type PatternNode, parsePattern, widthOf } from './pattern/tree.js'
import type { Rule } from './rule.js'
import { MAX_MATCH } from './types.js'

/** Bytes looked at on both sides of a keyword whose place in the match is not known. */
const WINDOW = 512
/** What a repeat without a bound is followed for. */
const UNBOUNDED = 4096
const NEIGHBOUR = 1

/** The asset's form: sets in hexadecimal, and by rule the numbers of its anchors' sets, bytes to see before and from their start on, the fragments. */
export interface AnchorTable {
  readonly sets: readonly string[]
  readonly rules: Readonly<Record<string, readonly (readonly [readonly number[], number, number, number, number])[]>>
}

/** Anchors depend on these alone. */
const keyOf = ({ pattern = '', flags = '', keywords }: Rule): string => [flags, pattern, ...keywords].join('\n')

/** The anchors of `rule`, whose `before` and `after` are the bytes to look at. */
export function anchorsOf(rule: Rule): readonly Anchor[] {
  return builtInAnchors().get(keyOf(rule)) ?? deriveAnchors(rule)
}

/** The table that anchorsOf() reads for built-in rules. */
export function anchorTable(rules: readonly Rule[]): AnchorTable {
  const numbers = new Map<string, number>()
  const numberOf = (set: ByteSet): number => {
    const text = Buffer.from(packed(set)).toString('hex')
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  const entries = rules
    .filter(({ pattern }) => pattern !== undefined)
    .map((rule) => [
      keyOf(rule),
      deriveAnchors(rule).map(
        ({ sets, before, after, fragments }) => [sets.map(numberOf), before, after, ...fragments] as const,
      ),
    ])
  return { rules: Object.fromEntries(entries), sets: [...numbers.keys()] }
}

let known: ReadonlyMap<string, readonly Anchor[]> | undefined

function builtInAnchors(): ReadonlyMap<string, readonly Anchor[]> {
  if (known === undefined) {
    const path = asset('anchors.json')
    // Absent only while the build makes it.
    known = existsSync(path) ? readTable(JSON.parse(readFileSync(path, 'utf8')) as AnchorTable) : new Map()
  }
  return known
}

function readTable(table: AnchorTable): ReadonlyMap<string, readonly Anchor[]> {
  const sets = table.sets.map((text) => shared(unpacked(Buffer.from(text, 'hex'))))
  return new Map(
    Object.entries(table.rules).map(([key, anchors]) => [
      key,
      anchors.map(([numbers, before, after, even, odd]) => ({
        sets: numbers.flatMap((number) => sets[number] ?? []),
        before,
        after,
        fragments: [even, odd] as const,
      })),
    ]),
  )
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
  if (proven !== undefined) return proven.map((anchor) => bounded(anchor, tree))
  const reach = Math.max(WINDOW, Math.min(widthOf(tree).max, UNBOUNDED)) + WINDOW
  return rule.keywords.flatMap((keyword) => keywordAnchor(keyword, reach) ?? []).map((anchor) => bounded(anchor, tree))
}

function keywordAnchor(keyword: string, reach: number): Anchor | undefined {
  const sets = [...Buffer.from(keyword, 'latin1')].map((code) => singleton(code, true))
  return anchorOf(sets.slice(0, MAX_ANCHOR), Math.max(WINDOW, reach - WINDOW), reach)
}

function bounded(anchor: Anchor, tree: PatternNode): Anchor {
  const margin = NEIGHBOUR + Math.min(WINDOW, lookWidth(tree))
  const bound = (width: number, open: number) => Math.min(MAX_MATCH, Number.isFinite(width) ? width : open) + margin
  return { ...anchor, before: bound(anchor.before, WINDOW), after: bound(anchor.after, UNBOUNDED) }
}
