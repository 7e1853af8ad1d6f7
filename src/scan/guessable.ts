// One estimate of how hard a value is to guess, in bits. It decides what a report may show of a value and whether a hash of it may be
// written down. Frozen as part of fingerprint v1: a changed estimate changes fingerprints. It is no judge of what is a secret.
import { meanStepBits } from '../support/letter-steps.js'

/** Below this a value is guessable: shown as "****", never hashed without a key. */
export const GUESSABLE_BITS = 80

/** Longer values are judged by their beginning: what is cut off can only add bits. */
const MEASURED_BYTES = 2048

const BITS = {
  digit: Math.log2(10),
  letter: Math.log2(26),
  symbol: 5,
  high: 4,
  hex: 4,
  wordLetter: 2.2,
  nameLetter: 3.3,
  shortWord: 8,
  step: 1,
  year: 6,
}
/** Mean step bits up to which letters read as words (random letters: near 6.3; one in a hundred of 12 letters is below). */
const WORDS = 4.6
/** The same for names in languages that the table was not counted on; only letters without digits. */
const NAMES = 5.2

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}
const LADDERS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1234567890', 'abcdefghijklmnopqrstuvwxyz']
/** By two characters, seven bits each in lower case: 1 where they are neighbours on a ladder. */
const NEIGHBOURS = new Uint8Array(1 << 14)
for (const ladder of LADDERS) {
  for (let i = 1; i < ladder.length; i++) {
    const [one, other] = [ladder.charCodeAt(i - 1), ladder.charCodeAt(i)]
    NEIGHBOURS[(one << 7) | other] = 1
    NEIGHBOURS[(other << 7) | one] = 1
  }
}

/**
 * Bits that a guesser who knows words, names, keyboards and habits would need for `value`; an estimate on the low side. In turn:
 * a repeated value counts once; runs along the alphabet, the keyboard or one character count a bit a step; hex digits count 4 bits
 * each; other values are cut at symbols, and each part is measured as words, names, a year, or by its alphabet.
 */
export function estimateBits(value: Uint8Array): number {
  const text = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, MEASURED_BYTES)).toString('latin1')
  const once = withoutRepeats(text)
  const { rest, steps } = withoutLadders(once)
  const repeats = once.length === text.length ? 0 : Math.log2(text.length / once.length) + 1
  return repeats + steps * BITS.step + Math.min(partsBits(rest), spreadBits(rest))
}

let lastValue: Uint8Array | undefined
let lastAnswer = false

/** True where the value must not be hashed without a key nor partly shown. A finding asks it of one value several times in a row. */
export function isGuessable(value: Uint8Array): boolean {
  if (value !== lastValue) {
    lastAnswer = estimateBits(value) < GUESSABLE_BITS
    lastValue = value
  }
  return lastAnswer
}

/** The shortest beginning that, repeated, gives `text`. */
function withoutRepeats(text: string): string {
  for (let period = 1; period <= text.length / 2; period++) {
    if (text.startsWith(text.slice(period)) && text.length % period === 0) return text.slice(0, period)
  }
  return text
}

/** `text` with each run of three or more neighbours (abc, 321, qwer, aaaa) cut to its first character, and how many were cut. */
function withoutLadders(text: string): { rest: string; steps: number } {
  let rest = ''
  let steps = 0
  for (let i = 0; i < text.length; ) {
    let end = i + 1
    while (end < text.length && isStep(text.charCodeAt(end - 1), text.charCodeAt(end))) end++
    const run = end - i >= 3 ? end - i : 1
    rest += text.charAt(i)
    steps += run - 1
    i += run
  }
  return { rest, steps }
}

function isStep(from: number, to: number): boolean {
  if (from === to) return true
  return from < 0x80 && to < 0x80 && NEIGHBOURS[(lowered(from) << 7) | lowered(to)] === 1
}

const lowered = (code: number): number => (code >= 0x41 && code <= 0x5a ? code + 0x20 : code)

/** An upper bound from how few different characters there are: "a1a1b1a1…" is long but not rich. */
function spreadBits(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  if (counts.size > text.length / 4) return Number.POSITIVE_INFINITY
  let entropy = 0
  for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length)
  return text.length * entropy + 8
}

function partsBits(text: string): number {
  const digits = text.replace(/[-:]/g, '')
  if (
    digits.length >= 16 &&
    /^(?:[0-9a-f]+|[0-9A-F]+)$/.test(digits) &&
    /[0-9]/.test(digits) &&
    /[a-fA-F]/.test(digits)
  ) {
    return digits.length * BITS.hex
  }
  let bits = 0
  let separator = ''
  for (const [part] of text.matchAll(/[A-Za-z0-9]+(?:[@$!][A-Za-z0-9]+)*|[\x80-\xff]+|[^A-Za-z0-9\x80-\xff]+/g)) {
    if (/^[A-Za-z0-9]/.test(part)) bits += runBits(part)
    else if (part === separator) bits += BITS.step
    else bits += part.length * (part.charCodeAt(0) >= 0x80 ? BITS.high : BITS.symbol)
    if (!/^[A-Za-z0-9]/.test(part)) separator = part
  }
  return bits
}

/** Bits of a run of letters and digits, with @, $ and ! inside where they may stand for letters. */
function runBits(run: string): number {
  if (/^[0-9]+$/.test(run)) return digitBits(run)
  if (/^[a-z]{2,3}$/.test(run)) return BITS.shortWord
  const [, body = '', tail = ''] = /^(.*?)([0-9]*)$/.exec(run) ?? []
  const lower = body.toLowerCase()
  const plain = lower.replace(/[0134579@$!]/g, (character) => LEET[character] ?? '').replace(/[^a-z]/g, '')
  const swapped = lower.replace(/[a-z]/g, '').length
  if (plain.length >= 4) {
    const mean = meanStepBits(plain)
    const casing = body === lower ? 0 : 1
    if (mean <= WORDS) return plain.length * BITS.wordLetter + casing + swapped + digitBits(tail)
    if (isNameLike(body, mean)) return plain.length * BITS.nameLetter + casing + digitBits(tail)
  }
  return run.length * Math.log2(alphabet(run))
}

/** Letters that read as one name, or as several joined by capitals (JanKowalski). */
function isNameLike(letters: string, mean: number): boolean {
  if (/^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)$/.test(letters)) return mean <= NAMES
  return /^[a-z]*(?:[A-Z][a-z]{3,})+$/.test(letters)
}

function digitBits(digits: string): number {
  if (/^(?:19|20)[0-9]{2}$/.test(digits)) return BITS.year
  return digits.length * BITS.digit
}

function alphabet(run: string): number {
  let size = 0
  if (/[a-z]/.test(run)) size += 26
  if (/[A-Z]/.test(run)) size += 26
  if (/[0-9]/.test(run)) size += 10
  if (/[@$!]/.test(run)) size += 3
  return size
}
