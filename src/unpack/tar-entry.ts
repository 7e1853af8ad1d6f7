// What one tar entry is once its extended headers are applied, in the order and by the rules of Docker's reader. No reading of bodies.
import { isUtf8 } from 'node:buffer'
import { decimal, type ParsedPax, type PaxRecords } from './pax.js'
import { BadHeaderError, type TarHeader } from './tar-header.js'

export type TarEntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'fifo'
  | 'character-device'
  | 'block-device'
  | 'other'
  | 'salvage'

/** The extended headers that stand before an entry. */
export interface Extended {
  readonly pax: ParsedPax
  readonly longName?: Uint8Array
  readonly longLink?: Uint8Array
}

export interface EntryBody extends AsyncIterable<Uint8Array> {
  /** All that is left of it, if it lies in memory: the way without a promise. */
  takeWhole?(): Uint8Array | undefined
}

export interface EntryFields {
  readonly path: string
  pathBytes?: Uint8Array
  readonly type: TarEntryType
  /** Bytes stored behind the header. */
  readonly size: number
  linkName?: string
  readonly xattrs: ReadonlyMap<string, Uint8Array>
  readonly uid: number
  readonly gid: number
  readonly mode: number
  body: EntryBody
}

const NO_BODY: EntryBody = (async function* () {})()
const TYPES: Readonly<Record<string, TarEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
}
/** Types with no body whatever the size field says. */
const HEADER_ONLY: ReadonlySet<TarEntryType> = new Set([
  'hardlink',
  'symlink',
  'character-device',
  'block-device',
  'directory',
  'fifo',
])
const XATTR_PREFIXES = ['SCHILY.xattr.', 'LIBARCHIVE.xattr.']
/** Records that say nothing a person typed. Every other record is kept as an attribute, so that none can hide a secret. */
const PLAIN_KEYS =
  /^(?:path|linkpath|size|uid|gid|uname|gname|mtime|atime|ctime|hdrcharset|charset|GNU\.sparse\..*|SCHILY\.(?:dev|ino|nlink)|LIBARCHIVE\.creationtime)$/
const SLASH = 0x2f
/** Longer paths keep their tail. */
const MAX_PATH = 4096

/** Applies `extended` to `header`; the body is for the caller to set. Throws BadHeaderError where the pax size cannot be read. */
export function entryFields(header: TarHeader, extended: Extended): EntryFields {
  const { records } = extended.pax
  const name = extended.longName ?? sparseName(records) ?? record(records, 'path') ?? header.name
  const link = extended.longLink ?? record(records, 'linkpath') ?? header.linkName
  const type = typeOf(header, name)
  const claimed = sizeOf(records) ?? header.size
  const fields: EntryFields = {
    path: asBuffer(shortened(name)).toString('utf8'),
    type,
    size: HEADER_ONLY.has(type) ? 0 : claimed,
    xattrs: attributes(records),
    uid: numeric(records, 'uid') ?? header.uid,
    gid: numeric(records, 'gid') ?? header.gid,
    mode: header.mode,
    // Set later: a copy with one more field would have a shape of its own each time, which makes every use of it slow.
    body: NO_BODY,
  }
  if (link.length > 0) fields.linkName = asBuffer(link).toString('utf8')
  if (!isUtf8(name)) fields.pathBytes = Uint8Array.from(shortened(name))
  return fields
}

function shortened(name: Uint8Array): Uint8Array {
  return name.length > MAX_PATH ? name.subarray(name.length - MAX_PATH) : name
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** The old way to mark a folder, a slash at the end, counts for the old type flag alone. */
function typeOf(header: TarHeader, name: Uint8Array): TarEntryType {
  if (header.typeflag === '\0' && name[name.length - 1] === SLASH) return 'directory'
  return TYPES[header.typeflag] ?? 'other'
}

/** An empty value keeps what the header says; text ends at a NUL. */
function record(records: PaxRecords, key: string): Uint8Array | undefined {
  const value = records.get(key)
  if (value === undefined || value.length === 0) return undefined
  const end = value.indexOf(0)
  return end < 0 ? value : value.subarray(0, end)
}

function sparseName(records: PaxRecords): Uint8Array | undefined {
  return records.has('GNU.sparse.name') ? record(records, 'GNU.sparse.name') : undefined
}

function sizeOf(records: PaxRecords): number | undefined {
  const value = records.get('size')
  if (value === undefined || value.length === 0) return undefined
  const size = decimal(value)
  if (size === undefined) throw new BadHeaderError('a pax header holds a size that cannot be read')
  return size
}

function numeric(records: PaxRecords, key: string): number | undefined {
  const value = records.get(key)
  return value === undefined ? undefined : decimal(value)
}

const NO_ATTRIBUTES: ReadonlyMap<string, Uint8Array> = new Map()

function attributes(records: PaxRecords): ReadonlyMap<string, Uint8Array> {
  if (records.size === 0) return NO_ATTRIBUTES
  const found = new Map<string, Uint8Array>()
  for (const [key, value] of records) {
    if (PLAIN_KEYS.test(key)) continue
    const prefix = XATTR_PREFIXES.find((start) => key.startsWith(start))
    const name = prefix === undefined ? key : key.slice(prefix.length)
    found.set(found.has(name) ? key : name, value)
  }
  return found
}
