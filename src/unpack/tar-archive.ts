// Goes through one tar archive, header by header, and says what each entry is. The reader's loop is tar.ts.
import type { Issue } from '../support/issue.js'
import { printable, shorten } from '../support/printable.js'
import { ByteReader } from './byte-reader.js'
import { NO_PAX, type ParsedPax, parsePax } from './pax.js'
import {
  expand,
  expandedSize,
  type MapResult,
  paxHeaderMap,
  paxSparseForm,
  readOldGnuMap,
  readPaxBodyMap,
} from './sparse.js'
import type { ReadTarOptions, TarEntry } from './tar.js'
import { TarBody } from './tar-body.js'
import { type EntryFields, type Extended, entryFields } from './tar-entry.js'
import { BadHeaderError, BLOCK, isZeroBlock, readHeader, soundHeader, type TarHeader } from './tar-header.js'

const MAX_ENTRIES = 5_000_000
/** Bytes of one extended header (pax, GNU long name): Go's limit. */
const MAX_EXTENDED = 1024 * 1024
const EXTENDED_TYPES = 'xLK'
/** Bytes of headers kept for one entry, so that salvage can begin with them. */
const MAX_KEPT = 4 * MAX_EXTENDED
const NO_EXTENDED: Extended = { pax: NO_PAX }
const NAMELESS = { path: '', xattrs: new Map<string, Uint8Array>(), uid: 0, gid: 0, mode: 0 } as const

/** Where an archive is, and what is left of the entry handed out last. */
export class TarArchive {
  readonly #input: ByteReader
  readonly #on: (issue: Issue) => void
  readonly #maxEntries: number
  #entries = 0
  #body: TarBody | undefined
  /** Bytes of the body before that nobody read, still in the input. */
  #unread = 0
  /** Bytes behind the current body, up to the next block. */
  #padding = 0
  /** In front of the current header. */
  #zeroBlocks = 0
  #ended = false
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

  /**
   * The next entry where it lies in the bytes at hand and nothing about it is unusual: the way without a promise, for the hundred
   * thousand small files of a layer. Where it gives undefined, `next` says what comes.
   */
  atHand(): TarEntry | undefined {
    if (this.#ended || !this.#passRest()) return undefined
    const block = this.#input.atHand(BLOCK)
    if (block === undefined || isZeroBlock(block) || this.#zeroBlocks > 0) return undefined
    if (this.#extended !== NO_EXTENDED || this.#entries >= this.#maxEntries) return undefined
    const header = soundHeader(block)
    if (header === undefined || isUnusual(header)) return undefined
    this.#input.pass(BLOCK)
    return this.#plainEntry(entryFields(header, NO_EXTENDED))
  }

  /** The next entry; undefined at the end. Passes over what was not read of the one before. */
  async next(): Promise<TarEntry | undefined> {
    if (!this.#passRest()) await this.#passOver()
    if (this.#ended) return undefined
    const blocks: Uint8Array[] = []
    try {
      const header = await this.#nextHeader(blocks)
      const block = blocks.at(-1)
      if (header === undefined || block === undefined) return blocks.length === 0 ? undefined : superseded(blocks)
      return await this.#entry(header, block)
    } catch (error) {
      if (!(error instanceof BadHeaderError)) throw error
      return this.#salvage(blocks, error.message)
    }
  }

  /** Whether the current body's rest lay in the bytes at hand and was passed over. */
  #passRest(): boolean {
    this.#unread += this.#body?.detach() ?? 0
    this.#body = undefined
    const isPassed = this.#input.pass(this.#unread + this.#padding)
    if (isPassed) {
      this.#unread = 0
      this.#padding = 0
    }
    return isPassed
  }

  async #passOver(): Promise<void> {
    const missing = this.#unread - (await this.#input.skip(this.#unread + this.#padding))
    this.#unread = 0
    this.#padding = 0
    if (missing > 0) this.#cutOff(missing)
  }

  #cutOff(missing: number): void {
    this.#ended = true
    const detail = `The archive ends in the middle of ${shown(this.#current)}.`
    this.#on({ code: 'TAR_PARTIAL', effect: 'partial', bytes: missing, detail })
  }

  /**
   * The header of the next entry, behind its extended headers. Adds the blocks it read to `blocks`, the header's own last. Undefined at
   * the end (no blocks), and where there are more extended headers than can be kept.
   */
  async #nextHeader(blocks: Uint8Array[]): Promise<TarHeader | undefined> {
    for (let kept = 0; kept <= MAX_KEPT; ) {
      const block = this.#input.take(BLOCK) ?? (await this.#input.read(BLOCK))
      if (block.length === BLOCK && isZeroBlock(block)) {
        this.#zeroBlocks++
        continue
      }
      if (block.length === 0 && blocks.length === 0) return undefined
      // Copies: what follows may take the place of the bytes they were read from.
      blocks.push(new Uint8Array(block))
      if (block.length < BLOCK) throw new BadHeaderError('the archive ends in the middle of an entry')
      if (this.#entries >= this.#maxEntries) throw new BadHeaderError(`it has more than ${this.#maxEntries} entries`)
      const header = readHeader(block)
      if (!EXTENDED_TYPES.includes(header.typeflag)) return header
      if (header.size > MAX_EXTENDED) {
        this.#note('LIMIT_TAR_HEADER', 'An extended header above 1 MiB was scanned as a file.')
        return header
      }
      kept += await this.#readExtended(header, blocks)
    }
    return undefined
  }

  /** Gives the bytes read. */
  async #readExtended(header: TarHeader, blocks: Uint8Array[]): Promise<number> {
    const padded = new Uint8Array(await this.#input.read(header.size + paddingOf(header.size)))
    blocks.push(padded)
    if (padded.length < header.size) throw new BadHeaderError('the archive ends in the middle of an extended header')
    this.#extended = applyExtended(this.#extended, header.typeflag, padded.subarray(0, header.size))
    if (header.typeflag === 'x' && !this.#extended.pax.whole) {
      this.#note('TAR_HEADER', 'A pax header has records that are malformed or too many; they were left out.')
    }
    return BLOCK + padded.length
  }

  async #entry(header: TarHeader, block: Uint8Array): Promise<TarEntry> {
    const { pax } = this.#extended
    const fields = entryFields(header, this.#extended)
    this.#extended = NO_EXTENDED
    if (this.#zeroBlocks > 1)
      this.#note('TRAILING_ENTRIES', 'Entries follow the end marker of the archive; they were scanned.')
    this.#zeroBlocks = 0
    const isSparse = header.typeflag === 'S' || (pax.records.size > 0 && fields.type === 'file')
    const entry = this.#plainEntry(fields)
    return isSparse ? this.#sparseEntry(header, block, fields, pax) : entry
  }

  #plainEntry(fields: EntryFields): TarEntry {
    this.#entries++
    this.#current = fields.path
    this.#padding = paddingOf(fields.size)
    fields.body = this.#bodyOf(fields.size)
    return fields
  }

  async #sparseEntry(header: TarHeader, block: Uint8Array, fields: EntryFields, pax: ParsedPax): Promise<TarEntry> {
    const { used = 0, map, problem } = await this.#sparseMap(header, block, fields, pax)
    const size = fields.size - used
    if (problem !== undefined)
      this.#note('TAR_SPARSE', `${shown(fields.path)}: ${problem}; its stored bytes were scanned as they lie.`)
    const body = this.#bodyOf(size)
    return map === undefined
      ? { ...fields, size, body }
      : { ...fields, size: expandedSize(map), body: expand(body, map) }
  }

  /** `used`: bytes of the body that were the map. */
  async #sparseMap(
    header: TarHeader,
    block: Uint8Array,
    fields: EntryFields,
    pax: ParsedPax,
  ): Promise<MapResult & { used?: number }> {
    if (header.typeflag === 'S') return header.format === 'gnu' ? readOldGnuMap(block, this.#input) : {}
    const form = paxSparseForm(pax.records)
    if (form === 'header') return paxHeaderMap(pax.records, pax.pairs)
    return form === 'body' ? readPaxBodyMap(pax.records, this.#input, fields.size) : {}
  }

  #bodyOf(size: number): TarBody {
    this.#body = new TarBody(this.#input, size, (missing) => this.#cutOff(missing))
    return this.#body
  }

  #salvage(blocks: readonly Uint8Array[], problem: string): TarEntry {
    for (const block of blocks.toReversed()) this.#input.unread(block)
    this.#ended = true
    if (this.#zeroBlocks > 1)
      this.#note('TRAILING_BYTES', 'Bytes that are no archive follow its end marker; they were scanned as they are.')
    else {
      const code = this.#entries >= this.#maxEntries ? 'LIMIT_ENTRIES' : 'TAR_PARTIAL'
      const detail = `The archive cannot be read on (${problem}); the rest was scanned as it lies, without file names.`
      this.#on({ code, effect: 'partial', detail })
    }
    return { ...NAMELESS, type: 'salvage', size: 0, body: this.#input.rest() }
  }

  #note(code: string, detail: string): void {
    this.#on({ code, effect: 'note', detail })
  }
}

/** An extended header, or one with a map of holes behind it. */
function isUnusual({ typeflag }: TarHeader): boolean {
  return EXTENDED_TYPES.includes(typeflag) || typeflag === 'S'
}

/** Extended headers without end before one entry: given out as bytes to scan, so that they need not be kept. */
function superseded(blocks: readonly Uint8Array[]): TarEntry {
  const size = blocks.reduce((sum, block) => sum + block.length, 0)
  return { ...NAMELESS, type: 'other', size, body: readable(blocks) }
}

function applyExtended(extended: Extended, typeflag: string, bytes: Uint8Array): Extended {
  if (typeflag === 'x') return { ...extended, pax: parsePax(bytes) }
  const end = bytes.indexOf(0)
  const name = end < 0 ? bytes : bytes.subarray(0, end)
  if (name.length === 0) return extended
  return typeflag === 'L' ? { ...extended, longName: name } : { ...extended, longLink: name }
}

function shown(path: string): string {
  return shorten(printable(path), 200)
}

async function* readable(blocks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* blocks
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}
