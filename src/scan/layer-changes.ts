// What a layer's entries say about paths: files, folders, hard links, and the markers that remove what lower layers have.
// OCI image-spec v1.1, layer.md "Whiteouts".
import { normalizePath, type TarEntry } from '../unpack/tar.js'
import { PathHashes, parentsOf } from './path-hashes.js'
import type { Coverage, LayerResult } from './types.js'

const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'
/** AUFS's own bookkeeping ("..wh..plnk", …): no names of files. */
const AUFS = '.wh..wh.'
/** Folders remembered so that each is hashed once; forgotten when there are too many. */
const MOST_REMEMBERED = 50_000

export type Changes = Pick<LayerResult, 'fileHashes' | 'dirHashes' | 'hardLinks' | 'whiteouts' | 'opaque'>

export class LayerChanges {
  readonly #files = new PathHashes()
  readonly #dirs = new PathHashes()
  readonly #known = new Set<string>()
  readonly #hardLinks: { path: string; target: string }[] = []
  readonly #whiteouts = new Set<string>()
  readonly #opaque = new Set<string>()

  /** Notes an entry at its normalised path. Returns coverage where a marker makes no sense. */
  add(path: string, entry: Pick<TarEntry, 'type' | 'linkName'>): Coverage | undefined {
    const slash = path.lastIndexOf('/')
    const name = path.slice(slash + 1)
    const folder = slash < 0 ? '' : path.slice(0, slash)
    for (const parent of parentsOf(path)) if (!this.#addDir(parent)) break
    if (name.startsWith(WHITEOUT) && entry.type !== 'directory') return this.#addMarker(folder, name)
    if (entry.type === 'directory') {
      if (path !== '') this.#addDir(path)
      return undefined
    }
    this.#files.add(path)
    if (entry.type === 'hardlink') this.#hardLinks.push({ path, target: normalizePath(entry.linkName ?? '') })
    return undefined
  }

  result(): Changes {
    return {
      fileHashes: this.#files.sorted(),
      dirHashes: this.#dirs.sorted(),
      hardLinks: this.#hardLinks,
      whiteouts: [...this.#whiteouts],
      opaque: [...this.#opaque],
    }
  }

  /** false: was there already, and so were its parents. */
  #addDir(path: string): boolean {
    if (this.#known.has(path)) return false
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear()
    this.#known.add(path)
    this.#dirs.add(path)
    return true
  }

  #addMarker(folder: string, name: string): Coverage | undefined {
    if (name === OPAQUE) {
      this.#opaque.add(folder)
      return undefined
    }
    if (name.startsWith(AUFS)) return undefined
    const removed = name.slice(WHITEOUT.length)
    if (removed === '' || removed === '.' || removed === '..') {
      return { code: 'BAD_WHITEOUT', effect: 'note', detail: 'A whiteout marker names nothing that could be removed.' }
    }
    this.#whiteouts.add(folder === '' ? removed : `${folder}/${removed}`)
    return undefined
  }
}
