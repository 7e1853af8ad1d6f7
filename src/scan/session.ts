// What the scans of one run share: the workers, layers that were scanned already, the cache. Open once, close at the end.
import type { RuleSet } from '../detect/rule-set.js'
import type { Digest } from '../image/types.js'
import { type CacheOptions, type LayerCache, openLayerCache } from './cache.js'
import type { LayerResult } from './types.js'
import type { WorkerSetup } from './unit.js'
import { createWorkerPool, type WorkerPool } from './worker-pool.js'

/** What decides a scan's results, whatever the target. */
export interface DetectionOptions {
  readonly rules: RuleSet
  /** Text encodings within each other. */
  readonly maxDecodeDepth: number
  /** Archives and compression within each other. */
  readonly maxArchiveDepth: number
  /** Bytes; larger files are left out and named in coverage. */
  readonly maxFileSize?: number
  /** Findings carry plain values; nothing is cached. */
  readonly showSecrets: boolean
  /** Findings carry an HMAC of their value under this key; nothing is cached. */
  readonly valueKey?: Uint8Array
}

export interface ScanSession {
  readonly pool: WorkerPool
  readonly setup: WorkerSetup
  readonly detection: DetectionOptions
  readonly layers: LayerMemory
  readonly cache: LayerCache | undefined
  close(): Promise<void>
}

export interface SessionOptions extends DetectionOptions {
  /** Whether results are looked up in, and written to, the cache on the disk; never under showSecrets. */
  readonly cache: boolean
  /** Bytes. */
  readonly cacheMaxSize: number
  /** Default: XDG's cache folder. */
  readonly cacheFolder?: string
}

/** `concurrency`: threads that scan. They start when there is something to scan. */
export async function openSession(options: SessionOptions, concurrency: number): Promise<ScanSession> {
  const { rules, maxDecodeDepth, maxArchiveDepth, maxFileSize, showSecrets, valueKey } = options
  const setup: WorkerSetup = {
    rules,
    maxDecodeDepth,
    maxArchiveDepth,
    showSecrets,
    ...(valueKey === undefined ? {} : { valueKey }),
  }
  const pool = createWorkerPool(setup, { concurrency })
  const detection = { ...setup, ...(maxFileSize === undefined ? {} : { maxFileSize }) }
  const cache =
    options.cache && !showSecrets && valueKey === undefined ? await openLayerCache(cacheOptions(options)) : undefined
  const close = async () => {
    await pool.close()
    await cache?.close()
  }
  return { pool, setup, detection, layers: new LayerMemory(), cache, close }
}

function cacheOptions({ cacheMaxSize, cacheFolder, ...options }: SessionOptions): CacheOptions {
  return { ...options, maxSize: cacheMaxSize, ...(cacheFolder === undefined ? {} : { folder: cacheFolder }) }
}

/** Bytes that a finding is taken to weigh. */
const A_FINDING = 1024
/** Bytes of path hashes and findings that are kept for later targets of the run. */
const MOST_REMEMBERED = 32 * 1024 * 1024

/** Layers scanned in this run, by what was computed from their bytes. The same layer in a thousand images is scanned once. */
class LayerMemory {
  readonly #byDiffId = new Map<Digest, LayerResult>()
  readonly #diffIdOf = new Map<Digest, Digest>()
  #size = 0

  get(digest: { readonly diffId?: Digest; readonly blobDigest?: Digest }): LayerResult | undefined {
    const diffId =
      digest.diffId ?? (digest.blobDigest === undefined ? undefined : this.#diffIdOf.get(digest.blobDigest))
    return diffId === undefined ? undefined : this.#byDiffId.get(diffId)
  }

  add(result: LayerResult): void {
    if (result.diffId === undefined || this.#byDiffId.has(result.diffId)) return
    this.#byDiffId.set(result.diffId, result)
    if (result.blobDigest !== undefined) this.#diffIdOf.set(result.blobDigest, result.diffId)
    this.#size += weightOf(result)
    for (const [oldest, old] of this.#byDiffId) {
      if (this.#size <= MOST_REMEMBERED) break
      this.#byDiffId.delete(oldest)
      this.#size -= weightOf(old)
    }
  }
}

function weightOf({ fileHashes, dirHashes, findings }: LayerResult): number {
  return fileHashes.byteLength + dirHashes.byteLength + findings.length * A_FINDING
}
