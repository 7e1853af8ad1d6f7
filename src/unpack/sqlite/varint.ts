// Integers of one to nine bytes, seven bits each, the most significant first; of a ninth byte all eight bits.

export interface Varint {
  /** Exact up to 2^53; what is larger or negative is no length and no page that exists. */
  readonly value: number
  /** Behind it. */
  readonly end: number
}

/** The integer at `at`, or undefined where the bytes end before it does. */
export function varint(bytes: Uint8Array, at: number): Varint | undefined {
  let value = 0
  for (let index = 0; index < 9; index++) {
    const byte = bytes[at + index]
    if (byte === undefined) return undefined
    if (index === 8) return { value: value * 256 + byte, end: at + 9 }
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return { value, end: at + index + 1 }
  }
  return undefined
}
