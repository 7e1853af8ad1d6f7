// LZF, the compression of Redis' strings: literal runs and copies of what stands up to 8 KiB before.

/** The `length` bytes that `packed` stands for, or undefined where it does not make sense. */
export function unpackLzf(packed: Buffer, length: number): Buffer | undefined {
  const plain = Buffer.alloc(length)
  let to = 0
  for (let at = 0; at < packed.length; ) {
    const control = packed[at++] as number
    if (control < 32) {
      const run = packed.subarray(at, at + control + 1)
      if (to + run.length > length) return undefined
      to += run.copy(plain, to)
      at += control + 1
    } else {
      const more = control >> 5 === 7 ? (packed[at++] ?? 0) : 0
      const count = (control >> 5) + more + 2
      const from = to - ((control & 0x1f) << 8) - (packed[at++] ?? 0) - 1
      if (from < 0 || to + count > length) return undefined
      // Byte by byte: a copy may read what it has just written.
      for (let index = 0; index < count; index++) plain[to++] = plain[from + index] as number
    }
  }
  return to === length ? plain : undefined
}
