// The pull side of the OCI distribution specification 1.1 for one registry host: manifests, blobs, referrers, tags and catalog.
import { homedir } from 'node:os'
import { resolveReach } from '../net/addresses.js'
import type { FetchResponse, GuardedFetch } from '../net/guarded-fetch.js'
import { LimitExceededError, NotFoundError, UnauthorizedError, UnreachableError } from '../support/errors.js'
import { printable, shorten } from '../support/printable.js'
import { Authenticator } from './auth.js'
import { parseChallenges } from './challenge.js'
import { findCredentials } from './credentials.js'
import { backoff, isRetried, LONGEST_RETRY_AFTER, MAX_TRIES, pause, retryAfter } from './retry.js'

const ERROR_BODY = 64 * 1024

const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
].join(', ')

export interface RegistryClientOptions {
  readonly fetcher: GuardedFetch
  readonly signal: AbortSignal
  /** host[:port] as in a reference: "docker.io" for Docker Hub. */
  readonly host: string
  readonly insecure: boolean
  /** Told of waits, so that a person sees why nothing moves. */
  readonly onWait?: (ms: number, why: string) => void
}

export interface RegistryRequest {
  readonly method?: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  /** e.g. "repository:team/app:pull" */
  readonly scope: string
  readonly repository: string
}

/** Docker Hub is reached under another name than the one in references. */
const API_HOST: Readonly<Record<string, string>> = {
  'docker.io': 'registry-1.docker.io',
  'index.docker.io': 'registry-1.docker.io',
}

export const pullScope = (repository: string): string => `repository:${repository}:pull`

export class RegistryClient {
  readonly host: string
  readonly #options: RegistryClientOptions
  readonly #auth: Authenticator
  #base: Promise<URL> | undefined

  constructor(options: RegistryClientOptions) {
    this.#options = options
    this.host = options.host
    this.#auth = new Authenticator({
      fetcher: options.fetcher,
      host: API_HOST[options.host] ?? options.host,
      credentials: (repository) => findCredentials(options.host, repository, { env: process.env, home: homedir() }),
    })
  }

  /**
   * A manifest or index by tag or digest, its bytes unchecked (image/ compares digests).
   * @throws NotFoundError, UnauthorizedError, UnreachableError, LimitExceededError.
   */
  async manifest(
    repository: string,
    reference: string,
    limit: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly mediaType: string; readonly digest?: string }> {
    const response = await this.#ok(`${repository}/manifests/${reference}`, {
      repository,
      scope: pullScope(repository),
      headers: { accept: MANIFEST_TYPES },
    })
    const declared = Number(response.headers['content-length'] ?? 0)
    if (declared > limit) {
      await response.discard()
      throw new LimitExceededError(
        `The manifest of ${this.host}/${repository} has ${declared} bytes, more than the ${limit} allowed.`,
        { hint: 'Raise --max-manifest-size.' },
      )
    }
    const digest = response.headers['docker-content-digest']
    return {
      bytes: await response.bytes(limit),
      mediaType: (response.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '',
      ...(digest === undefined ? {} : { digest }),
    }
  }

  /** The digest that a tag stands for, by HEAD (Docker Hub counts no HEAD against its limit); undefined where the registry tells none. */
  async resolve(repository: string, reference: string): Promise<string | undefined> {
    const response = await this.#ok(`${repository}/manifests/${reference}`, {
      repository,
      scope: pullScope(repository),
      method: 'HEAD',
      headers: { accept: MANIFEST_TYPES },
    })
    await response.discard()
    return response.headers['docker-content-digest']
  }

  /** A blob's response from byte `from` on; 200 or 206. Used by blob.ts, which checks ranges and digests. */
  async openBlob(repository: string, digest: string, from: number): Promise<FetchResponse> {
    return this.#ok(`${repository}/blobs/${digest}`, {
      repository,
      scope: pullScope(repository),
      ...(from > 0 ? { headers: { range: `bytes=${from}-` } } : {}),
    })
  }

  /** The index of what refers to a digest: the referrers API, else its fallback tag; undefined where there is neither. */
  async referrers(repository: string, digest: string, limit: number): Promise<Uint8Array | undefined> {
    const request: RegistryRequest = { repository, scope: pullScope(repository), headers: { accept: MANIFEST_TYPES } }
    for (const path of [`${repository}/referrers/${digest}`, `${repository}/manifests/${digest.replace(':', '-')}`]) {
      const response = await this.request(path, request)
      if (response.status === 200) return response.bytes(limit)
      await response.discard()
    }
    return undefined
  }

  /** Sends a request below /v2/, logging in where asked and trying again where that helps. Other statuses than 401, 429 and 5xx are given back. */
  async request(path: string, request: RegistryRequest): Promise<FetchResponse> {
    this.#base ??= this.#findBase()
    const url = new URL(path, await this.#base)
    return this.send(url, request)
  }

  /** As request(), for a URL of this registry (a Link of its own). */
  async send(url: URL, request: RegistryRequest): Promise<FetchResponse> {
    let loggedIn = false
    for (let attempt = 0; ; attempt++) {
      const authorization = this.#auth.known(request.scope)
      const response = await this.#try(url, request, authorization, attempt)
      if (response === undefined) continue
      // A 401 from another host than this registry (after a redirect) is not ours to answer.
      if (response.status !== 401 || loggedIn || response.url.origin !== url.origin) return response
      await response.discard()
      const challenges = parseChallenges(response.headers['www-authenticate'] ?? '')
      await this.#auth.answer(challenges, request.scope, request.repository)
      loggedIn = true
      attempt--
    }
  }

  /** One try; undefined means: waited, try again. */
  async #try(
    url: URL,
    request: RegistryRequest,
    authorization: string | undefined,
    attempt: number,
  ): Promise<FetchResponse | undefined> {
    const lastTry = attempt >= MAX_TRIES - 1
    let response: FetchResponse
    try {
      response = await this.#options.fetcher.fetch(url, {
        method: request.method ?? 'GET',
        headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) },
      })
    } catch (error) {
      if (lastTry || !isTransient(error)) throw error
      await this.#wait(backoff(attempt), 'the connection broke')
      return undefined
    }
    if (!isRetried(response.status) || lastTry) return response
    const asked = retryAfter(response.headers['retry-after'])
    if (asked !== undefined && asked > LONGEST_RETRY_AFTER) return response
    await response.discard()
    await this.#wait(asked ?? backoff(attempt), `${url.host} answers ${response.status}`)
    return undefined
  }

  async #wait(ms: number, why: string): Promise<void> {
    this.#options.onWait?.(ms, why)
    await pause(ms, this.#options.signal)
  }

  async #ok(path: string, request: RegistryRequest): Promise<FetchResponse> {
    const response = await this.request(path, request)
    if (response.status === 200 || response.status === 206) return response
    throw await this.#failure(path, response)
  }

  async #failure(path: string, response: FetchResponse): Promise<Error> {
    const what = `${this.host}/${path}`
    const said = await errorText(response)
    const { status } = response
    if (status === 401 || status === 403) {
      return new UnauthorizedError(`${this.host} does not let this login read ${what} (${status}${said}).`, {
        hint: `Run: docker login ${this.host}, or ask for pull rights.`,
      })
    }
    if (status === 404)
      return new NotFoundError(`${this.host} has no ${what}${said}.`, { hint: 'Check the name and the tag.' })
    if (status === 429) {
      const after = retryAfter(response.headers['retry-after'])
      return new UnreachableError(`${this.host} limits the rate of requests${said}.`, {
        hint:
          after === undefined
            ? 'Try again later, or log in: limits are higher then.'
            : `Try again in ${Math.ceil(after / 60_000)} minutes.`,
      })
    }
    return new UnreachableError(`${this.host} answers ${status} for ${what}${said}.`, { hint: 'Try again later.' })
  }

  /** https, or http where that is allowed and the host does not speak TLS (this machine's loopback, hosts listed as insecure). */
  async #findBase(): Promise<URL> {
    const host = API_HOST[this.#options.host] ?? this.#options.host
    const secure = new URL(`https://${host}/v2/`)
    const plainAllowed = this.#options.insecure || (await resolveReach(host.replace(/:\d+$/, ''))) === 'loopback'
    if (!plainAllowed) return secure
    try {
      await (await this.#options.fetcher.fetch(secure, { redirects: false })).discard()
      return secure
    } catch (error) {
      if (isCertificateError(error)) throw error
      const plain = new URL(`http://${host}/v2/`)
      try {
        await (await this.#options.fetcher.fetch(plain, { redirects: false })).discard()
        return plain
      } catch {
        throw error
      }
    }
  }
}

/** Broken connections and time-outs; not refused addresses, certificates or names. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof UnreachableError)) return false
  const code = (error.cause as { code?: string } | undefined)?.code ?? ''
  return /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_SOCKET|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT|UND_ERR_CONNECT_TIMEOUT)$/.test(
    code,
  )
}

/** The host speaks TLS, but nobody vouches for it: plain http would be a way round that. */
function isCertificateError(error: unknown): boolean {
  const cause = error instanceof UnreachableError ? (error.cause as { code?: string } | undefined) : undefined
  return /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|HOSTNAME/.test(cause?.code ?? '')
}

/** The registry's own words (distribution-spec "Error Codes"), made safe to print. */
async function errorText(response: FetchResponse): Promise<string> {
  try {
    const { errors } = JSON.parse(Buffer.from(await response.bytes(ERROR_BODY)).toString('utf8')) as {
      errors?: { code?: unknown; message?: unknown }[]
    }
    const [first] = errors ?? []
    const words = [first?.code, first?.message].filter((word) => typeof word === 'string').join(': ')
    return words === '' ? '' : `: ${printable(shorten(words, 200))}`
  } catch {
    return ''
  }
}
