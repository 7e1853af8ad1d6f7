// Shannon entropy of a value's characters.

/** Bits a character (byte); 0 for an empty value. */
export function shannonEntropy(value: Uint8Array | string): number {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value
  if (bytes.length === 0) return 0
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
  let bits = 0
  for (const count of counts) {
    if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length)
  }
  return bits
}
