// Quay: its API on the registry's own host (docs.redhat.com, "Red Hat Quay API": listRepos). An OAuth token with repo:read lists what is
// private too.
import { ListBound } from '../../../registry/list-bound.js'
import type { RepositoryLister } from '../../types.js'
import { type ListingApi, listField, openApi, textField } from './api.js'
import { tokenHeader } from './authorization.js'
import type { ListerContext } from './index.js'
import { fixedNamespaces, mustName } from './namespaces.js'

export async function openQuay({ registry, fetcher, gate, client, signal }: ListerContext): Promise<ListingApi> {
  return openApi({
    base: new URL('/api/v1/', registry.listing?.url ?? (await client.base())),
    fetcher,
    gate,
    signal,
    authorize: async () => tokenHeader(registry) ?? {},
    loginHint: 'Name with listing.tokenFile an OAuth token with the scope repo:read.',
  })
}

export function quayLister(context: ListerContext): RepositoryLister {
  const { registry } = context
  async function* list(signal: AbortSignal): AsyncGenerator<string> {
    const namespaces =
      fixedNamespaces(registry) ?? mustName(registry.host, 'an organization or a user', 'my-organization/*')
    const api = await openQuay({ ...context, signal })
    for (const namespace of namespaces) {
      let token: string | undefined
      const bound = new ListBound(api.host, 'repositories')
      for (;;) {
        const query = new URLSearchParams({
          namespace,
          public: 'true',
          ...(token === undefined ? {} : { next_page: token }),
        })
        const answer = await api.get(`repository?${query}`)
        const entries = listField(answer, 'repositories')
        bound.add(entries.length)
        for (const entry of entries) {
          const name = textField(entry, 'name')
          if (name !== undefined) yield `${namespace}/${name}`
        }
        const next = textField(answer, 'next_page')
        if (next === undefined || next === token) break
        token = next
      }
    }
  }
  return { list }
}
