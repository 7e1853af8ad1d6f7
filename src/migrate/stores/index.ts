// The places that secrets can move to. One line a store; the stores themselves are the files beside this one.
import type { SecretStore, StoreKind } from '../types.js'
import { projectPlace } from '../vault/place.js'
import type { VaultAccess } from '../vault/session.js'
import type { ValueHasher } from '../workspace.js'
import { openComposeFileStore } from './compose-file.js'

export interface StoreContext {
  readonly projectDir: string
  /** As in the plan: "secrets-dir", "swarm-prefix" … */
  readonly options: Readonly<Record<string, string>>
  readonly hasher: ValueHasher
  /** Images of the project's services, for stores that need one. */
  readonly images?: () => Promise<readonly string[]>
  /** The run's own way into Vault; who made it closes it. */
  readonly vault: VaultAccess
}

export const STORE_KINDS: readonly StoreKind[] = ['compose-file', 'swarm', 'vault']
export const DEFAULT_SECRETS_DIR = './secrets'

/** @throws what opening it throws: no engine, no Swarm, no token … */
export async function openStore(
  kind: StoreKind,
  { projectDir, options, hasher, vault, images }: StoreContext,
): Promise<SecretStore> {
  if (kind === 'compose-file')
    return openComposeFileStore({ projectDir, secretsDir: options['secrets-dir'] ?? DEFAULT_SECRETS_DIR, hasher })
  if (kind === 'swarm') {
    // Loaded when needed: the engine's client is large.
    const { openSwarmStore } = await import('./swarm.js')
    return openSwarmStore({
      prefix: options['swarm-prefix'] ?? '',
      hasher,
      ...(images === undefined ? {} : { images }),
    })
  }
  const { openVaultStore } = await import('./vault.js')
  const { 'vault-addr': address, 'vault-namespace': namespace } = options
  return openVaultStore({
    client: await vault.open({ address, namespace }),
    ...projectPlace(options, projectDir),
    hasher,
    ...(options['vault-delivery'] === 'swarm' ? { swarmPrefix: options['swarm-prefix'] ?? '' } : {}),
  })
}
