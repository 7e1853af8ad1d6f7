// How common are three bytes in a row? What makes the prefilter look for the rare part of a keyword and not for "ing".
import { readFileSync } from 'node:fs'
import { asset } from '../../support/package-root.js'
import { type ByteSet, foldByte, traitsOf } from './byte-set.js'

/**
 * By -2 log2 of their frequency, the 4,000 commonest trigrams of what foldByte() gives, one behind the other, written in lower-case letters and
 * signs. Counted once over packages, programs, libraries and documentation (42 MB).
 */
type CommonTrigrams = Readonly<Record<string, string>>

/** A trigram that is not in the table stands at about one place in so many. */
const OTHERS = 2 ** -19
const TRIGRAMS = 2 ** 18
export const HASHES = 2 ** 16

/** As the prefilter's kernel hashes trigrams: the first two folded bytes by one factor, the third by another, modulo 2^16. */
export const hashOf = (trigram: number): number => ((trigram & 0xfff) * 0xcab1 + (trigram >> 12) * 0xf7dd) & 0xffff

let known: Float64Array | undefined

/** By hash, the share of places at which a trigram with that hash stands. Made when it is needed: the built-in rules' anchors are known beforehand. */
function frequencies(): Float64Array {
  if (known !== undefined) return known
  const common = JSON.parse(readFileSync(asset('trigrams.json'), 'utf8')) as CommonTrigrams
  const found = new Float64Array(HASHES)
  const add = (trigram: number, share: number) => {
    found[hashOf(trigram)] = (found[hashOf(trigram)] ?? 0) + share
  }
  for (let trigram = 0; trigram < TRIGRAMS; trigram++) add(trigram, OTHERS)
  for (const [level, trigrams] of Object.entries(common))
    for (let at = 0; at < trigrams.length; at += 3) add(keyAt(trigrams, at), 2 ** (-Number(level) / 2) - OTHERS)
  known = found
  return found
}

function keyAt(text: string, at: number): number {
  return trigramOf(foldByte(text.charCodeAt(at)), foldByte(text.charCodeAt(at + 1)), foldByte(text.charCodeAt(at + 2)))
}

/** Three folded bytes as one number of 18 bits. */
function trigramOf(first: number, second: number, third: number): number {
  return first | (second << 6) | (third << 12)
}

/** Different trigrams that three sets allow. */
export function trigramCount(sets: readonly ByteSet[], at: number): number {
  return [0, 1, 2].reduce((product, step) => product * foldsAt(sets, at + step).size, 1)
}

/** All of them; a set beyond the last is any byte. */
export function* trigrams(sets: readonly ByteSet[], at: number): Generator<number> {
  for (const first of foldsAt(sets, at).keys())
    for (const second of foldsAt(sets, at + 1).keys())
      for (const third of foldsAt(sets, at + 2).keys()) yield trigramOf(first, second, third)
}

/** The share of places in ordinary files at which one of them stands, or another that looks the same by its hash. */
export function trigramFrequency(sets: readonly ByteSet[], at: number): number {
  let sum = 0
  for (const trigram of trigrams(sets, at)) sum += frequencies()[hashOf(trigram)] as number
  return sum
}

const ALL_FOLDS: ReadonlyMap<number, unknown> = new Map(Array.from({ length: 64 }, (_, fold) => [fold, undefined]))

function foldsAt(sets: readonly ByteSet[], at: number): ReadonlyMap<number, unknown> {
  const set = sets[at]
  return set === undefined ? ALL_FOLDS : traitsOf(set).folds
}
