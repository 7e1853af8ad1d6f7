// Which bytes must stand in every match of a pattern, and where? Short sequences of byte sets, found without running the pattern.
import { type ByteSet, classesOf, traitsOf } from './byte-set.js'
import type { Follow, FollowStart } from './follow.js'
import { type Lead, leadBehind, NO_LEAD, type Start, startOf } from './lead.js'
import type { PatternNode } from './tree.js'
import { trigramCount, trigramFrequency } from './trigrams.js'
import { FRAGMENT, firstNodes, newWalk, type Rest, rest, restWidth, sureSets, type Walk } from './walk.js'

/** More alternatives of a fragment are not followed. */
const MAX_FRAGMENTS = 64
/** A fragment of one more alternative costs room in the nearest cache: as much as if it stood at one place more in so many. */
const ALTERNATIVE = 1e-6
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

/** `begins`: where anchors that were found begin. */
interface Search extends Walk {
  readonly begins: Map<Anchor, Rest>
  places: number
}

/** How often the kernel has to look closer because of a fragment. */
function fragmentRate(sets: readonly ByteSet[], at: number): number {
  return trigramFrequency(sets, at) * classShare(sets[at + FRAGMENT]) + trigramCount(sets, at) * ALTERNATIVE
}

/** The kernel looks at every second place: of the even offsets and of the odd ones that whose four bytes are few and rare. */
function rarestFragment(sets: readonly ByteSet[], parity: 0 | 1): number | undefined {
  let best: number | undefined
  let least = Number.POSITIVE_INFINITY
  for (let at = -parity; at + FRAGMENT <= sets.length + 1; at += 2) {
    if (trigramCount(sets, at) > MAX_FRAGMENTS) continue
    const rate = fragmentRate(sets, at)
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
function cover(walk: Search, place: Place, accept: Accept): Cover {
  if (++walk.places > MAX_PLACES) return undefined
  const { node, next, lead } = place
  if (node.type === 'sequence') return coverSequence(walk, node.items, place, accept)
  // A sequence that begins with a wide set is found from its narrow part on as well.
  if (node.type === 'byte' && !isNarrow(node)) return undefined
  // What has no width is seen by what comes behind it, which knows that it stands before.
  if (node.type === 'look' || node.type === 'edge') return undefined
  const here = rest(walk, node, next)
  const sets = sureSets(walk, here)
  const reach = { before: lead.max, after: restWidth(here), start: startOf(lead) }
  const own = accept(sets) ? anchorOf(sets, reach) : undefined
  if (own !== undefined) walk.begins.set(own, here)
  return rarer(own === undefined ? undefined : [own], coverInside(walk, place, accept))
}

function coverInside(walk: Search, { node, next, lead }: Place, accept: Accept): Cover {
  if (node.type === 'choice') return coverAll(walk, node.options, next, lead, accept)
  if (node.type !== 'repeat' || node.min === 0 || node.max === 0) return undefined
  return cover(walk, { node: node.item, next: rest(walk, node, next, 1), lead }, accept)
}

/** Anchors of each option, or undefined where one has none. */
function coverAll(
  walk: Search,
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
  walk: Search,
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
  const walk: Search = { ...newWalk(), begins: new Map(), places: 0 }
  const lower = keywords.map((keyword) => keyword.toLowerCase())
  const found = cover(walk, { node: tree, next: undefined, lead: NO_LEAD }, (sets) => holdsKeyword(sets, lower))
  return found?.map((anchor) => ({ ...anchor, begins: firstNodes(walk, walk.begins.get(anchor)) }))
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
