// Where in the history a blob stands, told by the trees of the same pack: git writes trees before blobs.

/** Entries that are remembered. */
const MOST_ENTRIES = 300_000
const MOST_DEPTH = 100

interface Parent {
  readonly tree: string
  readonly name: string
}

export class GitNames {
  readonly #parents = new Map<string, Parent>()
  readonly #idBytes: number

  /** `idBytes`: 20 for SHA-1, 32 for SHA-256. */
  constructor(idBytes: number) {
    this.#idBytes = idBytes
  }

  /** Remembers the entries of a tree ("mode name\0" and the ID in binary); the first tree that names an object counts. */
  addTree(id: string, tree: Buffer): void {
    for (let at = 0; at < tree.length && this.#parents.size < MOST_ENTRIES; ) {
      const space = tree.indexOf(0x20, at)
      const nul = tree.indexOf(0, space)
      if (space < 0 || nul < 0) return
      const child = tree.toString('hex', nul + 1, nul + 1 + this.#idBytes)
      if (!this.#parents.has(child)) this.#parents.set(child, { tree: id, name: tree.toString('utf8', space + 1, nul) })
      at = nul + 1 + this.#idBytes
    }
  }

  /** The object's path from the root of its tree; undefined where no tree has named it. */
  pathOf(id: string): string | undefined {
    const names: string[] = []
    let parent = this.#parents.get(id)
    while (parent !== undefined && names.length < MOST_DEPTH) {
      names.unshift(parent.name)
      parent = this.#parents.get(parent.tree)
    }
    return names.length === 0 ? undefined : names.join('/')
  }
}
