// Files in which nothing was found, known again in other layers and images by a keyed digest of their bytes and path: `chown -R` repeats
// all files of a layer, and an image that is built again most of its own. Shared by the workers of one run, never written to the disk.
import { randomFillSync } from 'node:crypto'
import { CHUNK_SIZE } from '../detect/types.js'
import { wasmModule } from '../support/wasm.js'

/** Numbers of 53 bits; one bucket is what a digest is looked for in. */
const SLOTS = 1 << 19
const BUCKET = 8
const PAGE = 64 * 1024
/** What is told of a text beside its bytes: three numbers, then `about`, then what the kernel adds. */
const ABOUT_ROOM = 16 * 1024
const HEAD = 16
/** UTF-16 units, up to three bytes each; a text with a longer path is not remembered. */
const MOST_ABOUT = 2500
const ENCODER = new TextEncoder()
/** The key's parts: for sections of texts (the kernel's SECTION), for what is told, and the multipliers. */
const SECTION_KEY = 16 * 1024 + 16
const MULTIPLIERS = 6 * 8
const KEY = SECTION_KEY + ABOUT_ROOM + 16 + MULTIPLIERS
const ABOUT_KEY = PAGE + SECTION_KEY
const MULTIPLIERS_AT = ABOUT_KEY + ABOUT_ROOM + 16
const TEXT = 2 * PAGE
const ABOUT = TEXT + CHUNK_SIZE
const END = ABOUT + ABOUT_ROOM

/** What all workers have in common. They read and write `digests` at the same time: of a number half written one more text is scanned. */
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
  digest(
    text: number,
    length: number,
    key: number,
    about: number,
    aboutLength: number,
    aboutKey: number,
    multipliers: number,
  ): number
  lowerHalf(): number
}

/** What a text is. Both are files' bytes; of a chunk `about` says where it stands. */
export type TextKind = 'whole' | 'chunk'

/** One a worker. */
export class CleanTexts {
  readonly #digests: Float64Array
  readonly #kernel: Kernel
  readonly #memory: Uint8Array
  readonly #about: Uint8Array
  readonly #head: Uint32Array
  /** Of the text that was looked for last: where its bucket begins, and what would stand there. */
  #bucket = 0
  #digest = 0

  private constructor(shared: SharedCleanTexts, module: WebAssembly.Module) {
    this.#digests = new Float64Array(shared.digests)
    this.#kernel = new WebAssembly.Instance(module).exports as unknown as Kernel
    this.#kernel.memory.grow(Math.ceil((END - this.#kernel.memory.buffer.byteLength) / PAGE))
    this.#memory = new Uint8Array(this.#kernel.memory.buffer)
    this.#memory.set(new Uint8Array(shared.key), PAGE)
    this.#head = new Uint32Array(this.#kernel.memory.buffer, ABOUT, HEAD / 4)
    this.#about = this.#memory.subarray(ABOUT + HEAD, END)
  }

  /** undefined: this processor has no SIMD, without which a digest costs more than it saves. */
  static open(shared: SharedCleanTexts): CleanTexts | undefined {
    const module = wasmModule('digest')
    return module === undefined ? undefined : new CleanTexts(shared, module)
  }

  /** Whether nothing was found before in the same `bytes` with the same of all else that decides what is found (`about`). */
  has(kind: TextKind, bytes: Uint8Array, about: string): boolean {
    this.#digest = 0
    if (bytes.length > CHUNK_SIZE || about.length > MOST_ABOUT) return false
    this.#memory.set(bytes, TEXT)
    this.#head[0] = bytes.length
    this.#head[1] = kind === 'whole' ? 0 : 1
    this.#head[2] = this.#writeAbout(about)
    const length = HEAD + this.#head[2]
    const upper = this.#kernel.digest(TEXT, bytes.length, PAGE, ABOUT, length, ABOUT_KEY, MULTIPLIERS_AT) >>> 0
    const lower = this.#kernel.lowerHalf() >>> 0
    // What the bucket says of the digest need not be kept: 53 bits and those are all 64.
    this.#bucket = lower & (SLOTS - 1) & ~(BUCKET - 1)
    this.#digest = upper * 2 ** 21 + (lower >>> 16) * 8 + (lower & (BUCKET - 1)) || 1
    for (let slot = this.#bucket; slot < this.#bucket + BUCKET; slot++)
      if (this.#digests[slot] === this.#digest) return true
    return false
  }

  /** Nothing was found in the text that `has` was asked for last. Where its bucket is full, it takes another one's place. */
  add(): void {
    if (this.#digest === 0) return
    let slot = this.#bucket
    while (slot < this.#bucket + BUCKET && this.#digests[slot] !== 0) slot++
    if (slot === this.#bucket + BUCKET) slot = this.#bucket + (Math.floor(this.#digest / 2 ** 21) & (BUCKET - 1))
    this.#digests[slot] = this.#digest
  }

  /** Its length in bytes. */
  #writeAbout(about: string): number {
    for (let at = 0; at < about.length; at++) {
      const unit = about.charCodeAt(at)
      if (unit > 0x7f) return ENCODER.encodeInto(about, this.#about).written
      this.#about[at] = unit
    }
    return about.length
  }
}
