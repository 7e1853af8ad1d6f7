// Whether the store and the registries of sweep.yaml can be used from here: one tag of each registry is asked for, as a sweep would, and
// which of its repositories there are; nothing is written.
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createRateGate } from '../registry/rate-gate.js'
import { InternalError, SecretscanError } from '../support/errors.js'
import { openRegistry } from './enumerate/access.js'
import type { KnownDigests, SweepConfig, SweepRegistry, SweepRegistryAccess } from './types.js'

export interface Tried {
  readonly what: string
  readonly ok: boolean
  /** It can be used, and something is asked for that it does not have. */
  readonly lacks?: 'some' | 'all'
  /** What was seen, or what is wrong. */
  readonly message: string
  readonly hint?: string
}

type Seen = Omit<Tried, 'what' | 'ok'>

/** Repositories that are listed to see which names and globs match none. */
const MOST_LISTED = 10_000

const NOTHING_KNOWN: KnownDigests = { createdAt: async () => new Map() }

/** One line for the store and one for each registry; errors of theirs are told, not thrown. */
export async function* tryOut(config: SweepConfig, signal: AbortSignal, offline: boolean): AsyncGenerator<Tried> {
  yield await tried('store', () => tryStore(config))
  for (const registry of config.registries)
    yield await tried(registry.host, () => tryRegistry(registry, signal, offline))
}

async function tried(what: string, attempt: () => Promise<Seen>): Promise<Tried> {
  try {
    return { what, ok: true, ...(await attempt()) }
  } catch (error) {
    if (!(error instanceof SecretscanError) || error instanceof InternalError) throw error
    return { what, ok: false, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
  }
}

async function tryStore({ store }: SweepConfig): Promise<Seen> {
  const { assertServer, assertWritable } = await import('./store/assert-usable.js')
  if (store.kind === 'postgres') {
    await assertServer(store)
    return { message: 'the PostgreSQL answers and lets this user in; the key fits' }
  }
  await assertWritable(await nearestFolder(store.folder))
  return { message: `${store.folder} can be used` }
}

async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined || dirname(path) === path ? path : nearestFolder(dirname(path))
}

async function tryRegistry(registry: SweepRegistry, signal: AbortSignal, offline: boolean): Promise<Seen> {
  const any = { include: ['*'], exclude: [] }
  const access = openRegistry({ ...registry, tags: any }, createRateGate(), { concurrency: 1, offline })
  const unmatched: string[] = []
  let seen: string | undefined
  let repositories = 0
  try {
    for await (const repository of access.repositories(signal, undefined, (patterns) => unmatched.push(...patterns))) {
      seen ??= await tryRepository(repository, access, signal)
      // Only of several names and globs one alone may be mistyped.
      if (registry.repositories.length < 2 || ++repositories >= MOST_LISTED) break
    }
  } finally {
    await access.close()
  }
  const none = unmatched.length === 0 ? undefined : `no repository there matches ${unmatched.join(', ')}`
  const parts = ['answers', seen ?? (none === undefined ? NONE_LEFT : undefined), none].filter(Boolean)
  return {
    message: parts.join('; '),
    ...(none === undefined ? {} : { hint: MISTYPED }),
    ...(seen === undefined ? { lacks: 'all' } : none === undefined ? {} : { lacks: 'some' }),
  }
}

const NONE_LEFT = 'it has no repository, or "!" takes all of them out again'

const MISTYPED = 'Is it mistyped? Names and globs under "repositories" in sweep.yaml.'

async function tryRepository(repository: string, access: SweepRegistryAccess, signal: AbortSignal): Promise<string> {
  for await (const { tag } of access.tags(repository, NOTHING_KNOWN, signal)) return `${repository}:${tag} can be read`
  return `${repository} has no tag`
}
