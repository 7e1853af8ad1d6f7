// Does a run decode to text? Part of the prefilter's kernel: tells what is worth decoding from names and hashes.

/** By byte: 64 for no base64, else its value; then 256 more: 16 for no hex digit, else its value. */
let values: usize = 0

export function setUpValues(valuesAt: usize): void {
  values = valuesAt
}

@inline
export function sixBits(at: usize): u32 {
  return load<u8>(values + (load<u8>(at) as usize)) as u32
}

@inline
export function hexDigit(at: usize): u32 {
  return load<u8>(values + 256 + (load<u8>(at) as usize)) as u32
}

/** What a byte of text is, a bit each: what stands for itself, what begins a character of UTF-8, what continues one, zero, a byte order mark. */
const PLAIN: u32 = 1
const LEAD: u32 = 2
const TRAIL: u32 = 4
const ZERO: u32 = 8
const MARK: u32 = 16

@inline
function kindOf(byte: u32): u32 {
  if (byte < 0x80) {
    if (byte >= 0x20) return byte == 0x7f ? 0 : PLAIN
    if (byte == 0) return ZERO
    return byte == 9 || byte == 10 || byte == 13 ? PLAIN : 0
  }
  if (byte < 0xc0) return TRAIL
  return byte >= 0xfe ? LEAD | MARK : byte >= 0xc2 ? LEAD : 0
}

/** Ways to read the bytes so far, a bit each: UTF-8 text (with IN_CHARACTER: where a character goes on), UTF-16 with zeros behind, before. */
const NARROW: u32 = 1
const EVEN: u32 = 2
const ODD: u32 = 4
const IN_CHARACTER: u32 = 8
const ALL_WAYS: u32 = NARROW | EVEN | ODD

/** The ways that are left with `byte` at place `index`; 0: it is no text. */
@inline
function waysWith(ways: u32, byte: u32, index: u32): u32 {
  const kind = kindOf(byte)
  let left = ways & ~IN_CHARACTER
  const goesOn = (kind & TRAIL) != 0 && (ways & IN_CHARACTER) != 0
  if ((kind & (PLAIN | LEAD)) == 0 && !goesOn) left &= ~NARROW
  if (index >= 2 || (kind & MARK) == 0) {
    if ((kind & PLAIN) == 0) left &= ~((index & 1) == 0 ? EVEN : ODD)
    if ((kind & ZERO) == 0) left &= ~((index & 1) == 0 ? ODD : EVEN)
  }
  return left != 0 && ((kind & LEAD) != 0 || goesOn) ? left | IN_CHARACTER : left
}

/** "H4sI": how gzip begins in base64; "1f8b08" in hexadecimal is told by its digits. */
const GZIP_BASE64: u32 = 0x49733448

/** Bytes of a decoded text that are looked at. */
const SAMPLE: u32 = 512
/** A run this long may be a line of a longer text, which is judged as a whole: only what is far from text is left out. */
const MIN_LINE: u32 = 40

/** Tenths that a byte adds to what is odd in a text, as isReadable() of decode/encoded.ts counts. */
@inline
function oddness(byte: u32): u32 {
  if (byte >= 0x80) return 3
  return (byte < 0x20 && byte != 9 && byte != 10 && byte != 13) || byte == 0x7f ? 10 : 0
}

/** Tenths of odd bytes that a text of `length` encoded characters, which decode to `decoded` bytes, may have. */
@inline
function mostOdd(length: u32, decoded: u32): u32 {
  const sample = min(decoded, SAMPLE)
  return length < MIN_LINE ? (sample + 1) >> 1 : sample << 1
}

/** Whether the first three bytes that a run decodes to can begin what isBase64Text() asks for. */
@inline
export function mayBeBase64Text(start: usize): bool {
  const bits = fourAt(start)
  let ways = waysWith(ALL_WAYS, (bits >> 16) & 0xff, 0)
  if (ways != 0) ways = waysWith(ways, (bits >> 8) & 0xff, 1)
  if (ways != 0) ways = waysWith(ways, bits & 0xff, 2)
  return ways != 0 || load<u32>(start) == GZIP_BASE64
}

/** Whether a run begins with four hex digits. */
@inline
export function mayBeHex(start: usize): bool {
  return (hexDigit(start) | hexDigit(start + 1) | hexDigit(start + 2) | hexDigit(start + 3)) < 16
}

/** Does the run decode to text, UTF-16 text or gzip? */
export function isBase64Text(start: usize, stop: usize): bool {
  if (load<u32>(start) == GZIP_BASE64) return true
  let ways = ALL_WAYS
  for (let group: u32 = 0; group < 4; group++) {
    const bits = fourAt(start + ((group << 2) as usize))
    ways = waysWith(ways, (bits >> 16) & 0xff, group * 3)
    if (ways == 0) return false
    ways = waysWith(ways, (bits >> 8) & 0xff, group * 3 + 1)
    if (ways == 0) return false
    ways = waysWith(ways, bits & 0xff, group * 3 + 2)
    if (ways == 0) return false
  }
  return (ways & NARROW) == 0 || isReadableBase64(start, (stop - start) as u32)
}

/** The three bytes that four characters stand for. */
@inline
function fourAt(at: usize): u32 {
  return (sixBits(at) << 18) | (sixBits(at + 1) << 12) | (sixBits(at + 2) << 6) | sixBits(at + 3)
}

function isReadableBase64(start: usize, length: u32): bool {
  const decoded = (length * 3) >> 2
  const most = mostOdd(length, decoded)
  const end = start + ((min(length, (SAMPLE << 2) / 3) & ~3) as usize)
  let odd: u32 = 0
  for (let at = start; at < end; at += 4) {
    const bits = fourAt(at)
    odd += oddness((bits >> 16) & 0xff) + oddness((bits >> 8) & 0xff) + oddness(bits & 0xff)
    if (odd > most) return false
  }
  return true
}

@inline
function hexByte(at: usize): u32 {
  return (hexDigit(at) << 4) | hexDigit(at + 1)
}

export function isHexText(start: usize): bool {
  if (hexByte(start) == 0x1f && hexByte(start + 2) == 0x8b && hexByte(start + 4) == 8) return true
  let ways = ALL_WAYS
  for (let index: u32 = 0; index < 10 && ways != 0; index++)
    ways = waysWith(ways, hexByte(start + ((index << 1) as usize)), index)
  return ways != 0
}
