// Docker Hub: its own API at hub.docker.com (docs.docker.com, "Docker Hub API": namespaces, auth/token). Without a login it lists what is
// public. The login of docker.io is Docker Hub's, so it is the one used here.
import { UnauthorizedError, UnreachableError } from '../../../support/errors.js'
import type { RepositoryLister } from '../../types.js'
import { loginFor } from '../logins.js'
import { type ListingApi, listField, numberedPages, openApi, textField } from './api.js'
import type { ListerContext } from './index.js'
import { fixedNamespaces, mustName } from './namespaces.js'

const API = 'https://hub.docker.com/'
const TOKEN_BODY = 64 * 1024
const HINT = 'Log in with docker login, with an access token that may read repositories; or name the repositories.'

/** A token of the API for the name and password (or access token) of docker.io. */
async function authorize(
  { registry, kind, fetcher, signal }: ListerContext,
  base: URL,
): Promise<Record<string, string>> {
  const credentials = await loginFor(registry, kind)('')
  if (credentials === undefined || credentials.identityToken) return {}
  const secret = Buffer.from(credentials.password.reveal()).toString('utf8')
  const response = await fetcher.fetch(new URL('v2/auth/token', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identifier: credentials.username, secret }),
    redirects: false,
    signal,
  })
  if (response.status !== 200) {
    await response.discard()
    if (response.status >= 500 || response.status === 429)
      throw new UnreachableError(`${base.host} answers ${response.status} to a login.`, { hint: 'Try again later.' })
    throw new UnauthorizedError(`${base.host} refuses the credentials from ${credentials.from}.`, { hint: HINT })
  }
  const body: unknown = JSON.parse(Buffer.from(await response.bytes(TOKEN_BODY)).toString('utf8'))
  const token = textField(body, 'access_token')
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token))
    throw new UnreachableError(`${base.host} answers to a login without a token.`)
  return { authorization: `Bearer ${token}` }
}

/** Words of its pages. */
export const HUB_PAGES = { page: 'page', size: 'page_size' } as const
/** Entries of a page. */
export const hubResults = (page: unknown): readonly unknown[] => listField(page, 'results')

export function openDockerHub(context: ListerContext): ListingApi {
  const { registry, fetcher, gate, signal } = context
  const base = new URL(registry.listing?.url ?? API)
  return openApi({ base, fetcher, gate, signal, authorize: () => authorize(context, base), loginHint: HINT })
}

export function dockerHubLister(context: ListerContext): RepositoryLister {
  const { registry } = context
  async function* list(signal: AbortSignal): AsyncGenerator<string> {
    const namespaces =
      fixedNamespaces(registry) ?? mustName('Docker Hub', 'an organization or a user', 'my-organization/*')
    const api = openDockerHub({ ...context, signal })
    for (const namespace of namespaces) {
      const path = `v2/namespaces/${encodeURIComponent(namespace)}/repositories`
      for await (const entry of numberedPages(api, path, hubResults, HUB_PAGES)) {
        const name = textField(entry, 'name')
        if (name !== undefined) yield `${namespace}/${name}`
      }
    }
  }
  return { list }
}
