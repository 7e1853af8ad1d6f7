// Shannon entropy of a value's characters.

/** Used again for each value: no call leaves anything in it. */
const counts = new Uint32Array(256)

/** Bits a character (byte); 0 for an empty value. */
export function shannonEntropy(value: Uint8Array | string): number {
  if (value.length === 0) return 0
  counts.fill(0)
  if (typeof value === 'string') for (let i = 0; i < value.length; i++) countByte(value.charCodeAt(i) & 0xff)
  else for (let i = 0; i < value.length; i++) countByte(value[i] ?? 0)
  let bits = 0
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte] ?? 0
    if (count > 0) bits -= (count / value.length) * Math.log2(count / value.length)
  }
  return bits
}

function countByte(byte: number): void {
  counts[byte] = (counts[byte] ?? 0) + 1
}
