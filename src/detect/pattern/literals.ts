// Texts one of which every match of a pattern contains: keywords for rules that were written without any.
import type { ByteSet } from './byte-set.js'
import { type PatternNode, parsePattern } from './tree.js'

const LEAST = 3
/** Spellings that are still worth listing, of one literal and of all. */
const MOST = 64
/** A place that more characters can take is no part of a literal. */
const MOST_LETTERS = 16

type Literals = readonly string[]

/** The literals, in lower case, or undefined where none of three characters or more can be named. */
export function patternLiterals(pattern: string, flags = ''): Literals | undefined {
  return literalsOf(flattened(parsePattern(pattern, flags)))
}

/** What stands in a row: sequences in sequences opened, short repeats written out. */
function flattened(node: PatternNode): readonly PatternNode[] {
  if (node.type === 'sequence') return node.items.flatMap(flattened)
  if (node.type !== 'repeat' || node.min === 0) return [node]
  const rounds = Array.from({ length: Math.min(node.min, LEAST) }, () => flattened(node.item)).flat()
  // What may follow once more is no neighbour of what comes after the repeat.
  return node.max === node.min && node.min <= LEAST
    ? rounds
    : [...rounds, { type: 'look', item: node, ahead: true, negative: false }]
}

function literalsOf(items: readonly PatternNode[]): Literals | undefined {
  let best: Literals | undefined
  for (let start = 0; start < items.length; start++) {
    const item = items[start]
    best = better(best, item?.type === 'choice' ? ofEach(item.options) : runFrom(items, start))
  }
  return best
}

/** A literal of every option. */
function ofEach(options: readonly PatternNode[]): Literals | undefined {
  const all: string[] = []
  for (const option of options) {
    const literals = literalsOf(flattened(option))
    if (literals === undefined) return undefined
    all.push(...literals)
  }
  return all.length <= MOST ? all : undefined
}

/** Every spelling of the bytes in a row from `start` on. */
function runFrom(items: readonly PatternNode[], start: number): Literals | undefined {
  let spelled: Literals = ['']
  let length = 0
  for (const item of items.slice(start)) {
    if (item.type === 'edge') continue
    const letters = item.type === 'byte' ? lettersOf(item.set) : []
    // A wide place after enough narrow ones only makes the list longer.
    if (letters.length === 0 || spelled.length * letters.length > MOST || (length >= LEAST && letters.length > 1)) break
    spelled = spelled.flatMap((text) => letters.map((letter) => text + letter))
    length++
  }
  return length >= LEAST ? spelled : undefined
}

/** Long ones first, then few ones. */
function better(one: Literals | undefined, other: Literals | undefined): Literals | undefined {
  if (one === undefined || other === undefined) return one ?? other
  const shortest = (literals: Literals) => Math.min(...literals.map(({ length }) => length))
  const gain = shortest(other) - shortest(one)
  return gain > 0 || (gain === 0 && other.length < one.length) ? other : one
}

/** The characters of a set in lower case; none where they are many or cannot be printed. */
function lettersOf(set: ByteSet): Literals {
  const letters = new Set<string>()
  for (let byte = 0; byte < 256; byte++) {
    if (set[byte] !== 1) continue
    if (byte < 0x20 || byte > 0x7e) return []
    letters.add(String.fromCharCode(byte).toLowerCase())
    if (letters.size > MOST_LETTERS) return []
  }
  return [...letters]
}
