// A regular expression as a tree over bytes: what anchors, widths, safety and hostile inputs are worked out from. It does not match.
import {
  ANY_BYTE,
  type ByteSet,
  DIGIT,
  inverse,
  NOT_LINE_END,
  SPACE,
  setOf,
  shared,
  singleton,
  union,
  WORD,
  withBothCases,
} from './byte-set.js'

export type PatternNode =
  | { readonly type: 'byte'; readonly set: ByteSet }
  | { readonly type: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly type: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number }
  | { readonly type: 'look'; readonly item: PatternNode; readonly ahead: boolean; readonly negative: boolean }
  /** ^, $, \b, \B: no width, but they look at the neighbour. */
  | { readonly type: 'edge' }
  | { readonly type: 'back-reference' }

interface Reader {
  readonly source: string
  readonly flags: string
  at: number
}

/** The tree of `source`, which must be a valid JavaScript pattern (flags i, m, s; no u). */
export function parsePattern(source: string, flags = ''): PatternNode {
  return choice({ source, flags, at: 0 })
}

function choice(reader: Reader): PatternNode {
  const options: PatternNode[] = []
  for (;;) {
    options.push(sequence(reader))
    if (reader.source[reader.at] !== '|') break
    reader.at++
  }
  return options.length === 1 && options[0] !== undefined ? options[0] : { type: 'choice', options }
}

function sequence(reader: Reader): PatternNode {
  const items: PatternNode[] = []
  while (reader.at < reader.source.length && !/[|)]/.test(reader.source.charAt(reader.at)))
    items.push(quantified(reader, atom(reader)))
  return items.length === 1 && items[0] !== undefined ? items[0] : { type: 'sequence', items }
}

function quantified(reader: Reader, item: PatternNode): PatternNode {
  const match = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(reader.source.slice(reader.at, reader.at + 24))
  if (match === null) return item
  reader.at += match[0].length
  const [, sign, least, comma, most] = match
  if (sign !== undefined)
    return { type: 'repeat', item, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Number.POSITIVE_INFINITY }
  const min = Number(least)
  const max = comma === '' ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most)
  return { type: 'repeat', item, min, max }
}

function atom(reader: Reader): PatternNode {
  const character = reader.source.charAt(reader.at++)
  if (character === '(') return group(reader)
  if (character === '[') return { type: 'byte', set: folded(reader, classSet(reader)) }
  if (character === '^' || character === '$') return { type: 'edge' }
  if (character === '.') return { type: 'byte', set: reader.flags.includes('s') ? ANY_BYTE : NOT_LINE_END }
  if (character === '\\') return escaped(reader)
  return { type: 'byte', set: ownSet(reader, character.charCodeAt(0)) }
}

function group(reader: Reader): PatternNode {
  const opening =
    /^\?(?:[:=!]|<[=!]|<[A-Za-z_$][\w$]*>)/.exec(reader.source.slice(reader.at, reader.at + 80))?.[0] ?? ''
  reader.at += opening.length
  const item = choice(reader)
  reader.at++
  if (/^\?<?[=!]$/.test(opening))
    return { type: 'look', item, ahead: !opening.includes('<'), negative: opening.endsWith('!') }
  return item
}

const ownSet = (reader: Reader, code: number): ByteSet => singleton(code, reader.flags.includes('i'))
const folded = (reader: Reader, set: ByteSet): ByteSet => shared(reader.flags.includes('i') ? withBothCases(set) : set)

const SHORTHANDS: Readonly<Record<string, ByteSet>> = {
  d: DIGIT,
  D: inverse(DIGIT),
  w: WORD,
  W: inverse(WORD),
  s: SPACE,
  S: inverse(SPACE),
}
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, '0': 0 }

/** Reads what follows a backslash: the set of a shorthand, or one character's code. */
function escapeValue(reader: Reader): ByteSet | number {
  const letter = reader.source.charAt(reader.at++)
  const shorthand = SHORTHANDS[letter]
  if (shorthand !== undefined) return shorthand
  const control = CONTROLS[letter]
  if (control !== undefined) return control
  const digits = { x: 2, u: 4 }[letter]
  const hex = digits === undefined ? '' : reader.source.slice(reader.at, reader.at + digits)
  if (digits !== undefined && /^[0-9a-f]+$/i.test(hex) && hex.length === digits) {
    reader.at += digits
    return Number.parseInt(hex, 16)
  }
  if (letter === 'c') return reader.source.charCodeAt(reader.at++) & 0x1f
  return letter.charCodeAt(0)
}

function escaped(reader: Reader): PatternNode {
  const letter = reader.source.charAt(reader.at)
  if (letter === 'b' || letter === 'B') {
    reader.at++
    return { type: 'edge' }
  }
  const reference = /^(?:[1-9]\d*|k<[^>]*>)/.exec(reader.source.slice(reader.at))?.[0]
  if (reference !== undefined) {
    reader.at += reference.length
    return { type: 'back-reference' }
  }
  const value = escapeValue(reader)
  return { type: 'byte', set: typeof value === 'number' ? ownSet(reader, value) : folded(reader, value) }
}

function classSet(reader: Reader): ByteSet {
  const negated = reader.source[reader.at] === '^'
  if (negated) reader.at++
  const set: ByteSet = new Uint8Array(256)
  while (reader.at < reader.source.length && reader.source[reader.at] !== ']') {
    const from = classMember(reader)
    const isRange = reader.source[reader.at] === '-' && !/^-?\]/.test(reader.source.slice(reader.at + 1, reader.at + 2))
    if (!isRange || typeof from !== 'number') {
      union(set, typeof from === 'number' ? singleton(from) : from)
      continue
    }
    reader.at++
    const to = classMember(reader)
    if (typeof to === 'number')
      union(
        set,
        setOf((byte) => byte >= from && byte <= to),
      )
    else for (const part of [singleton(from), singleton(0x2d), to]) union(set, part)
  }
  reader.at++
  return negated ? inverse(folded(reader, set)) : set
}

function classMember(reader: Reader): ByteSet | number {
  const character = reader.source.charAt(reader.at++)
  if (character !== '\\') return character.charCodeAt(0)
  if (reader.source[reader.at] === 'b') {
    reader.at++
    return 8
  }
  return escapeValue(reader)
}

/** Least and most bytes that a match of `node` takes, what it looks at outside of itself not counted. */
export function widthOf(node: PatternNode): { readonly min: number; readonly max: number } {
  switch (node.type) {
    case 'byte':
      return { min: 1, max: 1 }
    case 'sequence': {
      const widths = node.items.map(widthOf)
      return {
        min: widths.reduce((sum, { min }) => sum + min, 0),
        max: widths.reduce((sum, { max }) => sum + max, 0),
      }
    }
    case 'choice': {
      const widths = node.options.map(widthOf)
      return { min: Math.min(...widths.map(({ min }) => min)), max: Math.max(...widths.map(({ max }) => max)) }
    }
    case 'repeat': {
      const { min, max } = widthOf(node.item)
      return { min: min * node.min, max: max === 0 || node.max === 0 ? 0 : max * node.max }
    }
    case 'back-reference':
      return { min: 0, max: Number.POSITIVE_INFINITY }
    default:
      return { min: 0, max: 0 }
  }
}

/** The widest look behind or ahead, in bytes, as if it began at the match's edge; an edge looks at one. */
export function lookWidth(node: PatternNode, ahead: boolean): number {
  const widest = (nodes: readonly PatternNode[]) => Math.max(0, ...nodes.map((one) => lookWidth(one, ahead)))
  switch (node.type) {
    case 'edge':
      return 1
    case 'look': {
      // What looks the other way begins inside of this one.
      const inner = lookWidth(node.item, ahead)
      return node.ahead === ahead ? Math.max(widthOf(node.item).max + inner, inner) : inner
    }
    case 'sequence':
      return widest(node.items)
    case 'choice':
      return widest(node.options)
    case 'repeat':
      return lookWidth(node.item, ahead)
    default:
      return 0
  }
}
