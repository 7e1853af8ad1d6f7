// Tokens for a registry (distribution-spec "Authentication"; docs: distribution token and OAuth2 flows). A token is kept for one
// registry and scope; credentials are sent to the registry they are for and to the realm it names, and nowhere else.
import type { GuardedFetch } from '../net/guarded-fetch.js'
import { UnauthorizedError, UnreachableError } from '../support/errors.js'
import type { Challenge } from './challenge.js'
import { type Credentials, loginWords, mendOf } from './credentials.js'

const TOKEN_BODY = 64 * 1024
/** s, where the answer names none (distribution's token specification). */
const DEFAULT_LIFETIME = 60
/** A token is renewed this long before its end (ms). */
const MARGIN = 10_000

interface Token {
  readonly header: string
  readonly until: number
}

export interface AuthenticatorOptions {
  readonly fetcher: GuardedFetch
  /** host[:port] of the registry. */
  readonly host: string
  readonly credentials: (repository: string) => Promise<Credentials | undefined>
}

const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.concat([Buffer.from(`${username}:`), password.reveal()]).toString('base64')}`

function formsOf(credentials: Credentials): readonly string[] {
  const password = Buffer.from(credentials.password.reveal()).toString('utf8')
  return [password, encodeURIComponent(password), basic(credentials).slice('Basic '.length).replace(/=+$/, '')]
}

/** What no message may repeat of headers that a request brings itself: the APIs that list repositories log in like that. */
export function loginsIn(headers: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (name === 'accept' || name === 'range') return []
    const sent = value.slice(value.indexOf(' ') + 1)
    const pair = value.startsWith('Basic ') ? Buffer.from(sent, 'base64').toString('utf8') : ''
    return [sent, pair.slice(pair.indexOf(':') + 1)].filter((text) => text !== '')
  })
}

export class Authenticator {
  readonly #options: AuthenticatorOptions
  readonly #tokens = new Map<string, Token>()
  readonly #credentials = new Map<string, Promise<Credentials | undefined>>()

  constructor(options: AuthenticatorOptions) {
    this.#options = options
  }

  /** The Authorization header known for `scope`, if any. */
  known(scope: string): string | undefined {
    const token = this.#tokens.get(scope)
    return token !== undefined && token.until > Date.now() ? token.header : undefined
  }

  /**
   * Answers a 401: gets a token or basic credentials for `scope`.
   * @throws UnauthorizedError when there is no way in; the message says what was tried.
   */
  async answer(challenges: readonly Challenge[], scope: string, repository: string): Promise<string> {
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
    const credentials = await this.#find(repository)
    if (bearer !== undefined) {
      const token = await this.#token(bearer, scope, credentials)
      this.#tokens.set(scope, token)
      return token.header
    }
    if (!challenges.some(({ scheme }) => scheme === 'basic'))
      throw this.#denied('with no way to log in that is known here', credentials)
    if (credentials === undefined) throw this.#denied('', credentials)
    const header = basic(credentials)
    this.#tokens.set(scope, { header, until: Number.POSITIVE_INFINITY })
    return header
  }

  /** The credentials that were looked up for a repository, if it has asked for any. */
  async used(repository: string): Promise<Credentials | undefined> {
    return this.#credentials.get(repository)
  }

  /** What no message may repeat: passwords and tokens in use, as they are and as headers and addresses have them. */
  async secrets(): Promise<readonly string[]> {
    const headers = [...this.#tokens.values()].map(({ header }) => header.slice(header.indexOf(' ') + 1))
    const found = await Promise.allSettled(this.#credentials.values())
    const logins = found.flatMap((each) => (each.status === 'fulfilled' && each.value !== undefined ? each.value : []))
    return [...headers, ...logins.flatMap(formsOf)].filter((text) => text !== '')
  }

  #find(repository: string): Promise<Credentials | undefined> {
    let found = this.#credentials.get(repository)
    if (found === undefined) {
      found = this.#options.credentials(repository)
      this.#credentials.set(repository, found)
    }
    return found
  }

  async #token(challenge: Challenge, wanted: string, credentials: Credentials | undefined): Promise<Token> {
    const { realm, service } = challenge.parameters
    const { host } = this.#options
    let url: URL
    try {
      url = new URL(realm ?? '')
    } catch (cause) {
      throw new UnreachableError(`${host} names a token server that is no URL.`, { cause })
    }
    // The registry knows best which scope it wants; what it leaves out is filled in.
    const scopes = [...new Set([challenge.parameters['scope'] ?? '', wanted])].filter((scope) => scope !== '')
    const response = credentials?.identityToken
      ? await this.#refresh(url, service, scopes, credentials)
      : await this.#get(url, service, scopes, credentials)
    if (response.status !== 200) {
      await response.discard()
      if (response.status >= 500 || response.status === 429)
        throw new UnreachableError(`The token server ${url.host} of ${host} answers ${response.status}.`, {
          hint: 'Try again later.',
        })
      throw this.#denied(`(its token server ${url.host} answers ${response.status})`, credentials)
    }
    return parseToken(await response.bytes(TOKEN_BODY), url.host)
  }

  #get(url: URL, service: string | undefined, scopes: readonly string[], credentials: Credentials | undefined) {
    if (service !== undefined) url.searchParams.set('service', service)
    for (const scope of scopes) url.searchParams.append('scope', scope)
    const headers = credentials === undefined ? {} : { authorization: basic(credentials) }
    return this.#options.fetcher.fetch(url, { headers, namedBy: this.#options.host })
  }

  #refresh(url: URL, service: string | undefined, scopes: readonly string[], credentials: Credentials) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'secretscan',
      refresh_token: Buffer.from(credentials.password.reveal()).toString('utf8'),
      ...(service === undefined ? {} : { service }),
      scope: scopes.join(' '),
    })
    return this.#options.fetcher.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      namedBy: this.#options.host,
    })
  }

  #denied(why: string, credentials: Credentials | undefined): UnauthorizedError {
    const { host } = this.#options
    const tried =
      credentials === undefined ? 'no credentials are known for it' : `it refuses ${loginWords(credentials)}`
    return new UnauthorizedError(`${host} asks for a login ${why}: ${tried}.`.replace(' :', ':'), {
      hint: mendOf(host, credentials),
    })
  }
}

function parseToken(body: Uint8Array, host: string): Token {
  let answer: { token?: unknown; access_token?: unknown; expires_in?: unknown }
  try {
    answer = JSON.parse(Buffer.from(body).toString('utf8')) as typeof answer
  } catch (cause) {
    throw new UnreachableError(`The token server ${host} answers with something that is no JSON.`, { cause })
  }
  const token = answer?.token ?? answer?.access_token
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new UnreachableError(`The token server ${host} answers without a token.`)
  const lifetime = typeof answer.expires_in === 'number' && answer.expires_in > 0 ? answer.expires_in : DEFAULT_LIFETIME
  return { header: `Bearer ${token}`, until: Date.now() + lifetime * 1000 - Math.min(MARGIN, lifetime * 500) }
}
