// The values of one record: which of its columns hold text or bytes. Numbers are passed over.
import type { TextEncoding } from './pages.js'
import { varint } from './varint.js'

export interface RecordValue {
  /** Place among the record's columns. */
  readonly column: number
  readonly kind: 'text' | 'bytes'
  readonly bytes: Buffer
}

/** Columns of a record that are read: as many as SQLite can be built for. */
export const MOST_COLUMNS = 32767
/** Bytes of the values of types 0 to 11. */
const SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0] as const

/** The values that are text or bytes, as far as the record goes. */
export function recordValues(payload: Buffer): RecordValue[] {
  const values: RecordValue[] = []
  const head = varint(payload, 0)
  if (head === undefined) return values
  let body = head.value
  let at = head.end
  const end = Math.min(head.value, payload.length)
  for (let column = 0; column < MOST_COLUMNS && at < end && body < payload.length; column++) {
    const type = varint(payload, at)
    if (type === undefined) break
    at = type.end
    const size = SIZES[type.value] ?? Math.floor((type.value - 12) / 2)
    if (type.value >= 12 && size > 0)
      values.push({ column, kind: type.value % 2 === 1 ? 'text' : 'bytes', bytes: payload.subarray(body, body + size) })
    body += size
  }
  return values
}

/** Columns of a record that are integers of the schema's kind: the page of a table's root. */
export function integerAt(payload: Buffer, wanted: number): number | undefined {
  const head = varint(payload, 0)
  if (head === undefined) return undefined
  let body = head.value
  let at = head.end
  for (let column = 0; at < head.value; column++) {
    const type = varint(payload, at)
    if (type === undefined) return undefined
    at = type.end
    const size = SIZES[type.value] ?? Math.floor((type.value - 12) / 2)
    if (column === wanted) {
      if (type.value === 9) return 1
      const fits = type.value >= 1 && type.value <= 5 && body + size <= payload.length
      return fits ? payload.readUIntBE(body, size) : undefined
    }
    body += size
  }
  return undefined
}

/** The value as UTF-8. */
export function toUtf8(bytes: Buffer, encoding: TextEncoding): Buffer {
  if (encoding === 'utf8') return bytes
  const even = bytes.subarray(0, bytes.length & ~1)
  const little = encoding === 'utf16le' ? even : Buffer.from(even).swap16()
  return Buffer.from(little.toString('utf16le'))
}
