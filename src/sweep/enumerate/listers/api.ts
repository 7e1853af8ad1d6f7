// A listing API beside the registry: JSON by GET, page by page. Credentials go to the API's own host, never to where it points.
import type { GuardedFetch } from '../../../net/guarded-fetch.js'
import { RegistryClient } from '../../../registry/client.js'
import { ListBound } from '../../../registry/list-bound.js'
import type { RateGate } from '../../../registry/types.js'
import { NotFoundError, UnauthorizedError, UnreachableError } from '../../../support/errors.js'

/** Bytes of one page. */
const PAGE_BYTES = 16 * 1024 * 1024
const PAGE_SIZE = 100

export interface ApiOptions {
  /** With a trailing slash. */
  readonly base: URL
  readonly fetcher: GuardedFetch
  readonly gate: RateGate
  readonly signal: AbortSignal
  /** Headers that log in; asked for once, and again where the API no longer takes them. */
  readonly authorize?: () => Promise<Readonly<Record<string, string>>>
  /** What to do where the API refuses: one sentence. */
  readonly loginHint: string
}

export interface ListingApi {
  /** For messages. */
  readonly host: string
  /** @throws NotFoundError, UnauthorizedError, UnreachableError, RateLimitedError. */
  get(path: string): Promise<unknown>
}

/** ms that a login lasts at least: a refusal within them is about rights. Docker Hub's tokens end after some minutes. */
const LOGIN_LASTS = 60_000

interface Login {
  readonly headers: Promise<Readonly<Record<string, string>>>
  readonly at: number
}

export function openApi(options: ApiOptions): ListingApi {
  const { base, fetcher, gate, signal } = options
  const client = new RegistryClient({
    fetcher,
    signal,
    host: base.host,
    insecure: false,
    gate,
    credentials: async () => undefined,
  })
  let login: Login | undefined
  return {
    host: base.host,
    async get(path) {
      for (;;) {
        login ??= { headers: options.authorize?.() ?? Promise.resolve({}), at: performance.now() }
        const used = login
        try {
          return await ask(client, new URL(path, base), await used.headers, options.loginHint)
        } catch (error) {
          if (!(error instanceof UnauthorizedError) || performance.now() - used.at < LOGIN_LASTS) throw error
          if (login === used) login = undefined
        }
      }
    },
  }
}

async function ask(
  client: RegistryClient,
  url: URL,
  login: Readonly<Record<string, string>>,
  loginHint: string,
): Promise<unknown> {
  const request = {
    kind: 'list',
    document: PAGE_BYTES,
    scope: '',
    repository: '',
    headers: { accept: 'application/json', ...login },
  } as const
  const response = await client.send(url, request).catch((error: unknown) => {
    if (error instanceof UnauthorizedError) throw refused(url, 401, loginHint)
    throw error
  })
  const { status } = response
  if (status === 200) return parse(await response.bytes(PAGE_BYTES), url.host)
  await response.discard()
  throw refused(url, status, loginHint)
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

/** The list in a field; empty where there is none. */
export function listField(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name)
  return Array.isArray(list) ? list : []
}

type EntriesOf = (page: unknown) => readonly unknown[]
/** How an API calls the number of a page and the entries on it. */
interface PageWords {
  readonly page: string
  readonly size: string
}

/** The entries of all pages, one after another. */
export async function* numberedPages(
  api: ListingApi,
  path: string,
  entriesOf?: EntriesOf,
  words?: PageWords,
): AsyncGenerator<unknown> {
  for await (const entries of eachPage(api, path, entriesOf, words)) yield* entries
}

/**
 * The entries of each numbered page (`page=1` on), up to the first page that is not full, or that says nothing new: an API that ignores the
 * number must not be asked for ever.
 */
export async function* eachPage(
  api: ListingApi,
  path: string,
  entriesOf: EntriesOf = (page) => (Array.isArray(page) ? page : []),
  sizes: PageWords = { page: 'page', size: 'per_page' },
): AsyncGenerator<readonly unknown[]> {
  let last = ''
  const bound = new ListBound(api.host, 'entries')
  for (let page = 1; ; page++) {
    const joint = path.includes('?') ? '&' : '?'
    const entries = entriesOf(await api.get(`${path}${joint}${sizes.size}=${PAGE_SIZE}&${sizes.page}=${page}`))
    const first = JSON.stringify(entries[0])
    if (entries.length === 0 || first === last) return
    last = first
    bound.add(entries.length)
    yield entries
    if (entries.length < PAGE_SIZE) return
  }
}
