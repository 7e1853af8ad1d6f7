// Cuts a stream of files into units for the workers: small files batched, big ones in chunks, archives streamed. Shared by layers and folders.
import { fileDetectors } from '../detect/files/index.js'
import { machineCode } from '../detect/machine-code.js'
import { CHUNK_SIZE, type FileDetector, MAX_MATCH } from '../detect/types.js'
import { sniffNested } from '../unpack/nested.js'
import type { EntryBody } from '../unpack/tar.js'
import { ChunkFiller } from './chunk-filler.js'
import { CHUNK_STEP } from './chunks.js'
import { Gathering } from './gathering.js'
import { Packages } from './packages.js'
import { HEAD_BYTES, wantedBy } from './text-scan.js'
import type { Coverage, FilePlace, LocalFinding } from './types.js'
import type { ChunkUnit, FileItem, NameItem, WorkerSetup } from './unit.js'
import type { WorkerPool } from './worker-pool.js'

/** A batch goes out with this many names even if its buffer has room. */
const NAMES_A_BATCH = 4096
/** Largest file that is put into memory whole for a file detector. */
const MOST_WHOLE = 16 * 1024 * 1024

export interface FeederOptions {
  readonly pool: WorkerPool
  readonly setup: WorkerSetup
  /** Bytes; larger files are left out and named in coverage. */
  readonly maxFileSize?: number
  readonly on?: (coverage: Coverage) => void
  /** The service whose container the files are in. */
  readonly service?: string
}

type MoreOfName = Pick<NameItem, 'pathBase64' | 'text' | 'key'>

/** A file to scan. `size` is what is known beforehand; `pathBase64` its exact name where that is not UTF-8. */
export interface FileToScan {
  readonly path: string
  readonly pathBase64?: string
  readonly size?: number
  readonly body: EntryBody
  /** Of a git pack: objects that need not be scanned, by ID. */
  readonly known?: ReadonlySet<string>
}

export interface Gathered {
  readonly findings: readonly LocalFinding[]
  readonly coverage: readonly Coverage[]
  /** Paths that had to be masked, with what they stand for. */
  readonly plainPaths: ReadonlyMap<string, string>
}

/** One per layer or folder. Files and names go in one after another; `finish` waits for the last worker. */
export class FileFeeder {
  readonly #options: FeederOptions
  readonly #formats: readonly FileDetector[]
  readonly #gathering: Gathering
  readonly #packages = new Packages()
  #batch: ArrayBuffer | undefined
  #used = 0
  #files: FileItem[] = []
  #names: NameItem[] = []
  #entry = 0

  constructor(options: FeederOptions) {
    this.#options = options
    this.#gathering = new Gathering({ ...options, packages: this.#packages })
    this.#formats = fileDetectors(options.setup.rules)
  }

  /** A name to scan; call it before or after the file itself, in any order. Gives a promise where workers have to be waited for. */
  addName(kind: NameItem['kind'], path: string, more?: MoreOfName): Promise<void> | undefined {
    const entry = this.#entry++
    this.#names.push(more === undefined ? { entry, kind, path } : { entry, kind, path, ...more })
    return this.#names.length >= NAMES_A_BATCH ? this.flush() : undefined
  }

  /** Reads the file's body to its end (unless it is above the size limit). Gives a promise where that takes time. */
  addFile(file: FileToScan): Promise<void> | undefined {
    const entry = this.#entry++
    const { maxFileSize } = this.#options
    if (maxFileSize !== undefined && (file.size ?? 0) > maxFileSize) {
      this.#leaveOut(file, maxFileSize)
      return undefined
    }
    if (file.size !== undefined && file.size <= CHUNK_SIZE && file.known === undefined)
      return this.#addAtHand(file, entry, file.size) ? undefined : this.#addSmall(file, entry, file.size)
    return this.#addUnknown(file, entry)
  }

  note(coverage: Coverage): void {
    this.#gathering.addCoverage([coverage])
    this.#options.on?.(coverage)
  }

  async finish(): Promise<Gathered> {
    await this.flush()
    return this.#gathering.finish()
  }

  #leaveOut(file: FileToScan, limit: number): void {
    const detail = `The file is larger than ${limit} bytes (--max-file-size).`
    this.note({ code: 'LIMIT_FILE_SIZE', effect: 'skipped', place: placeOf(file), bytes: file.size ?? 0, detail })
  }

  /** Copies a body that lies in memory to where it is scanned: the way without a promise. */
  #addAtHand(file: FileToScan, entry: number, size: number): boolean {
    if (this.#batch === undefined || this.#used + size > CHUNK_SIZE) return false
    const whole = file.body.takeWhole?.()
    if (whole === undefined) return false
    this.#put(file, entry, this.#batch, whole)
    return true
  }

  /** Copies the body straight to where it is scanned. */
  async #addSmall(file: FileToScan, entry: number, size: number): Promise<void> {
    if (size === 0) return
    if (this.#batch !== undefined && this.#used + size > CHUNK_SIZE) await this.flush()
    this.#batch ??= this.#options.pool.buffer()
    const target = new Uint8Array(this.#batch)
    const start = this.#used
    for await (const chunk of file.body) {
      const room = Math.min(chunk.length, start + size - this.#used)
      target.set(room === chunk.length ? chunk : chunk.subarray(0, room), this.#used)
      this.#used += room
    }
    this.#addItem(file, entry, start, this.#used - start)
  }

  #addItem(file: FileToScan, entry: number, start: number, length: number): void {
    if (length === 0) return
    const { path, pathBase64 } = file
    this.#packages.note(path, () => new Uint8Array(this.#batch as ArrayBuffer, start, length))
    this.#files.push(
      pathBase64 === undefined ? { entry, path, start, length } : { entry, path, pathBase64, start, length },
    )
  }

  /** A file above a chunk, or of unknown size: its first chunk tells what becomes of it. */
  async #addUnknown(file: FileToScan, entry: number): Promise<void> {
    const source = file.body[Symbol.asyncIterator]()
    const filler = new ChunkFiller(source)
    const first = this.#options.pool.buffer()
    const length = await filler.fill(first, 0)
    if (filler.ended && file.known === undefined) return this.#addHeld(file, entry, new Uint8Array(first, 0, length))
    const head = new Uint8Array(first, 0, Math.min(length, HEAD_BYTES))
    const whole = Math.max(0, ...wantedBy(this.#formats, file.path, head).map((format) => format.maxBytes))
    if (sniffNested(file.path, head) !== undefined)
      return this.#addStream(file, entry, { bytes: first, length }, filler)
    if (file.size !== undefined && file.size <= Math.min(whole, MOST_WHOLE))
      return this.#addWhole(file, entry, first, filler)
    return this.#addChunks(file, entry, first, filler)
  }

  /** A small file whose size was not known before. */
  async #addHeld(file: FileToScan, entry: number, bytes: Uint8Array): Promise<void> {
    if (this.#batch !== undefined && this.#used + bytes.length > CHUNK_SIZE) await this.flush()
    this.#batch ??= this.#options.pool.buffer()
    this.#put(file, entry, this.#batch, bytes)
  }

  #put(file: FileToScan, entry: number, batch: ArrayBuffer, bytes: Uint8Array): void {
    new Uint8Array(batch, this.#used).set(bytes)
    this.#addItem(file, entry, this.#used, bytes.length)
    this.#used += bytes.length
  }

  async #addChunks(file: FileToScan, entry: number, first: ArrayBuffer, filler: ChunkFiller): Promise<void> {
    const exact = file.pathBase64 === undefined ? {} : { pathBase64: file.pathBase64 }
    const found = machineCode(new Uint8Array(first, 0, HEAD_BYTES))
    const code = found.length === 0 ? {} : { code: found }
    let bytes = first
    let length = CHUNK_SIZE
    for (let offset = 0; ; offset += CHUNK_STEP) {
      const last = filler.ended
      this.#packages.note(file.path, () => new Uint8Array(bytes, 0, length))
      const next = last ? undefined : this.#options.pool.buffer()
      if (next !== undefined) new Uint8Array(next).set(new Uint8Array(bytes, CHUNK_STEP, MAX_MATCH))
      const unit: ChunkUnit = { kind: 'chunk', bytes, entry, path: file.path, ...exact, offset, length, last, ...code }
      const { done } = await this.#options.pool.submit(unit)
      this.#gathering.addChunk(done, unit)
      if (next === undefined) return
      bytes = next
      length = await filler.fill(next, MAX_MATCH)
    }
  }

  async #addStream(
    file: FileToScan,
    entry: number,
    first: { readonly bytes: ArrayBuffer; readonly length: number },
    filler: ChunkFiller,
  ): Promise<void> {
    // Goes out first: while this file's bytes flow, its worker takes nothing else.
    await this.flush()
    const exact = file.pathBase64 === undefined ? {} : { pathBase64: file.pathBase64 }
    const known = file.known === undefined ? {} : { known: file.known }
    const unit = { kind: 'stream', entry, path: file.path, ...exact, ...known } as const
    const stream = await this.#options.pool.stream(unit)
    await stream.write(first.bytes, first.length)
    while (!filler.ended) {
      const bytes = this.#options.pool.buffer()
      const length = await filler.fill(bytes, 0)
      if (length > 0) await stream.write(bytes, length)
    }
    this.#gathering.add(stream.end(), [unit])
  }

  async #addWhole(file: FileToScan, entry: number, first: ArrayBuffer, filler: ChunkFiller): Promise<void> {
    const size = Math.max(file.size ?? 0, CHUNK_SIZE)
    const bytes = new ArrayBuffer(size)
    new Uint8Array(bytes).set(new Uint8Array(first))
    const length = await filler.fill(bytes, CHUNK_SIZE)
    const exact = file.pathBase64 === undefined ? {} : { pathBase64: file.pathBase64 }
    const files = [{ entry, path: file.path, ...exact, start: 0, length }]
    const { done } = await this.#options.pool.submit({ kind: 'batch', bytes, files, names: [] })
    this.#gathering.add(done, files)
  }

  /** Hands to the workers what has been gathered for them; resolves when they have taken it. */
  async flush(): Promise<void> {
    if (this.#files.length === 0 && this.#names.length === 0) return
    const [bytes, files, names] = [this.#batch ?? this.#options.pool.buffer(), this.#files, this.#names]
    this.#batch = undefined
    this.#used = 0
    this.#files = []
    this.#names = []
    const { done } = await this.#options.pool.submit({ kind: 'batch', bytes, files, names })
    this.#gathering.add(done, [...files, ...names])
  }
}

function placeOf(file: FileToScan): FilePlace {
  return { kind: 'file', path: file.path, ...(file.pathBase64 === undefined ? {} : { pathBase64: file.pathBase64 }) }
}
