// Asking a database that may be away for a moment: what is asked must do no harm when it is done twice.
import { setTimeout as sleep } from 'node:timers/promises'
import { passesByItself } from './told-failure.js'

/** ms */
const RETRY = 1_000
const PATIENCE = 15 * 60_000

export interface SurelyOptions {
  readonly signal: AbortSignal
  /** Called once, before the first wait. */
  readonly onAway?: () => void
  /** ms after which the failure is thrown (default: a quarter of an hour). */
  readonly patience?: number
}

/** Tries until it works; other errors, and the signal's reason where it has to wait, are thrown. */
export async function surely<Result>(work: () => Promise<Result>, options: SurelyOptions): Promise<Result> {
  const { signal, onAway, patience = PATIENCE } = options
  const deadline = performance.now() + patience
  for (let told = false; ; told = true) {
    try {
      return await work()
    } catch (error) {
      if (!passesByItself(error) || performance.now() > deadline) throw error
      signal.throwIfAborted()
      if (!told) onAway?.()
      await sleep(RETRY, undefined, { signal }).catch(() => {})
      signal.throwIfAborted()
    }
  }
}

export const DATABASE_AWAY = 'The database does not answer; waiting for it.'
