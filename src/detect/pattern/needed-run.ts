// What a window must hold for a pattern to match at all: a long run of one alphabet, as keys are. Looking for it costs a fraction of the
// pattern, and most windows round a service's name hold none.
import type { ByteSet } from './byte-set.js'
import { type PatternNode, parsePattern } from './tree.js'

/** Characters of a run that is worth looking for: words are shorter. */
const LEAST = 12
/** An alphabet of more characters than this is no alphabet of keys. */
const MOST_LETTERS = 80
/** Runs that are still looked for at once. */
const MOST_RUNS = 8

interface Run {
  readonly set: ByteSet
  readonly length: number
}

/** The source of an expression that every text matches in which `pattern` matches, or undefined where the pattern names no such run. */
export function neededRun(pattern: string, flags = ''): string | undefined {
  const runs = runsOf(parsePattern(pattern, flags))
  if (runs === undefined || runs.length > MOST_RUNS) return undefined
  return [...new Set(runs.map(expression))].join('|')
}

/** Runs one of which every match holds. */
function runsOf(node: PatternNode): readonly Run[] | undefined {
  switch (node.type) {
    case 'repeat': {
      if (node.min === 0) return undefined
      const byte = onlyByte(node.item)
      if (byte === undefined) return runsOf(node.item)
      return node.min >= LEAST && sizeOf(byte.set) <= MOST_LETTERS ? [{ set: byte.set, length: node.min }] : undefined
    }
    case 'sequence':
      return node.items.map(runsOf).reduce(longer, undefined)
    case 'choice': {
      const all = node.options.map(runsOf)
      return all.every((runs) => runs !== undefined) ? all.flat() : undefined
    }
    default:
      return undefined
  }
}

/** The byte of `x` and of `(?!y)x`, where what is looked at takes no part of the match. */
function onlyByte(node: PatternNode): Extract<PatternNode, { type: 'byte' }> | undefined {
  if (node.type === 'byte') return node
  if (node.type !== 'sequence') return undefined
  const [byte, ...others] = node.items.filter(({ type }) => type !== 'look' && type !== 'edge')
  return byte?.type === 'byte' && others.length === 0 ? byte : undefined
}

function longer(a: readonly Run[] | undefined, b: readonly Run[] | undefined): readonly Run[] | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return shortest(b) > shortest(a) ? b : a
}

/** Looked for where a run begins only: a text of runs that are a little too short is read once, not once for each of their characters. */
function expression({ set, length }: Run): string {
  const letters = classOf(set)
  return `(?<!${letters})${letters}{${length}}`
}

const shortest = (runs: readonly Run[]): number => Math.min(...runs.map(({ length }) => length))

const sizeOf = (set: ByteSet): number => set.reduce((sum, held) => sum + held, 0)

function classOf(set: ByteSet): string {
  const escaped = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`
  const ranges: string[] = []
  for (let byte = 0; byte < set.length; byte++) {
    if (set[byte] !== 1) continue
    const first = byte
    while (set[byte + 1] === 1) byte++
    ranges.push(first === byte ? escaped(byte) : `${escaped(first)}-${escaped(byte)}`)
  }
  return `[${ranges.join('')}]`
}
