// Harbor: its API v2.0 on the registry's own host (goharbor.io, "API"): projects, and their repositories. The login is the registry's;
// robot accounts serve too.
import type { RepositoryLister } from '../../types.js'
import { loginFor } from '../logins.js'
import { type ListingApi, numberedPages, openApi, textField } from './api.js'
import { basicHeader, tokenHeader } from './authorization.js'
import type { ListerContext } from './index.js'
import { fixedNamespaces } from './namespaces.js'

/** Words of its pages. */
export const HARBOR_PAGES = { page: 'page', size: 'page_size' } as const

export async function openHarbor({
  registry,
  kind,
  fetcher,
  gate,
  client,
  signal,
}: ListerContext): Promise<ListingApi> {
  const base = new URL('/api/v2.0/', registry.listing?.url ?? (await client.base()))
  const isOwnHost = base.host === registry.host
  return openApi({
    base,
    fetcher,
    gate,
    signal,
    authorize: async () => {
      const token = tokenHeader(registry)
      if (token !== undefined || !isOwnHost) return token ?? {}
      return basicHeader(await loginFor(registry, kind)(''))
    },
    loginHint: 'Use an account or a robot that may list the repositories of the project.',
  })
}

export function harborLister(context: ListerContext): RepositoryLister {
  const { registry } = context
  async function* list(signal: AbortSignal): AsyncGenerator<string> {
    const api = await openHarbor({ ...context, signal })
    const projects = fixedNamespaces(registry) ?? names(numberedPages(api, 'projects', undefined, HARBOR_PAGES))
    for await (const project of projects)
      yield* names(numberedPages(api, `projects/${encodeURIComponent(project)}/repositories`, undefined, HARBOR_PAGES))
  }
  return { list }
}

async function* names(entries: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const entry of entries) {
    const name = textField(entry, 'name')
    if (name !== undefined) yield name
  }
}
