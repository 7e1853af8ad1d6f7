// The places that secrets can move to. One line a store; the stores themselves are the files beside this one.
import { UsageError } from '../../support/errors.js'
import type { SecretStore, StoreKind } from '../types.js'
import type { ValueHasher } from '../workspace.js'
import { openComposeFileStore } from './compose-file.js'

export interface StoreContext {
  readonly projectDir: string
  /** As in the plan: "secrets-dir", "swarm-prefix" … */
  readonly options: Readonly<Record<string, string>>
  readonly hasher: ValueHasher
}

export const STORE_KINDS: readonly StoreKind[] = ['compose-file', 'swarm']
export const DEFAULT_SECRETS_DIR = './secrets'

/** @throws UsageError for a store that is not there; what opening it throws. */
export async function openStore(kind: StoreKind, { projectDir, options, hasher }: StoreContext): Promise<SecretStore> {
  if (kind === 'compose-file')
    return openComposeFileStore({ projectDir, secretsDir: options['secrets-dir'] ?? DEFAULT_SECRETS_DIR, hasher })
  if (kind === 'swarm') {
    // Loaded when needed: the engine's client is large.
    const { openSwarmStore } = await import('./swarm.js')
    return openSwarmStore({ prefix: options['swarm-prefix'] ?? '', hasher })
  }
  throw new UsageError(`Secrets cannot be moved to ${kind} by this version.`, {
    hint: `It knows ${STORE_KINDS.join(', ')}.`,
  })
}
