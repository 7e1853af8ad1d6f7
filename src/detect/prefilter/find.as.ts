// Finds anchors in a text: at every second place three bytes are looked up in a bitmap (so small that it stays in the processor's
// cache), what passes is compared byte by byte. Each anchor is known by two trigrams in a row, one of which stands at an even place.

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
let hits: usize = 0
let maxHits: u32 = 0
let count: u32 = 0

const MAX_ANCHOR: usize = 24
/** Places looked at between two checks of the room for hits. */
const BLOCK: usize = 8

export function setUp(
  bitmapAt: usize,
  headsAt: usize,
  entriesAt: usize,
  sequencesAt: usize,
  setsAt: usize,
  hitsAt: usize,
  hitRoom: u32,
): void {
  bitmap = bitmapAt
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

/** The trigram in the lowest three bytes of `folded`, looked up; `at` is where it stands. */
// @ts-ignore: decorator
@inline
function check(folded: u64, at: usize, text: usize, end: usize): void {
  const bits = folded as u32
  const trigram = (bits & 0x3f) | ((bits >> 2) & 0xfc0) | ((bits >> 4) & 0x3f000)
  if ((load<u8>(bitmap + (trigram >> 3)) & (1 << (trigram & 7))) != 0) walk(at, text, end, trigram)
}

// @ts-ignore: decorator
@inline
function folded(bytes: u64): u64 {
  return (bytes & 0x1f1f1f1f1f1f1f1f) | ((bytes >> 1) & 0x2020202020202020)
}

/**
 * Anchors of which a trigram begins at text+from (even) or later. Returns the offset at which to go on: `length` when done, less where
 * the room for hits ran out. At least 64 readable bytes lie behind the text; `slack` hits are kept free for one block.
 */
export function find(text: usize, from: u32, length: u32, slack: u32): u32 {
  count = 0
  const end = text + length
  for (let at = text + from; at < end; at += BLOCK) {
    const eight = folded(load<u64>(at))
    const last = folded(load<u32>(at, 6) as u64)
    check(eight, at, text, end)
    check(eight >> 16, at + 2, text, end)
    check(eight >> 32, at + 4, text, end)
    check(last, at + 6, text, end)
    if (count + slack > maxHits) return (min(at + BLOCK, end) - text) as u32
  }
  return length
}
