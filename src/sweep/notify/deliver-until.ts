// Sends what stands in the outbox, now and again, for a process that stays.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../store/database.js'
import { type DeliveryOptions, deliverDue } from './deliver.js'

/** ms */
const INTERVAL = 15_000

/** Until the signal; nothing to do where there are no channels. What goes wrong with the store shows where sweeps use it. */
export async function deliverUntil(database: Database, options: DeliveryOptions): Promise<void> {
  if (options.channels.length === 0) return
  while (!options.signal.aborted) {
    await deliverDue(database, options).catch(() => undefined)
    await sleep(INTERVAL, undefined, { signal: options.signal }).catch(() => undefined)
  }
}
