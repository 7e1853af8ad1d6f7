// Pax extended headers (POSIX.1-2001, "pax Extended Header") as bytes. What the keys mean is told by tar-entry.ts and sparse.ts.

/** Keys of one extended header; values stay bytes since attributes need not be text. A later record wins, as in every reader. */
export type PaxRecords = ReadonlyMap<string, Uint8Array>

/** A stored region of a sparse file, in bytes; NaN where the number cannot be read. */
export interface SparsePair {
  readonly offset: number
  readonly length: number
}

export interface ParsedPax {
  readonly records: PaxRecords
  /** GNU.sparse.offset and .numbytes in order: the one case where a key stands many times. */
  readonly pairs: readonly SparsePair[]
  /** False where a record is malformed or keys were left out; what came before is kept. */
  readonly whole: boolean
}

/** Different keys read from one header. */
const MAX_KEYS = 64
const MAX_PAIRS = 65_536
const SPACE = 0x20
const NEWLINE = 0x0a
const EQUALS = 0x3d

export const NO_PAX: ParsedPax = { records: new Map(), pairs: [], whole: true }

/** Reads "length key=value\n" records. */
export function parsePax(bytes: Uint8Array): ParsedPax {
  const records = new Map<string, Uint8Array>()
  const pairs: SparsePair[] = []
  let whole = true
  let offset = Number.NaN
  for (let at = 0; at < bytes.length; ) {
    const record = recordAt(bytes, at)
    if (record === undefined) {
      whole &&= bytes.subarray(at).every((byte) => byte === 0)
      break
    }
    if (record.key === 'GNU.sparse.offset') offset = decimal(record.value) ?? Number.NaN
    if (record.key === 'GNU.sparse.numbytes' && pairs.length < MAX_PAIRS)
      pairs.push({ offset, length: decimal(record.value) ?? Number.NaN })
    if (records.has(record.key) || records.size < MAX_KEYS) records.set(record.key, record.value)
    else whole = false
    at = record.end
  }
  return { records, pairs, whole }
}

function recordAt(bytes: Uint8Array, at: number): { key: string; value: Uint8Array; end: number } | undefined {
  const space = bytes.indexOf(SPACE, at)
  const length = space < 0 ? undefined : decimal(bytes.subarray(at, space))
  if (length === undefined) return undefined
  const end = at + length
  if (end > bytes.length || end <= space + 1 || bytes[end - 1] !== NEWLINE) return undefined
  const equals = bytes.indexOf(EQUALS, space + 1)
  if (equals < 0 || equals >= end) return undefined
  const key = Buffer.from(bytes.buffer, bytes.byteOffset + space + 1, equals - space - 1).toString('utf8')
  return { key, value: bytes.subarray(equals + 1, end - 1), end }
}

/** A decimal number with or without a plus sign, below 2^63; undefined for anything else. */
export function decimal(bytes: Uint8Array): number | undefined {
  const start = bytes[0] === 0x2b ? 1 : 0
  if (bytes.length === start || bytes.length > 40) return undefined
  let value = 0
  for (let at = start; at < bytes.length; at++) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value < 2 ** 63 ? value : undefined
}
