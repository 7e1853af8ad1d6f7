// A stay in Vault: logged in once a run, the token renewed while it lasts, and given back at the end where this tool obtained it.
import { UnauthorizedError, UsageError } from '../../support/errors.js'
import { asTree } from '../../support/tree.js'
import type { VaultClient } from './client.js'
import { type Login, logIn } from './login.js'
import { type VaultOptions, type VaultSettings, vaultSettings } from './settings.js'
import { UnknownTokenError } from './status-failure.js'
import { findToken, type Surroundings } from './token.js'

export interface VaultAccessOptions extends Surroundings {
  readonly options: VaultOptions
  /** Told what a person should know: an unverified certificate, a token that ends. */
  readonly warn: (message: string) => void
}

/** One run's way into Vault; the same client each time. */
export interface VaultAccess {
  /**
   * @param recorded what a plan or journal says. Never taken for true: a checkout must not decide where a token is sent.
   * @throws UsageError, UnauthorizedError, UnreachableError
   */
  open(recorded?: {
    readonly address?: string | undefined
    readonly namespace?: string | undefined
  }): Promise<VaultClient>
  /** The address, where one is set. @throws UsageError where it is none */
  settings(): VaultSettings
  /** Gives back what was obtained. Never throws. */
  close(): Promise<void>
}

interface Session {
  readonly client: VaultClient
  end(): Promise<void>
}

export function vaultAccess(access: VaultAccessOptions): VaultAccess {
  const sessions = new Map<string, Promise<Session>>()
  const settings = () => vaultSettings(access.options)
  return {
    settings,
    async open(recorded = {}) {
      const own = settings()
      if (recorded.address !== undefined && recorded.address.replace(/\/+$/, '') !== own.address)
        throw new UsageError(`This was made for Vault at ${recorded.address}, and ${own.address} is set.`, {
          hint: `If that is the right one: --vault-addr ${recorded.address}`,
        })
      const namespace = recorded.namespace ?? own.namespace
      const key = namespace ?? ''
      const session = sessions.get(key) ?? begin({ ...own, ...(namespace === undefined ? {} : { namespace }) }, access)
      sessions.set(key, session)
      // A login that failed may be tried again, with another answer.
      session.catch(() => sessions.delete(key))
      return (await session).client
    },
    async close() {
      for (const session of sessions.values()) await session.then(({ end }) => end()).catch(() => undefined)
      sessions.clear()
    },
  }
}

async function begin(settings: VaultSettings, access: VaultAccessOptions): Promise<Session> {
  const { address, tls } = settings
  if (!tls.verify && address.startsWith('https:'))
    access.warn(
      `WARNING: the certificate of Vault at ${address} is not verified (VAULT_SKIP_VERIFY): whoever is in between reads every secret. Name its authority with VAULT_CACERT instead.`,
    )
  if (address.startsWith('http:') && !/^http:\/\/(?:localhost|127\.|\[::1\])/.test(address))
    access.warn(`WARNING: Vault at ${address} is asked over plain HTTP: everyone on the way reads every secret.`)
  // Loaded when needed: node-vault is large.
  const { openVault } = await import('./client.js')
  const client = openVault(settings)
  try {
    const { 'vault-auth': method } = access.options
    if (method === 'token') return await withFoundToken(client, access)
    const login = await logIn(client, method, access.options, access)
    client.useToken(login.token)
    const stop = keepAlive(client, login, access.warn)
    return { client, end: () => giveBack(client, login, stop, access.warn) }
  } catch (error) {
    await client.close()
    throw error
  }
}

/** A token that was given is renewed where it can be, and never revoked. */
async function withFoundToken(client: VaultClient, access: VaultAccessOptions): Promise<Session> {
  const { token, from } = await findToken(client.address, access)
  client.useToken(token)
  const found = await client.read('auth/token/lookup-self').catch((error: unknown) => {
    if (error instanceof UnknownTokenError) throw new UnknownTokenError(from)
    // A token without the default policy may not look at itself.
    if (error instanceof UnauthorizedError) return undefined
    throw error
  })
  const data = asTree(found?.['data'])
  const login: Login = {
    token,
    lifetime: Number(data['ttl'] ?? 0),
    renewable: data['renewable'] === true,
    revocable: false,
  }
  const stop = keepAlive(client, login, access.warn)
  return {
    client,
    end: async () => {
      stop()
      await client.close()
    },
  }
}

/** ms; a timer cannot be set for longer. */
const LONGEST_TIMER = 2 ** 31 - 1
/** Seconds; of a shorter life there is nothing to renew. */
const SHORTEST_LIFE = 1

/**
 * Renews at two thirds of the token's life, again and again; where that fails for a passing reason, at half of what is left.
 * @returns how to stop
 */
function keepAlive(client: VaultClient, { lifetime, renewable }: Login, warn: (message: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let ends = 0
  const after = (ms: number) => {
    timer = setTimeout(renew, Math.min(ms, LONGEST_TIMER))
    timer.unref()
  }
  const lives = (seconds: number) => {
    ends = Date.now() + seconds * 1000
    if (seconds >= SHORTEST_LIFE) after((seconds * 2000) / 3)
  }
  const renew = () => {
    client.write('auth/token/renew-self', {}).then(
      (answer) => lives(Number(asTree(answer['auth'])['lease_duration'] ?? 0)),
      (error: unknown) => {
        const left = ends - Date.now()
        if (!(error instanceof UnauthorizedError) && left >= SHORTEST_LIFE * 1000) return after(left / 2)
        return warn(
          `The Vault token could not be renewed: ${error instanceof Error ? error.message : ''} It ends soon.`,
        )
      },
    )
  }
  if (renewable) lives(lifetime)
  return () => clearTimeout(timer)
}

async function giveBack(
  client: VaultClient,
  { revocable }: Login,
  stop: () => void,
  warn: (message: string) => void,
): Promise<void> {
  stop()
  if (revocable)
    await client
      .write('auth/token/revoke-self', {})
      .catch((error: unknown) =>
        warn(
          `The token that was obtained for this run could not be revoked: ${error instanceof Error ? error.message : ''}`,
        ),
      )
  await client.close()
}
