// A zip archive (jar, war, whl, egg, apk, nupkg, docx …): what its directory names, and what only its local headers name, since
// readers differ in which of the two they believe.
import type { Issue } from '../support/issue.js'
import { ByteReader } from './byte-reader.js'
import type { NestedEntry } from './nested.js'
import { readPacked } from './zip-body.js'
import { encryptedEntry, isFolder, readLocalEntries } from './zip-local.js'
import { type Directory, findDirectory, parseCentral, parseLocal, type ZipRecord } from './zip-records.js'

/** Larger archives are not held in memory but read front to back. */
const MAX_HELD = 64 * 1024 * 1024

const NO_DIRECTORY = 'A zip archive has no usable directory; its entries were read front to back.'

interface Range {
  readonly start: number
  readonly end: number
}

/** Yields every entry but folders, some twice where directory and local header disagree. Never throws for bad input. */
export async function* readZip(
  bytes: AsyncIterable<Uint8Array>,
  on: (issue: Issue) => void,
): AsyncGenerator<NestedEntry> {
  const input = new ByteReader(bytes)
  try {
    const held = await input.read(MAX_HELD)
    if (held.length === MAX_HELD) {
      input.unread(held)
      return yield* readLocalEntries(input, on)
    }
    const file = Buffer.from(held.buffer, held.byteOffset, held.length)
    const directory = findDirectory(file)
    if (directory !== undefined) return yield* readByDirectory(file, directory, on)
    if (file.includes('PK\x03\x04', 0, 'latin1')) on({ code: 'ZIP_PARTIAL', effect: 'partial', detail: NO_DIRECTORY })
    yield* readLocalEntries(new ByteReader(once(file)), on)
  } finally {
    await input.close()
  }
}

async function* readByDirectory(
  file: Buffer,
  directory: Directory,
  on: (issue: Issue) => void,
): AsyncGenerator<NestedEntry> {
  const covered: Range[] = [{ start: directory.start, end: directory.tail }]
  for (let at = directory.start; at < directory.end; ) {
    const record = parseCentral(file.subarray(at, directory.end))
    if (record === undefined) {
      on({
        code: 'ZIP_PARTIAL',
        effect: 'partial',
        detail: 'The directory of a zip archive is broken; what it does not name was read front to back.',
      })
      break
    }
    at += record.length
    const start = record.offset + directory.shift
    const local = parseLocal(file.subarray(start))
    if (local === undefined) {
      on({
        code: 'ZIP_PARTIAL',
        effect: 'partial',
        detail: 'The directory of a zip archive names an entry that is not there.',
      })
      continue
    }
    const body = {
      start: start + local.length,
      end: Math.min(file.length, start + local.length + record.compressedSize),
    }
    if (agree(record, local)) covered.push({ start, end: body.end })
    if (record.encrypted) yield encryptedEntry(record, on)
    else if (!isFolder(record))
      yield { path: record.name, size: record.size, body: readPacked(record, file.subarray(body.start, body.end), on) }
  }
  for (const { start, end } of uncovered(covered, file.length)) {
    yield* readLocalEntries(new ByteReader(once(file.subarray(start, end))), on)
  }
}

/** Where they do not, the entry is read again as its local header has it. */
function agree(central: ZipRecord, local: ZipRecord): boolean {
  if (central.name !== local.name || central.method !== local.method || central.encrypted !== local.encrypted)
    return false
  return local.sizesFollow || central.compressedSize === local.compressedSize
}

function* uncovered(ranges: readonly Range[], end: number): Generator<Range> {
  let at = 0
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    if (range.start > at) yield { start: at, end: range.start }
    at = Math.max(at, range.end)
  }
  if (at < end) yield { start: at, end }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
