// Files in which nothing was found, known again in other layers and images by a keyed digest of their bytes and path: `chown -R` repeats
// all files of a layer, and an image that is built again most of its own. Shared by the workers of one run, never written to the disk.
import { randomFillSync } from 'node:crypto'
import { CHUNK_SIZE } from '../detect/types.js'
import { wasmModule } from '../support/wasm.js'

/** Of 64 bits each; one bucket is what a digest is looked for in. */
const SLOTS = 1 << 19
const BUCKET = 8
const PAGE = 64 * 1024
/** Bytes that the kernel adds at once. */
const BLOCK = 32
/** What is told of a text beside its bytes; with a longer path it is not remembered. */
const ABOUT_ROOM = 8 * 1024
const MULTIPLIERS = 6 * 8
const KEY = CHUNK_SIZE + 16 + ABOUT_ROOM + 16 + MULTIPLIERS
const ABOUT_KEY = PAGE + CHUNK_SIZE + 16
const MULTIPLIERS_AT = ABOUT_KEY + ABOUT_ROOM + 16
const TEXT = Math.ceil((PAGE + KEY) / PAGE) * PAGE
const ABOUT = TEXT + CHUNK_SIZE
const END = ABOUT + ABOUT_ROOM

/** What all workers have in common. */
export interface SharedCleanTexts {
  /** Random: whoever writes an image cannot know which texts have equal digests. */
  readonly key: SharedArrayBuffer
  readonly digests: SharedArrayBuffer
}

export function shareCleanTexts(): SharedCleanTexts {
  const key = new SharedArrayBuffer(KEY)
  new Uint8Array(key).set(randomFillSync(new Uint8Array(KEY)))
  return { key, digests: new SharedArrayBuffer(SLOTS * 8) }
}

interface Kernel {
  readonly memory: WebAssembly.Memory
  begin(): void
  add(text: number, length: number, key: number): void
  end(multipliers: number): bigint
}

/** One a worker. */
export class CleanTexts {
  readonly #digests: BigInt64Array
  readonly #kernel: Kernel
  readonly #memory: Uint8Array
  readonly #encoder = new TextEncoder()

  private constructor(shared: SharedCleanTexts, module: WebAssembly.Module) {
    this.#digests = new BigInt64Array(shared.digests)
    this.#kernel = new WebAssembly.Instance(module).exports as unknown as Kernel
    this.#kernel.memory.grow(Math.ceil((END - this.#kernel.memory.buffer.byteLength) / PAGE))
    this.#memory = new Uint8Array(this.#kernel.memory.buffer)
    this.#memory.set(new Uint8Array(shared.key), PAGE)
  }

  /** undefined: this processor has no SIMD, without which a digest costs more than it saves. */
  static open(shared: SharedCleanTexts): CleanTexts | undefined {
    const module = wasmModule('digest')
    return module === undefined ? undefined : new CleanTexts(shared, module)
  }

  /** Of `bytes` and of all else that decides what is found in them (`about`). undefined: they are too long. */
  digest(bytes: Uint8Array, about: string): bigint | undefined {
    if (bytes.length > CHUNK_SIZE || about.length * 3 > ABOUT_ROOM - BLOCK) return undefined
    this.#memory.set(bytes, TEXT)
    const { written } = this.#encoder.encodeInto(`${bytes.length} ${about}.`, this.#memory.subarray(ABOUT, END))
    this.#kernel.begin()
    this.#kernel.add(TEXT, this.#padded(TEXT, bytes.length), PAGE)
    this.#kernel.add(ABOUT, this.#padded(ABOUT, written), ABOUT_KEY)
    return this.#kernel.end(MULTIPLIERS_AT) || 1n
  }

  has(digest: bigint): boolean {
    const bucket = bucketOf(digest)
    for (let slot = bucket; slot < bucket + BUCKET; slot++)
      if (Atomics.load(this.#digests, slot) === digest) return true
    return false
  }

  /** Where its bucket is full, it takes another one's place. */
  add(digest: bigint): void {
    const bucket = bucketOf(digest)
    for (let slot = bucket; slot < bucket + BUCKET; slot++)
      if (Atomics.compareExchange(this.#digests, slot, 0n, digest) === 0n) return
    Atomics.store(this.#digests, bucket + (Number(digest >> 32n) & (BUCKET - 1)), digest)
  }

  /** `length` up to the next block, what is added being zero. */
  #padded(at: number, length: number): number {
    const padded = Math.ceil(length / BLOCK) * BLOCK
    this.#memory.fill(0, at + length, at + padded)
    return padded
  }
}

function bucketOf(digest: bigint): number {
  return Number(digest & 0xffffffffn) & (SLOTS - 1) & ~(BUCKET - 1)
}
