// Swarm secrets that a rollback had to leave, since services went on with them: nothing reads them once those are deployed anew.
import type { Journal } from './journal.js'
import { KEPT_AS_ASKED } from './journal-record.js'
import type { SwarmSecret } from './swarm/engine.js'
import type { StoredSecret } from './types.js'

/** Those of a run that was taken back; none that it was told to keep, that were there before it, or that another one of `all` uses again. */
export function takenBack(journal: Journal, all: readonly Journal[]): readonly StoredSecret[] {
  if (journal.state() !== 'rolled-back') return []
  const gone = new Set(journal.records.flatMap((record) => (record.type === 'left-removed' ? [record.name] : [])))
  const again = new Set(
    all.flatMap((each) => (each.state() === 'rolled-back' ? [] : each.stored().map(({ id }) => id))),
  )
  const kept = new Map(
    journal.records.flatMap((record) => (record.type === 'kept' ? [[record.name, record.reason] as const] : [])),
  )
  return journal
    .stored()
    .filter(
      ({ store, name, id, createdByUs }) =>
        store === 'swarm' &&
        createdByUs &&
        !again.has(id) &&
        !gone.has(name) &&
        kept.has(name) &&
        kept.get(name) !== KEPT_AS_ASKED,
    )
}

/** By its ID: another one may have its name since. The Swarm itself refuses to remove what a service uses. */
export async function removeTakenBack({ id }: Pick<StoredSecret, 'id'>): Promise<void> {
  const { openSwarm } = await import('./swarm/engine.js')
  const { removeLeft } = await import('./swarm/one-shot.js')
  const swarm = await openSwarm()
  const secret = (await swarm.secrets()).find(({ ID }: SwarmSecret) => ID === id)
  if (secret === undefined) return
  await removeLeft(swarm, [id])
  await swarm.remove(secret)
}
