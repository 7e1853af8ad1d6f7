// Which bytes must stand in every match of a pattern, and where? Short sequences of byte sets, found without running the pattern.
import { type ByteSet, classesOf, traitsOf, unionOf } from './byte-set.js'
import type { Follow, FollowStart } from './follow.js'
import { type Lead, leadBehind, NO_LEAD, type Start, startOf } from './lead.js'
import { type PatternNode, widthOf } from './tree.js'
import { trigramCount, trigramFrequency } from './trigrams.js'

/** Longest sequence that is worth comparing; the kernel knows it too. */
export const MAX_ANCHOR = 24
const FRAGMENT = 3
/** Bytes of one set that are worth comparing where an anchor begins with them. */
const ALIKE = 8
/** States of the walk and alternatives of a fragment above these are not followed. */
const MAX_STATES = 300
const MAX_FRAGMENTS = 64
/** Places of one pattern that are tried. */
const MAX_PLACES = 3000

export interface Anchor {
  /** One set a byte, in order; at least three. */
  readonly sets: readonly ByteSet[]
  /** Offsets in `sets` of the four bytes that are rarest, an even one and an odd one: from -1, and up to the anchor's end and beyond. */
  readonly fragments: readonly [number, number]
  /** Most bytes of the match before the anchor, and from its first byte on; may be Infinity. */
  readonly before: number
  readonly after: number
  /** Where the match begins; undefined where that cannot be told. */
  readonly start: Start | undefined
  readonly sides?: Sides
}

/** What is known of the bytes beside an anchor. */
export interface Sides {
  /** Of what comes behind its first letters, and where that begins. */
  readonly follow: Follow
  readonly at: FollowStart
  /** Of what stands before the match, where its beginning is known. */
  readonly behinds: readonly Follow[]
}

/** `begins`: the bytes of the pattern at which it can begin. */
export interface PlacedAnchor extends Anchor {
  readonly begins: readonly PatternNode[]
}

/** What is still to be matched: a linked list, so that places in the pattern share their tails. */
interface Rest {
  readonly node: PatternNode
  /** Rounds of a repeat that are done. */
  readonly rounds: number
  readonly next: Rest | undefined
  readonly id: number
}

interface Walk {
  readonly known: Map<number, Rest>
  readonly nodes: Map<PatternNode, number>
  /** Anchors by the id of where they begin. */
  readonly sure: Map<number, readonly ByteSet[]>
  readonly begins: Map<Anchor, Rest>
  places: number
}

function rest(walk: Walk, node: PatternNode, next: Rest | undefined, rounds = 0): Rest {
  let number = walk.nodes.get(node)
  if (number === undefined) {
    number = walk.nodes.size
    walk.nodes.set(node, number)
  }
  // Nodes, rounds and rests are counted in thousands at most: together they stay exact.
  const key = (number * 20_000 + rounds) * 2_000_000 + (next?.id ?? -1) + 1
  let known = walk.known.get(key)
  if (known === undefined) {
    known = { node, rounds, next, id: walk.known.size }
    walk.known.set(key, known)
  }
  return known
}

interface Step {
  readonly node: PatternNode
  readonly set: ByteSet
  readonly rest: Rest | undefined
}

/** The bytes that can come next, each with what then remains; false where the match may be over. */
function steps(walk: Walk, start: Rest | undefined, into: Step[], seen: Set<number>): boolean {
  if (start === undefined) return false
  if (seen.has(start.id)) return true
  seen.add(start.id)
  const { node, next, rounds } = start
  switch (node.type) {
    case 'byte':
      into.push({ node, set: node.set, rest: next })
      return true
    case 'sequence':
      return steps(
        walk,
        node.items.reduceRight((tail, item) => rest(walk, item, tail), next),
        into,
        seen,
      )
    case 'choice':
      return node.options.map((option) => steps(walk, rest(walk, option, next), into, seen)).every(Boolean)
    case 'repeat': {
      const done = Math.min(rounds + 1, node.max === Number.POSITIVE_INFINITY ? node.min : node.max)
      const again =
        rounds < node.max ? steps(walk, rest(walk, node.item, rest(walk, node, next, done)), into, seen) : true
      return rounds >= node.min ? steps(walk, next, into, seen) && again : again
    }
    case 'back-reference':
      return false
    default:
      return steps(walk, next, into, seen)
  }
}

/** The sets of the bytes that every match has from `start` on, as far as they are sure. */
function sureSets(walk: Walk, start: Rest): readonly ByteSet[] {
  const known = walk.sure.get(start.id)
  if (known !== undefined) return known
  const sets: ByteSet[] = []
  walk.sure.set(start.id, sets)
  let states: readonly (Rest | undefined)[] = [start]
  while (sets.length < MAX_ANCHOR) {
    const found: Step[] = []
    const seen = new Set<number>()
    if (!states.map((state) => steps(walk, state, found, seen)).every(Boolean)) break
    if (found.length === 0 || found.length > MAX_STATES) break
    const set = unionOf(new Set(found.map(({ set: one }) => one)))
    // No keyword begins here: where the pattern becomes narrow later, that is a place of its own.
    if (sets.length < FRAGMENT && traitsOf(set).letters.length === 0) break
    // "AAAA…": where eight of them stand, another one tells little, and in a text of nothing else all are compared at each place.
    if (sets.length >= ALIKE && sets.every((other) => other === set)) break
    sets.push(set)
    states = [...new Set(found.map(({ rest: remaining }) => remaining))]
  }
  return sets
}

/** The kernel looks at every second place: of the even offsets and of the odd ones that whose four bytes are few and rare. */
function rarestFragment(sets: readonly ByteSet[], parity: 0 | 1): number | undefined {
  let best: number | undefined
  let least = Number.POSITIVE_INFINITY
  for (let at = -parity; at + FRAGMENT <= sets.length + 1; at += 2) {
    if (trigramCount(sets, at) > MAX_FRAGMENTS) continue
    const rate = trigramFrequency(sets, at) * classShare(sets[at + FRAGMENT])
    if (rate < least) {
      least = rate
      best = at
    }
  }
  return best
}

/** An anchor of given sets, or undefined where no three of them are narrow enough. */
export function anchorOf(
  sets: readonly ByteSet[],
  { before, after, start }: Pick<Anchor, 'before' | 'after' | 'start'>,
): Anchor | undefined {
  const even = rarestFragment(sets, 0)
  const odd = rarestFragment(sets, 1)
  return even === undefined || odd === undefined ? undefined : { sets, fragments: [even, odd], before, after, start }
}

/** The share of bytes that are in one class with a byte of the set. */
function classShare(set: ByteSet | undefined): number {
  const classes = classesOf(set)
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (classes >> bit) & 1).length / 8
}

/** How often anchors are expected to be hit, for comparison. */
function rateOf(anchors: readonly Anchor[]): number {
  return anchors.reduce((sum, { sets }) => sum + sets.reduce((product, set) => product * traitsOf(set).frequency, 1), 0)
}

const restWidth = (start: Rest | undefined): number => {
  let width = 0
  for (let place = start; place !== undefined; place = place.next) {
    const { max } = widthOf(place.node)
    width += max
  }
  return width
}

/** Is an anchor as a rule's keywords demand it? */
type Accept = (sets: readonly ByteSet[]) => boolean
interface Place {
  readonly node: PatternNode
  readonly next: Rest | undefined
  readonly lead: Lead
}
type Cover = readonly Anchor[] | undefined

const rarer = (one: Cover, other: Cover): Cover =>
  one === undefined || (other !== undefined && rateOf(other) < rateOf(one)) ? other : one

/** The best anchors one of which is in every match of the node, or undefined. */
function cover(walk: Walk, place: Place, accept: Accept): Cover {
  if (++walk.places > MAX_PLACES) return undefined
  const { node, next, lead } = place
  if (node.type === 'sequence') return coverSequence(walk, node.items, place, accept)
  // A sequence that begins with a wide set is found from its narrow part on as well.
  if (node.type === 'byte' && !isNarrow(node)) return undefined
  const here = rest(walk, node, next)
  const sets = sureSets(walk, here)
  const reach = { before: lead.max, after: restWidth(here), start: startOf(lead) }
  const own = accept(sets) ? anchorOf(sets, reach) : undefined
  if (own !== undefined) walk.begins.set(own, here)
  return rarer(own === undefined ? undefined : [own], coverInside(walk, place, accept))
}

function coverInside(walk: Walk, { node, next, lead }: Place, accept: Accept): Cover {
  if (node.type === 'choice') return coverAll(walk, node.options, next, lead, accept)
  if (node.type !== 'repeat' || node.min === 0 || node.max === 0) return undefined
  return cover(walk, { node: node.item, next: rest(walk, node, next, 1), lead }, accept)
}

/** Anchors of each option, or undefined where one has none. */
function coverAll(
  walk: Walk,
  options: readonly PatternNode[],
  next: Rest | undefined,
  lead: Lead,
  accept: Accept,
): Cover {
  const anchors: Anchor[] = []
  for (const option of options) {
    const found = cover(walk, { node: option, next, lead }, accept)
    if (found === undefined) return undefined
    anchors.push(...found)
  }
  return anchors
}

/** Each item by itself, and each choice together with the narrow bytes before it ("sk_" of sk_(?:live|test)_). */
function coverSequence(
  walk: Walk,
  items: readonly PatternNode[],
  place: Pick<Place, 'next' | 'lead'>,
  accept: Accept,
): Cover {
  let best: Cover
  let { lead } = place
  let prefix: PatternNode[] = []
  let prefixLead = lead
  for (const [index, item] of items.entries()) {
    const tail = items.slice(index + 1)
    const after = tail.reduceRight<Rest | undefined>((end, other) => rest(walk, other, end), place.next)
    best = rarer(best, cover(walk, { node: item, next: after, lead }, accept))
    const options = optionsOf(item)
    if (options !== undefined && prefix.length > 0) {
      const spelled = options.map((option): PatternNode => ({ type: 'sequence', items: [...prefix, ...flat(option)] }))
      best = rarer(best, coverAll(walk, spelled, after, prefixLead, accept))
    }
    lead = leadBehind(lead, item)
    if (isNarrow(item)) prefix.push(item)
    else {
      prefix = []
      prefixLead = lead
    }
  }
  return best
}

const isNarrow = (node: PatternNode): boolean => node.type === 'byte' && traitsOf(node.set).letters.length > 0
const flat = (node: PatternNode): readonly PatternNode[] => (node.type === 'sequence' ? node.items : [node])
const NOTHING: PatternNode = { type: 'sequence', items: [] }

/** What stands in the place of a choice or of an optional item. */
function optionsOf(node: PatternNode): readonly PatternNode[] | undefined {
  if (node.type === 'choice') return node.options
  return node.type === 'repeat' && node.min === 0 && node.max === 1 ? [node.item, NOTHING] : undefined
}

/**
 * Anchors of `tree`: every match contains one of them, and each holds one of the keywords (so that a rule's keywords mean what they
 * say). undefined where that cannot be shown.
 */
export function patternAnchors(tree: PatternNode, keywords: readonly string[]): readonly PlacedAnchor[] | undefined {
  const walk: Walk = { known: new Map(), nodes: new Map(), sure: new Map(), begins: new Map(), places: 0 }
  const lower = keywords.map((keyword) => keyword.toLowerCase())
  const found = cover(walk, { node: tree, next: undefined, lead: NO_LEAD }, (sets) => holdsKeyword(sets, lower))
  return found?.map((anchor) => ({ ...anchor, begins: firstNodes(walk, walk.begins.get(anchor)) }))
}

function firstNodes(walk: Walk, start: Rest | undefined): readonly PatternNode[] {
  const found: Step[] = []
  steps(walk, start, found, new Set())
  return found.map(({ node }) => node)
}

/** Does each text that the sets allow hold a keyword? Shown by spelling out narrow sets. */
function holdsKeyword(sets: readonly ByteSet[], keywords: readonly string[]): boolean {
  let spellings = ['']
  for (const set of sets) {
    const { letters } = traitsOf(set)
    const narrow = letters.length > 0 && spellings.length * letters.length <= MAX_FRAGMENTS
    spellings = narrow
      ? spellings.flatMap((text) => letters.map((letter) => text + letter))
      : spellings.map((text) => `${text}\0`)
  }
  return spellings.every((text) => keywords.some((keyword) => text.includes(keyword)))
}
