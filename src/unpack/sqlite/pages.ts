// Pages of an SQLite database (https://www.sqlite.org/fileformat2.html), gathered as its bytes come. Each is given once: whatever the pages
// of a hostile file say of each other, no byte is read twice.
import { ByteReader } from '../byte-reader.js'

export const SQLITE_MAGIC = 'SQLite format 3\0'
/** Bytes of a database that are held: of a larger one those in front, where small tables mostly lie. */
export const MOST_BYTES = 64 * 1024 * 1024
/** Bytes of the header in front of the first page's tree. */
export const FILE_HEADER = 100

export type TextEncoding = 'utf8' | 'utf16le' | 'utf16be'
const ENCODINGS: Readonly<Record<number, TextEncoding>> = { 2: 'utf16le', 3: 'utf16be' }

export class SqlitePages {
  readonly pageSize: number
  /** Bytes of a page without what is reserved at its end. */
  readonly usable: number
  readonly encoding: TextEncoding
  /** Further pages were not held. */
  readonly isCut: boolean
  readonly #pages: readonly (Buffer | undefined)[]
  readonly #taken: Uint8Array
  /** Pages that a tree or a long cell needs and that are not there, or were taken already. */
  missing = 0

  /** `pages`: the one with the number n at n - 1. */
  constructor(pages: readonly (Buffer | undefined)[], pageSize: number, isCut: boolean) {
    const head = pages[0] ?? Buffer.alloc(FILE_HEADER)
    this.pageSize = pageSize
    this.usable = pageSize - (head[20] ?? 0)
    this.encoding = ENCODINGS[head.readUInt32BE(56)] ?? 'utf8'
    this.isCut = isCut
    this.#pages = pages
    this.#taken = new Uint8Array(pages.length)
  }

  /** Bytes of all pages together. */
  get bytes(): number {
    return this.#pages.length * this.pageSize
  }

  /** The page, the first time that it is asked for. */
  take(number: number): Buffer | undefined {
    const page = this.#pages[number - 1]
    if (page === undefined || this.#taken[number - 1] === 1) {
      this.missing++
      return undefined
    }
    this.#taken[number - 1] = 1
    return page
  }
}

/** The pages of a database file; undefined where its header makes no sense. */
export async function readPages(bytes: AsyncIterable<Uint8Array>): Promise<SqlitePages | undefined> {
  const input = new ByteReader(bytes)
  const head = Buffer.from(await input.peek(FILE_HEADER))
  const pageSize = head.length < FILE_HEADER ? 0 : pageSizeOf(head.readUInt16BE(16))
  if (!isPageSize(pageSize) || pageSize - (head[20] ?? 0) < 480) return undefined
  const pages: Buffer[] = []
  let isEnd = false
  while (!isEnd && (pages.length + 1) * pageSize <= MOST_BYTES) {
    // A copy: the source may use its buffer again.
    const page = Buffer.from(await input.read(pageSize))
    isEnd = page.length < pageSize
    if (!isEnd) pages.push(page)
  }
  return pages.length === 0 ? undefined : new SqlitePages(pages, pageSize, !isEnd)
}

/** 1 stands for 65536, which the field cannot hold. */
const pageSizeOf = (field: number): number => (field === 1 ? 65536 : field)

export const isPageSize = (size: number): boolean => size >= 512 && size <= 65536 && (size & (size - 1)) === 0
