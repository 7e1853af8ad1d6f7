// Where a secret that a run wrote is, in words that people find it by: Swarm's IDs stand in no list that they look at.
import type { MigrationPlan, StoredSecret } from './types.js'

/** A path, a name in the Swarm with its version, a place in a Vault. */
export function storedPlace({ steps, to }: Pick<MigrationPlan, 'steps' | 'to'>, stored: StoredSecret): string {
  const { store, name, id, version = 1 } = stored
  if (store !== 'swarm') return id
  const refs = steps.flatMap((step) => (step.do === 'replace' && step.name === name ? [step.ref] : []))
  const base = refs.find((ref) => ref.startsWith(SWARM))?.slice(SWARM.length)
  return `${base ?? `${to.options['swarm-prefix'] ?? ''}${name}`}_v${version}`
}

const SWARM = 'swarm://'

/** The same, for who has to read the value there. */
export const readablePlace = (plan: Pick<MigrationPlan, 'steps' | 'to'>, stored: StoredSecret): string =>
  stored.store === 'swarm'
    ? `the Swarm secret ${storedPlace(plan, stored)} (which only its services' containers can read: cat /run/secrets/${stored.name})`
    : storedPlace(plan, stored)
