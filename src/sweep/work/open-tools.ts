// Opens everything that a process needs to work on sweeps, in the order in which it may fail, and closes it again.
import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import { scanConditions } from '../../scan/cache-format.js'
import { type DetectionOptions, openSession } from '../../scan/session.js'
import { openRegistry } from '../enumerate/access.js'
import { openJobs } from '../jobs/pg-boss.js'
import { checkKey } from '../store/check-key.js'
import type { Database } from '../store/database.js'
import { derivedKey, storeKey } from '../store/key.js'
import { openStore, START_PATIENCE } from '../store/open-store.js'
import { DATABASE_AWAY, surely } from '../store/surely.js'
import type { SweepConfig } from '../types.js'
import { sharedRates } from './shared-rates.js'
import { HostSlots } from './slots.js'
import type { SweepEvent, SweepTools } from './tools.js'

export interface OpenToolsOptions {
  readonly detection: DetectionOptions
  readonly signal: AbortSignal
  readonly on: (event: SweepEvent) => void
  readonly offline: boolean
}

export interface OpenedTools {
  readonly tools: SweepTools
  close(): Promise<void>
}

/** Throws UsageError, LockedError, StoreError. */
export async function openTools(config: SweepConfig, options: OpenToolsOptions): Promise<OpenedTools> {
  const { signal } = options
  setMaxListeners(0, signal)
  const key = await storeKey(config.store)
  const onAway = (message: string) => options.on({ type: 'trouble', message })
  const database = await openStore(config.store, { mode: 'own', signal, patience: START_PATIENCE, onAway })
  try {
    await surely(() => checkKey(database, key), {
      signal,
      patience: START_PATIENCE,
      onAway: () => onAway(DATABASE_AWAY),
    })
    return await withDatabase(config, database, key, options)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function withDatabase(
  config: SweepConfig,
  database: Database,
  key: Uint8Array,
  { detection, signal, on, offline }: OpenToolsOptions,
): Promise<OpenedTools> {
  const worker = `${hostname()}/${process.pid}/${randomBytes(4).toString('hex')}`
  const valueKey = derivedKey(key, 'values')
  const onAway = () => on({ type: 'trouble', message: DATABASE_AWAY })
  const jobs = await surely(() => openJobs(database, worker), { signal, patience: START_PATIENCE, onAway })
  const session = await openSession({ ...detection, valueKey, cache: false, cacheMaxSize: 0 }, config.concurrency.scan)
  const hosts = config.registries.map(({ host }) => host)
  const slots = new HostSlots(database, worker, hosts, config.concurrency.registry)
  const rates = sharedRates(database)
  const registries = new Map(
    config.registries.map((registry) => {
      const share = () => slots.held(registry.host)
      return [
        registry.host,
        openRegistry(registry, rates.gate, { concurrency: config.concurrency.registry, share, offline }),
      ]
    }),
  )
  const rules = scanConditions(session.detection)
  const sealKey = derivedKey(key, 'descriptions')
  return {
    tools: { config, database, jobs, session, rules, sealKey, valueKey, registries, slots, rates, worker, signal, on },
    close: async () => {
      for (const access of registries.values()) await access.close()
      await session.close()
      await database.close()
    },
  }
}
