// Git packfiles (gitformat-pack, versions 2 and 3), read from front to back without an index: objects, and deltas put together.
import type { Issue } from '../support/issue.js'
import { type Base, BaseCache } from './git-bases.js'
import { applyDelta, newBytes, targetSize } from './git-delta.js'
import { GitNames } from './git-names.js'
import {
  type GitHash,
  type GitObject,
  type GitType,
  inflateObject,
  MOST_OBJECT_BYTES,
  objectId,
} from './git-objects.js'
import { PackWindow } from './pack-window.js'

/** Bytes that all objects of one pack may expand to, beside what a hundred times its own size allows. */
const MOST_EXPANDED = 8 * 1024 ** 3
const MOST_RATIO = 100
/** Bytes of deltas that wait for a base which comes later. */
const MOST_WAITING = 16 * 1024 * 1024

/** Bytes of blobs that are held back, since the trees that name them may come behind them. */
const MOST_HELD = 32 * 1024 * 1024

const TYPES: Readonly<Record<number, GitType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' }
const OFFSET_DELTA = 6
const NAMED_DELTA = 7

export interface PackOptions {
  readonly on: (issue: Issue) => void
  readonly hash: GitHash
  /** Bytes of objects that are held for deltas. */
  readonly baseBytes?: number
}

interface Entry {
  readonly offset: number
  readonly type: number
  /** Inflated size of what is stored. */
  readonly size: number
  /** Of a delta: its base by offset or by ID. */
  readonly base?: number | string
}

/**
 * Yields the pack's objects, each once. A delta whose base is not at hand gives the bytes that are new in it. Never throws for bad
 * input: issues say what could not be read.
 */
export async function* readPack(bytes: AsyncIterable<Uint8Array>, options: PackOptions): AsyncGenerator<GitObject> {
  const reading = new PackReading(bytes, options)
  const held: (GitObject | undefined)[] = []
  let heldBytes = 0
  let next = 0
  for await (const object of reading.read()) {
    if (object.type !== 'blob') yield object
    else {
      held.push(object)
      heldBytes += object.bytes.length
    }
    for (let first = held[next]; first !== undefined && heldBytes > MOST_HELD; first = held[++next]) {
      heldBytes -= first.bytes.length
      held[next] = undefined
      yield reading.named(first)
    }
  }
  for (const object of held.slice(next)) if (object !== undefined) yield reading.named(object)
}

class PackReading {
  readonly #window: PackWindow
  readonly #options: PackOptions
  readonly #bases: BaseCache
  readonly #names: GitNames
  readonly #idBytes: number
  /** Deltas by the ID of a base that has not come yet. */
  readonly #waiting = new Map<string, { readonly offset: number; readonly delta: Uint8Array }[]>()
  #waitingBytes = 0
  #expanded = 0
  #baseless = 0

  constructor(bytes: AsyncIterable<Uint8Array>, options: PackOptions) {
    this.#window = new PackWindow(bytes)
    this.#options = options
    this.#bases = new BaseCache(options.baseBytes)
    this.#idBytes = options.hash === 'sha1' ? 20 : 32
    this.#names = new GitNames(this.#idBytes)
  }

  async *read(): AsyncGenerator<GitObject> {
    await this.#window.ensure(12)
    const count = this.#window.bytes.length < 12 ? 0 : this.#window.bytes.readUInt32BE(8)
    this.#window.advance(12)
    for (let done = 0; done < count; done++) {
      const entry = await this.#entry()
      if (entry === undefined) return this.#broken('GIT_PACK', 'A git pack is damaged or ends early', count - done)
      const isLarge = entry.size > MOST_OBJECT_BYTES
      const stored = isLarge ? await this.#passLarge(entry) : await this.#inflate(entry.size)
      if (stored === undefined) return this.#broken('GIT_PACK', 'A git pack is damaged or ends early', count - done)
      if (!isLarge) yield* this.#resolve(entry, stored)
      if (this.#expanded > MOST_EXPANDED + MOST_RATIO * this.#window.offset)
        return this.#broken(
          'LIMIT_GIT_SIZE',
          `A git pack expands to more than ${this.#expanded} bytes`,
          count - done - 1,
        )
    }
    yield* this.#leftovers()
    this.#tellBaseless()
  }

  /** The object with its path, as far as the trees read so far tell it. */
  named(object: GitObject): GitObject {
    const path = this.#names.pathOf(object.id)
    return path === undefined ? object : { ...object, path }
  }

  /** Type, size and base in front of an object. */
  async #entry(): Promise<Entry | undefined> {
    const offset = this.#window.offset
    await this.#window.ensure(16)
    let byte = this.#window.byte()
    if (byte === undefined) return undefined
    const type = (byte >> 4) & 7
    let size = byte & 15
    for (let factor = 16; (byte & 0x80) !== 0; factor *= 128) {
      byte = this.#window.byte()
      if (byte === undefined || factor > 2 ** 46) return undefined
      size += (byte & 0x7f) * factor
    }
    if (type in TYPES) return { offset, type, size }
    if (type === OFFSET_DELTA) return this.#offsetDelta({ offset, type, size })
    if (type !== NAMED_DELTA) return undefined
    await this.#window.ensure(this.#idBytes)
    const base = this.#window.bytes.toString('hex', 0, this.#idBytes)
    this.#window.advance(this.#idBytes)
    return { offset, type, size, base }
  }

  async #offsetDelta(entry: Entry): Promise<Entry | undefined> {
    await this.#window.ensure(10)
    let byte = this.#window.byte()
    let back = (byte ?? 0) & 0x7f
    while (byte !== undefined && (byte & 0x80) !== 0) {
      byte = this.#window.byte()
      back = (back + 1) * 128 + ((byte ?? 0) & 0x7f)
      if (back > Number.MAX_SAFE_INTEGER) return undefined
    }
    return byte === undefined ? undefined : { ...entry, base: entry.offset - back }
  }

  async #inflate(size: number): Promise<Uint8Array | undefined> {
    // What deflate needs at most for bytes that it cannot make smaller; some writers need a little more.
    for (const reach of [size + (size >> 10) + 64, 2 * size + 64 * 1024]) {
      await this.#window.ensure(reach)
      const inflated = inflateObject(this.#window.bytes, size)
      if (inflated === undefined) continue
      this.#window.advance(inflated.used)
      return inflated.plain.length === size ? inflated.plain : undefined
    }
    return undefined
  }

  async #passLarge({ size }: Entry): Promise<Uint8Array | undefined> {
    const detail = `A git object is larger than ${MOST_OBJECT_BYTES} bytes; it was not scanned.`
    this.#options.on({ code: 'LIMIT_GIT_OBJECT', effect: 'skipped', bytes: size, detail })
    return (await this.#window.passDeflated()) ? new Uint8Array() : undefined
  }

  *#resolve(entry: Entry, stored: Uint8Array): Generator<GitObject> {
    const type = TYPES[entry.type]
    if (type !== undefined) return yield* this.#object(entry.offset, type, stored)
    const { base } = entry
    const found = typeof base === 'number' ? this.#bases.at(base) : this.#bases.named(base ?? '')
    if (found !== undefined) yield* this.#target(entry.offset, found, stored)
    else if (typeof base === 'string' && this.#waitingBytes + stored.length <= MOST_WAITING) {
      this.#waitingBytes += stored.length
      const waiting = this.#waiting.get(base)
      if (waiting === undefined) this.#waiting.set(base, [{ offset: entry.offset, delta: stored }])
      else waiting.push({ offset: entry.offset, delta: stored })
    } else yield* this.#newBytes(entry.offset, stored)
  }

  *#target(offset: number, base: Base, delta: Uint8Array): Generator<GitObject> {
    const target = targetOf(base, delta)
    if (target === undefined) yield* this.#newBytes(offset, delta)
    else yield* this.#object(offset, base.type, target)
  }

  /** The object, and all that waited for it: without recursion, since chains of deltas may be as long as a stranger likes. */
  *#object(offset: number, type: GitType, bytes: Uint8Array): Generator<GitObject> {
    const ready = [{ offset, bytes }]
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const object = this.#known(next.offset, type, next.bytes)
      yield object
      for (const { offset: at, delta } of this.#waiting.get(object.id) ?? []) {
        this.#waitingBytes -= delta.length
        const target = targetOf(object, delta)
        if (target === undefined) yield* this.#newBytes(at, delta)
        else ready.push({ offset: at, bytes: target })
      }
      this.#waiting.delete(object.id)
    }
  }

  #known(offset: number, type: GitType, bytes: Uint8Array): GitObject {
    this.#expanded += bytes.length
    const id = objectId(type, bytes, this.#options.hash)
    this.#bases.add(offset, { id, type, bytes })
    if (type === 'tree') this.#names.addTree(id, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    return { id, type, bytes }
  }

  *#newBytes(offset: number, delta: Uint8Array): Generator<GitObject> {
    this.#baseless++
    const bytes = newBytes(delta)
    this.#expanded += bytes.length
    yield { id: `delta-${offset}`, type: 'blob', bytes }
  }

  *#leftovers(): Generator<GitObject> {
    for (const deltas of this.#waiting.values())
      for (const { offset, delta } of deltas) yield* this.#newBytes(offset, delta)
    this.#waiting.clear()
  }

  #broken(code: string, what: string, missing: number): void {
    this.#options.on({ code, effect: 'partial', detail: `${what}; ${missing} of its objects were not read.` })
    this.#tellBaseless()
  }

  #tellBaseless(): void {
    if (this.#baseless === 0) return
    const detail = `${this.#baseless} objects of a git pack build on others that are not at hand; only what is new in them was scanned.`
    this.#options.on({ code: 'GIT_DELTA_BASE', effect: 'partial', detail })
  }
}

function targetOf(base: Pick<Base, 'bytes'>, delta: Uint8Array): Uint8Array | undefined {
  return targetSize(delta) > MOST_OBJECT_BYTES ? undefined : applyDelta(base.bytes, delta)
}
