// Whether a container still sees what a layer brought. Pure; the only input is what each layer says about paths.
import type { LayerEntry } from '../image/types.js'
import { hasHash, parentsOf, pathHash } from './path-hashes.js'
import type { LayerResult } from './types.js'

export interface PathFate {
  readonly exposure: 'final' | 'deleted' | 'overwritten'
  /** The layer that first took the path away. */
  readonly removedBy?: LayerEntry
}

/** An image's layers, all of them, lowest first, made ready for questions. `result` is missing where a layer was not scanned. */
export class LayerStack {
  readonly #layers: readonly StackedLayer[]
  /** By layer and path: a file may hold a thousand findings, and have as many names. */
  readonly #fates = new Map<string, PathFate>()

  constructor(layers: readonly { readonly entry: LayerEntry; readonly result: LayerResult | undefined }[]) {
    this.#layers = layers.map(({ entry, result }) => ({
      entry,
      result,
      whiteouts: new Set(result?.whiteouts),
      opaque: new Set(result?.opaque),
      links: byTarget(result?.hardLinks ?? []),
    }))
  }

  /**
   * The fate of `path` as the layer at `index` has it. final: the content is still there, under this name or a hard link's.
   * overwritten: the path holds something else. deleted: the path is gone. A whiteout acts on lower layers only.
   */
  fate(path: string, index: number): PathFate {
    const key = `${index} ${path}`
    const fate = this.#fates.get(key) ?? this.#fateOf(path, index)
    this.#fates.set(key, fate)
    return fate
  }

  #fateOf(path: string, index: number): PathFate {
    const names = new Set([path])
    this.#addLinks(names, index)
    const isFolder = this.#isFolder(path, index)
    let present = true
    let removedBy: LayerEntry | undefined
    for (const layer of this.#layers.slice(index + 1)) {
      const hides = hidden(layer, path, isFolder)
      const replaces = holds(layer, path, isFolder)
      if (hides || replaces) {
        removedBy ??= layer.entry
        present = replaces
      }
      for (const name of names) if (hidden(layer, name, isFolder) || holds(layer, name, isFolder)) names.delete(name)
      this.#addLinks(names, layer.entry.index)
    }
    if (names.size > 0) return { exposure: 'final' }
    return { exposure: present ? 'overwritten' : 'deleted', ...(removedBy === undefined ? {} : { removedBy }) }
  }

  /** Hard links of one layer to a name that is there are further names of the same content. */
  #addLinks(names: Set<string>, index: number): void {
    const links = this.#layers[index]?.links
    if (links === undefined || links.size === 0) return
    for (const name of names) for (const link of links.get(name) ?? []) names.add(link)
  }

  #isFolder(path: string, index: number): boolean {
    const result = this.#layers[index]?.result
    return (
      result !== undefined && hasHash(result.dirHashes, pathHash(path)) && !hasHash(result.fileHashes, pathHash(path))
    )
  }
}

interface StackedLayer {
  readonly entry: LayerEntry
  readonly result: LayerResult | undefined
  readonly whiteouts: ReadonlySet<string>
  readonly opaque: ReadonlySet<string>
  /** Names of hard links by the name they link to. */
  readonly links: ReadonlyMap<string, readonly string[]>
}

function byTarget(links: LayerResult['hardLinks']): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const { path, target } of links) {
    const known = names.get(target)
    if (known === undefined) names.set(target, [path])
    else known.push(path)
  }
  return names
}

/** The layer removes the path, or a folder above it: by a whiteout, an opaque folder, or something else in a folder's place. */
function hidden(layer: StackedLayer, path: string, isFolder: boolean): boolean {
  if (layer.result === undefined) return false
  if (layer.whiteouts.has(path) || layer.opaque.has('')) return true
  if (isFolder && layer.opaque.has(path)) return false
  for (const parent of parentsOf(path)) {
    if (layer.whiteouts.has(parent) || layer.opaque.has(parent) || hasHash(layer.result.fileHashes, pathHash(parent)))
      return true
  }
  return false
}

/** The layer puts something else at the path. A folder listed again is no change to itself. */
function holds(layer: StackedLayer, path: string, isFolder: boolean): boolean {
  if (layer.result === undefined) return false
  const hash = pathHash(path)
  return hasHash(layer.result.fileHashes, hash) || (!isFolder && hasHash(layer.result.dirHashes, hash))
}
