// The policies of a plan: what it writes, and which service reads which of it.
import { basename } from 'node:path'
import type { Planned } from '../plan.js'
import type { VaultClient } from './client.js'
import { kvVersion } from './kv.js'
import { deployPolicy, migrationPolicy, type Policy, type PolicyPlace, servicePolicies } from './policy.js'

export type StoreOptions = Readonly<Record<string, string>>

/** As the store reads its options. */
function placeOf(options: StoreOptions, projectDir: string): Omit<PolicyPlace, 'version'> {
  return {
    mount: options['vault-mount'] ?? 'secret',
    path: options['vault-path'] ?? basename(projectDir),
    merge: options['vault-merge'] === 'true',
  }
}

/** The migration's first, then the deployment's, then one for each service. */
export async function planPolicies(client: VaultClient, { plan, moves }: Planned): Promise<readonly Policy[]> {
  const { options } = plan.to
  const at = placeOf(options, plan.projectDir)
  const said = options['kv-version']
  const version = await kvVersion(
    client,
    { ...at, path: `${at.path}/x` },
    said === undefined ? undefined : said === '1' ? 1 : 2,
  )
  const place = { ...at, version }
  const services = new Map<string, string[]>()
  for (const { candidate, name } of moves)
    for (const service of candidate.services) services.set(service, [...(services.get(service) ?? []), name])
  const names = moves.map(({ name }) => name)
  return [
    migrationPolicy(place),
    ...(names.length === 0 ? [] : [deployPolicy(place, names)]),
    ...servicePolicies(place, services),
  ]
}

/** Where Vault tells this token nothing: what it lacks, before a plan can be made. */
export function policyBeforePlan(options: StoreOptions, projectDir: string): Policy {
  return migrationPolicy({ ...placeOf(options, projectDir), version: options['kv-version'] === '1' ? 1 : 2 })
}
