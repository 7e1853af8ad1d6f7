// Git's delta form (gitformat-pack, "Deltified representation"): a target made of copies from a base and of new bytes.

interface Cursor {
  readonly delta: Uint8Array
  at: number
}

function size(cursor: Cursor): number {
  let value = 0
  let factor = 1
  for (;;) {
    const byte = cursor.delta[cursor.at++] ?? 0
    value += (byte & 0x7f) * factor
    if ((byte & 0x80) === 0) return value
    factor *= 128
    if (factor > 2 ** 49) return Number.POSITIVE_INFINITY
  }
}

/** A copy's offset and length: only the bytes that the operation's bits name are written. */
function copyRange(cursor: Cursor, operation: number): { readonly offset: number; readonly length: number } {
  const part = (bit: number, shift: number): number =>
    (operation & bit) === 0 ? 0 : (cursor.delta[cursor.at++] ?? 0) * 2 ** shift
  const offset = part(1, 0) + part(2, 8) + part(4, 16) + part(8, 24)
  const length = part(16, 0) + part(32, 8) + part(64, 16)
  return { offset, length: length === 0 ? 0x10000 : length }
}

/** The size that a delta's target says it has, in bytes. */
export function targetSize(delta: Uint8Array): number {
  const cursor = { delta, at: 0 }
  size(cursor)
  return size(cursor)
}

/** The target of `delta` over `base`; undefined where they do not fit or the delta is broken. */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array | undefined {
  const cursor = { delta, at: 0 }
  if (size(cursor) !== base.length) return undefined
  const target = new Uint8Array(size(cursor))
  let filled = 0
  while (cursor.at < delta.length) {
    const operation = delta[cursor.at++] ?? 0
    if (operation === 0) return undefined
    const isCopy = (operation & 0x80) !== 0
    const { offset, length } = isCopy ? copyRange(cursor, operation) : { offset: cursor.at, length: operation }
    const source = isCopy ? base : delta
    if (offset + length > source.length || filled + length > target.length) return undefined
    target.set(source.subarray(offset, offset + length), filled)
    filled += length
    if (!isCopy) cursor.at += length
  }
  return filled === target.length ? target : undefined
}

/** The new bytes of a delta whose base is not at hand, a line break between them: all of the target that only it holds. */
export function newBytes(delta: Uint8Array): Uint8Array {
  const cursor = { delta, at: 0 }
  size(cursor)
  size(cursor)
  const parts: Uint8Array[] = []
  while (cursor.at < delta.length) {
    const operation = delta[cursor.at++] ?? 0
    if ((operation & 0x80) !== 0) copyRange(cursor, operation)
    else {
      parts.push(delta.subarray(cursor.at, cursor.at + operation), Buffer.from('\n'))
      cursor.at += operation
    }
  }
  return Buffer.concat(parts)
}
