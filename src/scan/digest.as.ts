// A keyed digest of a text, compiled to WebAssembly with SIMD at build time: NH of UMAC (RFC 4418, section 5.2.2) of each section, then of
// all sections' sums and what is told of the text. All of it twice, the second time with the key shifted by 16 bytes, as there. The two
// sums that are left are hashed to 32 bits each by random multipliers. Of two texts that were chosen without the key, the chance of
// equal digests is below 2^-60.

/** Bytes of a text that are summed up with one key: with it they fit into the processor's nearest cache. */
const SECTION: usize = 16 * 1024
/** Bytes that are added at once. */
const BLOCK: usize = 32

let first: v128 = i64x2.splat(0)
let second: v128 = i64x2.splat(0)

/** The lower half of the last digest. */
let lower: u32 = 0

export function lowerHalf(): u32 {
  return lower
}

/**
 * Of `length` bytes at `text` and `aboutLength` bytes at `about`, both with room behind: for zeros up to a multiple of 32, at `about` for the
 * text's sums, too. `key` has 16 bytes more than SECTION, `aboutKey` than what is told and the sums; `multipliers` are six random
 * numbers of 64 bits. Gives the upper half: a number of 64 bits would be an object where this is called.
 */
export function digest(
  text: usize,
  length: usize,
  key: usize,
  about: usize,
  aboutLength: usize,
  aboutKey: usize,
  multipliers: usize,
): u32 {
  let told = about + padded(about, aboutLength)
  const end = text + padded(text, length)
  for (; text < end; text += SECTION) {
    add(text, min(SECTION, end - text), key)
    v128.store(told, i64x2(sum(first), sum(second)))
    told += 16
  }
  add(about, padded(about, told - about), aboutKey)
  lower = hashed(sum(second), multipliers + 24)
  return hashed(sum(first), multipliers)
}

/** `length` up to the next block; the bytes between are made zero. */
function padded(text: usize, length: usize): usize {
  const whole = (length + BLOCK - 1) & ~(BLOCK - 1)
  memory.fill(text + length, 0, whole - length)
  return whole
}

/** The sums of `length` bytes, a multiple of 32. */
function add(text: usize, length: usize, key: usize): void {
  let one = i64x2.splat(0)
  let two = i64x2.splat(0)
  for (const end = text + length; text < end; text += BLOCK, key += BLOCK) {
    const low = v128.load(text)
    const high = v128.load(text, 16)
    const middle = v128.load(key, 16)
    one = i64x2.add(one, product(i32x4.add(low, v128.load(key)), i32x4.add(high, middle)))
    two = i64x2.add(two, product(i32x4.add(low, middle), i32x4.add(high, v128.load(key, 32))))
  }
  first = one
  second = two
}

function sum(sums: v128): u64 {
  return i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1)
}

@inline
function product(one: v128, other: v128): v128 {
  return i64x2.add(i64x2.extmul_low_i32x4_u(one, other), i64x2.extmul_high_i32x4_u(one, other))
}

function hashed(sum: u64, multipliers: usize): u32 {
  const mixed = load<u64>(multipliers) * (sum & 0xffffffff) + load<u64>(multipliers, 8) * (sum >> 32)
  return ((mixed + load<u64>(multipliers, 16)) >> 32) as u32
}
