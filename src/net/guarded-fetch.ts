// The one way out: every request to a registry, token server or storage host goes through here. It knows which addresses may be
// asked, follows redirects by hand, drops credentials when the origin changes and bounds times; it knows nothing of registries.
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici'
import { UnreachableError } from '../support/errors.js'
import { guardedLookup, type Reach, reachOf, resolveReach, within } from './addresses.js'
import { joinHeaders, readAtMost, withoutBody } from './answers.js'
import { head } from './bodiless.js'
import { causeOf, hintFor, insecureWords, type SetIn, urlForPeople } from './failure-words.js'
import { atLeastRate } from './least-rate.js'
import { tlsMaterial } from './tls.js'

const MAX_REDIRECTS = 10
/** ms */
const CONNECT_TIMEOUT = 30_000
/** No byte for this long ends a request (ms). */
const IDLE_TIMEOUT = 60_000
const REDIRECTS = new Set([301, 302, 303, 307, 308])

export interface GuardedFetchOptions {
  readonly signal: AbortSignal
  /** host[:port] that may be asked over plain HTTP or without a verified certificate. */
  readonly insecureHosts: readonly string[]
  /** PEM file of an own certificate authority. */
  readonly caFile?: string
  /** Where the two above are set, for advice (default: flags). */
  readonly setIn?: SetIn
  /** true: nothing is asked at all. */
  readonly offline: boolean
  /** ms; the default suits people, tests take less. */
  readonly idleTimeout?: number
}

export interface FetchRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /**
   * The host (host[:port]) that named this URL; absent where the user did. A host named on the wire may not reach further inside than
   * the one that named it.
   */
  readonly namedBy?: string
  /** How far inside the host may be, where less is allowed than `namedBy` would. */
  readonly most?: Reach
  /** false: a redirect is given back as it is. */
  readonly redirects?: boolean
  /** Ends this request; by default the client's own does. */
  readonly signal?: AbortSignal
}

export interface FetchResponse {
  readonly url: URL
  readonly status: number
  /** Lower-case names; the last value of a repeated one, but for www-authenticate, whose values are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
  /** The whole body, at most `limit` bytes; more is an error. */
  bytes(limit: number): Promise<Uint8Array>
  /** Throws the body away (and its connection, where much is left). */
  discard(): Promise<void>
}

export interface GuardedFetch {
  fetch(url: URL, options?: FetchRequest): Promise<FetchResponse>
  close(): Promise<void>
}

interface Once {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly namedBy: string | undefined
  readonly most: Reach | undefined
  readonly signal: AbortSignal
}

/** The next URL of a redirect. @throws UnreachableError where it is none or leaves https. */
function redirectTarget(location: string, base: URL): URL {
  let next: URL
  try {
    next = new URL(location, base)
  } catch (cause) {
    throw new UnreachableError(`${base.host} redirects to something that is no URL.`, { cause })
  }
  if (base.protocol === 'https:' && next.protocol === 'http:') {
    throw new UnreachableError(`${base.host} redirects from https to plain http on ${next.host}, which is refused.`)
  }
  return next
}

class GuardedClient implements GuardedFetch {
  readonly #options: GuardedFetchOptions
  readonly #agents = new Map<string, Dispatcher>()
  readonly #reaches = new Map<string, Promise<Reach>>()
  readonly #literals = new Map<string, Reach>()

  constructor(options: GuardedFetchOptions) {
    this.#options = options
  }

  async fetch(start: URL, options: FetchRequest = {}): Promise<FetchResponse> {
    if (this.#options.offline)
      throw new UnreachableError(`${start.host} was not asked: --offline is set.`, { hint: 'Leave out --offline.' })
    let url = start
    let init: Once = {
      method: options.method ?? 'GET',
      headers: options.headers ?? {},
      body: options.body,
      namedBy: options.namedBy,
      most: options.most,
      signal: options.signal ?? this.#options.signal,
    }
    for (let hop = 0; ; hop++) {
      const response = await this.#once(url, init)
      const location = response.headers['location']
      if (options.redirects === false || !REDIRECTS.has(response.status) || location === undefined) return response
      await response.discard()
      if (hop >= MAX_REDIRECTS) throw new UnreachableError(`${start.host} redirects more than ${MAX_REDIRECTS} times.`)
      const next = redirectTarget(location, url)
      if (next.origin !== url.origin) init = { ...init, headers: withoutCredentials(init.headers), namedBy: url.host }
      if (init.method === 'POST' && response.status < 307) init = { ...init, method: 'GET', body: undefined }
      url = next
    }
  }

  get #setIn(): SetIn {
    return this.#options.setIn ?? 'flags'
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()))
  }

  async #once(url: URL, init: Once): Promise<FetchResponse> {
    const insecure = this.#isInsecure(url.host)
    const most = init.most ?? (init.namedBy === undefined ? 'loopback' : await this.#reach(init.namedBy))
    await this.#check(url, init.namedBy, most, insecure)
    const idle = this.#options.idleTimeout ?? IDLE_TIMEOUT
    const headers = { 'user-agent': 'secretscan', 'accept-encoding': 'identity', ...init.headers }
    const dispatcher = this.#agent(url.host, most, insecure)
    try {
      if (init.method === 'HEAD')
        return withoutBody(url, await head(dispatcher, url, { headers, idleTimeout: idle, signal: init.signal }))
      const response = await request(url, {
        method: init.method,
        headers,
        body: init.body ?? null,
        dispatcher,
        signal: init.signal,
        headersTimeout: idle,
        bodyTimeout: idle,
      })
      const body = atLeastRate(response.body, url.host, idle)
      return {
        url,
        status: response.statusCode,
        headers: joinHeaders(response.headers),
        body,
        bytes: (limit) => readAtMost(body, limit, url, init.signal),
        discard: () => response.body.dump({ limit: 64 * 1024 }),
      }
    } catch (cause) {
      if (init.signal.aborted) throw cause
      throw new UnreachableError(`Cannot reach ${url.host}: ${causeOf(cause)}.`, {
        hint: hintFor(cause, url.host, { setIn: this.#setIn, caFile: this.#options.caFile }),
        cause,
      })
    }
  }

  #isInsecure(host: string): boolean {
    return this.#options.insecureHosts.includes(host) || this.#options.insecureHosts.includes(host.replace(/:\d+$/, ''))
  }

  /** Scheme and IP literals; what a name resolves to is checked when the socket connects. */
  async #check(url: URL, namedBy: string | undefined, most: Reach, insecure: boolean): Promise<void> {
    const refuse = (why: string): never => {
      throw new UnreachableError(`${namedBy ?? 'The command line'} names ${urlForPeople(url)}: ${why}.`, {
        hint: `If this is your own set-up, set ${insecureWords(url.host, this.#setIn)}, or give it a certificate and a name.`,
      })
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('neither https nor http')
    if (url.username !== '' || url.password !== '') refuse('a URL must not carry credentials')
    const literal = this.#literal(url.hostname)
    if (literal !== undefined && !within(literal, most)) refuse('an address that may not be asked from there')
    if (url.protocol === 'http:' && !insecure && (await this.#reach(url.host)) !== 'loopback') {
      refuse('plain http, which is allowed only on this machine and for hosts listed as insecure')
    }
  }

  /** The reach of a host that is an address; undefined for a name. Parsed once: a sweep asks one host thousands of times. */
  #literal(hostname: string): Reach | undefined {
    if (!hostname.startsWith('[') && !/^[\d.]+$/.test(hostname)) return undefined
    const reach = this.#literals.get(hostname) ?? reachOf(hostname)
    this.#literals.set(hostname, reach)
    return reach
  }

  #reach(host: string): Promise<Reach> {
    const hostname = host.replace(/:\d+$/, '')
    let reach = this.#reaches.get(hostname)
    if (reach === undefined) {
      reach = resolveReach(hostname)
      this.#reaches.set(hostname, reach)
    }
    return reach
  }

  #agent(host: string, most: Reach, insecure: boolean): Dispatcher {
    const key = `${host} ${most}`
    const kept = this.#agents.get(key)
    if (kept !== undefined) return kept
    const tls = { ...tlsMaterial(host, this.#options.caFile), ...(insecure ? { rejectUnauthorized: false } : {}) }
    const direct = { connect: { ...tls, lookup: guardedLookup(most), timeout: CONNECT_TIMEOUT }, connections: 16 }
    // Looking for a proxy takes a quarter of the time of a HEAD, and a sweep asks for each tag by one.
    const agent = hasProxy()
      ? new EnvHttpProxyAgent({ ...direct, requestTls: tls, noProxy: noProxy() })
      : new Agent(direct)
    this.#agents.set(key, agent)
    return agent
  }
}

/** As undici reads them. */
const hasProxy = (): boolean =>
  ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].some((name) => (process.env[name] ?? '') !== '')

function noProxy(): string {
  const named = process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? ''
  return [named, 'localhost', '127.0.0.1', '[::1]'].filter((entry) => entry !== '').join(',')
}

/** Headers that another origin may see: an API's token may stand in a header of any name. */
const HARMLESS = /^(?:accept|accept-encoding|content-type|if-range|range|user-agent)$/i

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.test(name)))
}

/** A client of its own: connections are kept until close(). */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  return new GuardedClient(options)
}
