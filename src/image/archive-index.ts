// What has gone by in an image archive: its entries by path, links between them, and the small documents that are kept until the
// manifest comes. Paths are keys of this index and never opened.
import { posix } from 'node:path'
import type { Compression } from '../unpack/compression.js'
import { normalizePath } from '../unpack/tar.js'
import { digestOfBlobPath } from './manifest.js'
import type { Digest } from './types.js'

/** One file of the archive. */
export interface ArchiveBlob {
  readonly blobId: string
  readonly path: string
  /** The digest that its name claims. */
  readonly digest?: Digest
  readonly size: number
  /** Set where its first bytes begin a layer. */
  readonly compression?: Compression
  /** Whether it looks like a layer. */
  readonly isLayer: boolean
  /** Whether it was handed out to be scanned, or was not wanted. */
  offered: boolean
  /** All its bytes, where it is small and no layer. */
  held: Uint8Array | undefined
}

type Entry = { readonly kind: 'blob'; readonly blob: ArchiveBlob } | { readonly kind: 'link'; readonly target: string }

/** Together, over all documents of one archive. */
export const HELD_LIMIT = 64 * 1024 * 1024

/** The archive's own names for things, that no image is made of. */
const MARKERS = new Set(['manifest.json', 'index.json', 'oci-layout', 'repositories'])

export class ArchiveIndex {
  readonly #entries = new Map<string, Entry>()
  readonly #blobs: ArchiveBlob[] = []
  readonly #ids = new Map<string, number>()
  #heldBytes = 0

  /** Every file, in the archive's order; of two with one path both. */
  get blobs(): readonly ArchiveBlob[] {
    return this.#blobs
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  /** Whether `size` more bytes may be kept for `path`. The archive's own documents may always: of each only the last is kept. */
  hasRoom(path: string, size: number): boolean {
    return isMarker(path) || this.#heldBytes + size <= HELD_LIMIT
  }

  /** Adds a file; a later one takes the path over, as it does when an engine unpacks the archive. */
  addBlob(path: string, size: number, compression: Compression | undefined, isLayer: boolean): ArchiveBlob {
    const digest = digestOfBlobPath(path)
    const blob: ArchiveBlob = {
      blobId: this.#freshId(digest ?? path),
      path,
      size,
      isLayer,
      offered: false,
      held: undefined,
      ...(digest === undefined ? {} : { digest }),
      ...(compression === undefined ? {} : { compression }),
    }
    const previous = this.#entries.get(path)
    if (previous?.kind === 'blob' && isMarker(path)) previous.blob.held = undefined
    this.#entries.set(path, { kind: 'blob', blob })
    this.#blobs.push(blob)
    return blob
  }

  /** Two blobs never share an identifier: a second of the same name must not hide the first. */
  #freshId(name: string): string {
    const seen = (this.#ids.get(name) ?? 0) + 1
    this.#ids.set(name, seen)
    return seen === 1 ? name : `${name}#${seen}`
  }

  hold(blob: ArchiveBlob, bytes: Uint8Array): void {
    blob.held = bytes
    if (!isMarker(blob.path)) this.#heldBytes += bytes.length
  }

  /** A symbolic link's target is relative to its folder, a hard link's to the archive's root. */
  addLink(path: string, target: string, type: 'symlink' | 'hardlink'): void {
    const from = type === 'symlink' && !target.startsWith('/') ? posix.dirname(path) : ''
    this.#entries.set(path, { kind: 'link', target: normalizePath(posix.join('/', from, target)) })
  }

  /** The file at `path`, through links; undefined where there is none or the links run in a circle. */
  find(path: string): ArchiveBlob | undefined {
    const visited = new Set<string>()
    for (let at = normalizePath(path); !visited.has(at); ) {
      visited.add(at)
      const entry = this.#entries.get(at)
      if (entry?.kind !== 'link') return entry?.blob
      at = entry.target
    }
    return undefined
  }

  findDigest(digest: Digest): ArchiveBlob | undefined {
    return this.find(`blobs/${digest.replace(':', '/')}`)
  }

  /** Whether anything was seen that only image archives have. */
  get looksLikeImage(): boolean {
    return [...this.#entries.keys()].some(
      (path) => MARKERS.has(path) || path.startsWith('blobs/') || /(^|\/)layer\.tar$/.test(path),
    )
  }

  /** How many entries lie in folders of a root file system. */
  get rootFileSystemEntries(): number {
    return [...this.#entries.keys()].filter((path) =>
      /^(?:bin|boot|dev|etc|home|lib|opt|proc|root|sbin|sys|usr|var)\//.test(path),
    ).length
  }
}

/** Whether `path` is one of the archive's own documents. */
export function isMarker(path: string): boolean {
  return MARKERS.has(path)
}
