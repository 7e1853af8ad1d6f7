// What Vault refuses or fails at, in sentences that say what to do. Nothing of a request goes into them, and of an answer only words that
// are known: both may hold a token or a value.
import { StoreError, UnauthorizedError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'

/** An answer of Vault that is a refusal or a failure. */
export class VaultStatusError extends StoreError {
  override readonly code = 'VAULT'
  readonly status: number

  constructor(status: number, message: string, hint: string) {
    super(message, { hint })
    this.status = status
  }
}

/** What was asked for, for messages. */
export interface Asked {
  readonly address: string
  readonly namespace?: string
  readonly path: string
  /** What a policy must allow for it. */
  readonly capabilities: readonly string[]
}

export interface RefusedAnswer {
  readonly statusCode?: number
  readonly body?: unknown
}

/** What the answer itself leaves open and Vault says elsewhere (client.ts asks). */
export interface Circumstances {
  /** The token is of no use for anything: wrong, expired or revoked. Vault answers that like a missing policy. */
  readonly unknownToken?: boolean
  /** Vault was never set up: it answers like a sealed one. */
  readonly uninitialised?: boolean
}

/** The token is none, or is none any more. */
export class UnknownTokenError extends UnauthorizedError {
  /** @param from where the token was found, e.g. VAULT_TOKEN */
  constructor(from?: string) {
    super(
      `Vault does not know ${from === undefined ? 'this token' : `the token from ${printable(from)}`}: it has expired or was revoked, or is of another server or namespace.`,
      { hint: 'Log in again (vault login), or set VAULT_TOKEN; see VAULT_ADDR and VAULT_NAMESPACE.' },
    )
  }
}

/** The answer's own words, for looking at only: they are never printed. */
function wordsOf({ body }: RefusedAnswer): string {
  if (typeof body === 'string') return body.slice(0, 1000)
  const errors = (body as { errors?: unknown } | null | undefined)?.errors
  return Array.isArray(errors) ? errors.filter((each) => typeof each === 'string').join('\n') : ''
}

/** A line of a policy, as `vault policy write` takes it. */
export const policyLine = (path: string, capabilities: readonly string[]): string =>
  `path ${JSON.stringify(path)} { capabilities = [${capabilities.map((each) => JSON.stringify(each)).join(', ')}] }`

function forbidden(asked: Asked, isUnknown: boolean): Error {
  const path = printable(asked.path)
  const where = asked.namespace === undefined ? '' : ` (namespace ${printable(asked.namespace)})`
  if (isUnknown) return new UnknownTokenError()
  return new UnauthorizedError(`Vault does not let this token ${asked.capabilities.join(' and ')} ${path}${where}.`, {
    hint: `Its policy needs: ${policyLine(path, asked.capabilities)}`,
  })
}

const CHECK_AND_SET = /check-and-set parameter/i

function badRequest(asked: Asked, words: string): Error {
  const path = printable(asked.path)
  if (CHECK_AND_SET.test(words))
    return new VaultStatusError(
      400,
      `${path} has been written by someone else meanwhile (the check-and-set parameter did not match its version).`,
      'Look at what is there (vault kv get), then plan again',
    )
  if (/HTTP request to an HTTPS server/i.test(words))
    return new VaultStatusError(400, `Vault at ${asked.address} speaks TLS.`, 'Write https:// in its address')
  if (/namespace/i.test(words))
    return new VaultStatusError(400, `Vault refuses ${path} in this namespace.`, 'Check VAULT_NAMESPACE')
  return new VaultStatusError(
    400,
    `Vault cannot make sense of the request for ${path} (400).`,
    "Check the mount, the path and the version of the engine (--kv-version); the server's log says more",
  )
}

const uninitialised = (status: number, address: string): Error =>
  new VaultStatusError(
    status,
    `Vault at ${address} is not initialised.`,
    'Do that once with vault operator init, or check the address',
  )

function serverTrouble(status: number, asked: Asked, words: string): Error {
  const { address } = asked
  if (status === 503)
    return /sealed/i.test(words)
      ? new VaultStatusError(status, `Vault at ${address} is sealed.`, 'Unseal it (vault operator unseal)')
      : new VaultStatusError(
          status,
          `Vault at ${address} is not ready: sealed, in maintenance, or without an active server (503).`,
          'Look at vault status, and try again when it is',
        )
  if (status === 502 || status === 504)
    return new VaultStatusError(
      status,
      `What stands before Vault at ${address} cannot reach it (${status}).`,
      'Look at the load balancer, or name the server itself with --vault-addr',
    )
  return new VaultStatusError(
    status,
    `Vault at ${address} failed on ${printable(asked.path)} (${status}).`,
    "The server's log says why; try again when it is mended",
  )
}

/** What a status means and what to do about it (Vault API, "HTTP Status Codes"; sys/health for 429, 472 and 473). */
export function statusFailure(answer: RefusedAnswer, asked: Asked, circumstances: Circumstances = {}): Error {
  const status = answer.statusCode ?? 0
  const words = wordsOf(answer)
  const path = printable(asked.path)
  if (status === 501 || circumstances.uninitialised) return uninitialised(status, asked.address)
  switch (status) {
    case 400:
      return badRequest(asked, words)
    case 401:
    case 403:
      return forbidden(asked, circumstances.unknownToken ?? /invalid token|bad token|missing client token/i.test(words))
    case 404:
      return new VaultStatusError(
        status,
        `Vault has no ${path}.`,
        'Check the mount (vault secrets list), the path and the namespace; a path that the token may not see looks the same',
      )
    case 405:
      return new VaultStatusError(
        status,
        `Vault does not do that with ${path} (405).`,
        'Check that the mount is a key-value engine, and its version (--kv-version)',
      )
    case 412:
      return new VaultStatusError(
        status,
        `This server of Vault has not caught up with the last write yet (412).`,
        'Try again in a moment, or name the active server with --vault-addr',
      )
    case 413:
      return new VaultStatusError(status, `Vault takes no request of that size for ${path}.`, 'Leave this value out')
    case 429:
      return new VaultStatusError(
        status,
        `Vault at ${asked.address} limits requests (429).`,
        'Wait and go on, or have the rate limit quota raised',
      )
    case 472:
    case 473:
      return new VaultStatusError(
        status,
        `${asked.address} is a ${status === 472 ? 'disaster recovery secondary' : 'performance standby'} (${status}).`,
        'Name the active server with --vault-addr',
      )
    default:
      if (status >= 500) return serverTrouble(status, asked, words)
      return new VaultStatusError(
        status,
        `Vault answers ${status} for ${path}.`,
        'Check that the address is that of Vault, without a path behind it',
      )
  }
}
