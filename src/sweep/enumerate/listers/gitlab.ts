// GitLab: the container registry API (docs.gitlab.com, "Container registry API") of GitLab itself, which is another host than the
// registry: it needs a token of its own (read_api, or read_registry with the group's membership).
import { NotFoundError, UsageError } from '../../../support/errors.js'
import type { RepositoryLister, SweepRegistry } from '../../types.js'
import { type ListingApi, numberedPages, openApi, textField } from './api.js'
import { listingToken } from './authorization.js'
import type { ListerContext } from './index.js'
import { fixedPaths } from './namespaces.js'

function baseOf({ host, listing }: SweepRegistry): URL {
  const url = listing?.url ?? (host === 'registry.gitlab.com' ? 'https://gitlab.com/' : undefined)
  if (url === undefined)
    throw new UsageError(`sweep.yaml does not say where the GitLab of ${host} is.`, {
      hint: `Add listing: { url: "https://gitlab.example.com/", tokenFile: ./gitlab.token } to ${host}.`,
    })
  return new URL('api/v4/', url.endsWith('/') ? url : `${url}/`)
}

export function gitlabLister({ registry, fetcher, gate }: ListerContext): RepositoryLister {
  async function* list(signal: AbortSignal): AsyncGenerator<string> {
    const api = openApi({
      base: baseOf(registry),
      fetcher,
      gate,
      signal,
      authorize: async () => {
        const token = listingToken(registry)
        return token === undefined ? {} : { 'private-token': token }
      },
      loginHint: 'Name with listing.tokenFile a token with the scope read_api, of a member of the group.',
    })
    const groups = fixedPaths(registry) ?? paths(numberedPages(api, 'groups?top_level_only=true'), 'full_path')
    for await (const group of groups) yield* repositoriesOf(api, group)
  }
  return { list }
}

/** Of a group and all below it; where there is no such group, of the project of that path. */
async function* repositoriesOf(api: ListingApi, path: string): AsyncGenerator<string> {
  const id = encodeURIComponent(path)
  try {
    yield* paths(numberedPages(api, `groups/${id}/registry/repositories`), 'path')
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    yield* paths(numberedPages(api, `projects/${id}/registry/repositories`), 'path')
  }
}

async function* paths(entries: AsyncIterable<unknown>, name: string): AsyncGenerator<string> {
  for await (const entry of entries) {
    const path = textField(entry, name)
    if (path !== undefined) yield path
  }
}
