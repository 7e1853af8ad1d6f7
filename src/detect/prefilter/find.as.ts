// Finds anchors in a text: at every second place four bytes are looked up in a table (so small that it stays in the processor's
// cache), what passes is compared byte by byte. Each anchor is known by two fragments of four bytes, one of
// which stands at an even place.

/** By hashed trigram a bit for each class of the byte behind it: 2^16 bytes, at a fixed place, so that its address is no work. */
const TABLE: usize = 0x10000
/** By hashed trigram, u32: its first entry (16 bits), and the classes of the byte before the fragment and of the one behind it (8 bits each). */
let heads: usize = 0
/** Entries of 24 bytes: u16 whether one more follows, u16 anchor, i8 fragment offset, u8 length, u8 bytes before the place that are compared, u8 unused, u64 mask, u64 value. */
let entries: usize = 0
/** By anchor: MAX_ANCHOR set numbers, u16 each. */
let sequences: usize = 0
/** By set: 256 flags, u8 each. */
let sets: usize = 0
let hits: usize = 0
let maxHits: u32 = 0
let count: u32 = 0

const MAX_ANCHOR: usize = 24
const ENTRY: usize = 24
/** Bytes looked at between two checks of the room for hits. */
const BLOCK: usize = 16
/** As tables.ts hashes: the first two bytes by one factor, the third by another, modulo 2^16. */
const FIRST_TWO: u32 = 0xcab1
const THIRD: u32 = 0xf7dd

export function setUp(
  headsAt: usize,
  entriesAt: usize,
  sequencesAt: usize,
  setsAt: usize,
  hitsAt: usize,
  hitRoom: u32,
): void {
  heads = headsAt
  entries = entriesAt
  sequences = sequencesAt
  sets = setsAt
  hits = hitsAt
  maxHits = hitRoom
}

export function hitCount(): u32 {
  return count
}

function isAnchor(anchor: u32, start: usize, length: u32): bool {
  const sequence = sequences + (anchor as usize) * MAX_ANCHOR * 2
  for (let index: u32 = 0; index < length; index++) {
    const set = load<u16>(sequence + (index << 1)) as usize
    if (load<u8>(sets + (set << 8) + (load<u8>(start + index) as usize)) == 0) return false
  }
  return true
}

@inline
function classOf(at: usize): u32 {
  return (load<u8>(at) as u32) & 7
}

function walk(at: usize, text: usize, end: usize, hash: u32): void {
  const head = load<u32>(heads + (hash << 2))
  // Most places that get here are other words with the same three bytes: their neighbours tell, before any entry is read.
  if (((head >> (16 + classOf(at - 1))) & (head >> (24 + classOf(at + 4))) & 1) == 0) return
  let entry = entries + ((head & 0xffff) as usize) * ENTRY
  for (;;) {
    const near = folded(load<u64>(at - (load<u8>(entry + 6) as usize)))
    if (((near ^ load<u64>(entry + 16)) & load<u64>(entry + 8)) == 0) {
      const length = load<u8>(entry + 5) as u32
      const start = at - (load<i8>(entry + 4) as isize as usize)
      const anchor = load<u16>(entry + 2) as u32
      if (start >= text && start + length <= end && isAnchor(anchor, start, length)) {
        store<u32>(hits + ((count as usize) << 3), (start - text) as u32)
        store<u32>(hits + ((count as usize) << 3) + 4, anchor)
        count++
      }
    }
    if (load<u16>(entry) == 0) return
    entry += ENTRY
  }
}

@inline
function folded(bytes: u64): u64 {
  return (bytes & 0x1f1f1f1f1f1f1f1f) | ((bytes >> 1) & 0x2020202020202020)
}

/** Bit 0: may an anchor stand where place `index` of the four hashes and classes was read? */
@inline
function passes(hashes: u64, classes: u64, index: u64): u32 {
  return (load<u8>(((hashes >> (index << 4)) & 0xffff) as usize, TABLE) as u32) >> ((classes >> (index << 4)) as u32)
}

/** By four places, two bytes apart, a bit each, for their hashes and the classes of their fourth bytes (16 bits each). */
@inline
function passingFour(hashes: u64, classes: u64): u32 {
  return (
    (passes(hashes, classes, 0) & 1) |
    ((passes(hashes, classes, 1) & 1) << 1) |
    ((passes(hashes, classes, 2) & 1) << 2) |
    ((passes(hashes, classes, 3) & 1) << 3)
  )
}

/** Walks the places whose bits are set. */
function walkFour(passing: u32, hashes: u64, at: usize, text: usize, end: usize): void {
  while (passing != 0) {
    const index = ctz(passing)
    walk(at + ((index as usize) << 1), text, end, ((hashes >> ((index as u64) << 4)) & 0xffff) as u32)
    passing &= passing - 1
  }
}

/** The hashes of four places by the folded bytes that stand there (16 bits each: two bytes), and two bytes further. */
function hashesOf(first: u64, next: u64): u64 {
  let hashes: u64 = 0
  for (let shift: u64 = 0; shift < 64; shift += 16) {
    const two = ((first >> shift) & 0xffff) as u32
    const hash = ((two & 0x3f) | ((two >> 2) & 0xfc0)) * FIRST_TWO + (((next >> shift) & 0x3f) as u32) * THIRD
    hashes |= ((hash & 0xffff) as u64) << shift
  }
  return hashes
}

@inline
function foldedBlock(block: v128): v128 {
  return v128.or(v128.and(block, i8x16.splat(0x1f)), v128.and(i16x8.shr_u(block, 1), i8x16.splat(0x20)))
}

@inline
function checkBlock(at: usize, text: usize, end: usize): void {
  if (ASC_FEATURE_SIMD) {
    const first = foldedBlock(v128.load(at))
    const next = foldedBlock(v128.load(at, 2))
    const two = v128.or(
      v128.and(first, i16x8.splat(0x3f)),
      v128.and(i16x8.shr_u(first, 2), i16x8.splat(0xfc0)),
    )
    const hashes = i16x8.add(
      i16x8.mul(two, i16x8.splat(FIRST_TWO as i16)),
      i16x8.mul(v128.and(next, i16x8.splat(0x3f)), i16x8.splat(THIRD as i16)),
    )
    const classes = v128.and(i16x8.shr_u(next, 8), i16x8.splat(7))
    const low = passingFour(i64x2.extract_lane(hashes, 0), i64x2.extract_lane(classes, 0))
    const high = passingFour(i64x2.extract_lane(hashes, 1), i64x2.extract_lane(classes, 1))
    if ((low | high) == 0) return
    walkFour(low, i64x2.extract_lane(hashes, 0), at, text, end)
    walkFour(high, i64x2.extract_lane(hashes, 1), at + 8, text, end)
  } else {
    for (let half: usize = 0; half < BLOCK; half += 8) {
      const first = folded(load<u64>(at + half))
      const next = folded(load<u64>(at + half, 2))
      const hashes = hashesOf(first, next)
      walkFour(passingFour(hashes, (next >> 8) & 0x0007000700070007), hashes, at + half, text, end)
    }
  }
}

/**
 * Anchors of which a fragment begins at text+from (even) or later. Returns the offset at which to go on: `length` when done, less where
 * the room for hits ran out. At least 64 readable bytes lie before and behind the text; `slack` hits are kept free for one block.
 */
export function find(text: usize, from: u32, length: u32, slack: u32): u32 {
  count = 0
  const end = text + length
  for (let at = text + from; at < end; at += BLOCK) {
    checkBlock(at, text, end)
    if (count + slack > maxHits) return (min(at + BLOCK, end) - text) as u32
  }
  return length
}
