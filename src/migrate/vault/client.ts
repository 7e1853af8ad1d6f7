// Vault's HTTP API through node-vault, which builds the requests; transport.ts sends them and failure.ts puts what goes wrong into words.
// node-vault's errors and debug output hold tokens and plain bodies (measured): none of it leaves this module.

import nodeVault from 'node-vault'
import { SecretscanError, UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import type { Secret } from '../../support/secret.js'
import { asTree, type Tree } from '../../support/tree.js'
import { connectionFailure } from './connection-failure.js'
import type { VaultSettings } from './settings.js'
import { type Circumstances, type RefusedAnswer, statusFailure, VaultStatusError } from './status-failure.js'
import { type VaultRequest, vaultTransport } from './transport.js'

export interface VaultClient {
  readonly address: string
  readonly namespace?: string
  /** undefined: 404. `version`: of a secret in version 2 of the key-value engine, where not the newest is meant. */
  read(path: string, capabilities?: readonly string[], version?: number): Promise<Tree | undefined>
  /**
   * Sent again only where Vault refused it before doing anything: what came of it is not known after any other failure, and the caller
   * reads back. `capabilities`: what a policy must allow, for the message. `wrapTtl` ("5m"): the answer stays in Vault that long, and what
   * is answered is a token that opens it once.
   */
  write(path: string, body: Tree, capabilities?: readonly string[], wrapTtl?: string): Promise<Tree>
  remove(path: string): Promise<void>
  /** Another token from now on; undefined: none. */
  useToken(token: Secret | undefined): void
  close(): Promise<void>
}

/** `path` for a URL: each part encoded, none of them a step up. @throws UsageError */
function encoded(path: string): string {
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new UsageError(`${printable(path)} is no path in Vault.`, { hint: 'Write it without empty parts and dots.' })
  return parts.map(encodeURIComponent).join('/')
}

export interface ClientOptions {
  /** ms before the first retry; tests take less. */
  readonly firstDelay?: number
}

/** Opens no connection yet. */
export function openVault(settings: VaultSettings, token?: Secret, options: ClientOptions = {}): VaultClient {
  const { address, namespace } = settings
  const transport = vaultTransport(settings, options.firstDelay)
  const client = nodeVault({
    endpoint: address,
    noCustomHTTPVerbs: true,
    debug: () => undefined,
    'request-promise': { defaults: () => (request: VaultRequest) => transport.send(request) },
  } as Parameters<typeof nodeVault>[0]) as ReturnType<typeof nodeVault> & { namespace: string; pathPrefix: string }
  // Its own reading of variables is switched off: empty counts as unset there, and VAULT_PREFIX as part of every path.
  client.namespace = namespace ?? ''
  client.pathPrefix = ''
  const useToken = (next: Secret | undefined) => {
    client.token = next === undefined ? '' : Buffer.from(next.reveal()).toString('utf8')
  }
  useToken(token)

  /** Answers alone tell neither a token that is none from a missing policy nor an uninitialised server from a sealed one. */
  async function circumstancesOf({ statusCode }: RefusedAnswer): Promise<Circumstances> {
    const asked = (path: string) =>
      client.read(path).then(asTree, (error: { response?: RefusedAnswer }) => error.response?.statusCode)
    // Every token may ask for the mounts that it sees, even one without any policy.
    if (statusCode === 403 && client.token !== '')
      return { unknownToken: (await asked('sys/internal/ui/mounts')) === 403 }
    // Not sys/health: node-vault gives no status of that.
    if (statusCode === 503) return { uninitialised: asTree(await asked('sys/seal-status'))['initialized'] === false }
    return {}
  }

  async function attempt<T>(work: () => Promise<T>, path: string, capabilities: readonly string[]): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof SecretscanError) throw error
      const { response } = error as { response?: RefusedAnswer }
      const asked = { address, path, capabilities, ...(namespace === undefined ? {} : { namespace }) }
      if (response === undefined) throw connectionFailure(error, address)
      throw statusFailure(response, asked, await circumstancesOf(response))
    }
  }

  return {
    address,
    ...(namespace === undefined ? {} : { namespace }),
    read: (path, capabilities = ['read'], version = undefined) => {
      const query = version === undefined ? '' : `?version=${version}`
      const asked = () => client.read(encoded(path) + query) as Promise<Tree>
      return attempt(asked, path, capabilities).catch((error: unknown) => {
        if (error instanceof VaultStatusError && error.status === 404) return undefined
        throw error
      })
    },
    write: (path, body, capabilities = ['update'], wrapTtl = undefined) => {
      const headers = wrapTtl === undefined ? {} : { headers: { 'X-Vault-Wrap-TTL': wrapTtl } }
      return attempt(() => client.write(encoded(path), body, headers) as Promise<Tree>, path, capabilities)
    },
    remove: (path) => attempt(async () => void (await client.delete(encoded(path))), path, ['delete']),
    useToken,
    close: () => transport.close(),
  }
}
