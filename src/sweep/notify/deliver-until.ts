// Sends what stands in the outbox, now and again, for a process that stays.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../store/database.js'
import { type DeliveryOptions, deliverDue } from './deliver.js'

/** ms */
const INTERVAL = 15_000

export interface DeliverUntilOptions extends DeliveryOptions {
  /** Called with how many messages were given up just now, where there are any. */
  readonly onDead?: (amount: number) => void
}

/** Until the signal; nothing to do where there are no channels. What goes wrong with the store shows where sweeps use it. */
export async function deliverUntil(database: Database, options: DeliverUntilOptions): Promise<void> {
  if (options.channels.length === 0) return
  while (!options.signal.aborted) {
    const delivered = await deliverDue(database, options).catch(() => undefined)
    if (delivered !== undefined && delivered.dead > 0) options.onDead?.(delivered.dead)
    await sleep(INTERVAL, undefined, { signal: options.signal }).catch(() => undefined)
  }
}
