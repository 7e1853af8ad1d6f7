// Harbor: its API v2.0 on the registry's own host (goharbor.io, "API"): projects, and their repositories. The login is the registry's;
// robot accounts serve too.
import type { RepositoryLister } from '../../types.js'
import { loginFor } from '../logins.js'
import { numberedPages, openApi, textField } from './api.js'
import { basicHeader, tokenHeader } from './authorization.js'
import type { ListerContext } from './index.js'
import { fixedNamespaces } from './namespaces.js'

const SIZES = { page: 'page', size: 'page_size' } as const

export function harborLister(context: ListerContext): RepositoryLister {
  const { registry, kind, fetcher, gate, client } = context
  async function* list(signal: AbortSignal): AsyncGenerator<string> {
    const base = new URL('/api/v2.0/', registry.listing?.url ?? (await client.base()))
    const isOwnHost = base.host === registry.host
    const api = openApi({
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
    const projects = fixedNamespaces(registry) ?? names(numberedPages(api, 'projects', undefined, SIZES))
    for await (const project of projects)
      yield* names(numberedPages(api, `projects/${encodeURIComponent(project)}/repositories`, undefined, SIZES))
  }
  return { list }
}

async function* names(entries: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const entry of entries) {
    const name = textField(entry, 'name')
    if (name !== undefined) yield name
  }
}
