// Requests to Vault, one at a time, for node-vault to send through. Why not through its own axios: axios keeps token and body in its
// errors, follows redirects with the token to any host, and cannot be given a server name for TLS. Retries what may be retried.
import { setTimeout as sleep } from 'node:timers/promises'
import { EnvHttpProxyAgent, request } from 'undici'
import { connectionFailure, VaultConnectionError } from './connection-failure.js'
import type { VaultSettings } from './settings.js'

const TRIES = 4
/** ms, doubled each time, and by chance less */
const FIRST_DELAY = 400
/** ms; a server that says "in an hour" is not waited for. */
const LONGEST_WAIT = 10_000
/** Vault's own limit on a request is 32 MiB: no answer of the key-value engine is larger. */
const LARGEST_ANSWER = 33 * 1024 * 1024
/** Vault's own client follows one redirect, from a standby to the active server. */
const REDIRECTS = new Set([301, 302, 307, 308])

/** As node-vault hands it over. */
export interface VaultRequest {
  readonly method: string
  readonly uri: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
}

/** As node-vault wants it. */
interface VaultAnswer {
  readonly statusCode: number
  readonly body: unknown
  readonly request: { readonly path: string }
}

interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface VaultTransport {
  /** @throws VaultConnectionError; a refusal is an answer. */
  send(request: VaultRequest): Promise<VaultAnswer>
  close(): Promise<void>
}

/** Refused before anything was done: a write may be sent again. */
const NOT_DONE = new Set([412, 429, 472, 473])
/** Of passing kind: a read may be sent again. */
const PASSING = new Set([500, 502, 503, 504])

function isWorthRetrying(method: string, { status, text }: Received): boolean {
  if (NOT_DONE.has(status)) return true
  // A sealed server stays so until a person comes.
  return method === 'GET' && PASSING.has(status) && !/sealed/i.test(text)
}

function waitOf(attempt: number, received: Received | undefined, firstDelay: number): number {
  const said = Number(received?.headers['retry-after'])
  if (received?.status === 429 && said > 0) return Math.min(said * 1000, LONGEST_WAIT)
  return firstDelay * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
}

function agentFor({ tls, timeout }: VaultSettings): EnvHttpProxyAgent {
  const options = {
    rejectUnauthorized: tls.verify,
    ...(tls.ca === undefined ? {} : { ca: [...tls.ca] }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  }
  const noProxy = [process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '', 'localhost', '127.0.0.1', '[::1]']
  return new EnvHttpProxyAgent({
    connect: { ...options, timeout },
    requestTls: options,
    noProxy: noProxy.filter((entry) => entry !== '').join(','),
    connections: 4,
  })
}

/** @param firstDelay ms before the first retry; tests take less. */
export function vaultTransport(settings: VaultSettings, firstDelay = FIRST_DELAY): VaultTransport {
  const agent = agentFor(settings)

  async function once(uri: string, { method, headers, json }: VaultRequest): Promise<Received> {
    try {
      const response = await request(uri, {
        method: method as 'GET',
        headers: {
          'user-agent': 'secretscan',
          'x-vault-request': 'true',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: json === undefined ? null : JSON.stringify(json),
        dispatcher: agent,
        signal: AbortSignal.timeout(settings.timeout),
      })
      return { status: response.statusCode, headers: response.headers, text: await readText(response.body) }
    } catch (error) {
      throw error instanceof VaultConnectionError ? error : connectionFailure(error, settings.address)
    }
  }

  async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of body) {
      length += chunk.length
      if (length > LARGEST_ANSWER)
        throw new VaultConnectionError(
          `What is at ${settings.address} answers without end.`,
          'Check that the address is that of Vault.',
          { sent: true, retry: false },
        )
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  /** Where a standby points to; undefined: no redirect, or one that must not be followed. */
  function redirectOf(received: Received, uri: string): string | undefined {
    const { location } = received.headers
    if (!REDIRECTS.has(received.status) || typeof location !== 'string' || !URL.canParse(location, uri))
      return undefined
    const next = new URL(location, uri)
    return next.protocol === 'https:' || next.protocol === new URL(uri).protocol ? next.href : undefined
  }

  async function followed(asked: VaultRequest): Promise<Received> {
    const received = await once(asked.uri, asked)
    const next = redirectOf(received, asked.uri)
    return next === undefined ? received : once(next, asked)
  }

  return {
    async send(asked) {
      for (let attempt = 1; ; attempt++) {
        let received: Received | undefined
        try {
          received = await followed(asked)
          if (attempt >= TRIES || !isWorthRetrying(asked.method, received)) return answerOf(received, asked, settings)
        } catch (error) {
          const again =
            error instanceof VaultConnectionError &&
            error.worthRetrying &&
            (asked.method === 'GET' || !error.sent) &&
            attempt < TRIES
          if (!again) throw error
        }
        await sleep(waitOf(attempt, received, firstDelay))
      }
    },
    close: () => agent.destroy(),
  }
}

function answerOf({ status, text }: Received, { uri, method }: VaultRequest, { address }: VaultSettings): VaultAnswer {
  const request = { path: new URL(uri).pathname }
  if (text === '') return { statusCode: status, body: {}, request }
  try {
    return { statusCode: status, body: JSON.parse(text) as unknown, request }
  } catch {
    if (status !== 200) return { statusCode: status, body: text, request }
    throw new VaultConnectionError(
      `What answers at ${address} is not Vault, or its answer was cut short.`,
      'Check the address; a proxy or a login page may stand before it.',
      { sent: method !== 'GET', retry: false },
    )
  }
}
