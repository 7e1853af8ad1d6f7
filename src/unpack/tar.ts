// A tar archive as a stream of entries. Reads what Docker's reader reads, and goes on where that one stops: nothing in a layer may
// hide behind an odd header. Nothing is ever written to the disk.

import type { Issue } from '../support/issue.js'
import { printable, shorten } from '../support/printable.js'
import { ByteReader } from './byte-reader.js'
import { NO_PAX, parsePax } from './pax.js'
import {
  expand,
  expandedSize,
  type MapResult,
  paxHeaderMap,
  paxSparseForm,
  readOldGnuMap,
  readPaxBodyMap,
} from './sparse.js'
import { type EntryFields, type Extended, entryFields, type TarEntryType } from './tar-entry.js'
import { BadHeaderError, BLOCK, isZeroBlock, readHeader, type TarHeader } from './tar-header.js'

export { normalizePath } from './path.js'
export type { TarEntryType } from './tar-entry.js'

export interface TarEntry {
  /** As in the archive, decoded; not normalised. */
  readonly path: string
  /** Only where the name is not valid UTF-8. */
  readonly pathBytes?: Uint8Array
  readonly type: TarEntryType
  /** Bytes that `body` gives. */
  readonly size: number
  readonly linkName?: string
  /** Extended attributes by name, and other pax records by their key. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>
  readonly uid: number
  readonly gid: number
  readonly mode: number
  /** Can be read once, and only until the next entry is asked for. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface ReadTarOptions {
  readonly on: (issue: Issue) => void
  /** Entries read as such; the rest is given as one 'salvage' entry. Default 5,000,000. */
  readonly maxEntries?: number
}

const MAX_ENTRIES = 5_000_000
/** Bytes of one extended header (pax, GNU long name): Go's limit. */
const MAX_EXTENDED = 1024 * 1024
const EXTENDED_TYPES = 'xLK'
/** Bytes of headers kept for one entry, so that salvage can begin with them. */
const MAX_KEPT = 4 * MAX_EXTENDED
const NO_EXTENDED: Extended = { pax: NO_PAX }
const NAMELESS = { path: '', xattrs: new Map<string, Uint8Array>(), uid: 0, gid: 0, mode: 0 } as const

/**
 * Yields every entry. A body that is not read is passed over. After bad data: an Issue TAR_PARTIAL, and one entry of type 'salvage'
 * whose body is the rest of the stream. What follows the end marker is read too. Throws only what the source throws.
 */
export async function* readTar(bytes: AsyncIterable<Uint8Array>, options: ReadTarOptions): AsyncGenerator<TarEntry> {
  const archive = new Archive(bytes, options)
  try {
    for (let entry = await archive.next(); entry !== undefined; entry = await archive.next()) yield entry
  } finally {
    await archive.close()
  }
}

/** One archive being read: where it is, and what is left of the entry handed out last. */
class Archive {
  readonly #input: ByteReader
  readonly #on: (issue: Issue) => void
  readonly #maxEntries: number
  #entries = 0
  /** Bytes of the current body, and of its padding, not read yet. */
  #left = 0
  #padding = 0
  #zeroBlocks = 0
  #salvaged = false
  #current = ''
  #extended: Extended = NO_EXTENDED

  constructor(bytes: AsyncIterable<Uint8Array>, options: ReadTarOptions) {
    this.#input = new ByteReader(bytes)
    this.#on = options.on
    this.#maxEntries = options.maxEntries ?? MAX_ENTRIES
  }

  close(): Promise<void> {
    return this.#input.close()
  }

  async next(): Promise<TarEntry | undefined> {
    if (!(await this.#passBody()) || this.#salvaged) return undefined
    /** Blocks of this entry read so far: given to salvage where it turns out broken. */
    const blocks: Uint8Array[] = []
    let kept = 0
    while (true) {
      const block = this.#input.take(BLOCK) ?? (await this.#input.read(BLOCK))
      if (block.length === BLOCK && isZeroBlock(block)) {
        this.#zeroBlocks++
        continue
      }
      if (block.length === 0 && blocks.length === 0) return undefined
      blocks.push(block)
      kept += block.length
      if (this.#entries >= this.#maxEntries)
        return this.#salvage(blocks, `more than ${this.#maxEntries} entries`, 'LIMIT_ENTRIES')
      try {
        if (block.length < BLOCK) throw new BadHeaderError('the archive ends in the middle of an entry')
        const header = readHeader(block)
        if (EXTENDED_TYPES.includes(header.typeflag)) {
          if (header.size > MAX_EXTENDED)
            this.#note('LIMIT_TAR_HEADER', 'An extended header above 1 MiB was scanned as a file.')
          else {
            kept += await this.#readExtended(header, blocks)
            if (kept > MAX_KEPT) return this.#superseded(blocks)
            continue
          }
        }
        return await this.#entry(header, block)
      } catch (error) {
        if (!(error instanceof BadHeaderError)) throw error
        return this.#salvage(blocks, error.message)
      }
    }
  }

  /** Reads what is left of the current body; false where the archive ended within it. */
  async #passBody(): Promise<boolean> {
    if (this.#left === 0 && this.#padding === 0) return true
    const left = this.#left - (await this.#input.skip(this.#left))
    if (left > 0) this.#cutOff(left)
    else await this.#input.skip(this.#padding)
    this.#left = 0
    this.#padding = 0
    return left === 0
  }

  #cutOff(missing: number): void {
    this.#salvaged = true
    this.#left = 0
    this.#padding = 0
    this.#on({
      code: 'TAR_PARTIAL',
      effect: 'partial',
      bytes: missing,
      detail: `The archive ends in the middle of ${this.#current}.`,
    })
  }

  /** Gives the bytes read. */
  async #readExtended(header: TarHeader, blocks: Uint8Array[]): Promise<number> {
    const padded = await this.#input.read(header.size + paddingOf(header.size))
    blocks.push(padded)
    if (padded.length < header.size) throw new BadHeaderError('the archive ends in the middle of an extended header')
    this.#extended = applyExtended(this.#extended, header.typeflag, padded.subarray(0, header.size))
    if (header.typeflag === 'x' && !this.#extended.pax.whole) {
      this.#note('TAR_HEADER', 'A pax header has records that are malformed or too many; they were left out.')
    }
    return padded.length
  }

  /** Extended headers without end before one entry: given out as bytes to scan, so that they need not be kept. */
  #superseded(blocks: readonly Uint8Array[]): TarEntry {
    return {
      ...NAMELESS,
      type: 'other',
      body: readable(blocks),
      size: blocks.reduce((sum, block) => sum + block.length, 0),
    }
  }

  async #entry(header: TarHeader, block: Uint8Array): Promise<TarEntry> {
    const extended = this.#extended
    const fields = entryFields(header, extended)
    this.#extended = NO_EXTENDED
    this.#entries++
    this.#current = shorten(printable(fields.path), 200)
    if (this.#zeroBlocks > 1)
      this.#note('TRAILING_ENTRIES', 'Entries follow the end marker of the archive; they were scanned.')
    this.#zeroBlocks = 0
    this.#left = fields.stored
    this.#padding = paddingOf(fields.stored)
    const result = await this.#sparseMap(header, block, extended, fields)
    if (result?.problem !== undefined)
      this.#note('TAR_SPARSE', `${this.#current}: ${result.problem}; its stored bytes were scanned as they lie.`)
    const map = result?.map
    const { stored, ...rest } = fields
    if (map === undefined) return { ...rest, size: this.#left, body: this.#body(this.#entries) }
    return { ...rest, size: expandedSize(map), body: expand(this.#body(this.#entries), map) }
  }

  async #sparseMap(
    header: TarHeader,
    block: Uint8Array,
    extended: Extended,
    fields: EntryFields,
  ): Promise<MapResult | undefined> {
    if (header.typeflag === 'S' && header.format === 'gnu') return readOldGnuMap(block, this.#input)
    if (fields.type !== 'file') return undefined
    const form = paxSparseForm(extended.pax.records)
    if (form === 'header') return paxHeaderMap(extended.pax.records, extended.pax.pairs)
    if (form === undefined) return undefined
    const result = await readPaxBodyMap(extended.pax.records, this.#input, this.#left)
    this.#left -= result.used
    return result
  }

  /** Bound to its entry, not to the moment it is first read: an older body gives nothing. */
  async *#body(entry: number): AsyncGenerator<Uint8Array> {
    while (this.#left > 0 && entry === this.#entries) {
      const chunk = await this.#input.next(this.#left)
      if (chunk === undefined) return this.#cutOff(this.#left)
      this.#left -= chunk.length
      yield chunk
    }
  }

  #salvage(blocks: readonly Uint8Array[], problem: string, code = 'TAR_PARTIAL'): TarEntry {
    for (const block of blocks.toReversed()) this.#input.unread(block)
    this.#salvaged = true
    const detail = `The archive cannot be read on (${problem}); the rest was scanned as it lies, without file names.`
    if (this.#zeroBlocks > 1)
      this.#note('TRAILING_BYTES', 'Bytes that are no archive follow its end marker; they were scanned as they are.')
    else this.#on({ code, effect: 'partial', detail })
    return { ...NAMELESS, type: 'salvage', size: 0, body: this.#input.rest() }
  }

  #note(code: string, detail: string): void {
    this.#on({ code, effect: 'note', detail })
  }
}

function applyExtended(extended: Extended, typeflag: string, bytes: Uint8Array): Extended {
  if (typeflag === 'x') return { ...extended, pax: parsePax(bytes) }
  const end = bytes.indexOf(0)
  const name = end < 0 ? bytes : bytes.subarray(0, end)
  if (name.length === 0) return extended
  return typeflag === 'L' ? { ...extended, longName: name } : { ...extended, longLink: name }
}

async function* readable(blocks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* blocks
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}
