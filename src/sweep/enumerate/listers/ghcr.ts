// GitHub's container registry: the packages API (docs.github.com, "REST API endpoints for packages"), which is another host than the
// registry and asks for a token with the scope read:packages even for what is public.
import { NotFoundError } from '../../../support/errors.js'
import type { RepositoryLister } from '../../types.js'
import { eachPage, type ListingApi, openApi, textField } from './api.js'
import { tokenHeader } from './authorization.js'
import type { ListerContext } from './index.js'
import { fixedNamespaces, mustName } from './namespaces.js'

const API = 'https://api.github.com/'

export function openGitHub({ registry, fetcher, gate, signal }: ListerContext): ListingApi {
  const url = registry.listing?.url ?? API
  return openApi({
    base: new URL(url.endsWith('/') ? url : `${url}/`),
    fetcher,
    gate,
    signal,
    authorize: async () => ({ 'x-github-api-version': '2022-11-28', ...tokenHeader(registry) }),
    loginHint: 'Name with listing.tokenFile a personal access token (classic) with the scope read:packages.',
  })
}

export function ghcrLister(context: ListerContext): RepositoryLister {
  const { registry } = context
  async function* list(signal: AbortSignal): AsyncGenerator<string> {
    const owners =
      fixedNamespaces(registry) ?? mustName(registry.host, 'an organization or a user', 'my-organization/**')
    const api = openGitHub({ ...context, signal })
    for (const owner of owners)
      for await (const entry of packagesOf(api, owner)) {
        const name = textField(entry, 'name')
        if (name !== undefined) yield `${owner}/${name}`
      }
  }
  return { list }
}

async function* packagesOf(api: ListingApi, owner: string): AsyncGenerator<unknown> {
  for await (const entries of ownedPages(api, owner, 'packages?package_type=container')) yield* entries
}

/** Pages of what belongs to an organization; where there is none of that name, to a user. `path` is behind the owner's name. */
export async function* ownedPages(api: ListingApi, owner: string, path: string): AsyncGenerator<readonly unknown[]> {
  const name = encodeURIComponent(owner)
  try {
    yield* eachPage(api, `orgs/${name}/${path}`)
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    yield* eachPage(api, `users/${name}/${path}`)
  }
}
