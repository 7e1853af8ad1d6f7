// One blob of an image: compressed bytes in, a LayerResult out. Streams; nothing of it is written to the disk or held in memory.
import { createHash, type Hash } from 'node:crypto'
import type { Digest, LayerBlob } from '../image/types.js'
import type { Issue } from '../support/issue.js'
import { decompress, peek, sniffCompression } from '../unpack/compression.js'
import { normalizePath, TarArchive, type TarEntry } from '../unpack/tar.js'
import { documentPieces } from './config-pieces.js'
import { FileFeeder } from './file-feeder.js'
import { LayerChanges } from './layer-changes.js'
import { scanStrings } from './scan-strings.js'
import type { Coverage, LayerResult } from './types.js'
import type { WorkerSetup } from './unit.js'
import type { WorkerPool } from './worker-pool.js'

/** Decompressed bytes of one layer that are looked at. */
const MOST_LAYER_BYTES = 32 * 1024 ** 3
const MOST_ATTESTATION_BYTES = 16 * 1024 * 1024

export interface LayerScanOptions {
  readonly pool: WorkerPool
  readonly setup: WorkerSetup
  readonly signal: AbortSignal
  readonly maxFileSize?: number
  /** Compressed bytes as they are read. */
  readonly onBytes?: (count: number) => void
  readonly onCoverage?: (coverage: Coverage) => void
}

/** A layer whose bytes have been read; workers may still be at it. */
export interface PendingLayer {
  readonly result: Promise<LayerResult>
}

/**
 * Reads a blob to its end and hands it to the workers. Bad data ends in coverage, never in an error; errors of the source are thrown
 * here, those of the workers by `result`.
 */
export async function scanLayer(blob: LayerBlob, options: LayerScanOptions): Promise<PendingLayer> {
  const { computeDigest } = blob
  const stored = new HashedBytes(blob.bytes, { ...options, ...(computeDigest === undefined ? {} : { computeDigest }) })
  return blob.role === 'layer' ? scanArchive(stored, options) : scanDocument(blob, stored, options)
}

async function scanArchive(stored: HashedBytes, options: LayerScanOptions): Promise<PendingLayer> {
  const reading = new LayerReading(options)
  const { head, bytes } = await peek(stored.read(), 6)
  const compression = sniffCompression(head)
  const on = (issue: Issue) => reading.on(issue)
  const decompressed =
    compression === 'none'
      ? undefined
      : new HashedBytes(
          decompress(bytes, { compression, on, limit: MOST_LAYER_BYTES, reuse: true, isHashed: true }),
          {},
        )
  await reading.addAll(new TarArchive(decompressed?.read() ?? bytes, { on }))
  // The tar reader stops at the end of what it can read; digests are over all bytes.
  await decompressed?.drain()
  await stored.drain()
  // Before the next layer is read: of thousands of small ones each would hold a buffer.
  await reading.handOver()
  const digests = reading.isWhole ? await digestsOf(stored, decompressed) : {}
  const read = { bytes: (decompressed ?? stored).count, ...digests }
  return { result: reading.finish().then((found) => ({ ...found, ...read })) }
}

async function digestsOf(
  stored: HashedBytes,
  decompressed: HashedBytes | undefined,
): Promise<Pick<LayerResult, 'diffId' | 'blobDigest'>> {
  const blobDigest = await stored.digest()
  const diffId = decompressed === undefined ? blobDigest : await decompressed.digest()
  return { ...(diffId === undefined ? {} : { diffId }), ...(blobDigest === undefined ? {} : { blobDigest }) }
}

/** An attestation's JSON, or bytes that nobody knows: no archive. */
async function scanDocument(blob: LayerBlob, stored: HashedBytes, options: LayerScanOptions): Promise<PendingLayer> {
  const scanned =
    blob.role === 'attestation' ? await scanAttestation(stored, options) : await scanUnknown(blob, stored, options)
  await stored.drain()
  const { findings, coverage } = scanned
  return { result: Promise.resolve({ findings, coverage, files: 1, bytes: stored.count, ...NO_CHANGES }) }
}

async function scanAttestation(stored: HashedBytes, options: LayerScanOptions) {
  const parts: Uint8Array[] = []
  for await (const chunk of stored.read()) {
    if (stored.count > MOST_ATTESTATION_BYTES) break
    parts.push(Uint8Array.from(chunk))
  }
  const scanned = await scanStrings(documentPieces(Buffer.concat(parts), 'provenance'), options.pool)
  if (stored.count <= MOST_ATTESTATION_BYTES) return scanned
  const detail = `Only the first ${MOST_ATTESTATION_BYTES} bytes of an attestation were scanned.`
  return {
    ...scanned,
    coverage: [...scanned.coverage, { code: 'LIMIT_ATTESTATION', effect: 'partial' as const, detail }],
  }
}

async function scanUnknown(blob: LayerBlob, stored: HashedBytes, options: LayerScanOptions) {
  const feeder = new FileFeeder(options)
  await feeder.addFile({ path: blob.blobId, body: stored.read() })
  return feeder.finish()
}

const NO_CHANGES = {
  fileHashes: new BigUint64Array(),
  dirHashes: new BigUint64Array(),
  hardLinks: [],
  whiteouts: [],
  opaque: [],
}

/** The entries of one layer on their way to the workers. */
class LayerReading {
  readonly #feeder: FileFeeder
  readonly #changes = new LayerChanges()
  readonly #signal: AbortSignal
  #files = 0
  isWhole = true

  constructor(options: LayerScanOptions) {
    this.#feeder = new FileFeeder({
      ...options,
      ...(options.onCoverage === undefined ? {} : { on: options.onCoverage }),
    })
    this.#signal = options.signal
  }

  on(issue: Issue): void {
    if (issue.effect !== 'note') this.isWhole = false
    this.#feeder.note(issue)
  }

  /** Most entries are small and lie in memory when their turn comes: they cost no promise. */
  async addAll(archive: TarArchive): Promise<void> {
    try {
      for (;;) {
        this.#signal.throwIfAborted()
        const entry = archive.atHand() ?? (await archive.next())
        if (entry === undefined) return
        const adding = isPlain(entry) ? this.#addPlain(entry) : this.#add(entry)
        if (adding !== undefined) await adding
      }
    } finally {
      await archive.close()
    }
  }

  /** What has a name in UTF-8 and nothing to scan but that and its body. */
  #addPlain(entry: TarEntry): Promise<void> | undefined {
    const path = normalizePath(entry.path)
    this.#addChange(path, entry)
    const naming = this.#feeder.addName('file-name', path)
    return naming === undefined ? this.#addBody(path, entry) : naming.then(() => this.#addBody(path, entry))
  }

  async #add(entry: TarEntry): Promise<void> {
    const path = entry.type === 'salvage' ? entry.path : normalizePath(entry.path)
    const exact = entry.pathBytes === undefined ? {} : { pathBase64: Buffer.from(entry.pathBytes).toString('base64') }
    if (entry.type !== 'salvage') {
      this.#addChange(path, entry)
      await this.#addNames(path, exact, entry)
    }
    await this.#addBody(path, entry, exact)
  }

  #addChange(path: string, entry: TarEntry): void {
    const odd = this.#changes.add(path, entry)
    if (odd !== undefined) this.#feeder.note(odd)
  }

  /** A fifo or device has no body; whatever follows any other header is looked at. */
  #addBody(path: string, { type, size, body }: TarEntry, exact: Exact = {}): Promise<void> | undefined {
    if (size > 0 || type === 'file') this.#files++
    return size > 0 ? this.#feeder.addFile({ path, ...exact, size, body }) : undefined
  }

  /** Resolves when workers have taken all that was read. */
  async handOver(): Promise<void> {
    await this.#feeder.flush()
  }

  async finish(): Promise<Omit<LayerResult, 'diffId' | 'blobDigest' | 'bytes'>> {
    const { findings, coverage, plainPaths } = await this.#feeder.finish()
    const masked = plainPaths.size === 0 ? {} : { plainPaths }
    return { findings, coverage, files: this.#files, ...this.#changes.result(), ...masked }
  }

  async #addNames(path: string, exact: Exact, entry: TarEntry): Promise<void> {
    await this.#feeder.addName('file-name', path, exact)
    if (entry.linkName !== undefined && entry.type === 'symlink') {
      await this.#feeder.addName('link', path, { ...exact, text: Buffer.from(entry.linkName) })
    }
    for (const [key, text] of entry.xattrs) await this.#feeder.addName('xattr', path, { ...exact, key, text })
  }
}

/** The exact name where it is not UTF-8. */
interface Exact {
  readonly pathBase64?: string
}

function isPlain({ type, pathBytes, linkName, xattrs }: TarEntry): boolean {
  return type !== 'salvage' && pathBytes === undefined && linkName === undefined && xattrs.size === 0
}

interface HashOptions {
  readonly onBytes?: (count: number) => void
  readonly signal?: AbortSignal
  /** Where the source hashes the same bytes. */
  readonly computeDigest?: () => Promise<Digest | undefined>
}

/** Bytes that are counted and hashed as they are read. */
class HashedBytes {
  readonly #iterator: AsyncIterator<Uint8Array>
  readonly #hash: Hash | undefined
  readonly #options: HashOptions
  count = 0

  constructor(bytes: AsyncIterable<Uint8Array>, options: HashOptions) {
    this.#hash = options.computeDigest === undefined ? createHash('sha256') : undefined
    this.#iterator = bytes[Symbol.asyncIterator]()
    this.#options = options
  }

  /** Leaving the loop does not close the source: `drain` reads on. */
  async *read(): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk
  }

  async drain(): Promise<void> {
    while ((await this.#next()) !== undefined);
  }

  /** Of all bytes: call it once, behind `drain`. */
  async digest(): Promise<Digest | undefined> {
    if (this.#hash === undefined) return this.#options.computeDigest?.()
    return `sha256:${this.#hash.digest('hex')}`
  }

  async #next(): Promise<Uint8Array | undefined> {
    this.#options.signal?.throwIfAborted()
    const next = await this.#iterator.next()
    if (next.done === true) return undefined
    this.#hash?.update(next.value)
    this.count += next.value.length
    this.#options.onBytes?.(next.value.length)
    return next.value
  }
}
