// GitHub's container registry: the packages API (docs.github.com, "REST API endpoints for packages"), which is another host than the
// registry and asks for a token with the scope read:packages even for what is public.
import { NotFoundError } from '../../../support/errors.js'
import type { RepositoryLister } from '../../types.js'
import { type ListingApi, numberedPages, openApi, textField } from './api.js'
import { tokenHeader } from './authorization.js'
import type { ListerContext } from './index.js'
import { fixedNamespaces, mustName } from './namespaces.js'

const API = 'https://api.github.com/'

export function ghcrLister({ registry, fetcher, gate }: ListerContext): RepositoryLister {
  const url = registry.listing?.url ?? API
  async function* list(signal: AbortSignal): AsyncGenerator<string> {
    const owners =
      fixedNamespaces(registry) ?? mustName(registry.host, 'an organization or a user', 'my-organization/**')
    const api = openApi({
      base: new URL(url.endsWith('/') ? url : `${url}/`),
      fetcher,
      gate,
      signal,
      authorize: async () => ({ 'x-github-api-version': '2022-11-28', ...tokenHeader(registry) }),
      loginHint: 'Name with listing.tokenFile a personal access token (classic) with the scope read:packages.',
    })
    for (const owner of owners)
      for await (const entry of packagesOf(api, owner)) {
        const name = textField(entry, 'name')
        if (name !== undefined) yield `${owner}/${name}`
      }
  }
  return { list }
}

/** Of an organization; where there is none of that name, of a user. */
async function* packagesOf(api: ListingApi, owner: string): AsyncGenerator<unknown> {
  const name = encodeURIComponent(owner)
  try {
    yield* numberedPages(api, `orgs/${name}/packages?package_type=container`)
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    yield* numberedPages(api, `users/${name}/packages?package_type=container`)
  }
}
