// The store that a sweep's configuration names, for commands that ask it (findings, ack, export, serve).
import { loadSweepConfig } from '../../sweep/config/load.js'
import type { Database } from '../../sweep/store/database.js'
import type { SweepConfig } from '../../sweep/types.js'
import { interruptSignal } from './interrupt.js'
import { SWEEP_FILE } from './sweep-flags.js'

/** Runs `work` on the store and closes it, whatever comes of it. Throws UsageError, NotFoundError, LockedError, StoreError. */
export async function withSweepStore<Result>(
  file: string | undefined,
  work: (database: Database, config: SweepConfig) => Promise<Result>,
): Promise<Result> {
  const config = await loadSweepConfig(file ?? SWEEP_FILE)
  const { openStore } = await import('../../sweep/store/open-store.js')
  const database = await openStore(config.store, { mode: 'read', signal: interruptSignal })
  try {
    return await work(database, config)
  } finally {
    await database.close()
  }
}
