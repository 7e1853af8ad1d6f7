// Vault's HTTP API through node-vault. node-vault's errors hold the token and the plain body (measured): none of them leaves this
// module, each becomes a sentence. Its debug output, which prints values, is switched off.

import { setTimeout as sleep } from 'node:timers/promises'
import nodeVault from 'node-vault'
import { StoreError, UnauthorizedError, UnreachableError } from '../../support/errors.js'
import { printable, shorten } from '../../support/printable.js'
import type { VaultSettings } from './settings.js'

const TRIES = 4
/** ms */
const FIRST_DELAY = 300

export type VaultBody = Readonly<Record<string, unknown>>

export interface VaultClient {
  readonly address: string
  /** undefined: 404. */
  read(path: string): Promise<VaultBody | undefined>
  /** Never sent twice: what came of it is not known after a failure, and the caller reads back. */
  write(path: string, body: VaultBody): Promise<VaultBody>
  remove(path: string): Promise<void>
}

/** An answer of Vault as it matters to callers. */
export class VaultStatusError extends StoreError {
  override readonly code = 'VAULT'
  readonly status: number

  constructor(status: number, message: string, hint: string) {
    super(message, { hint })
    this.status = status
  }
}

interface Answer {
  readonly statusCode?: number
  readonly body?: { readonly errors?: readonly unknown[] }
}

/** The API's own words are short and hold no values, but a plugin's might: only well-known ones are repeated. */
function saidBy(answer: Answer): string {
  const [first] = answer.body?.errors ?? []
  const known =
    typeof first === 'string'
      ? /permission denied|check-and-set parameter (?:did not match|required)[a-z ]*|Vault is sealed|no handler for route|missing client token|invalid token|namespace/i.exec(
          first,
        )?.[0]
      : undefined
  return known === undefined ? '' : ` (${printable(shorten(known, 120))})`
}

const STANDBY = new Set([429, 472, 473])

/** What a status means and what to do about it (Vault API, "HTTP Status Codes"). */
function statusError(status: number, answer: Answer, path: string, capability: string, address: string): Error {
  const said = saidBy(answer)
  const shown = printable(path)
  if (status === 403) {
    return new UnauthorizedError(`Vault does not let this token ${capability} ${shown}${said}.`, {
      hint: `Its policy needs: path "${shown}" { capabilities = ["${capability}"] }`,
    })
  }
  if (status === 404)
    return new VaultStatusError(
      status,
      `Vault has no ${shown}${said}.`,
      'Check the mount (vault secrets list), the path and the namespace.',
    )
  if (status === 400 && /check-and-set/.test(said))
    return new VaultStatusError(
      status,
      `${shown} has been written by someone else meanwhile${said}.`,
      'Look at it, then plan again.',
    )
  if (status === 412)
    return new VaultStatusError(
      status,
      `This Vault server has not caught up with the last write yet.`,
      'Try again in a moment.',
    )
  if (STANDBY.has(status))
    return new VaultStatusError(
      status,
      `${address} is a standby or limits requests (${status}).`,
      'Try again, or name the active server with --vault-addr.',
    )
  if (status === 501)
    return new VaultStatusError(
      status,
      `Vault at ${address} is not initialised.`,
      'vault operator init does that once.',
    )
  if (status === 503)
    return new VaultStatusError(
      status,
      `Vault at ${address} is sealed or in maintenance.`,
      'Unseal it with vault operator unseal, then go on.',
    )
  return new VaultStatusError(
    status,
    `Vault answers ${status} for ${shown}${said}.`,
    status >= 500 ? "Try again; the server's log says more." : 'Check the path and the mount.',
  )
}

function networkError(error: unknown, address: string): UnreachableError {
  const { code } = error as { code?: string }
  const reason = /^[A-Z_0-9]{3,40}$/.test(code ?? '') ? code : 'no connection'
  const tls = /CERT|SELF_SIGNED|UNABLE_TO|TLS|HOSTNAME/.test(reason ?? '')
  return new UnreachableError(`Vault at ${address} cannot be reached (${reason}).`, {
    hint: tls
      ? 'Name its certificate authority with VAULT_CACERT.'
      : 'Check the address and the network; vault status shows whether it answers.',
  })
}

const isRetried = (status: number): boolean =>
  status === 412 || STANDBY.has(status) || status === 500 || status === 502 || status === 503

export function openVault(settings: VaultSettings): VaultClient {
  const { address, namespace, tls, token, timeout } = settings
  const client = nodeVault({
    endpoint: address,
    token: Buffer.from(token.reveal()).toString('utf8'),
    noCustomHTTPVerbs: true,
    debug: () => undefined,
    ...(namespace === undefined ? {} : { namespace }),
    rpDefaults: { timeout, strictSSL: tls.verify },
    requestOptions: {
      ...(tls.ca === undefined ? {} : { ca: [...tls.ca] }),
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(tls.serverName === undefined ? {} : { agentOptions: { servername: tls.serverName } }),
    },
  } as Parameters<typeof nodeVault>[0])

  async function once<T>(work: () => Promise<T>, path: string, capability: string): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const answer = (error as { response?: Answer } | undefined)?.response
      const status = answer?.statusCode
      // node-vault's error is not kept as the cause: it holds the request.
      throw status === undefined
        ? networkError(error, address)
        : statusError(status, answer ?? {}, path, capability, address)
    }
  }

  async function again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        const worth =
          error instanceof UnreachableError || (error instanceof VaultStatusError && isRetried(error.status))
        if (!worth || attempt >= TRIES) throw error
        await sleep(FIRST_DELAY * 2 ** attempt * Math.random())
      }
    }
  }

  return {
    address,
    read: (path) =>
      again(() => once(() => client.read(path) as Promise<VaultBody>, path, 'read')).catch((error: unknown) => {
        if (error instanceof VaultStatusError && error.status === 404) return undefined
        throw error
      }),
    write: (path, body) => once(() => client.write(path, body) as Promise<VaultBody>, path, 'update'),
    remove: (path) => once(async () => void (await client.delete(path)), path, 'delete'),
  }
}
