// A walk through a pattern, byte by byte: what can come next at a place, and which bytes are sure to. Runs no pattern and chooses no anchors.
import { type ByteSet, traitsOf, unionOf } from './byte-set.js'
import { type PatternNode, widthOf } from './tree.js'

/** Longest sequence that is worth comparing; the kernel knows it too. */
export const MAX_ANCHOR = 24
/** Bytes that an anchor has at least. */
export const FRAGMENT = 3
/** Bytes of one set that are worth comparing where a sequence begins with them. */
const ALIKE = 8
/** More states are not followed. */
const MAX_STATES = 300

/** What is still to be matched: a linked list, so that places in the pattern share their tails. */
export interface Rest {
  readonly node: PatternNode
  /** Rounds of a repeat that are done. */
  readonly rounds: number
  readonly next: Rest | undefined
  readonly id: number
}

/** Places that are known, each once. */
export interface Walk {
  readonly known: Map<number, Rest>
  readonly nodes: Map<PatternNode, number>
  /** What sureSets() gave, by the id of where it began. */
  readonly sure: Map<number, readonly ByteSet[]>
}

/** For one pattern. */
export const newWalk = (): Walk => ({ known: new Map(), nodes: new Map(), sure: new Map() })

/** The one object for `node` (after `rounds` of a repeat) and all behind it: places are compared by it. */
export function rest(walk: Walk, node: PatternNode, next: Rest | undefined, rounds = 0): Rest {
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
export function sureSets(walk: Walk, start: Rest): readonly ByteSet[] {
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

/** Most bytes from the place on. */
export const restWidth = (start: Rest | undefined): number => {
  let width = 0
  for (let place = start; place !== undefined; place = place.next) {
    const { max } = widthOf(place.node)
    width += max
  }
  return width
}

/** The bytes of the pattern that can come first. */
export function firstNodes(walk: Walk, start: Rest | undefined): readonly PatternNode[] {
  const found: Step[] = []
  steps(walk, start, found, new Set())
  return found.map(({ node }) => node)
}
