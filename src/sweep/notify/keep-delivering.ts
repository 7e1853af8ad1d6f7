// Sends again, while a process stays, what could not be sent at the end of a sweep.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../store/database.js'
import { type DeliveryOptions, deliverDue, nextDelivery } from './deliver.js'

/** ms between two looks at the outbox: messages of other processes' sweeps are sent too. */
const LONGEST_PAUSE = 60_000
const SHORTEST_PAUSE = 1000

/** Sends each message when its time has come, until `signal` is aborted. A store that cannot be asked is asked again later. */
export async function keepDelivering(database: Database, options: DeliveryOptions): Promise<void> {
  const { channels, signal } = options
  if (channels.length === 0) return
  while (!signal.aborted) {
    const due = await deliverDue(database, options)
      .then(() => nextDelivery(database))
      .catch(() => undefined)
    const pause = due === undefined ? LONGEST_PAUSE : due.getTime() - Date.now()
    const ms = Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, pause))
    await sleep(ms, undefined, { signal }).catch(() => {})
  }
}
