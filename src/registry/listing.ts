// Tags and catalog of a registry, page by page (distribution-spec "Content Discovery"). A list is streamed, never held.
import type { FetchResponse } from '../net/guarded-fetch.js'
import { NotFoundError, UnauthorizedError, UnreachableError } from '../support/errors.js'
import { pullScope, type RegistryClient } from './client.js'
import { loginWords, mendOf } from './credentials.js'
import { ListBound } from './list-bound.js'

const PAGE = 1000
const PAGE_BYTES = 8 * 1024 * 1024

const PAGES = { kind: 'list', document: PAGE_BYTES } as const

interface Listing extends Readonly<typeof PAGES> {
  readonly path: string
  readonly scope: string
  readonly repository: string
  /** The field that holds the names. */
  readonly field: 'tags' | 'repositories'
}

/** The next page's URL: only on the same scheme and host, and never one that was seen (N03). */
export function nextPage(link: string | undefined, current: URL): URL | undefined {
  const target = /<([^>]*)>[^,]*;\s*rel="?next"?/i.exec(link ?? '')?.[1]
  if (target === undefined) return undefined
  let next: URL
  try {
    next = new URL(target, current)
  } catch {
    throw new UnreachableError(`${current.host} names a next page that is no URL.`)
  }
  if (next.origin !== current.origin)
    throw new UnreachableError(`${current.host} names a next page on ${next.host}, which is refused.`)
  return next
}

async function* pages(client: RegistryClient, listing: Listing): AsyncGenerator<string> {
  const seen = new Set<string>()
  const bound = new ListBound(client.host, listing.field)
  let response = await client.request(`${listing.path}?n=${PAGE}`, listing)
  for (;;) {
    if (response.status !== 200) throw await refusal(client, listing, response)
    const names = parseNames(await response.bytes(PAGE_BYTES), listing.field, client.host)
    const fresh = names.filter((name) => !seen.has(name))
    seen.clear()
    for (const name of names) seen.add(name)
    bound.add(fresh.length)
    yield* fresh
    const next = nextPage(response.headers['link'], response.url)
    if (next === undefined || fresh.length === 0 || next.href === response.url.href) return
    response = await client.send(next, listing)
  }
}

async function refusal(client: RegistryClient, listing: Listing, response: FetchResponse): Promise<Error> {
  const { host } = client
  const { field, repository } = listing
  if (field === 'tags') return client.failure(listing.path, repository, response)
  const { status } = response
  await response.discard()
  const hint =
    'Name them in sweep.yaml (repositories, repositoriesFrom), or say with "kind" whose API lists them: Harbor, GitLab and most hosted registries have one of their own.'
  if (status === 401 || status === 403) {
    const login = await client.login(repository)
    const who = login === undefined ? 'anybody without a login' : loginWords(login)
    return new UnauthorizedError(`${host} does not let ${who} list its repositories (${status}).`, {
      hint: status === 401 ? `${mendOf(host, login)}. If the login is right: ${hint}` : hint,
    })
  }
  if (status === 404 || status === 405)
    return new NotFoundError(`${host} has no list of its repositories (${status}).`, { hint })
  return new UnreachableError(`${host} answers ${status} when asked for its repositories.`, {
    hint: 'Try again later.',
  })
}

function parseNames(bytes: Uint8Array, field: Listing['field'], host: string): readonly string[] {
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new UnreachableError(`${host} answers with a list of ${field} that is no JSON.`, { cause })
  }
  // An error that comes with status 200 is no empty list: everything would be gone.
  if (typeof document !== 'object' || document === null || Array.isArray(document) || 'errors' in document)
    throw new UnreachableError(`${host} answers with something else than a list of ${field}.`)
  const names = (document as Record<string, unknown>)[field]
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

/** The tags of a repository, in the registry's order. */
export function listTags(client: RegistryClient, repository: string): AsyncGenerator<string> {
  const scope = pullScope(repository)
  return pages(client, { ...PAGES, path: `${repository}/tags/list`, scope, repository, field: 'tags' })
}

/** The repositories of a registry that has a catalog (many hosted ones have none), below /v2/ or where an absolute `path` says. */
export function listRepositories(client: RegistryClient, path = '_catalog'): AsyncGenerator<string> {
  return pages(client, { ...PAGES, path, scope: 'registry:catalog:*', repository: '', field: 'repositories' })
}
