// Finds anchors in a text. Each anchor is known by two fragments of four bytes, one of which stands at an even place. A span of text
// goes through three sieves, each without a branch that depends on the text, since a branch that cannot be foreseen costs as much as
// twenty bytes: at every second place four bytes are looked up in a table (so small that it stays in the processor's cache); of what
// passes, the neighbouring bytes' classes are; only what is left is compared byte by byte.
import { mayStand, passText } from './beside.as'

/** By hashed trigram a bit for each class of the byte behind it: 2^16 bytes, at a fixed place, so that its address is no work. */
const TABLE: usize = 0x10000
/** By hashed trigram, u16: its first chain; there is one for each of its bits in the table, in their order. */
let heads: usize = 0
/** Chains of 16 bytes: u64 a bit for each pair of classes of the byte before the fragment and the second one behind it, u32 first entry, u32 unused. */
let chains: usize = 0
/** Entries of 24 bytes: u16 whether one more follows, u16 anchor, i8 fragment offset, u8 length, u16 unused, u64 mask, u64 value. */
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
const BLOCK: usize = 16
/** Bytes that go through one sieve before they go through the next: their places fit into 16 bits and the processor's nearest cache. */
const SPAN: usize = 16 * 1024
/** Places in a span that are left, u16 each, relative to its beginning; a block may be written behind the last one. */
const passed = memory.data(16 * 1024 + 16)
/** Those that are left of them, u32 each: the place, and in the upper half its chain. */
const kept = memory.data(32 * 1024)
/** By eight bits, the places of a block's two-byte steps whose bits are set, in order: eight u16. */
const packed = memory.data(256 * 16)
/** As tables.ts hashes: the first two bytes by one factor, the third by another, modulo 2^16. */
const FIRST_TWO: u32 = 0xcab1
const THIRD: u32 = 0xf7dd

export function setUp(
  headsAt: usize,
  chainsAt: usize,
  entriesAt: usize,
  sequencesAt: usize,
  setsAt: usize,
  hitsAt: usize,
  hitRoom: u32,
): void {
  heads = headsAt
  chains = chainsAt
  entries = entriesAt
  sequences = sequencesAt
  sets = setsAt
  hits = hitsAt
  maxHits = hitRoom
  for (let bits: usize = 0; bits < 256; bits++) {
    let next = packed + (bits << 4)
    for (let place: usize = 0; place < 8; place++) {
      if (((bits >> place) & 1) == 0) continue
      store<u16>(next, (place << 1) as u16)
      next += 2
    }
  }
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

@inline
function folded(bytes: u64): u64 {
  return (bytes & 0x1f1f1f1f1f1f1f1f) | ((bytes >> 1) & 0x2020202020202020)
}

/** Of the three bytes at a place. */
@inline
function hashAt(at: usize): usize {
  const three = folded(load<u32>(at) as u64) as u32
  const two = (three & 0x3f) | ((three >> 2) & 0xfc0)
  return ((two * FIRST_TWO + ((three >> 16) & 0x3f) * THIRD) & 0xffff) as usize
}

/** The four bytes before the fragment at a place and the four behind its three. */
@inline
function nearAt(at: usize): u64 {
  return folded((load<u32>(at - 4) as u64) | ((load<u32>(at + 3) as u64) << 32))
}

/** Compares what stands round a place with all fragments of its chain. */
@inline
function walk(chain: usize, at: usize, text: usize, end: usize): void {
  let entry = entries + (load<u32>(chains + (chain << 4), 8) as usize) * ENTRY
  const near = nearAt(at)
  for (;;) {
    if (((near ^ load<u64>(entry, 16)) & load<u64>(entry, 8)) == 0) {
      const length = load<u8>(entry, 5) as u32
      const start = at - (load<i8>(entry, 4) as isize as usize)
      const anchor = load<u16>(entry, 2) as u32
      if (start >= text && start + length <= end && isAnchor(anchor, start, length) && mayStand(anchor, start, text, end)) {
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
function foldedBlock(block: v128): v128 {
  return v128.or(v128.and(block, i8x16.splat(0x1f)), v128.and(i16x8.shr_u(block, 1), i8x16.splat(0x20)))
}

/** Writes the places of a block behind `next` at which a fragment may stand; returns where to go on writing. */
@inline
function sieveBlock(at: usize, place: usize, next: usize): usize {
  if (ASC_FEATURE_SIMD) {
    const first = foldedBlock(v128.load(at))
    const third = foldedBlock(v128.load(at, 2))
    const two = v128.or(
      v128.and(first, i16x8.splat(0x3f)),
      v128.and(i16x8.shr_u(first, 2), i16x8.splat(0xfc0)),
    )
    const hashes = i16x8.add(
      i16x8.mul(two, i16x8.splat(FIRST_TWO as i16)),
      i16x8.mul(v128.and(third, i16x8.splat(0x3f)), i16x8.splat(THIRD as i16)),
    )
    const classes = i8x16.swizzle(
      i8x16(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0),
      v128.or(v128.and(i16x8.shr_u(third, 8), i16x8.splat(7)), i16x8.splat(0x0800)),
    )
    let found = i16x8.splat(0)
    found = v128.load_lane<u8>(TABLE + (i16x8.extract_lane_u(hashes, 0) as usize), found, 0)
    found = v128.load_lane<u8>(TABLE + (i16x8.extract_lane_u(hashes, 1) as usize), found, 2)
    found = v128.load_lane<u8>(TABLE + (i16x8.extract_lane_u(hashes, 2) as usize), found, 4)
    found = v128.load_lane<u8>(TABLE + (i16x8.extract_lane_u(hashes, 3) as usize), found, 6)
    found = v128.load_lane<u8>(TABLE + (i16x8.extract_lane_u(hashes, 4) as usize), found, 8)
    found = v128.load_lane<u8>(TABLE + (i16x8.extract_lane_u(hashes, 5) as usize), found, 10)
    found = v128.load_lane<u8>(TABLE + (i16x8.extract_lane_u(hashes, 6) as usize), found, 12)
    found = v128.load_lane<u8>(TABLE + (i16x8.extract_lane_u(hashes, 7) as usize), found, 14)
    const bits = i16x8.bitmask(i16x8.ne(v128.and(found, classes), i16x8.splat(0)))
    v128.store(next, i16x8.add(v128.load(packed + ((bits as usize) << 4)), i16x8.splat(place as i16)))
    return next + ((popcnt(bits) as usize) << 1)
  } else {
    for (let index: usize = 0; index < BLOCK; index += 2) {
      const bits = load<u8>(hashAt(at + index), TABLE) as u32
      store<u16>(next, (place + index) as u16)
      next += (((bits >> classOf(at + index + 3)) & 1) << 1) as usize
    }
    return next
  }
}

/** Keeps of the passed places up to `stop` those whose neighbouring bytes may stand beside a fragment of their chain; returns their end. */
function sieveNeighbours(span: usize, stop: usize): usize {
  let next = kept
  for (let from = passed; from < stop; from += 2) {
    const place = load<u16>(from) as u32
    const at = span + (place as usize)
    const hash = hashAt(at)
    const earlier = (load<u8>(hash, TABLE) as u32) & ((1 << classOf(at + 3)) - 1)
    const chain = (load<u16>(heads + (hash << 1)) as u32) + popcnt(earlier)
    const pairs = load<u64>(chains + ((chain as usize) << 4))
    store<u32>(next, place | (chain << 16))
    next += (((pairs >> (((classOf(at - 1) << 3) | classOf(at + 4)) as u64)) & 1) << 2) as usize
  }
  return next
}

/**
 * Anchors of which a fragment begins at text+from (even) or later. Returns the offset at which to go on: `length` when done, less where
 * the room for hits ran out. At least 64 readable bytes lie before and behind the text; `slack` hits are kept free for one place.
 */
export function find(text: usize, from: u32, length: u32, slack: u32): u32 {
  count = 0
  const end = text + length
  for (let span = text + from; span < end; span += SPAN) {
    const stop = min(span + SPAN, end)
    let next = passed
    for (let at = span; at < stop; at += BLOCK) next = sieveBlock(at, at - span, next)
    const last = sieveNeighbours(span, next)
    for (let one = kept; one < last; one += 4) {
      const found = load<u32>(one)
      const at = span + ((found & 0xffff) as usize)
      if (count + slack > maxHits) return (at - text) as u32
      walk((found >> 16) as usize, at, text, end)
    }
  }
  passText(length)
  return length
}
