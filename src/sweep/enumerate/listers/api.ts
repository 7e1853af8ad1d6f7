// A listing API beside the registry: JSON by GET, page by page. Credentials go to the API's own host, never to where it points.
import type { GuardedFetch } from '../../../net/guarded-fetch.js'
import { RegistryClient } from '../../../registry/client.js'
import type { RateGate } from '../../../registry/types.js'
import { NotFoundError, UnauthorizedError, UnreachableError } from '../../../support/errors.js'

/** Bytes of one page. */
const PAGE_BYTES = 16 * 1024 * 1024
export const PAGE_SIZE = 100
const MAX_PAGES = 100_000

export interface ApiOptions {
  /** With a trailing slash. */
  readonly base: URL
  readonly fetcher: GuardedFetch
  readonly gate: RateGate
  readonly signal: AbortSignal
  /** Headers that log in; asked for once. */
  readonly authorize?: () => Promise<Readonly<Record<string, string>>>
  /** What to do where the API refuses: one sentence. */
  readonly loginHint: string
}

export interface ListingApi {
  /** @throws NotFoundError, UnauthorizedError, UnreachableError, RateLimitedError. */
  get(path: string): Promise<unknown>
}

export function openApi(options: ApiOptions): ListingApi {
  const { base, fetcher, gate, signal, loginHint } = options
  const client = new RegistryClient({
    fetcher,
    signal,
    host: base.host,
    insecure: false,
    gate,
    credentials: async () => undefined,
  })
  let headers: Promise<Readonly<Record<string, string>>> | undefined
  return {
    async get(path) {
      headers ??= options.authorize?.() ?? Promise.resolve({})
      const url = new URL(path, base)
      const request = {
        kind: 'list',
        document: PAGE_BYTES,
        scope: '',
        repository: '',
        headers: { accept: 'application/json', ...(await headers) },
      } as const
      const response = await client.send(url, request).catch((error: unknown) => {
        if (error instanceof UnauthorizedError) throw refused(url, 401, loginHint)
        throw error
      })
      const { status } = response
      if (status === 200) return parse(await response.bytes(PAGE_BYTES), base.host)
      await response.discard()
      throw refused(url, status, loginHint)
    },
  }
}

function refused(url: URL, status: number, hint: string): Error {
  const what = `${url.host}${url.pathname}`
  if (status === 401 || status === 403)
    return new UnauthorizedError(`${what} does not let this login list repositories (${status}).`, { hint })
  if (status === 404) return new NotFoundError(`${what} is not there, or not for this login.`, { hint })
  return new UnreachableError(`${what} answers ${status}.`, { hint: 'Try again later.' })
}

function parse(bytes: Uint8Array, host: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new UnreachableError(`${host} answers with something that is no JSON.`, { cause })
  }
}

/** Field `name` of a JSON object; undefined for anything else. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/** The text in a field; undefined where there is none. */
export function textField(value: unknown, name: string): string | undefined {
  const text = field(value, name)
  return typeof text === 'string' && text !== '' ? text : undefined
}

/**
 * The entries of numbered pages (`page=1` on), up to the first page that is not full, or that says nothing new: an API that ignores the
 * number must not be asked for ever.
 */
export async function* numberedPages(
  api: ListingApi,
  path: string,
  entriesOf: (page: unknown) => readonly unknown[] = (page) => (Array.isArray(page) ? page : []),
  sizes: { readonly page: string; readonly size: string } = { page: 'page', size: 'per_page' },
): AsyncGenerator<unknown> {
  let last = ''
  for (let page = 1; page <= MAX_PAGES; page++) {
    const joint = path.includes('?') ? '&' : '?'
    const entries = entriesOf(await api.get(`${path}${joint}${sizes.size}=${PAGE_SIZE}&${sizes.page}=${page}`))
    const first = JSON.stringify(entries[0])
    if (entries.length === 0 || first === last) return
    last = first
    yield* entries
    if (entries.length < PAGE_SIZE) return
  }
}
