// What everything that works on a sweep needs: the store, the jobs, the scan's threads, the registries.
import type { ScanSession } from '../../scan/session.js'
import type { JobEngine } from '../jobs/engine.js'
import type { Database } from '../store/database.js'
import type { SweepConfig, SweepRegistryAccess } from '../types.js'
import type { SharedRates } from './shared-rates.js'
import type { HostSlots } from './slots.js'

export interface SweepTools {
  readonly config: SweepConfig
  readonly database: Database
  readonly jobs: JobEngine
  readonly session: ScanSession
  /** Identity of the rule set and of what else decides results. */
  readonly rules: string
  /** Seals descriptions until they are masked. */
  readonly sealKey: Uint8Array
  /** Of the HMACs of values. */
  readonly valueKey: Uint8Array
  readonly registries: ReadonlyMap<string, SweepRegistryAccess>
  readonly slots: HostSlots
  readonly rates: SharedRates
  /** Name of this process: host, process ID, random. */
  readonly worker: string
  readonly signal: AbortSignal
  readonly on: (event: SweepEvent) => void
}

export type SweepEvent =
  | { readonly type: 'bytes'; readonly delta: number }
  | { readonly type: 'layer'; readonly failed: boolean }
  | { readonly type: 'image' }
  | { readonly type: 'repository'; readonly failed: boolean }
  /** `waits`: nothing more comes of it for minutes, perhaps. */
  | { readonly type: 'trouble'; readonly message: string; readonly waits?: boolean }
  /** The same trouble once more: for somebody who looks on. */
  | { readonly type: 'retry'; readonly message: string }

/** What is written down of a failure: never a value, since messages of these errors hold none. */
export interface StoredFailure {
  readonly code: string
  readonly message: string
  /** What to do next. */
  readonly hint?: string
}
