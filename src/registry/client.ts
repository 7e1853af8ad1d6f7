// The pull side of the OCI distribution specification 1.1 for one registry host: manifests, blobs, referrers. How requests get there and back
// is exchange.ts's; lists are listing.ts's.
import type { FetchResponse } from '../net/guarded-fetch.js'
import { LimitExceededError } from '../support/errors.js'
import type { Credentials } from './credentials.js'
import { RegistryExchange } from './exchange.js'
import type { RegistryClientOptions, RegistryRequest } from './types.js'

const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
].join(', ')

export const pullScope = (repository: string): string => `repository:${repository}:pull`

export class RegistryClient {
  readonly host: string
  readonly #options: RegistryClientOptions
  readonly #exchange: RegistryExchange

  constructor(options: RegistryClientOptions, exchange = new RegistryExchange(options)) {
    this.host = options.host
    this.#options = options
    this.#exchange = exchange
  }

  /** The same client (its tokens, its budget), whose requests end with `signal`. */
  under(signal: AbortSignal): RegistryClient {
    return new RegistryClient(this.#options, this.#exchange.under(signal))
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
      kind: 'manifest',
      document: limit,
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
      kind: 'head',
      repository,
      scope: pullScope(repository),
      method: 'HEAD',
      headers: { accept: MANIFEST_TYPES },
    })
    await response.discard()
    return response.headers['docker-content-digest']
  }

  /** A blob's response from byte `from` on; 200, 206, or 416 where nothing is behind `from`. Used by blob.ts, which checks ranges and digests. */
  async openBlob(repository: string, digest: string, from: number): Promise<FetchResponse> {
    const path = `${repository}/blobs/${digest}`
    const headers = from > 0 ? { headers: { range: `bytes=${from}-` } } : {}
    const request: RegistryRequest = { kind: 'blob', repository, scope: pullScope(repository), ...headers }
    const response = await this.request(path, request)
    const { status } = response
    if (status === 200 || status === 206 || (status === 416 && from > 0)) return response
    throw await this.failure(path, request.repository, response)
  }

  /** A short blob (a config, a statement) as a whole, its bytes unchecked. */
  async document(repository: string, digest: string, limit: number): Promise<Uint8Array> {
    const request = { kind: 'blob', document: limit, repository, scope: pullScope(repository) } as const
    return (await this.#ok(`${repository}/blobs/${digest}`, request)).bytes(limit)
  }

  /** The index of what refers to a digest: the referrers API, else its fallback tag; undefined where there is neither. */
  async referrers(repository: string, digest: string, limit: number): Promise<Uint8Array | undefined> {
    const request: RegistryRequest = {
      kind: 'manifest',
      document: limit,
      repository,
      scope: pullScope(repository),
      headers: { accept: MANIFEST_TYPES },
    }
    for (const path of [`${repository}/referrers/${digest}`, `${repository}/manifests/${digest.replace(':', '-')}`]) {
      const response = await this.request(path, request)
      if (response.status === 200) return response.bytes(limit)
      await response.discard()
    }
    return undefined
  }

  /** The URL of /v2/: https, or http where that is allowed and nothing else is spoken. */
  base(): Promise<URL> {
    return this.#exchange.base()
  }

  /** Sends a request below /v2/, logging in where asked and trying again where that helps. Other statuses than 401, 429 and 5xx are given back. */
  request(path: string, request: RegistryRequest): Promise<FetchResponse> {
    return this.#exchange.request(path, request)
  }

  /** As request(), for a URL of this registry (a Link of its own). @throws RateLimitedError where it lets nothing more through for long. */
  send(url: URL, request: RegistryRequest): Promise<FetchResponse> {
    return this.#exchange.send(url, request)
  }

  /** The error for an unwelcome answer about a repository. `path`: below /v2/. */
  failure(path: string, repository: string, response: FetchResponse): Promise<Error> {
    return this.#exchange.failure(path, repository, response)
  }

  /** Whose credentials were used for a repository; undefined where none were asked for, or none are known. */
  login(repository: string): Promise<Credentials | undefined> {
    return this.#exchange.login(repository)
  }

  async #ok(path: string, request: RegistryRequest): Promise<FetchResponse> {
    const response = await this.request(path, request)
    if (response.status === 200 || response.status === 206) return response
    throw await this.failure(path, request.repository, response)
  }
}
