// Which of a block's 64 bytes are of base64's alphabet, begin escapes, or are 0? A bit each. Part of the prefilter's kernel.
import { sixBits } from './run-text.as'

/** Bytes that are looked at together. */
export const BLOCK: usize = 64

/** Classes of bytes, bits that the two halves of a byte have in common: any of the lower five is base64's alphabet. */
const ALPHABET: i8 = 0x1f
/** % & and \\, which begin escapes. */
const ESCAPE: i8 = 0x60

/** Byte by byte its classes. */
@inline
function classesOf(block: v128): v128 {
  const low = i8x16.swizzle(
    i8x16(0x1a, 0x1e, 0x1e, 0x1e, 0x1e, 0x3e, 0x3e, 0x1e, 0x1e, 0x1e, 0x1c, 0x05, 0x44, 0x05, 0x04, 0x0d),
    v128.and(block, i8x16.splat(15)),
  )
  const high = i8x16.swizzle(
    i8x16(0, 0, 0x21, 0x02, 0x04, 0x48, 0x04, 0x10, 0, 0, 0, 0, 0, 0, 0, 0),
    i8x16.shr_u(block, 4),
  )
  return v128.and(low, high)
}

/** Whether each byte of a half of 16 bytes has 0 as its neighbour and is none, or the other way round: four wide characters. */
@inline
function wideHalves(block: v128): v128 {
  const zeros = i8x16.eq(block, i8x16.splat(0))
  return v128.or(i64x2.eq(zeros, i64x2.splat(0xff00ff00ff00ff00)), i64x2.eq(zeros, i64x2.splat(0x00ff00ff00ff00ff)))
}

/** Of the block looked at last: whether it may hold escapes or wide characters. */
export let isSpecial: u32 = 0

/** Those that stand for six bits of base64; also sets `isSpecial`. */
@inline
export function alphabetIn(at: usize): u64 {
  if (ASC_FEATURE_SIMD) {
    const one = v128.load(at)
    const two = v128.load(at, 16)
    const three = v128.load(at, 32)
    const four = v128.load(at, 48)
    const ones = classesOf(one)
    const twos = classesOf(two)
    const threes = classesOf(three)
    const fours = classesOf(four)
    const escapes = v128.and(v128.or(v128.or(ones, twos), v128.or(threes, fours)), i8x16.splat(ESCAPE))
    const wide = v128.or(v128.or(wideHalves(one), wideHalves(two)), v128.or(wideHalves(three), wideHalves(four)))
    isSpecial = v128.any_true(v128.or(escapes, wide)) as u32
    return ~(noneOf(ones) | (noneOf(twos) << 16) | (noneOf(threes) << 32) | (noneOf(fours) << 48))
  } else {
    let bits: u64 = 0
    for (let index: usize = 0; index < BLOCK; index++) if (sixBits(at + index) < 64) bits |= 1 << (index as u64)
    isSpecial = 1
    return bits
  }
}

@inline
function noneOf(classes: v128): u64 {
  const none = i8x16.eq(v128.and(classes, i8x16.splat(ALPHABET)), i8x16.splat(0))
  return (i8x16.bitmask(none) & 0xffff) as u64
}

/** Those that begin an escape. */
export function escapesIn(at: usize): u64 {
  if (ASC_FEATURE_SIMD)
    return escapesOf(at) | (escapesOf(at + 16) << 16) | (escapesOf(at + 32) << 32) | (escapesOf(at + 48) << 48)
  let bits: u64 = 0
  for (let index: usize = 0; index < BLOCK; index++) {
    const byte = load<u8>(at + index)
    if (byte == 0x5c || byte == 0x25 || byte == 0x26) bits |= 1 << (index as u64)
  }
  return bits
}

/** Those that are 0. */
export function zerosIn(at: usize): u64 {
  if (ASC_FEATURE_SIMD)
    return zerosOf(at) | (zerosOf(at + 16) << 16) | (zerosOf(at + 32) << 32) | (zerosOf(at + 48) << 48)
  let bits: u64 = 0
  for (let index: usize = 0; index < BLOCK; index++) if (load<u8>(at + index) == 0) bits |= 1 << (index as u64)
  return bits
}

@inline
function escapesOf(at: usize): u64 {
  const none = i8x16.eq(v128.and(classesOf(v128.load(at)), i8x16.splat(ESCAPE)), i8x16.splat(0))
  return (~i8x16.bitmask(none) & 0xffff) as u64
}

@inline
function zerosOf(at: usize): u64 {
  return (i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0))) & 0xffff) as u64
}
