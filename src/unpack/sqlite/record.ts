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
const MOST_COLUMNS = 32767
/** Bytes of the values of types 0 to 11. */
const SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0] as const

interface Field {
  readonly column: number
  /** By which the value is read: 12 and above of text and bytes. */
  readonly type: number
  readonly start: number
  readonly size: number
}

/** The fields of a record in their order, as far as it says what they are: their values may lie behind its end. */
function* fieldsOf(payload: Buffer): Generator<Field> {
  const head = varint(payload, 0)
  if (head === undefined) return
  let start = head.value
  let at = head.end
  const end = Math.min(head.value, payload.length)
  for (let column = 0; column < MOST_COLUMNS && at < end && start < payload.length; column++) {
    const type = varint(payload, at)
    if (type === undefined) return
    at = type.end
    const size = SIZES[type.value] ?? Math.floor((type.value - 12) / 2)
    yield { column, type: type.value, start, size }
    start += size
  }
}

/** The values that are text or bytes, as far as the record goes. */
export function recordValues(payload: Buffer): RecordValue[] {
  const values: RecordValue[] = []
  for (const { column, type, start, size } of fieldsOf(payload))
    if (type >= 12 && size > 0)
      values.push({ column, kind: type % 2 === 1 ? 'text' : 'bytes', bytes: payload.subarray(start, start + size) })
  return values
}

/** The integer in the column `wanted`; undefined where there is none that can be the number of a page. */
export function integerAt(payload: Buffer, wanted: number): number | undefined {
  for (const { column, type, start, size } of fieldsOf(payload)) {
    if (column !== wanted) continue
    if (type === 9) return 1
    const fits = type >= 1 && type <= 5 && start + size <= payload.length
    return fits ? payload.readUIntBE(start, size) : undefined
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
