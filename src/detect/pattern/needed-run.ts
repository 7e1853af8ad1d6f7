// What a window must hold for a pattern to match at all: a long run of one alphabet, as keys are. Looking for it costs a fraction of the
// pattern, and most windows round a service's name hold none.
import { type ByteSet, setOf, shared } from './byte-set.js'
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

/** A run as JSON. */
export interface RunEntry {
  readonly characters: string
  readonly length: number
}

/** Runs one of which stands in every text in which `pattern` matches, or undefined where the pattern names none. */
export function neededRuns(pattern: string, flags = ''): readonly RunEntry[] | undefined {
  const runs = runsOf(parsePattern(pattern, flags))
  if (runs === undefined || runs.length > MOST_RUNS) return undefined
  const least = runs.filter((run, index) => !runs.some((other, at) => other !== run && implies(run, other, at < index)))
  return least.map(({ set, length }) => ({ characters: charactersOf(set), length }))
}

/** Whether a text with `run` has the other one as well; of two that are the same the first is kept. */
function implies(run: Run, other: Run, isBefore: boolean): boolean {
  const isWider = other.length <= run.length && run.set.every((flag, byte) => flag === 0 || other.set[byte] === 1)
  const isSame = other.length === run.length && other.set.every((flag, byte) => flag === run.set[byte])
  return isWider && (isBefore || !isSame)
}

/** Whether one of the runs stands in `bytes` from `start` to `end`. */
export function runTest(entries: readonly RunEntry[]): (bytes: Uint8Array, start: number, end: number) => boolean {
  const runs = entries.map(({ characters, length }) => ({
    set: shared(setOf((byte) => characters.includes(String.fromCharCode(byte)))),
    length,
  }))
  return (bytes, start, end) => {
    for (const run of runs) if (holds(bytes, start, end, run)) return true
    return false
  }
}

/** A run covers every place that lies its length behind one which is not of it: only there, and back to where it begins, is looked. */
function holds(bytes: Uint8Array, start: number, end: number, { set, length }: Run): boolean {
  let known = start
  let at = start + length - 1
  while (at < end) {
    let back = at
    while (back >= known && set[bytes[back] as number] === 1) back--
    if (back < known) return true
    known = at + 1
    at = back + length
  }
  return false
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

const shortest = (runs: readonly Run[]): number => Math.min(...runs.map(({ length }) => length))

const sizeOf = (set: ByteSet): number => set.reduce((sum, held) => sum + held, 0)

const charactersOf = (set: ByteSet): string =>
  Array.from(set, (flag, byte) => (flag === 1 ? String.fromCharCode(byte) : '')).join('')
