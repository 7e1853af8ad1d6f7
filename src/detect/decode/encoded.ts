// What a run of encoded bytes says, and where each byte of it came from.

export interface Encoded {
  /** Byte offsets in the text that holds it. */
  readonly start: number
  readonly end: number
  /** "base64", "hex", "percent", "unicode-escape", "utf-16le" … as findings name it. */
  readonly encoding: string
  readonly decoded: Uint8Array
  /**
   * Offset in `decoded` -> offset in the text, for encodings that change a few characters only; where absent, a find stands for the
   * whole run.
   */
  readonly map?: () => (offset: number) => number
}

/** Texts of a decoder: at least this long. */
const MIN_TEXT = 6
const SAMPLE = 512

/** Nineteen of twenty bytes are what people write secrets with, counted over the first `most`. */
export function isReadable(bytes: Uint8Array, most = SAMPLE): boolean {
  if (bytes.length < MIN_TEXT) return false
  const sample = Math.min(bytes.length, most)
  let odd = 0
  for (let index = 0; index < sample; index++) {
    const byte = bytes[index] ?? 0
    if ((byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 0x7f) odd++
    else if (byte >= 0x80) odd += 0.3
  }
  return odd <= sample / 20
}
