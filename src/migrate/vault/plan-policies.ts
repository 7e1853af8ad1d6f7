// The policies of a plan: what it writes, who reads which of it and how, and what rotates it later.
import type { MigrationPlan } from '../types.js'
import type { VaultClient } from './client.js'
import { kvVersion } from './mount.js'
import { projectPlace, type StoreOptions } from './place.js'
import {
  agentLoginPolicy,
  agentPolicy,
  deployPolicy,
  migrationPolicy,
  type Policy,
  type PolicyPlace,
  rotationPolicy,
  servicePolicies,
} from './policy.js'

/** A secret of the plan, and who reads it: services, the builder. */
export interface PlannedSecret {
  readonly name: string
  readonly services: readonly string[]
  /** Read by the builder, which no agent serves. */
  readonly build?: boolean
}

/** The migration's first, then those of whoever reads, then that of rotations. */
export async function planPolicies(
  client: VaultClient,
  plan: MigrationPlan,
  secrets: readonly PlannedSecret[],
): Promise<readonly Policy[]> {
  const own = projectPlace(plan.to.options, plan.projectDir)
  const version = await kvVersion(client, { ...own, path: `${own.path}/x` }, own.kvVersion)
  const place = { ...own, version }
  const names = secrets.map(({ name }) => name)
  if (names.length === 0) return [migrationPolicy(place)]
  return [migrationPolicy(place), ...readers(place, secrets, plan.to.options), rotationPolicy(place, names)]
}

function readers(
  place: PolicyPlace,
  secrets: readonly PlannedSecret[],
  { 'vault-delivery': delivery, 'vault-agent-auth': auth }: StoreOptions,
): readonly Policy[] {
  const namesOf = (some: readonly PlannedSecret[]) => some.map(({ name }) => name)
  if (delivery === 'swarm') return [deployPolicy(place, namesOf(secrets), 'swarm')]
  if (delivery === 'agent') {
    const brought = secrets.filter(({ build }) => build !== true)
    const built = secrets.filter(({ build }) => build === true)
    return [
      ...(brought.length === 0 ? [] : [agentPolicy(place, namesOf(brought))]),
      ...(brought.length === 0 || auth === 'token-file' ? [] : [agentLoginPolicy(place)]),
      ...(built.length === 0 ? [] : [deployPolicy(place, namesOf(built))]),
    ]
  }
  const services = new Map<string, string[]>()
  for (const { name, services: readers } of secrets)
    for (const service of readers) services.set(service, [...(services.get(service) ?? []), name])
  return [deployPolicy(place, namesOf(secrets)), ...servicePolicies(place, services)]
}

/** Where Vault tells this token nothing: what it lacks, before a plan can be made. */
export function policyBeforePlan(options: StoreOptions, projectDir: string): Policy {
  const place = projectPlace(options, projectDir)
  return migrationPolicy({ ...place, version: place.kvVersion ?? 2 })
}
