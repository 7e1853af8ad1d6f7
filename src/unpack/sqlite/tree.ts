// Walks the b-tree of one table and gives the records in it, those that go on in other pages put together. Knows nothing of what they hold.
import { FILE_HEADER, type SqlitePages } from './pages.js'
import { varint } from './varint.js'

const [INDEX_INTERIOR, TABLE_INTERIOR, INDEX_LEAF, TABLE_LEAF] = [0x02, 0x05, 0x0a, 0x0d]

export interface TreeRecord {
  /** Of tables without rowid undefined. */
  readonly rowid?: number
  readonly payload: Buffer
}

interface TreePage {
  readonly bytes: Buffer
  readonly type: number
  /** Offsets of its cells. */
  readonly cells: readonly number[]
  /** The page behind its last cell, of an interior page. */
  readonly right: number
}

/** The records below the page `root`, in the order of their keys; in an index the middle ones come before what is beside them. */
export function* treeRecords(pages: SqlitePages, root: number): Generator<TreeRecord> {
  const waiting = [root]
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    const page = treePage(pages, number)
    if (page === undefined) continue
    if (page.type !== TABLE_INTERIOR) yield* recordsOf(pages, page)
    if (page.type === TABLE_INTERIOR || page.type === INDEX_INTERIOR)
      for (const child of childrenOf(page).reverse()) waiting.push(child)
  }
}

function treePage(pages: SqlitePages, number: number): TreePage | undefined {
  const bytes = pages.take(number)
  if (bytes === undefined) return undefined
  const start = number === 1 ? FILE_HEADER : 0
  const type = bytes[start] as number
  const isInterior = type === TABLE_INTERIOR || type === INDEX_INTERIOR
  if (!isInterior && type !== TABLE_LEAF && type !== INDEX_LEAF) {
    pages.missing++
    return undefined
  }
  const first = start + (isInterior ? 12 : 8)
  const count = Math.min(bytes.readUInt16BE(start + 3), (pages.usable - first) >> 1)
  const cells = Array.from({ length: Math.max(0, count) }, (_, index) => bytes.readUInt16BE(first + 2 * index))
  return { bytes, type, cells, right: isInterior ? bytes.readUInt32BE(start + 8) : 0 }
}

function childrenOf({ bytes, cells, right }: TreePage): number[] {
  const left = cells.filter((at) => at + 4 <= bytes.length).map((at) => bytes.readUInt32BE(at))
  return [...left, right]
}

/** Cells of a sound page share no byte: those of a hostile one give no more than the page has. */
function* recordsOf(pages: SqlitePages, page: TreePage): Generator<TreeRecord> {
  let room = pages.usable
  for (const at of page.cells) {
    const cell = cellAt(pages, page, at)
    if (cell === undefined) continue
    room -= cell.local.length
    if (room < 0) return
    const payload = cell.overflow === 0 ? cell.local : joined(pages, cell.local, cell.overflow, cell.length)
    yield cell.rowid === undefined ? { payload } : { rowid: cell.rowid, payload }
  }
}

interface TreeCell {
  readonly rowid?: number
  /** Bytes of the whole record. */
  readonly length: number
  /** What of it stands in the page. */
  readonly local: Buffer
  /** The page where it goes on, or 0. */
  readonly overflow: number
}

function cellAt(pages: SqlitePages, { bytes, type }: TreePage, at: number): TreeCell | undefined {
  const length = varint(bytes, type === INDEX_INTERIOR ? at + 4 : at)
  if (length === undefined || length.value > pages.bytes) return undefined
  const key = type === TABLE_LEAF ? varint(bytes, length.end) : undefined
  if (type === TABLE_LEAF && key === undefined) return undefined
  const start = key?.end ?? length.end
  const size = localSize(length.value, pages.usable, type === TABLE_LEAF)
  const local = bytes.subarray(start, Math.min(start + size, pages.usable))
  const goesOn = size < length.value && start + size + 4 <= bytes.length
  const overflow = goesOn ? bytes.readUInt32BE(start + size) : 0
  return { length: length.value, local, overflow, ...(key === undefined ? {} : { rowid: key.value }) }
}

/** Bytes of a record that stand in its own page ("Cell Payload Overflow Pages"). */
function localSize(length: number, usable: number, isTable: boolean): number {
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23
  if (length <= most) return length
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const fitting = least + ((length - least) % (usable - 4))
  return fitting <= most ? fitting : least
}

/** The record with what stands of it in the chain of pages from `first` on. */
function joined(pages: SqlitePages, local: Buffer, first: number, length: number): Buffer {
  const parts = [local]
  let missing = length - local.length
  for (let next = first; next !== 0 && missing > 0; ) {
    const page = pages.take(next)
    if (page === undefined) break
    const part = page.subarray(4, Math.min(pages.usable, 4 + missing))
    parts.push(part)
    missing -= part.length
    next = page.readUInt32BE(0)
  }
  return Buffer.concat(parts)
}
