// Reads a source's blobs in the source's own order and scans those that nobody has scanned yet.
import type { BlobIdentity, LayerBlob, OpenedImage, OpenSource, SourceIssue } from '../image/types.js'
import { InternalError, SecretscanError, UsageError } from '../support/errors.js'
import { ImageRoom } from './finding-limits.js'
import type { ScanOptions } from './scan-image.js'
import { type LayerScanOptions, scanLayer } from './scan-layer.js'
import type { ScanSession } from './session.js'
import type { LayerResult, ScanContext } from './types.js'

/** Blobs of a parallel source under way at once. */
const BLOBS_AT_ONCE = 3

export interface ReadBlobs {
  readonly layers: ReadonlyMap<string, LayerResult>
  /** blobIds whose results were known before. */
  readonly cached: ReadonlySet<string>
  readonly images: readonly OpenedImage[]
  readonly coverage: readonly SourceIssue[]
  /** The source broke off; what was read before stands. */
  readonly error?: unknown
}

export async function readBlobs(
  source: OpenSource,
  options: ScanOptions,
  session: ScanSession,
  context: ScanContext,
  described: readonly OpenedImage[],
): Promise<ReadBlobs> {
  const areMasked = await areConfigsKnown(described, session)
  const layers = new Map<string, LayerResult>()
  const cached = new Set<string>()
  const room = new ImageRoom()
  const want = async (blob: BlobIdentity): Promise<boolean> => {
    if (options.skipLayers === true) return false
    const known = session.layers.get(blob) ?? usable(await session.cache?.layer(blob), areMasked)
    if (known === undefined) return true
    layers.set(blob.blobId, room.fit(known))
    cached.add(blob.blobId)
    context.on({ type: 'layer', cached: true })
    return false
  }
  const scanning = new Scanning(layerOptions(session, context), (blobId, result) => {
    const fitting = room.fit(result)
    layers.set(blobId, fitting)
    if (fitting === result) session.layers.add(result)
    context.on({ type: 'layer', cached: false })
  })
  const end = await scanAll(source, want, scanning)
  return { layers, cached, ...end }
}

/** Whether the cache holds every image's config, with its instructions masked. */
async function areConfigsKnown(described: readonly OpenedImage[], { cache }: ScanSession): Promise<boolean> {
  if (cache === undefined || described.length === 0) return false
  for (const { image } of described) if ((await cache.config(image)) === undefined) return false
  return true
}

/**
 * A cached layer tells nothing that a guessable value could be known by again, so an instruction that repeats one is masked only by
 * reading the layer once more. Not needed where the instructions have been masked before.
 */
function usable(layer: LayerResult | undefined, areMasked: boolean): LayerResult | undefined {
  return areMasked || layer?.findings.every(({ secret }) => !secret.guessable) === true ? layer : undefined
}

async function scanAll(source: OpenSource, want: (blob: BlobIdentity) => Promise<boolean>, scanning: Scanning) {
  const blobs = source.layers(want)
  try {
    for (let next = await blobs.next(); ; next = await blobs.next()) {
      if (next.done === true) {
        await scanning.settle()
        return { ...next.value, coverage: [...next.value.coverage, ...scanning.lost] }
      }
      await scanning.start(next.value, source.parallel)
    }
  } catch (error) {
    await blobs.return({ images: [], coverage: [] }).catch(() => {})
    await scanning.settle().catch(() => {})
    return { images: [], coverage: [], error }
  }
}

function layerOptions(session: ScanSession, context: ScanContext): LayerScanOptions {
  const { maxFileSize } = session.detection
  return {
    pool: session.pool,
    setup: session.setup,
    signal: context.signal,
    onBytes: (delta) => context.on({ type: 'bytes', delta }),
    onCoverage: (coverage) => context.on({ type: 'coverage', coverage }),
    ...(maxFileSize === undefined ? {} : { maxFileSize }),
  }
}

/** Blobs being read (at most a few, one where the source is no parallel one) and layers that workers have not finished. */
class Scanning {
  readonly #options: LayerScanOptions
  readonly #keep: (blobId: string, result: LayerResult) => void
  readonly #reading = new Set<Promise<void>>()
  readonly #finishing = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined
  /** Blobs of a parallel source that could not be read: the others go on. */
  readonly lost: SourceIssue[] = []

  constructor(options: LayerScanOptions, keep: (blobId: string, result: LayerResult) => void) {
    this.#options = options
    this.#keep = keep
  }

  /** Resolves when another blob may be asked for. */
  async start(blob: LayerBlob, parallel: boolean): Promise<void> {
    const reading = this.#read(blob)
    this.#track(this.#reading, parallel ? reading.catch((error: unknown) => this.#lose(blob, error)) : reading)
    while (this.#reading.size >= (parallel ? BLOBS_AT_ONCE : 1)) await Promise.race(this.#reading)
    this.#throwFailure()
  }

  /** Waits for everything; throws what went wrong first. */
  async settle(): Promise<void> {
    while (this.#reading.size > 0) await Promise.all(this.#reading)
    while (this.#finishing.size > 0) await Promise.all(this.#finishing)
    this.#throwFailure()
  }

  /** One blob that the place does not give is no reason to give up the others; anything else is. */
  #lose({ blobId }: LayerBlob, error: unknown): void {
    if (!(error instanceof SecretscanError) || error instanceof UsageError || error instanceof InternalError)
      throw error
    this.lost.push({ code: error.code, effect: 'skipped', blobId, detail: error.message })
  }

  async #read(blob: LayerBlob): Promise<void> {
    const { result } = await scanLayer(blob, this.#options)
    this.#track(
      this.#finishing,
      result.then((layer) => this.#keep(blob.blobId, layer)),
    )
  }

  #track(group: Set<Promise<void>>, work: Promise<void>): void {
    const task: Promise<void> = work
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => group.delete(task))
    group.add(task)
  }

  #throwFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }
}
