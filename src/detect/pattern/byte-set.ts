// Sets of bytes, as character classes of patterns over latin1 text mean them.

/** 256 flags, one a byte value. */
export type ByteSet = Uint8Array

export function setOf(test: (byte: number) => boolean): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, byte) => (test(byte) ? 1 : 0))
}

export function union(into: ByteSet, other: ByteSet): void {
  for (let byte = 0; byte < 256; byte++) if (other[byte] === 1) into[byte] = 1
}

export const inverse = (set: ByteSet): ByteSet => setOf((byte) => set[byte] === 0)

/** The same letter in the other case, or the byte itself. */
function otherCase(byte: number): number {
  const lower = byte | 0x20
  const isLetter = (lower >= 0x61 && lower <= 0x7a) || (lower >= 0xe0 && lower <= 0xfe && lower !== 0xf7)
  return isLetter ? byte ^ 0x20 : byte
}

export const withBothCases = (set: ByteSet): ByteSet => setOf((byte) => set[byte] === 1 || set[otherCase(byte)] === 1)

function setOfBytes(...bytes: readonly number[]): ByteSet {
  const set = new Uint8Array(256)
  for (const byte of bytes) set[byte] = 1
  return set
}

const SINGLES = Array.from({ length: 256 }, (_, byte) => setOfBytes(byte))
const SINGLES_OF_BOTH_CASES = SINGLES.map((_, byte) => setOfBytes(byte, otherCase(byte)))
export const NO_BYTE: ByteSet = new Uint8Array(256)

/** The set of one character; empty where it is no byte. The same object for the same character, so that traits are kept. */
export function singleton(code: number, bothCases = false): ByteSet {
  return (bothCases ? SINGLES_OF_BOTH_CASES : SINGLES)[code] ?? NO_BYTE
}

export const ANY_BYTE: ByteSet = new Uint8Array(256).fill(1)
export const DIGIT = setOf((byte) => byte >= 0x30 && byte <= 0x39)
export const WORD = setOf(
  (byte) =>
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f,
)
export const SPACE = setOf((byte) => (byte >= 9 && byte <= 13) || byte === 0x20 || byte === 0xa0)
export const NOT_LINE_END = setOf((byte) => byte !== 10 && byte !== 13)

const COMMON: Readonly<Record<string, number>> = { ' ': 0.12, e: 0.06, t: 0.05, '\n': 0.03, '\0': 0.03 }
const FREQUENCY = Float64Array.from({ length: 256 }, (_, byte) => byteFrequency(byte))

function byteFrequency(byte: number): number {
  const character = String.fromCharCode(byte)
  const known = COMMON[character]
  if (known !== undefined) return known
  if (/[aoinsr]/.test(character)) return 0.035
  if (/[a-z]/.test(character)) return 0.014
  if (/[A-Z]/.test(character)) return 0.003
  if (/[0-9]/.test(character)) return 0.01
  if (/[.,_\-/=:;()"']/.test(character)) return 0.009
  return byte < 0x80 ? 0.002 : 0.001
}

/** What is asked of a set again and again. */
export interface SetTraits {
  readonly id: number
  /** How often its bytes stand at a place of an ordinary file, 0 to 1: rough, and only used to compare. */
  readonly frequency: number
  /** Its bytes by what they fold to. */
  readonly folds: ReadonlyMap<number, readonly number[]>
  /** Its characters in lower case, where they are few and ASCII; else empty. */
  readonly letters: readonly string[]
}

/** What the prefilter tells apart: ASCII without case, and everything else roughly. Six bits. */
export const foldByte = (byte: number): number => (byte & 0x1f) | ((byte >> 1) & 0x20)

/** The classes of bytes that the prefilter tells apart at the fourth place of a fragment, a bit for each that is in the set; all for any byte. */
export function classesOf(set: ByteSet | undefined): number {
  if (set === undefined) return 0xff
  let classes = 0
  for (const fold of traitsOf(set).folds.keys()) classes |= 1 << (fold & 7)
  return classes
}

const FEW = 8
/** Sets are few: patterns share them. */
const traits = new Map<ByteSet, SetTraits>()
const known = new Map<string, ByteSet>()
const unions = new Map<string, ByteSet>()

/** The one object for sets of the same bytes. */
export function shared(set: ByteSet): ByteSet {
  const key = Buffer.from(set.buffer, set.byteOffset, set.length).toString('latin1')
  const same = known.get(key)
  if (same !== undefined) return same
  known.set(key, set)
  return set
}

/** A set of all bytes of shared sets. */
export function unionOf(sets: ReadonlySet<ByteSet>): ByteSet {
  const [first = NO_BYTE] = sets
  if (sets.size === 1) return first
  const key = [...sets]
    .map((set) => traitsOf(set).id)
    .sort((a, b) => a - b)
    .join(' ')
  let result = unions.get(key)
  if (result === undefined) {
    const all = new Uint8Array(256)
    for (const set of sets) union(all, set)
    result = shared(all)
    unions.set(key, result)
  }
  return result
}

export function traitsOf(set: ByteSet): SetTraits {
  let found = traits.get(set)
  if (found === undefined) {
    found = computeTraits(set)
    traits.set(set, found)
  }
  return found
}

function computeTraits(set: ByteSet): SetTraits {
  let frequency = 0
  const folds = new Map<number, number[]>()
  const letters = new Set<string>()
  for (let byte = 0; byte < 256; byte++) {
    if (set[byte] !== 1) continue
    frequency += FREQUENCY[byte] ?? 0
    const members = folds.get(foldByte(byte))
    if (members === undefined) folds.set(foldByte(byte), [byte])
    else members.push(byte)
    letters.add(String.fromCharCode(byte).toLowerCase())
  }
  const isNarrow = letters.size <= FEW && ![...letters].some((letter) => letter > '\x7f')
  return { id: traits.size, frequency, folds, letters: isNarrow ? [...letters] : [] }
}
