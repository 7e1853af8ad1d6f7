// Where could encoded text be? Runs of base64, hex and wide characters that decode to text, and regions that hold escapes. Part of the
// prefilter's kernel.
import { hexDigit, isBase64Text, isHexText, setUpValues, sixBits } from './run-text.as'

export const BASE64: u32 = 1
export const HEX: u32 = 2
export const WIDE: u32 = 3
export const PERCENT: u32 = 4
export const BACKSLASH: u32 = 5
export const ENTITY: u32 = 6

let out: usize = 0
let room: u32 = 0
let runs: u32 = 0

const MIN_BASE64: usize = 16
const MIN_HEX: usize = 24
const MIN_WIDE: usize = 16
/** Escapes closer than this share a region. */
const NEAR: usize = 256
/** Longer ones are cut, so that text beside binary data is judged by itself; who reads them looks beyond their ends. */
const MAX_REGION: usize = 8192

let regionStart: StaticArray<usize> = new StaticArray<usize>(8)
let regionEnd: StaticArray<usize> = new StaticArray<usize>(8)

export function setUpRuns(valuesAt: usize, outAt: usize, outRoom: u32): void {
  setUpValues(valuesAt)
  out = outAt
  room = outRoom
}

export function runCount(): u32 {
  return runs
}

function emit(kind: u32, start: usize, end: usize): void {
  if (runs >= room) return
  store<u32>(out + ((runs as usize) << 3), start as u32)
  store<u32>(out + ((runs as usize) << 3) + 4, (end as u32) | (kind << 28))
  runs++
}

/** A run of the alphabet. One at the very start of the text may be the rest of a longer one: it is always given. */
function alphabetRun(start: usize, stop: usize, text: usize): void {
  let hex = stop - start >= MIN_HEX
  for (let index = start; hex && index < stop; index++) hex = hexDigit(index) < 16
  if (hex) {
    if (start == text || isHexText(start)) emit(HEX, start - text, stop - text)
  } else if (start == text || isBase64Text(start, stop)) emit(BASE64, start - text, stop - text)
}

@inline
function isWideChar(at: usize): bool {
  const unit = load<u16>(at)
  return unit != 0 && unit < 0x80
}

function wideRun(at: usize, from: usize, text: usize, end: usize): usize {
  let start = at
  while (start >= from + 2 && isWideChar(start - 2)) start -= 2
  let stop = at + 8
  while (stop + 2 <= end && isWideChar(stop)) stop += 2
  if (stop > end) stop -= 2
  if (stop - start >= MIN_WIDE) emit(WIDE, start - text, stop - text)
  return stop
}

@inline
function isWide(at: usize): bool {
  const four = load<u64>(at)
  return (four & 0xff80ff80ff80ff80) == 0 && (four & 0xff) != 0 && (four & 0xff0000) != 0 && (four & 0xff00000000) != 0 && four >> 48 != 0
}

/** Of a character in ASCII: a text with other characters written as escapes is found as it stands, and tables of them are long. */
function isEscape(byte: u32, at: usize): u32 {
  if (byte == 0x25) return hexDigit(at + 1) < 8 && hexDigit(at + 2) < 16 ? PERCENT : 0
  const next = load<u8>(at + 1) as u32
  if (byte == 0x26) {
    const four = load<u32>(at + 1)
    if (next == 0x23) return ENTITY
    // "quot", "apos", "amp;", "lt;", "gt;"
    return four == 0x746f7571 || four == 0x736f7061 || four == 0x3b706d61 || (four & 0xffffff) == 0x3b746c || (four & 0xffffff) == 0x3b7467
      ? ENTITY
      : 0
  }
  if (next == 0x78) return hexDigit(at + 2) < 8 && hexDigit(at + 3) < 16 ? BACKSLASH : 0
  if (next == 0x75)
    return load<u16>(at + 2) == 0x3030 && hexDigit(at + 4) < 8 && hexDigit(at + 5) < 16 ? BACKSLASH : 0
  return (next & 0xfe) == 0x30 && (load<u8>(at + 2) & 0xf8) == 0x30 && (load<u8>(at + 3) & 0xf8) == 0x30 ? BACKSLASH : 0
}

function mark(kind: u32, at: usize, text: usize): void {
  if (regionEnd[kind] != 0 && (at > regionEnd[kind] + NEAR || at - regionStart[kind] > MAX_REGION)) flush(kind, text)
  if (regionEnd[kind] == 0) regionStart[kind] = at
  regionEnd[kind] = at + 6
}

function flush(kind: u32, text: usize): void {
  if (regionEnd[kind] != 0) emit(kind, regionStart[kind] - text, regionEnd[kind] - text)
  regionEnd[kind] = 0
}

/** Classes of bytes, bits that the two halves of a byte have in common: any of the lower five is base64's alphabet. */
const ALPHABET: i8 = 0x1f
/** % & \\ and 0, which the loop looks at one by one. */
const SPECIAL: i8 = -32

/** Byte by byte its classes. */
@inline
function classesOf(block: v128): v128 {
  const low = i8x16.swizzle(
    i8x16(-102, 0x1e, 0x1e, 0x1e, 0x1e, 0x3e, 0x3e, 0x1e, 0x1e, 0x1e, 0x1c, 0x05, 0x44, 0x05, 0x04, 0x0d),
    v128.and(block, i8x16.splat(15)),
  )
  const high = i8x16.swizzle(
    i8x16(-128, 0, 0x21, 0x02, 0x04, 0x48, 0x04, 0x10, 0, 0, 0, 0, 0, 0, 0, 0),
    i8x16.shr_u(block, 4),
  )
  return v128.and(low, high)
}

/** Of the last block looked at, bit by byte: is it one that begins an escape? is it 0? */
let escapes: u32 = 0
let zeros: u32 = 0

/** Bit by byte: does it stand for six bits of base64? The upper half: 1 where one of the bytes is special; `escapes` and `zeros` say which. */
@inline
function alphabetMask(at: usize): u32 {
  if (ASC_FEATURE_SIMD) {
    const classes = classesOf(v128.load(at))
    const none = i8x16.eq(v128.and(classes, i8x16.splat(ALPHABET)), i8x16.splat(0))
    const alphabet = ~i8x16.bitmask(none) & 0xffff
    if (!v128.any_true(v128.and(classes, i8x16.splat(SPECIAL)))) return alphabet
    // The class of 0 is the highest bit, those of the others are the two below.
    zeros = i8x16.bitmask(classes) & 0xffff
    escapes = i8x16.bitmask(v128.or(i8x16.shl(classes, 1), i8x16.shl(classes, 2))) & 0xffff
    return alphabet | 0x10000
  } else {
    let bits: u32 = 0
    zeros = 0
    escapes = 0
    for (let index: u32 = 0; index < 16; index++) {
      if (sixBits(at + index) < 64) bits |= 1 << index
      const byte = load<u8>(at + index)
      if (byte == 0) zeros |= 1 << index
      else if (byte == 0x5c || byte == 0x25 || byte == 0x26) escapes |= 1 << index
    }
    return (zeros | escapes) != 0 ? bits | 0x10000 : bits
  }
}

/** Writes start, end and kind of all runs. At least 64 bytes of 0 lie behind the text. */
export function findRuns(text: usize, length: u32): void {
  runs = 0
  const end = text + length
  // Bytes of the alphabet that the blocks so far end with.
  let open: usize = 0
  let wideFrom = text
  // One block further than the text: its zeros end what is open.
  for (let at = text; at < end + 16; at += 16) {
    const found = alphabetMask(at)
    const alphabet = found & 0xffff
    if (alphabet == 0xffff) {
      open += 16
      continue
    }
    const leading = ctz(~alphabet) as usize
    if (open + leading >= MIN_BASE64) alphabetRun(at - open, at + leading, text)
    open = clz((~alphabet) << 16) as usize
    if (found == alphabet) continue
    // Four zeros with one other byte between each: four wide characters.
    const between = ~(zeros >> 1) & ~(zeros >> 3) & ~(zeros >> 5)
    let wide = zeros & (zeros >> 2) & (zeros >> 4) & (zeros >> 6) & between
    if ((wide | escapes) == 0) continue
    let places = escapes
    while (places != 0) {
      const place = at + (ctz(places) as usize)
      const kind = isEscape(load<u8>(place), place)
      if (kind != 0) mark(kind, place, text)
      places &= places - 1
    }
    while (wide != 0) {
      const place = at + (ctz(wide) as usize) - 1
      if (place >= wideFrom && place + 8 <= end && isWide(place)) wideFrom = wideRun(place, wideFrom, text, end)
      wide &= wide - 1
    }
  }
  flush(PERCENT, text)
  flush(BACKSLASH, text)
  flush(ENTITY, text)
}
