// Results of layers that this worker has had in its hands lately, so that what a thousand images share is not read a thousand times.
import type { LayerResult } from '../../scan/types.js'

/** Bytes, by the size of path hashes and a guess for findings. */
const MOST = 48 * 1024 * 1024
const PER_FINDING = 2048
const PER_LAYER = 1024

function sizeOf({ fileHashes, dirHashes, findings, hardLinks, whiteouts }: LayerResult): number {
  const names = (hardLinks.length + whiteouts.length) * 200
  return PER_LAYER + fileHashes.byteLength + dirHashes.byteLength + findings.length * PER_FINDING + names
}

/** The least recently used go first. */
export class LayerMemory {
  readonly #results = new Map<string, LayerResult>()
  #size = 0

  get(digest: string): LayerResult | undefined {
    const result = this.#results.get(digest)
    if (result === undefined) return undefined
    this.#results.delete(digest)
    this.#results.set(digest, result)
    return result
  }

  add(digest: string, result: LayerResult): void {
    if (this.#results.has(digest)) return
    this.#results.set(digest, result)
    this.#size += sizeOf(result)
    for (const [oldest, old] of this.#results) {
      if (this.#size <= MOST) break
      this.#results.delete(oldest)
      this.#size -= sizeOf(old)
    }
  }
}
