// Lengths and strings of a dump of Redis ("RDB"), read from front to back.
import { unpackLzf } from './lzf.js'

/** Bytes of the longest string that is made of a compressed one: Redis' own limit is 512 MiB. */
const LONGEST = 64 * 1024 * 1024
/** A three-byte copy of LZF makes no more of it. */
const MOST_RATIO = 88

/** The dump ends, or says what cannot be: nothing behind it is known. */
export class NoSense extends Error {}

/** A position in a dump. Its functions throw NoSense. */
export class RdbInput {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    return this.take(1)[0] as number
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new NoSense()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  skip(length: number): void {
    this.take(length)
  }

  /** A count or a length. */
  length(): number {
    const first = this.byte()
    if (first >> 6 === 3) throw new NoSense()
    return this.#length(first)
  }

  /** A string; undefined where it is a number, or compressed and makes no sense. */
  string(): Buffer | undefined {
    const first = this.byte()
    if (first >> 6 !== 3) return this.take(this.#length(first))
    const form = first & 0x3f
    if (form > 3) throw new NoSense()
    if (form < 3) {
      this.skip(2 ** form)
      return undefined
    }
    const packed = this.length()
    const length = this.length()
    const bytes = this.take(packed)
    return length > Math.min(LONGEST, packed * MOST_RATIO) ? undefined : unpackLzf(bytes, length)
  }

  /** Six bits, fourteen, or four or eight bytes. */
  #length(first: number): number {
    if (first < 0x40) return first
    if (first < 0x80) return ((first & 0x3f) << 8) | this.byte()
    if (first === 0x80) return this.take(4).readUInt32BE()
    if (first !== 0x81) throw new NoSense()
    return Number(this.take(8).readBigUInt64BE())
  }
}
