// A zip read front to back by its local headers: for archives too large to hold, for those without a usable directory, and for what a
// directory does not name. Bytes between entries are entries too.
import type { Issue } from '../support/issue.js'
import { ByteReader } from './byte-reader.js'
import type { NestedEntry } from './nested.js'
import { readBody, readOpenEnded } from './zip-body.js'
import { CENTRAL, CENTRAL_SIZE, LOCAL, LOCAL_SIZE, parseCentral, parseLocal, type ZipRecord } from './zip-records.js'

/** Name of the entry that holds bytes outside of any entry. */
const BETWEEN = '(outside any entry)'
const WINDOW = 64 * 1024
/** Data descriptors and padding: shorter gaps are nothing to read. */
const SMALL_GAP = 24

/** Yields every entry that has a local header, and the bytes between. */
export async function* readLocalEntries(input: ByteReader, on: (issue: Issue) => void): AsyncGenerator<NestedEntry> {
  while (true) {
    const head = Buffer.from(await input.peek(4))
    if (head.length === 0) return
    const signature = head.length < 4 ? 0 : head.readUInt32LE(0)
    const local = signature === LOCAL ? parseLocal(await peekRecord(input, LOCAL_SIZE, 26)) : undefined
    const central = signature === CENTRAL ? parseCentral(await peekRecord(input, CENTRAL_SIZE, 28)) : undefined
    if (local !== undefined) yield* localEntry(local, input, on)
    else if (central !== undefined) await input.skip(central.length)
    else yield* gap(input)
  }
}

/** A record with its name, extra field and comment, whose lengths stand from `at` on. */
async function peekRecord(input: ByteReader, fixed: number, at: number): Promise<Buffer> {
  const head = asBuffer(await input.peek(fixed))
  if (head.length < fixed) return head
  const comment = fixed === CENTRAL_SIZE ? head.readUInt16LE(at + 4) : 0
  return asBuffer(await input.peek(fixed + head.readUInt16LE(at) + head.readUInt16LE(at + 2) + comment))
}

async function* localEntry(
  record: ZipRecord,
  input: ByteReader,
  on: (issue: Issue) => void,
): AsyncGenerator<NestedEntry> {
  await input.skip(record.length)
  if (record.sizesFollow && record.compressedSize === 0) {
    const body = readOpenEnded(record, input, on) ?? untilSignature(input)
    if (record.encrypted) return yield encryptedEntry(record, on)
    yield { path: record.name, body }
    return drain(body)
  }
  const end = input.position + record.compressedSize
  if (record.encrypted) yield encryptedEntry(record, on)
  else if (!isFolder(record)) {
    const packed = new ByteReader(upTo(input, end))
    yield { path: record.name, size: record.size, body: readBody(record, packed, on) }
  }
  const missing = end - input.position - (await input.skip(end - input.position))
  if (missing > 0)
    on({
      code: 'ZIP_PARTIAL',
      effect: 'partial',
      bytes: missing,
      detail: 'A zip archive ends in the middle of an entry.',
    })
}

/** A folder's own entry, which holds nothing. */
export function isFolder(record: ZipRecord): boolean {
  return record.name.endsWith('/') && record.compressedSize === 0
}

export function encryptedEntry(record: ZipRecord, on: (issue: Issue) => void): NestedEntry {
  on({
    code: 'ENCRYPTED',
    effect: 'note',
    bytes: record.compressedSize,
    detail: 'An encrypted entry of a zip archive cannot be read.',
  })
  return { path: record.name, size: 0, encrypted: true, body: nothing() }
}

async function* gap(input: ByteReader): AsyncGenerator<NestedEntry> {
  const body = untilSignature(input)
  const first = await body.next()
  if (first.done === true) return
  if (first.value.length <= SMALL_GAP || first.value.every((byte) => byte === 0)) return drain(body)
  const whole = prepend(first.value, body)
  yield { path: BETWEEN, body: whole }
  await drain(whole)
}

/** Bytes up to the next local header or central record, at least one. */
async function* untilSignature(input: ByteReader): AsyncGenerator<Uint8Array> {
  for (let from = 1; ; from = 0) {
    const window = asBuffer(await input.read(WINDOW))
    if (window.length === 0) return
    const at = nextSignature(window, from)
    // The last three bytes may be the start of a signature.
    const end = at >= 0 ? at : window.length < WINDOW ? window.length : window.length - 3
    input.unread(window.subarray(end))
    if (end > 0) yield window.subarray(0, end)
    if (at >= 0) return
  }
}

function nextSignature(window: Buffer, from: number): number {
  const found = ['PK\x03\x04', 'PK\x01\x02']
    .map((signature) => window.indexOf(signature, from, 'latin1'))
    .filter((at) => at >= 0)
  return found.length === 0 ? -1 : Math.min(...found)
}

async function* upTo(input: ByteReader, end: number): AsyncGenerator<Uint8Array> {
  while (input.position < end) {
    const chunk = await input.next(end - input.position)
    if (chunk === undefined) return
    yield chunk
  }
}

async function* prepend(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function drain(body: AsyncGenerator<Uint8Array>): Promise<void> {
  for await (const _ of body);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
