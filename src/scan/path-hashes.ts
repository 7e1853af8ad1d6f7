// Which paths a layer has, as 64-bit hashes: enough to tell what a later layer hides, in eight bytes a path.
import { hash } from 'node:crypto'

/** The first 8 bytes of SHA-256 of a normalised path. */
export function pathHash(path: string): bigint {
  // In hexadecimal: a buffer for each path takes twice the time.
  return BigInt(`0x${hash('sha256', path, 'hex').slice(0, 16)}`)
}

/** The folders above a normalised path, the nearest first, without the root. */
export function* parentsOf(path: string): Generator<string> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
    yield path.slice(0, slash)
}

/** Whether sorted `hashes` hold `hash`. */
export function hasHash(hashes: BigUint64Array, hash: bigint): boolean {
  let low = 0
  let high = hashes.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const value = hashes[middle] ?? 0n
    if (value === hash) return true
    if (value < hash) low = middle + 1
    else high = middle - 1
  }
  return false
}

/** Collects hashes in a typed array that grows: a layer may have a million paths. */
export class PathHashes {
  #hashes = new BigUint64Array(1024)
  #count = 0

  add(path: string): void {
    if (this.#count === this.#hashes.length) {
      const larger = new BigUint64Array(this.#hashes.length * 2)
      larger.set(this.#hashes)
      this.#hashes = larger
    }
    this.#hashes[this.#count++] = pathHash(path)
  }

  sorted(): BigUint64Array {
    const hashes = this.#hashes.slice(0, this.#count).sort()
    let kept = 0
    for (const hash of hashes) if (kept === 0 || hashes[kept - 1] !== hash) hashes[kept++] = hash
    return hashes.slice(0, kept)
  }
}
