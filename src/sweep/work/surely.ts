// Writes that must not be lost because the database was away for a moment: all of them do no harm when they are done twice.
import { setTimeout as sleep } from 'node:timers/promises'
import { isDatabaseAway } from './failures.js'

/** ms */
const RETRY = 1_000
const PATIENCE = 15 * 60_000

/** Tries until it works; other errors, and the signal, are thrown. */
export async function surely<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  const deadline = performance.now() + PATIENCE
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isDatabaseAway(error) || performance.now() > deadline) throw error
      await sleep(RETRY, undefined, { signal })
    }
  }
}
