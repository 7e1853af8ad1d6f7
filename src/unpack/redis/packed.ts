// The compact forms in which Redis keeps short lists and hashes within one string: ziplist (before 7.0) and listpack. Strings only: a
// number's place is kept by undefined.

export type Elements = Iterable<Buffer | undefined>

/** An element: where its text begins and ends, and where the next one begins. */
interface Element {
  readonly text?: Buffer
  readonly next: number
}

const END = 0xff
const HEADS = { ziplist: 10, listpack: 6 } as const

/** The elements, as far as they make sense; one at a time, since a short compressed string may hold many millions. */
export function* packedElements(kind: keyof typeof HEADS, bytes: Buffer): Generator<Buffer | undefined> {
  const read = kind === 'ziplist' ? ziplistElement : listpackElement
  for (let at: number = HEADS[kind]; at < bytes.length && bytes[at] !== END; ) {
    const element = read(bytes, at)
    if (element === undefined || element.next > bytes.length) break
    yield element.text
    at = element.next
  }
}

const textAt = (bytes: Buffer, start: number, length: number, behind = 0): Element => ({
  text: bytes.subarray(start, start + length),
  next: start + length + behind,
})

/** Bytes of a number behind its first byte. */
const ZIPLIST_NUMBERS: Readonly<Record<number, number>> = { 192: 2, 208: 4, 224: 8, 240: 3, 254: 1 }

/** The length of the one before, an encoding, the text or number. */
function ziplistElement(bytes: Buffer, start: number): Element | undefined {
  const at = start + (bytes[start] === 0xfe ? 5 : 1)
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < 64) return textAt(bytes, at + 1, first)
  if (first < 128) return textAt(bytes, at + 2, ((first & 0x3f) << 8) | (bytes[at + 1] ?? 0))
  if (first < 192) return at + 5 > bytes.length ? undefined : textAt(bytes, at + 5, bytes.readUInt32BE(at + 1))
  // 241 to 253 are numbers themselves.
  return { next: at + 1 + (ZIPLIST_NUMBERS[first] ?? 0) }
}

const LISTPACK_NUMBERS: Readonly<Record<number, number>> = { 241: 2, 242: 3, 243: 4, 244: 8 }

/** An encoding, the text or number, and how long all that was. */
function listpackElement(bytes: Buffer, at: number): Element | undefined {
  const first = bytes[at] as number
  const behind = (length: number): number => [127, 16383, 2097151, 268435455].filter((most) => length > most).length + 1
  const text = (head: number, length: number) => textAt(bytes, at + head, length, behind(head + length))
  const number = (length: number): Element => ({ next: at + length + behind(length) })
  if (first < 128) return number(1)
  if (first < 192) return text(1, first & 0x3f)
  if (first < 224) return number(2)
  if (first < 240) return text(2, ((first & 0x0f) << 8) | (bytes[at + 1] ?? 0))
  if (first === 240) return at + 5 > bytes.length ? undefined : text(5, bytes.readUInt32LE(at + 1))
  const size = LISTPACK_NUMBERS[first]
  return size === undefined ? undefined : number(1 + size)
}
