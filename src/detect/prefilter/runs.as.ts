// Where could encoded text be? Runs of base64, hex and wide characters that decode to text, and regions that hold escapes. Part of the
// prefilter's kernel.
import { alphabetIn, BLOCK, escapesIn, isSpecial, zerosIn } from './block-masks.as'
import { hexDigit, isBase64Text, isHexText, mayBeHex, mayBeBase64Text, setUpValues, sixBits } from './run-text.as'

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

/** A run that begins at `start`; most are names, and told by the bytes they begin with. */
@inline
function takeRun(start: usize, text: usize): void {
  if (start == text || mayBeHex(start) || mayBeBase64Text(start)) judgeRun(start, text)
}

function judgeRun(start: usize, text: usize): void {
  // The zeros behind the text end it at the latest.
  let stop = start + MIN_BASE64
  while (sixBits(stop) < 64) stop++
  alphabetRun(start, stop, text)
}

/** The runs of 16 bytes or more that begin in a block, or `open` bytes before it. */
function takeRuns(at: usize, alphabet: u64, open: usize, text: usize): void {
  const leading = ctz(~alphabet) as usize
  if (open < MIN_BASE64 && open != 0 && open + leading >= MIN_BASE64) takeRun(at - open, text)
  // What goes on from the block before has been taken.
  let begins = sixteens(open == 0 ? alphabet : withoutRun(alphabet, 0))
  while (begins != 0) {
    const begin = ctz(begins)
    takeRun(at + (begin as usize), text)
    begins = withoutRun(begins, begin)
  }
}

/** Without the bits that are set from `begin` on up to the next that is not, and those before. */
@inline
function withoutRun(bits: u64, begin: u64): u64 {
  return bits & (bits + ((1 as u64) << begin))
}

/** Bit by bit whether it and the next fifteen are set. */
@inline
function sixteens(bits: u64): u64 {
  bits &= bits >> 1
  bits &= bits >> 2
  bits &= bits >> 4
  return bits & (bits >> 8)
}

/** Escapes and wide characters of a block. */
function takeSpecial(at: usize, text: usize, end: usize): void {
  let escapes = escapesIn(at)
  const zeros = zerosIn(at)
  while (escapes != 0) {
    const place = at + (ctz(escapes) as usize)
    const kind = isEscape(load<u8>(place), place)
    if (kind != 0) mark(kind, place, text)
    escapes &= escapes - 1
  }
  // Four zeros with one other byte between each: four wide characters.
  const between = ~(zeros >> 1) & ~(zeros >> 3) & ~(zeros >> 5)
  let wide = zeros & (zeros >> 2) & (zeros >> 4) & (zeros >> 6) & between
  while (wide != 0) {
    const place = at + (ctz(wide) as usize) - 1
    if (place >= wideFrom && place + 8 <= end && isWide(place)) wideFrom = wideRun(place, wideFrom, text, end)
    wide &= wide - 1
  }
}

let wideFrom: usize = 0

/** Bytes whose blocks are sorted out before what is left is looked at: calls within that loop would cost more than all of it. */
const SPAN: usize = 16 * 1024
/** What is left of a span's blocks, 16 bytes each: u64 alphabetIn(), u32 its offset, u8 `open`, u8 `isSpecial`; one may be written behind the last. */
const left = memory.data(4 * 1024 + 16)
/** Bytes of the alphabet that the block looked at last ends with. */
let open: u32 = 0

/** Notes the blocks from `span` to `stop` in which there is something; returns the end of the notes. */
function sieveBlocks(span: usize, stop: usize): usize {
  let next = left
  let before = open
  for (let at = span; at < stop; at += BLOCK) {
    const alphabet = alphabetIn(at)
    store<u64>(next, alphabet)
    store<u32>(next, (at - span) as u32, 8)
    const isRun = ((sixteens(alphabet) != 0) as u32) | ((before + (ctz(~alphabet) as u32) >= (MIN_BASE64 as u32)) as u32)
    store<u32>(next, before | (isRun << 8) | (isSpecial << 16), 12)
    next += ((isRun | isSpecial) << 4) as usize
    before = clz(~alphabet) as u32
  }
  open = before
  return next
}

/** Writes start, end and kind of all runs. At least 64 bytes of 0 lie behind the text. */
export function findRuns(text: usize, length: u32): void {
  runs = 0
  open = 0
  wideFrom = text
  const end = text + length
  for (let span = text; span < end; span += SPAN) {
    const last = sieveBlocks(span, min(span + SPAN, end))
    for (let note = left; note < last; note += 16) {
      const at = span + (load<u32>(note, 8) as usize)
      if (load<u8>(note, 13) != 0) takeRuns(at, load<u64>(note), load<u8>(note, 12) as usize, text)
      if (load<u8>(note, 14) != 0) takeSpecial(at, text, end)
    }
  }
  flush(PERCENT, text)
  flush(BACKSLASH, text)
  flush(ENTITY, text)
}
