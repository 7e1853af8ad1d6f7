// The write-ahead log of an SQLite database ("WAL-mode File Format"): what a program wrote last, often all that it wrote, stands there until
// the database is closed. Read by itself, as far as it holds the pages that say what the tables are.
import { ByteReader } from '../byte-reader.js'
import { isPageSize, MOST_BYTES, SqlitePages } from './pages.js'

const HEADER = 32
const FRAME_HEADER = 24

/** true for the beginning of a write-ahead log, with checksums in either order of bytes. */
export const isWriteAhead = (head: Uint8Array): boolean =>
  head[0] === 0x37 && head[1] === 0x7f && head[2] === 0x06 && (head[3] === 0x82 || head[3] === 0x83)

/** The newest of each page, as far as they are held; undefined where the log does not hold the schema. */
export async function readWriteAhead(bytes: AsyncIterable<Uint8Array>): Promise<SqlitePages | undefined> {
  const input = new ByteReader(bytes)
  const head = Buffer.from(await input.read(HEADER))
  const pageSize = head.length < HEADER ? 0 : head.readUInt32BE(8)
  if (!isPageSize(pageSize)) return undefined
  const salts = head.subarray(16, 24)
  const pages: (Buffer | undefined)[] = []
  let isCut = false
  for (;;) {
    const frame = Buffer.from(await input.read(FRAME_HEADER + pageSize))
    // Frames with other salts are left from before the log was begun again.
    if (frame.length < FRAME_HEADER + pageSize || !frame.subarray(8, 16).equals(salts)) break
    const number = frame.readUInt32BE(0)
    if (number < 1 || number > MOST_BYTES / pageSize) {
      isCut = true
      continue
    }
    while (pages.length < number) pages.push(undefined)
    pages[number - 1] = frame.subarray(FRAME_HEADER)
  }
  return pages[0] === undefined ? undefined : new SqlitePages(pages, pageSize, isCut)
}
