// The records of a zip file as they stand in its bytes (PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5). No reading of entries.
import { isUtf8 } from 'node:buffer'

export const LOCAL = 0x04034b50
export const CENTRAL = 0x02014b50
const END = 0x06054b50
const ZIP64_END = 0x06064b50
const ZIP64_LOCATOR = 0x07064b50
export const LOCAL_SIZE = 30
export const CENTRAL_SIZE = 46
const END_SIZE = 22
const LOCATOR_SIZE = 20
const MAX_COMMENT = 0xffff
const MASKED = 0xffffffff
const FLAG = { encrypted: 1, sizesFollow: 8, strong: 0x40, masked: 0x2000 } as const
const METHODS = new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 16, 18, 19, 93, 94, 95, 96, 97, 98, 99])

/** What a local header or a central record says of an entry. */
export interface ZipRecord {
  readonly name: string
  readonly method: number
  readonly encrypted: boolean
  /** The sizes and the checksum stand behind the body (local headers only). */
  readonly sizesFollow: boolean
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
  /** Where the local header stands, as the central record says. */
  readonly offset: number
  /** Bytes of the record itself. */
  readonly length: number
}

/** The central directory: where it is, and what must be added to its offsets (bytes stand in front of the archive). */
export interface Directory {
  readonly start: number
  readonly end: number
  /** Where the end record ends, without its comment. */
  readonly tail: number
  readonly shift: number
}

/** A local header at the start of `bytes`; undefined where it is none, or cut off. */
export function parseLocal(bytes: Buffer): ZipRecord | undefined {
  if (bytes.length < LOCAL_SIZE || bytes.readUInt32LE(0) !== LOCAL) return undefined
  return parseRecord(bytes, { at: 4, names: LOCAL_SIZE, comment: 0 })
}

/** A central record at the start of `bytes`; undefined where it is none, or cut off. */
export function parseCentral(bytes: Buffer): ZipRecord | undefined {
  if (bytes.length < CENTRAL_SIZE || bytes.readUInt32LE(0) !== CENTRAL) return undefined
  return parseRecord(bytes, { at: 6, names: CENTRAL_SIZE, comment: bytes.readUInt16LE(32) })
}

interface Layout {
  /** Where "version needed" stands: from there both records are alike. */
  readonly at: number
  readonly names: number
  readonly comment: number
}

function parseRecord(bytes: Buffer, { at, names, comment }: Layout): ZipRecord | undefined {
  const flags = bytes.readUInt16LE(at + 2)
  const method = bytes.readUInt16LE(at + 4)
  const nameLength = bytes.readUInt16LE(at + 22)
  const extraLength = bytes.readUInt16LE(at + 24)
  const length = names + nameLength + extraLength + comment
  if (bytes.length < length || !METHODS.has(method)) return undefined
  const narrow = {
    size: bytes.readUInt32LE(at + 18),
    compressedSize: bytes.readUInt32LE(at + 14),
    offset: names === CENTRAL_SIZE ? bytes.readUInt32LE(42) : 0,
  }
  const extra = bytes.subarray(names + nameLength, names + nameLength + extraLength)
  return {
    name: decodeName(bytes.subarray(names, names + nameLength)),
    method,
    encrypted: (flags & (FLAG.encrypted | FLAG.strong | FLAG.masked)) !== 0,
    sizesFollow: (flags & FLAG.sizesFollow) !== 0,
    crc: bytes.readUInt32LE(at + 10),
    ...widen(narrow, extra),
    length,
  }
}

type Sizes = Pick<ZipRecord, 'size' | 'compressedSize' | 'offset'>

/** Takes from the zip64 extra field (id 1) the values that did not fit, in their fixed order. */
function widen(narrow: Sizes, extra: Buffer): Sizes {
  const field = extraField(extra, 1)
  let at = 0
  const wide = (value: number): number => {
    if (value !== MASKED || field === undefined || at + 8 > field.length) return value
    at += 8
    return Number(field.readBigUInt64LE(at - 8))
  }
  const size = wide(narrow.size)
  const compressedSize = wide(narrow.compressedSize)
  return { size, compressedSize, offset: wide(narrow.offset) }
}

function extraField(extra: Buffer, id: number): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2)
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
  return undefined
}

/** Zip names are UTF-8 by now, whatever the flag says; older ones are shown byte for byte. */
function decodeName(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}

/** Finds the central directory through the end record; undefined where there is none that fits. */
export function findDirectory(file: Buffer): Directory | undefined {
  const stop = Math.max(0, file.length - END_SIZE - MAX_COMMENT)
  for (let at = file.length - END_SIZE; at >= stop; at--) {
    if (file.readUInt32LE(at) !== END) continue
    const directory = directoryFrom(file, at)
    if (directory !== undefined) return directory
  }
  return undefined
}

function directoryFrom(file: Buffer, at: number): Directory | undefined {
  const wide = zip64Directory(file, at)
  const size = wide?.size ?? file.readUInt32LE(at + 12)
  const offset = wide?.offset ?? file.readUInt32LE(at + 16)
  const end = wide?.end ?? at
  const start = end - size
  const shift = start - offset
  if (start < 0 || shift < 0) return undefined
  if (size > 0 && (size < CENTRAL_SIZE || file.readUInt32LE(start) !== CENTRAL)) return undefined
  return { start, end, tail: at + END_SIZE, shift }
}

function zip64Directory(file: Buffer, endAt: number): { size: number; offset: number; end: number } | undefined {
  const locator = endAt - LOCATOR_SIZE
  if (locator < 0 || file.readUInt32LE(locator) !== ZIP64_LOCATOR) return undefined
  const claimed = Number(file.readBigUInt64LE(locator + 8))
  const fixed = locator - 56
  const at = [claimed, fixed].find(
    (place) => place >= 0 && place + 56 <= locator && file.readUInt32LE(place) === ZIP64_END,
  )
  if (at === undefined) return undefined
  return { size: Number(file.readBigUInt64LE(at + 40)), offset: Number(file.readBigUInt64LE(at + 48)), end: at }
}
