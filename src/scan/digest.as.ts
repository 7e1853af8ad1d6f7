// A keyed digest of a text, compiled to WebAssembly with SIMD at build time. NH of UMAC (RFC 4418, section 5.2.2) over the whole text
// with a key as long as it, twice (the second time with the key shifted by 16 bytes, as there), each sum then hashed to 32 bits by two
// random multipliers. Of two texts that were chosen without the key, the chance of equal digests is below 2^-60.

/** Bytes that are added at once; texts are padded to a multiple of it. */
const BLOCK: usize = 32
/** The two sums, 16 bytes each: two partial sums of 64 bits. */
const sums = memory.data(32)

export function begin(): void {
  memory.fill(sums, 0, 32)
}

/** Adds `length` bytes (a multiple of 32) at `text`; `key` has 16 bytes more. */
export function add(text: usize, length: usize, key: usize): void {
  let first = v128.load(sums)
  let second = v128.load(sums, 16)
  for (const end = text + length; text < end; text += BLOCK, key += BLOCK) {
    const low = v128.load(text)
    const high = v128.load(text, 16)
    const middle = v128.load(key, 16)
    first = product(first, i32x4.add(low, v128.load(key)), i32x4.add(high, middle))
    second = product(second, i32x4.add(low, middle), i32x4.add(high, v128.load(key, 32)))
  }
  v128.store(sums, first)
  v128.store(sums, second, 16)
}

/** `multipliers`: six random numbers of 64 bits. */
export function end(multipliers: usize): u64 {
  return (hashed(sums, multipliers) << 32) | hashed(sums + 16, multipliers + 24)
}

@inline
function product(sum: v128, one: v128, other: v128): v128 {
  const products = i64x2.add(i64x2.extmul_low_i32x4_u(one, other), i64x2.extmul_high_i32x4_u(one, other))
  return i64x2.add(sum, products)
}

function hashed(at: usize, multipliers: usize): u64 {
  const sum = load<u64>(at) + load<u64>(at, 8)
  const mixed = load<u64>(multipliers) * (sum & 0xffffffff) + load<u64>(multipliers, 8) * (sum >> 32)
  return (mixed + load<u64>(multipliers, 16)) >> 32
}
