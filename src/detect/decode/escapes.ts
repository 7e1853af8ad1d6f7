// Percent, backslash and entity escapes: the text without them, and where each of its bytes came from.

export type EscapeKind = 'percent' | 'backslash' | 'entity'

/** An escape as one number, since texts hold millions: its code point in the lowest bits, its length above. NONE: no escape. */
type Packed = number
const CODE_BITS = 21
const CODE_MASK = 2 ** CODE_BITS - 1
const NONE = 0
const packed = (code: number, length: number): Packed => (length << CODE_BITS) | code

const BACKSLASH = 0x5c
const MARKS: Readonly<Record<EscapeKind, number>> = { percent: 0x25, backslash: BACKSLASH, entity: 0x26 }

const HEX_VALUES = Int8Array.from({ length: 256 }, (_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()),
)
/** By the letter after a backslash: the character, or 0. */
const LETTERS = new Uint8Array(256)
for (const [letter, code] of Object.entries({ n: 10, t: 9, r: 13, '"': 0x22, "'": 0x27, '/': 0x2f, '\\': BACKSLASH }))
  LETTERS[letter.charCodeAt(0)] = code

/** -1 where not all digits are hexadecimal. */
function hexAt(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let index = at; index < at + digits; index++) {
    const digit = HEX_VALUES[bytes[index] ?? 0] ?? -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

function percentEscape(bytes: Uint8Array, at: number): Packed {
  const value = hexAt(bytes, at + 1, 2)
  return value < 0 ? NONE : packed(value, 3)
}

const isOctal = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x37

/** \uXXXX (JSON, Java, JavaScript), \xXX, three octal digits and the one-letter escapes (C, shell's $'…'). */
function backslashEscape(bytes: Uint8Array, at: number): Packed {
  const next = bytes[at + 1] ?? 0
  if (next === 0x75 || next === 0x78) {
    const digits = next === 0x75 ? 4 : 2
    const value = hexAt(bytes, at + 2, digits)
    return value < 0 ? NONE : packed(value, digits + 2)
  }
  if (next >= 0x30 && next <= 0x33 && isOctal(bytes[at + 2]) && isOctal(bytes[at + 3]))
    return packed((next - 0x30) * 64 + ((bytes[at + 2] ?? 0) - 0x30) * 8 + (bytes[at + 3] ?? 0) - 0x30, 4)
  const plain = LETTERS[next] ?? 0
  return plain === 0 ? NONE : packed(plain, 2)
}

const NAMED: Readonly<Record<string, number>> = { quot: 0x22, apos: 0x27, amp: 0x26, lt: 0x3c, gt: 0x3e }

/** &#39; &#x27; and the five names of XML. */
function entityEscape(bytes: Uint8Array, at: number): Packed {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(12, bytes.length - at)).toString('latin1')
  const match = /^&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(quot|apos|amp|lt|gt));/.exec(text)
  if (match === null) return NONE
  const [whole, decimal, hex, name] = match
  const code = name === undefined ? Number.parseInt(decimal ?? hex ?? '', decimal === undefined ? 16 : 10) : NAMED[name]
  return packed(Math.min(code ?? 0, 0x10ffff), whole.length)
}

const READERS = { percent: percentEscape, backslash: backslashEscape, entity: entityEscape } as const

/** `bytes` without its escapes of one kind. */
export function withoutEscapes(bytes: Uint8Array, kind: EscapeKind): Uint8Array {
  return walk(bytes, kind).decoded
}

/** Offset in what withoutEscapes() gives -> offset in `bytes`. */
export function escapeMap(bytes: Uint8Array, kind: EscapeKind): (offset: number) => number {
  const origins = new Uint32Array(bytes.length)
  const { length } = walk(bytes, kind, origins).decoded
  return (offset) => (offset < length ? (origins[offset] ?? 0) : bytes.length)
}

/** Half of a surrogate pair is no character: what UTF-8 has in its place. */
const REPLACEMENT = 0xfffd

/** Writes a code point above 0xff as UTF-8; returns the place behind it. Without a string: texts hold millions. */
function writeUtf8(into: Uint8Array, at: number, code: number): number {
  if (code >= 0xd800 && code < 0xe000) return writeUtf8(into, at, REPLACEMENT)
  const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3
  into[at] = ([0xc0, 0xe0, 0xf0][more - 1] as number) | (code >> (6 * more))
  for (let byte = 1; byte <= more; byte++) into[at + byte] = 0x80 | ((code >> (6 * (more - byte))) & 0x3f)
  return at + more + 1
}

/** One byte a character where one is enough, so that latin1 patterns see it; else UTF-8. Never longer than the escape. */
function walk(bytes: Uint8Array, kind: EscapeKind, origins?: Uint32Array): { readonly decoded: Uint8Array } {
  const mark = MARKS[kind]
  const read = READERS[kind]
  const decoded = new Uint8Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] as number
    const found = byte === mark ? read(bytes, at) : NONE
    const code = found === NONE ? byte : found & CODE_MASK
    if (origins !== undefined) origins.fill(at, length, length + 4)
    if (code < 0x100) decoded[length++] = code
    else length = writeUtf8(decoded, length, code)
    at += found === NONE ? 1 : found >> CODE_BITS
  }
  return { decoded: decoded.subarray(0, length) }
}
