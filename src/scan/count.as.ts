// Counts newlines and characters of a text, compiled to WebAssembly with SIMD at build time. lines.ts does the same where there is none.

/** Bytes added up before the counters of one byte each could overflow. */
const BLOCKS: usize = 255

/** The sum of sixteen counters of one byte. */
@inline
function sum(counters: v128): u32 {
  const wide = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counters))
  return (
    i32x4.extract_lane(wide, 0) + i32x4.extract_lane(wide, 1) + i32x4.extract_lane(wide, 2) + i32x4.extract_lane(wide, 3)
  )
}

/** Newlines in `length` bytes at `text`. */
export function newlines(text: usize, length: usize): u32 {
  const end = text + (length & ~15)
  let count: u32 = 0
  let at = text
  while (at < end) {
    const stop = min(end, at + BLOCKS * 16)
    let counters = i8x16.splat(0)
    for (; at < stop; at += 16) counters = i8x16.sub(counters, i8x16.eq(v128.load(at), i8x16.splat(10)))
    count += sum(counters)
  }
  for (const last = text + length; at < last; at++) if (load<u8>(at) == 10) count++
  return count
}

/** UTF-16 units of `length` bytes of UTF-8: one for each byte that begins a character, one more where it takes four bytes. */
export function units(text: usize, length: usize): u32 {
  const end = text + (length & ~15)
  let count: u32 = 0
  let at = text
  while (at < end) {
    const stop = min(end, at + (BLOCKS >> 1) * 16)
    let counters = i8x16.splat(0)
    for (; at < stop; at += 16) {
      const block = v128.load(at)
      // As signed numbers, bytes that continue a character are the least: below -64.
      counters = i8x16.sub(counters, i8x16.ge_s(block, i8x16.splat(-64)))
      counters = i8x16.sub(counters, i8x16.ge_u(block, i8x16.splat(-16)))
    }
    count += sum(counters)
  }
  for (const last = text + length; at < last; at++) {
    const byte = load<u8>(at)
    if ((byte & 0xc0) != 0x80) count += byte >= 0xf0 ? 2 : 1
  }
  return count
}
