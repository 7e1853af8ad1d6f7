// Requests to one registry host: where its API is, logins, the budget, tries. What is asked for and what answers mean is client.ts's.
import { homedir } from 'node:os'
import type { FetchResponse } from '../net/guarded-fetch.js'
import { RateLimitedError } from '../support/errors.js'
import { errorBody, failureOf, isTransient, withDocument, wordsOf } from './answers.js'
import { Authenticator, loginsIn } from './auth.js'
import { findBase } from './base-url.js'
import { parseChallenges } from './challenge.js'
import { type Credentials, findCredentials } from './credentials.js'
import { createRateGate } from './rate-gate.js'
import { isPullLimit, toldLimit } from './rate-limits.js'
import { RequestSlots } from './request-slots.js'
import { backoff, isRetried, LONGEST_RETRY_AFTER, MAX_TRIES, pause, retryAfter } from './retry.js'
import type { RateGate, RegistryClientOptions, RegistryRequest } from './types.js'

/** What the views of one registry (under other signals) have in common. */
interface Shared {
  readonly auth: Authenticator
  readonly gate: RateGate
  readonly slots: RequestSlots
  base: Promise<URL> | undefined
}

const CONCURRENCY = 16
/** A 429 without Retry-After that stays is asked about again after this time (ms). */
const LIMIT_PAUSE = 60_000

/** Docker Hub is reached under another name than the one in references. */
const API_HOST: Readonly<Record<string, string>> = {
  'docker.io': 'registry-1.docker.io',
  'index.docker.io': 'registry-1.docker.io',
}

export class RegistryExchange {
  readonly host: string
  readonly #options: RegistryClientOptions
  readonly #shared: Shared

  constructor(options: RegistryClientOptions, shared?: Shared) {
    this.#options = options
    this.host = options.host
    this.#shared = shared ?? {
      auth: new Authenticator({
        fetcher: options.fetcher,
        host: API_HOST[options.host] ?? options.host,
        credentials:
          options.credentials ??
          ((repository) => findCredentials(options.host, repository, { env: process.env, home: homedir() })),
      }),
      gate: options.gate ?? createRateGate(),
      slots: new RequestSlots(options.concurrency ?? CONCURRENCY),
      base: undefined,
    }
  }

  /** The same exchange (its tokens, its budget), whose requests end with `signal`. */
  under(signal: AbortSignal): RegistryExchange {
    return new RegistryExchange({ ...this.#options, signal }, this.#shared)
  }

  /** The error for an unwelcome answer about a repository. `path`: below /v2/. */
  async failure(path: string, repository: string, response: FetchResponse): Promise<Error> {
    const { auth } = this.#shared
    return failureOf(this.host, path, response, await auth.used(repository), await auth.secrets())
  }

  /** Whose credentials were used for a repository; undefined where none were asked for, or none are known. */
  login(repository: string): Promise<Credentials | undefined> {
    return this.#shared.auth.used(repository)
  }

  /** The URL of /v2/: https, or http where that is allowed and nothing else is spoken. */
  base(): Promise<URL> {
    this.#shared.base ??= findBase(API_HOST[this.host] ?? this.host, this.#options).catch((error: unknown) => {
      // A registry that does not answer now may do so at the next request.
      this.#shared.base = undefined
      throw error
    })
    return this.#shared.base
  }

  /** Sends a request below /v2/, logging in where asked and trying again where that helps. Other statuses than 401, 429 and 5xx are given back. */
  async request(path: string, request: RegistryRequest): Promise<FetchResponse> {
    return this.send(new URL(path, await this.base()), request)
  }

  /** As request(), for a URL of this registry (a Link of its own). @throws RateLimitedError where it lets nothing more through for long. */
  async send(url: URL, request: RegistryRequest): Promise<FetchResponse> {
    const { auth } = this.#shared
    let loggedIn = false
    for (let attempt = 0; ; attempt++) {
      const response = await this.#try(url, request, auth.known(request.scope), attempt)
      if (response === undefined) continue
      // A 401 from another host than this registry (after a redirect) is not ours to answer.
      if (response.status !== 401 || loggedIn || response.url.origin !== url.origin) return response
      await response.discard()
      const challenges = parseChallenges(response.headers['www-authenticate'] ?? '')
      await auth.answer(challenges, request.scope, request.repository)
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
    const { signal, fetcher } = this.#options
    await this.#shared.gate.before(this.host, request.kind, signal)
    let response: FetchResponse
    try {
      response = await this.#shared.slots.run(() =>
        fetcher.fetch(url, {
          method: request.method ?? 'GET',
          headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) },
          signal,
        }),
      )
      if (request.document !== undefined && response.status === 200)
        response = await withDocument(response, request.document)
    } catch (error) {
      if (lastTry || !isTransient(error)) throw error
      await this.#wait(backoff(attempt), 'the connection broke')
      return undefined
    }
    await this.#learn(response, url)
    if (!isRetried(response.status)) return response
    const asked = retryAfter(response.headers['retry-after'])
    if (response.status === 429 || (asked !== undefined && asked > LONGEST_RETRY_AFTER))
      await this.#limited(response, asked, lastTry, request)
    else if (lastTry) return response
    else await response.discard()
    await this.#wait(asked ?? backoff(attempt), `${url.host} answers ${response.status}`)
    return undefined
  }

  /** What a host after a redirect says is not about this registry. */
  async #learn({ status, headers, url }: FetchResponse, asked: URL): Promise<void> {
    const told = url.origin === asked.origin ? toldLimit(status, headers) : undefined
    if (told !== undefined) await this.#shared.gate.learned(this.host, told)
  }

  /** Ends the request where waiting does not help: a limit of pulls lasts hours, and some name a time further off than is waited for. */
  async #limited(
    response: FetchResponse,
    asked: number | undefined,
    lastTry: boolean,
    { headers }: RegistryRequest,
  ): Promise<void> {
    const body = await errorBody(response)
    const pulls = isPullLimit(body)
    if (!pulls && !lastTry && (asked === undefined || asked <= LONGEST_RETRY_AFTER)) return
    const resumeAt = new Date(Date.now() + (asked ?? (pulls ? LONGEST_RETRY_AFTER : LIMIT_PAUSE)))
    await this.#shared.gate.learned(this.host, { remaining: 0, resumeAt, ...(pulls ? { kind: 'manifest' } : {}) })
    const secrets = [...(await this.#shared.auth.secrets()), ...loginsIn(headers)]
    throw new RateLimitedError(this.host, resumeAt, wordsOf(body, secrets))
  }

  async #wait(ms: number, why: string): Promise<void> {
    this.#options.onWait?.(ms, why)
    await pause(ms, this.#options.signal)
  }
}
