// From a reference (file://, swarm://, vault://) to the secret in its place. Clients are loaded when they are needed.
import { InternalError, StoreError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { parseVaultReference } from '../references.js'
import { saidVersion } from '../vault/place.js'
import type { VaultAccess } from '../vault/session.js'
import type { ValueHasher } from '../workspace.js'
import { fileVersion } from './file-version.js'
import type { VersionedSecret } from './versioned.js'

export interface OpenContext {
  readonly projectDir: string
  /** As in a plan: "vault-addr", "vault-namespace", "kv-version". */
  readonly options: Readonly<Record<string, string>>
  readonly hasher: ValueHasher
  /** Images of the project's services: one proves what a Swarm holds. */
  readonly images?: () => Promise<readonly string[]>
  /** Services that have to be told a new password: a Swarm updates them before their clients. */
  readonly databases?: readonly string[] | undefined
  /** The run's own way into Vault; who made it closes it. */
  readonly vault: VaultAccess
}

/** @throws what reaching the place throws: no engine, no Swarm, no token … */
export async function openVersioned(ref: string, context: OpenContext): Promise<VersionedSecret> {
  const { projectDir, options, hasher, vault } = context
  if (ref.startsWith('file://')) return fileVersion(ref, projectDir, hasher)
  if (ref.startsWith('swarm://')) return (await import('./swarm-version.js')).swarmVersion(ref, hasher, context)
  if (!ref.startsWith('vault://')) throw new InternalError(`there is no place ${ref}`)
  const parsed = parseVaultReference(ref)
  if (parsed === undefined) throw new StoreError(`"${printable(ref)}" is not vault://MOUNT/PATH#KEY.`)
  const { locateKv } = await import('../vault/mount.js')
  const { vaultVersion } = await import('./vault-version.js')
  const { 'vault-addr': address, 'vault-namespace': namespace } = options
  const client = await vault.open({ address, namespace })
  const place = await locateKv(client, parsed.whole, saidVersion(options).kvVersion)
  return vaultVersion(client, { ...place, field: parsed.field }, hasher)
}
