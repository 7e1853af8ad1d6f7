// Makes the tables of follow.ts: a pattern's positions as an automaton, wider than the pattern (counts are left out, and of what looks round all
// but the byte right before), so that a byte which it does not take is one that no match has. After Glushkov.
import type { PlacedAnchor } from './anchors.js'
import { ANY_BYTE, type ByteSet, inverse, setOf, traitsOf, unionOf } from './byte-set.js'
import { BEHIND_START, DEAD, type Follow, type FollowStart, MANY, OPEN } from './follow.js'
import { type PatternNode, widthOf } from './tree.js'

/** States of one automaton; what would be another is open. */
const MOST_STATES = 250

/** The bytes of a pattern's text, each a position, with those that can come behind it. */
interface Net {
  readonly sets: ByteSet[]
  readonly behind: Set<number>[]
  readonly numbers: Map<PatternNode, number>
  /** By position what can stand before it, where a look behind says so. */
  readonly before: Map<number, ByteSet>
  /** Positions with which a match can end. */
  last: ReadonlySet<number>
}

interface Part {
  readonly nullable: boolean
  readonly first: ReadonlySet<number>
  readonly last: ReadonlySet<number>
}

const NOTHING: Part = { nullable: true, first: new Set(), last: new Set() }

function position(net: Net, set: ByteSet): Part {
  const own = new Set([net.sets.push(set) - 1])
  net.behind.push(new Set())
  return { nullable: false, first: own, last: own }
}

function connect(net: Net, from: ReadonlySet<number>, to: ReadonlySet<number>): void {
  for (const next of to) {
    const before = net.before.get(next)
    for (const place of from) if (before === undefined || meet(net.sets[place], before)) net.behind[place]?.add(next)
  }
}

/** What a look behind says of the byte right before it. */
function byteBefore(node: PatternNode): ByteSet | undefined {
  if (node.type !== 'look' || node.ahead) return undefined
  if (node.negative) return node.item.type === 'byte' ? inverse(node.item.set) : undefined
  const last = node.item.type === 'sequence' ? node.item.items.at(-1) : node.item
  return last?.type === 'byte' ? last.set : undefined
}

/** A sequence that begins with looks behind is entered through them alone: what they refuse does not come before it. */
function guarded(net: Net, items: readonly PatternNode[], part: Part): Part {
  for (const item of items) {
    if (item.type !== 'look') break
    const before = byteBefore(item)
    if (before !== undefined)
      for (const place of part.first) net.before.set(place, common(net.before.get(place), before))
  }
  return part
}

const common = (one: ByteSet | undefined, other: ByteSet): ByteSet =>
  one === undefined ? other : setOf((byte) => one[byte] === 1 && other[byte] === 1)

function joined(net: Net, one: Part, other: Part): Part {
  connect(net, one.last, other.first)
  return {
    nullable: one.nullable && other.nullable,
    first: one.nullable ? new Set([...one.first, ...other.first]) : one.first,
    last: other.nullable ? new Set([...one.last, ...other.last]) : other.last,
  }
}

function linked(net: Net, node: PatternNode): Part {
  switch (node.type) {
    case 'byte': {
      net.numbers.set(node, net.sets.length)
      return position(net, node.set)
    }
    case 'sequence':
      return guarded(
        net,
        node.items,
        node.items.reduce((part, item) => joined(net, part, linked(net, item)), NOTHING),
      )
    case 'choice': {
      const parts = node.options.map((option) => linked(net, option))
      return {
        nullable: parts.some(({ nullable }) => nullable),
        first: new Set(parts.flatMap(({ first }) => [...first])),
        last: new Set(parts.flatMap(({ last }) => [...last])),
      }
    }
    case 'repeat':
      return repeated(net, linked(net, node.item), node.min, node.max)
    case 'back-reference':
      return repeated(net, position(net, ANY_BYTE), 0, Number.POSITIVE_INFINITY)
    default:
      return NOTHING
  }
}

function repeated(net: Net, part: Part, min: number, max: number): Part {
  if (max > 1) connect(net, part.last, part.first)
  return { ...part, nullable: part.nullable || min === 0 }
}

/** A look ahead at the very end as a byte that it lets stand there; the end of the text is told by itself. */
function withLastLook(tree: PatternNode): PatternNode {
  if (tree.type !== 'sequence') return tree
  const last = tree.items.at(-1)
  if (last?.type !== 'look' || !last.ahead || !last.negative) return tree
  const options = last.item.type === 'choice' ? last.item.options : [last.item]
  const refused = options.flatMap((option) => (option.type === 'byte' ? [option.set] : []))
  if (refused.length === 0) return tree
  return { ...tree, items: [...tree.items.slice(0, -1), { type: 'byte', set: inverse(unionOf(new Set(refused))) }] }
}

function netOf(tree: PatternNode): { readonly net: Net } & Pick<Part, 'first' | 'nullable'> {
  const net: Net = { sets: [], behind: [], numbers: new Map(), before: new Map(), last: new Set() }
  const { first, last, nullable } = linked(net, tree)
  net.last = last
  return { net, first, nullable }
}

/** By byte its class: bytes of one class are in the same sets. */
function classesOfSets(sets: ReadonlySet<ByteSet>): {
  readonly classes: Uint8Array
  readonly members: readonly number[]
} {
  const numbers = new Map<string, number>()
  const members: number[] = []
  const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
    const key = [...sets].map((set) => set[byte]).join('')
    const known = numbers.get(key) ?? numbers.size
    if (known === numbers.size) {
      numbers.set(key, known)
      members.push(byte)
    }
    return known
  })
  return { classes, members }
}

/** The states of a net's automaton, numbered as they are met. */
class States {
  readonly #numbers = new Map<string, number>()
  readonly all: (readonly number[])[] = [[], []]

  /** OPEN where there are too many. */
  numberOf(positions: ReadonlySet<number>): number {
    if (positions.size === 0) return DEAD
    const sorted = [...positions].sort((a, b) => a - b)
    const key = sorted.join(' ')
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    if (this.all.length === MOST_STATES) return OPEN
    this.#numbers.set(key, this.all.length)
    return this.all.push(sorted) - 1
  }
}

function tableOf(net: Net, states: States, most = MANY): Follow {
  const { classes, members } = classesOfSets(new Set(net.sets))
  const width = members.length
  const rows = [new Uint8Array(width), new Uint8Array(width).fill(OPEN)]
  for (let state = OPEN + 1; state < states.all.length; state++) {
    const positions = states.all[state] ?? []
    rows.push(Uint8Array.from(members, (byte) => nextState(net, states, positions, byte)))
  }
  return { classes, next: new Uint8Array(Buffer.concat(rows)), width, most: Math.min(MANY, most) }
}

function nextState(net: Net, states: States, positions: readonly number[], byte: number): number {
  const taken = positions.filter((place) => net.sets[place]?.[byte] === 1)
  return taken.some((place) => net.last.has(place)) ? OPEN : states.numberOf(behindAll(net, taken))
}

const behindAll = (net: Net, places: readonly number[]): ReadonlySet<number> =>
  new Set(places.flatMap((place) => [...(net.behind[place] ?? [])]))

/** One automaton for what comes behind the letters with which the anchors of a pattern begin, and by anchor where it starts. */
export function followOf(
  tree: PatternNode,
  anchors: readonly PlacedAnchor[],
): { readonly follow: Follow; readonly starts: readonly FollowStart[] } {
  const { net } = netOf(withLastLook(tree))
  const states = new States()
  const starts = anchors.map((anchor) => startBehind(net, states, anchor))
  return { follow: tableOf(net, states), starts }
}

function startBehind(net: Net, states: States, { sets, begins }: PlacedAnchor): FollowStart {
  let places: ReadonlySet<number> = new Set(begins.flatMap((node) => net.numbers.get(node) ?? []))
  let from = 0
  for (const set of sets) {
    if (traitsOf(set).letters.length !== 1) break
    const taken = [...places].filter((place) => meet(net.sets[place], set))
    if (taken.some((place) => net.last.has(place))) return { state: OPEN, from }
    places = behindAll(net, taken)
    from++
  }
  return { state: from === 0 || places.size === 0 ? OPEN : states.numberOf(places), from }
}

const meet = (one: ByteSet | undefined, other: ByteSet): boolean =>
  one?.some((flag, byte) => flag === 1 && other[byte] === 1) ?? false

/** Automata for what a pattern demands to stand before a match, to be run backwards from the byte before it: all have to take it. */
export function behindsOf(tree: PatternNode): readonly Follow[] {
  const looks: PatternNode[] = []
  for (const item of tree.type === 'sequence' ? tree.items : [tree]) {
    if (item.type === 'look' && !item.ahead && !item.negative) looks.push(item.item)
    else if (item.type !== 'look' && item.type !== 'edge') break
  }
  return looks.flatMap((look) => {
    const { net, first, nullable } = netOf(reversed(look))
    const states = new States()
    return nullable || states.numberOf(first) !== BEHIND_START ? [] : [tableOf(net, states, widthOf(look).max)]
  })
}

function reversed(node: PatternNode): PatternNode {
  switch (node.type) {
    case 'sequence':
      return { ...node, items: node.items.map(reversed).reverse() }
    case 'choice':
      return { ...node, options: node.options.map(reversed) }
    case 'repeat':
      return { ...node, item: reversed(node.item) }
    case 'look':
      // It would look the other way.
      return { type: 'edge' }
    default:
      return node
  }
}
