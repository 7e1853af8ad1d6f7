// Finds anchors in a text: three bytes at a time by nibble masks, what passes by a bitmap, what is left byte by byte.

/** Bits by folded trigram: 2^18 bits. */
let bitmap: usize = 0
/** First entry by hashed trigram: u16, 0 for none. */
let heads: usize = 0
/** Entries of 8 bytes: u16 next, u16 anchor, u8 fragment offset, u8 length, u16 unused. */
let entries: usize = 0
/** By anchor: MAX_ANCHOR set numbers, u16 each. */
let sequences: usize = 0
/** By set: 256 flags, u8 each. */
let sets: usize = 0
/** Nibble masks of the three fragment bytes: low, high, low, high, low, high; 16 bytes each. */
let masks: usize = 0
let hits: usize = 0
let maxHits: u32 = 0
let count: u32 = 0

const MAX_ANCHOR: usize = 24

export function setUp(
  bitmapAt: usize,
  headsAt: usize,
  entriesAt: usize,
  sequencesAt: usize,
  setsAt: usize,
  masksAt: usize,
  hitsAt: usize,
  hitRoom: u32,
): void {
  bitmap = bitmapAt
  heads = headsAt
  entries = entriesAt
  sequences = sequencesAt
  sets = setsAt
  masks = masksAt
  hits = hitsAt
  maxHits = hitRoom
}

export function hitCount(): u32 {
  return count
}

// @ts-ignore: decorator
@inline
function folded(at: usize): u32 {
  const word = load<u32>(at)
  const bits = (word & 0x1f1f1f) | ((word >> 1) & 0x202020)
  return (bits & 0x3f) | ((bits >> 2) & 0xfc0) | ((bits >> 4) & 0x3f000)
}

function isAnchor(anchor: u32, start: usize, length: u32): bool {
  const sequence = sequences + (anchor as usize) * MAX_ANCHOR * 2
  for (let index: u32 = 0; index < length; index++) {
    const set = load<u16>(sequence + (index << 1)) as usize
    if (load<u8>(sets + (set << 8) + (load<u8>(start + index) as usize)) == 0) return false
  }
  return true
}

/** Writes hits whose fragment stands at `at`. */
// @ts-ignore: decorator
@inline
function check(at: usize, text: usize, end: usize): void {
  const trigram = folded(at)
  if ((load<u8>(bitmap + (trigram >> 3)) & (1 << (trigram & 7))) != 0) walk(at, text, end, trigram)
}

function walk(at: usize, text: usize, end: usize, trigram: u32): void {
  let entry = load<u16>(heads + (((trigram * 0x9e3779b1) >> 20) << 1)) as usize
  while (entry != 0) {
    const base = entries + (entry << 3)
    const length = load<u8>(base + 5) as u32
    const start = at - (load<u8>(base + 4) as usize)
    const anchor = load<u16>(base + 2) as u32
    if (start >= text && start + length <= end && isAnchor(anchor, start, length)) {
      store<u32>(hits + ((count as usize) << 3), (start - text) as u32)
      store<u32>(hits + ((count as usize) << 3) + 4, anchor)
      count++
    }
    entry = load<u16>(base) as usize
  }
}

/**
 * Anchors whose fragment begins at text+from or later. Returns the offset at which to go on: `length` when done, less where the room
 * for hits ran out. At least 32 readable bytes lie behind the text; `slack` hits are kept free for one block.
 */
export function find(text: usize, from: u32, length: u32, slack: u32): u32 {
  count = 0
  const end = text + length
  let at = text + from
  if (ASC_FEATURE_SIMD) {
    const low1 = v128.load(masks)
    const high1 = v128.load(masks, 16)
    const low2 = v128.load(masks, 32)
    const high2 = v128.load(masks, 48)
    const low3 = v128.load(masks, 64)
    const high3 = v128.load(masks, 80)
    const nibble = i8x16.splat(15)
    while (at < end) {
      const one = v128.load(at)
      const two = v128.load(at, 1)
      const three = v128.load(at, 2)
      let found = v128.and(
        v128.and(i8x16.swizzle(low1, v128.and(one, nibble)), i8x16.swizzle(high1, i8x16.shr_u(one, 4))),
        v128.and(i8x16.swizzle(low2, v128.and(two, nibble)), i8x16.swizzle(high2, i8x16.shr_u(two, 4))),
      )
      found = v128.and(
        found,
        v128.and(i8x16.swizzle(low3, v128.and(three, nibble)), i8x16.swizzle(high3, i8x16.shr_u(three, 4))),
      )
      if (v128.any_true(found)) {
        let lanes = ~i8x16.bitmask(i8x16.eq(found, i8x16.splat(0))) & 0xffff
        while (lanes != 0) {
          check(at + (ctz(lanes) as usize), text, end)
          lanes &= lanes - 1
        }
        if (count + slack > maxHits) return (min(at + 16, end) - text) as u32
      }
      at += 16
    }
  } else {
    while (at < end) {
      check(at, text, end)
      if (count + slack > maxHits) return (at + 1 - text) as u32
      at++
    }
  }
  return length
}
