// One POST to an address that may be a secret itself: what came of it is told by host and status only.
import { readFile } from 'node:fs/promises'
import { createGuardedFetch } from '../../../net/guarded-fetch.js'
import { retryAfter } from '../../../registry/retry.js'
import { UnreachableError, UsageError } from '../../../support/errors.js'
import { printable } from '../../../support/printable.js'
import type { AddressSource } from '../channels.js'
import { unreachedText } from './failure-words.js'
import type { Outcome, SendContext } from './types.js'

/** ms without a byte. */
const IDLE_TIMEOUT = 20_000

/** Seconds: a receiver that names a longer one is asked again after a day. */
const LONGEST_WAIT = 86_400

/** Broke before the request could be sent (undici, node:net, node:tls). */
const BEFORE_SENDING =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_BLOCKED_ADDRESS|ERR_TLS_.*|ERR_SSL_.*|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/

/** Asked to wait, or failed for a while. 504 is not here: the host behind the gateway may have taken it. */
const LATER = new Set([408, 425, 429, 500, 502, 503, 507])

/** The text of a small file that holds a secret, without the line end behind it. */
export async function readSecretFile(path: string): Promise<string | Outcome> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    return text === '' ? { result: 'failed', reason: `The file ${printable(path)} is empty.` } : text
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return { result: 'failed', reason: `The file ${printable(path)} cannot be read (${code}).` }
  }
}

export async function addressOf(source: AddressSource): Promise<URL | Outcome> {
  const text = 'url' in source ? source.url : await readSecretFile(source.urlFile)
  if (typeof text !== 'string') return text
  return URL.canParse(text) ? new URL(text) : { result: 'failed', reason: 'The address is not a web address.' }
}

function outcomeOfStatus(host: string, status: number, told: string | undefined): Outcome {
  if (status >= 200 && status < 300) return { result: 'sent' }
  const reason = `${host} answers with status ${status}.`
  if (status === 504) return { result: 'uncertain', reason }
  if (!LATER.has(status)) return { result: 'refused', reason }
  const seconds = (retryAfter(told) ?? 0) / 1000
  return { result: 'failed', reason, ...(seconds > 0 ? { retryAfterSeconds: Math.min(seconds, LONGEST_WAIT) } : {}) }
}

function outcomeOfError(host: string, error: unknown): Outcome {
  // The file of certificate authorities cannot be read.
  if (error instanceof UsageError) return { result: 'failed', reason: error.message }
  const cause: unknown = error instanceof UnreachableError ? error.cause : error
  // Refused by the guarded fetch itself: plain http to another machine, a forbidden address.
  if (error instanceof UnreachableError && cause === undefined)
    return { result: 'failed', reason: `${host} may not be asked: https is needed, or an address on this machine.` }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'broken off'
  const reason = unreachedText(host, code, IDLE_TIMEOUT / 1000)
  return BEFORE_SENDING.test(code) ? { result: 'failed', reason } : { result: 'uncertain', reason }
}

/** Posts `body` as JSON; no redirect is followed. */
export async function postJson(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  ca: string | undefined,
  context: SendContext,
): Promise<Outcome> {
  const client = createGuardedFetch({
    signal: context.signal,
    insecureHosts: [],
    offline: false,
    setIn: 'sweep.yaml',
    idleTimeout: IDLE_TIMEOUT,
    ...(ca === undefined ? {} : { caFile: ca }),
  })
  try {
    const response = await client.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirects: false,
    })
    await response.discard().catch(() => {})
    return outcomeOfStatus(url.host, response.status, response.headers['retry-after'])
  } catch (error) {
    return outcomeOfError(url.host, error)
  } finally {
    await client.close()
  }
}
