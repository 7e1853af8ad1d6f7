// Which tags need no HEAD: those whose registry's API tells the digest that they had when a sweep asked for them last. A digest that the API
// tells and that is another one is no answer, since it might be that of one platform: such a tag is asked for like any other.
import type { Digest } from '../../image/types.js'
import { batches } from '../../support/batches.js'
import { SecretscanError } from '../../support/errors.js'
import type { KnownDigests } from '../types.js'
import type { DigestSource } from './digests/index.js'

/** Tags that are looked up in the store at a time. */
const BATCH = 200
/** Fewer known tags than this are asked for by HEAD sooner than by a list. */
const WORTH_ASKING = 3
/** Digests that are kept of one repository at a time. */
const MOST_KEPT = 100_000
/** Repositories in a row whose API refuses before it is left alone, and for how long (ms). */
const REFUSALS = 3
const SILENCE = 10 * 60_000

export interface NamedTag {
  readonly tag: string
  /** What it stands for, where it need not be asked for. */
  readonly digest?: Digest
}

/** A registry's source, left alone for a while where it refuses: hints of one process. */
export class DigestHints {
  readonly #source: DigestSource
  #refused = 0
  #silentUntil = 0

  constructor(source: DigestSource) {
    this.#source = source
  }

  /** The hints of one repository; undefined while the API is left alone. */
  open(repository: string, signal: AbortSignal): RepositoryHints | undefined {
    if (performance.now() < this.#silentUntil) return undefined
    return new RepositoryHints(this.#source(repository), signal, (hasRefused) => this.#learn(hasRefused))
  }

  #learn(hasRefused: boolean): void {
    this.#refused = hasRefused ? this.#refused + 1 : 0
    if (this.#refused < REFUSALS) return
    this.#refused = 0
    this.#silentUntil = performance.now() + SILENCE
  }
}

class RepositoryHints {
  readonly #pages: AsyncGenerator<readonly { readonly tag: string; readonly digest: Digest }[]>
  readonly #signal: AbortSignal
  readonly #learn: (hasRefused: boolean) => void
  readonly #told = new Map<string, Digest>()
  #asked = 0
  #hasEnded = false

  constructor(
    pages: AsyncGenerator<readonly { readonly tag: string; readonly digest: Digest }[]>,
    signal: AbortSignal,
    learn: (hasRefused: boolean) => void,
  ) {
    this.#pages = pages
    this.#signal = signal
    this.#learn = learn
  }

  /** Reads on until all of `tags` are told, and no further than half as many pages as HEADs would be saved. */
  async read(tags: Iterable<string>): Promise<void> {
    const missing = new Set([...tags].filter((tag) => !this.#told.has(tag)))
    const most = this.#asked + Math.max(1, Math.floor(missing.size / 2))
    while (missing.size > 0 && this.#asked < most && !this.#hasEnded) {
      for (const { tag, digest } of await this.#next()) {
        if (this.#told.size < MOST_KEPT) this.#told.set(tag, digest)
        missing.delete(tag)
      }
    }
  }

  take(tag: string): Digest | undefined {
    const digest = this.#told.get(tag)
    this.#told.delete(tag)
    return digest
  }

  async close(): Promise<void> {
    // A page that is being asked for is not waited for.
    void this.#pages.return(undefined).catch(() => undefined)
  }

  /** An API that fails gives no hints: whatever is wrong with it, HEAD tells of the tags. */
  async #next(): Promise<readonly { readonly tag: string; readonly digest: Digest }[]> {
    this.#asked++
    try {
      const { value, done } = await untilAborted(this.#pages.next(), this.#signal)
      this.#learn(false)
      this.#hasEnded = done === true
      return done === true ? [] : value
    } catch (error) {
      this.#signal.throwIfAborted()
      if (!(error instanceof SecretscanError) && !(error instanceof SyntaxError)) throw error
      this.#hasEnded = true
      this.#learn(true)
      return []
    }
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** The tags with the digests of those that have not changed. Without hints, or without a store, all as they come. */
export async function* withUnchanged(
  tags: AsyncIterable<string>,
  repository: string,
  hints: DigestHints | undefined,
  known: KnownDigests,
  signal: AbortSignal,
): AsyncGenerator<NamedTag> {
  const opened = known.lastDigests === undefined ? undefined : hints?.open(repository, signal)
  if (opened === undefined) {
    for await (const tag of tags) yield { tag }
    return
  }
  try {
    for await (const batch of batches(tags, BATCH)) {
      const last = (await known.lastDigests?.(batch)) ?? new Map<string, Digest>()
      if (last.size >= WORTH_ASKING) await opened.read(last.keys())
      for (const tag of batch) {
        const digest = opened.take(tag)
        yield digest !== undefined && digest === last.get(tag) ? { tag, digest } : { tag }
      }
    }
  } finally {
    await opened.close()
  }
}
