// Results of layers and configs that were scanned before, content-addressed: what was computed from bytes, never what an image says of itself.
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { isDigest } from '../image/digest.js'
import type { Digest, ImageDescription, SourceIssue } from '../image/types.js'
import { CacheFolder, cacheFolder, type EntryKind } from './cache-folder.js'
import { decodeLayer, encodeLayer, isCacheable, type ScanConditions, scanConditions } from './cache-format.js'
import type { ConfigResult, LayerResult } from './types.js'

export interface LayerCache {
  /**
   * A layer known by its diffID (where somebody trusted has verified it), or by a blob digest that this cache has itself seen to be
   * that layer's.
   */
  layer(digest: { readonly diffId?: Digest; readonly blobDigest?: Digest }): Promise<LayerResult | undefined>
  keepLayer(result: LayerResult): Promise<void>
  /** The config's findings, and the image's description with its strings masked. */
  config(image: ImageDescription): Promise<ConfigResult | undefined>
  keepConfig(result: ConfigResult): Promise<void>
  /** What an engine exported under `key`; see known-image.ts. */
  engineImage(key: string): Promise<KnownImage | undefined>
  keepEngineImage(key: string, known: KnownImage): Promise<void>
  /** Whether a file of this identity was scanned before: a hint, see seen-file.ts. */
  hasSeen(identity: string): Promise<boolean>
  keepSeen(identity: string): Promise<void>
  /** Brings the cache under its size; called once at a run's end. */
  close(): Promise<void>
}

/** An image as an engine gave it: its description with the strings masked, and what was to say of its export. */
export interface KnownImage {
  readonly image: ImageDescription
  readonly coverage: readonly SourceIssue[]
}

export interface CacheOptions extends ScanConditions {
  /** Bytes. */
  readonly maxSize: number
  /** Default: XDG's cache folder. */
  readonly folder?: string
}

/** Undefined where the folder cannot be used (read-only home, somebody else's folder): a scan goes on without a cache. */
export async function openLayerCache(options: CacheOptions): Promise<LayerCache | undefined> {
  const folder = await CacheFolder.open(options.folder ?? cacheFolder())
  return folder === undefined ? undefined : new DiskCache(folder, options)
}

class DiskCache implements LayerCache {
  readonly #folder: CacheFolder
  readonly #conditions: string
  readonly #maxSize: number
  #written = false

  constructor(folder: CacheFolder, options: CacheOptions) {
    this.#folder = folder
    this.#conditions = scanConditions(options)
    this.#maxSize = options.maxSize
  }

  async layer({
    diffId,
    blobDigest,
  }: {
    readonly diffId?: Digest
    readonly blobDigest?: Digest
  }): Promise<LayerResult | undefined> {
    const known = diffId ?? (blobDigest === undefined ? undefined : await this.#diffIdOf(blobDigest))
    if (known === undefined) return undefined
    const bytes = await this.#folder.read('layers', this.#name(known))
    const result = bytes === undefined ? undefined : decodeLayer(bytes)
    return result?.diffId === known ? result : undefined
  }

  async keepLayer(result: LayerResult): Promise<void> {
    if (result.diffId === undefined || !isCacheable(result)) return
    await this.#write('layers', this.#name(result.diffId), encodeLayer(result))
    if (result.blobDigest === undefined) return
    await this.#write('blobs', nameOf(result.blobDigest), Buffer.from(result.diffId))
  }

  async config(image: ImageDescription): Promise<ConfigResult | undefined> {
    const key = imageKey(image)
    const bytes = key === undefined ? undefined : await this.#folder.read('configs', this.#name(key))
    if (bytes === undefined) return undefined
    try {
      const stored = JSON.parse(Buffer.from(bytes).toString('utf8')) as ConfigResult
      return { ...stored, image: masked(image, stored.image) }
    } catch {
      return undefined
    }
  }

  async keepConfig(result: ConfigResult): Promise<void> {
    const key = imageKey(result.image)
    if (
      key === undefined ||
      result.coverage.length > 0 ||
      result.findings.some(({ secret }) => secret.value !== undefined)
    )
      return
    await this.#write('configs', this.#name(key), Buffer.from(JSON.stringify(result)))
  }

  async engineImage(key: string): Promise<KnownImage | undefined> {
    const bytes = await this.#folder.read('configs', this.#name(engineKey(key)))
    if (bytes === undefined) return undefined
    try {
      return JSON.parse(Buffer.from(bytes).toString('utf8')) as KnownImage
    } catch {
      return undefined
    }
  }

  async keepEngineImage(key: string, known: KnownImage): Promise<void> {
    await this.#write('configs', this.#name(engineKey(key)), Buffer.from(JSON.stringify(known)))
  }

  async hasSeen(identity: string): Promise<boolean> {
    return (await this.#folder.read('blobs', this.#name(`file ${identity}`))) !== undefined
  }

  async keepSeen(identity: string): Promise<void> {
    await this.#write('blobs', this.#name(`file ${identity}`), Buffer.from('seen'))
  }

  async close(): Promise<void> {
    if (this.#written) await this.#folder.prune(this.#maxSize)
  }

  async #diffIdOf(blobDigest: Digest): Promise<Digest | undefined> {
    const bytes = await this.#folder.read('blobs', nameOf(blobDigest))
    const text = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')
    return isDigest(text) ? text : undefined
  }

  async #write(kind: EntryKind, name: string, bytes: Uint8Array): Promise<void> {
    this.#written = true
    await this.#folder.write(kind, name, bytes)
  }

  #name(subject: string): string {
    return nameOf(`${subject}\n${this.#conditions}`)
  }
}

/** Where it is, how many layers and configs it holds, and bytes in all; undefined where there is none that can be used. */
export async function cacheInfo(
  folder: string = cacheFolder(),
): Promise<{ folder: string; entries: number; bytes: number } | undefined> {
  const opened = await CacheFolder.open(folder)
  const entries = await opened?.entries()
  if (entries === undefined) return undefined
  return { folder, entries: entries.length, bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0) }
}

/** Removes every entry; returns how many bytes they had. */
export async function clearCache(folder: string = cacheFolder()): Promise<number> {
  const entries = (await (await CacheFolder.open(folder))?.entries()) ?? []
  for (const { file } of entries) await rm(file, { force: true })
  return entries.reduce((sum, entry) => sum + entry.bytes, 0)
}

/** Apart from the keys of configs, which lie in the same folder. */
const engineKey = (key: string): string => `engine ${key}`

/** Annotations stand in the manifest: without its digest nothing tells which they are. */
function imageKey({ imageId, platform, manifestDigest, annotations }: ImageDescription): string | undefined {
  if (manifestDigest === undefined && Object.keys(annotations).length > 0) return undefined
  return JSON.stringify([imageId, platform, manifestDigest ?? null])
}

/** This source's description with the strings that the cache has masked. */
function masked(image: ImageDescription, known: ImageDescription): ImageDescription {
  const layers = image.layers.map((layer, i) => {
    const { createdBy: _, ...rest } = layer
    const createdBy = known.layers[i]?.createdBy
    return createdBy === undefined ? rest : { ...rest, createdBy }
  })
  const { history: _, ...rest } = image
  const history = known.history === undefined ? {} : { history: known.history }
  return { ...rest, ...history, layers, annotations: known.annotations }
}

function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
