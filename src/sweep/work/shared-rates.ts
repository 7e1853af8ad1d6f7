// What registries say of their budgets, for all workers: what one is told stands in the store, and the others look there.
import { createRateGate } from '../../registry/rate-gate.js'
import type { RateGate, ToldLimit } from '../../registry/types.js'
import type { Database } from '../store/database.js'
import { isOver } from '../store/far-future.js'

export interface SharedRates {
  readonly gate: RateGate
  /** Learns what other workers were told. Returns until when each host is waited for. */
  refresh(): Promise<ReadonlyMap<string, Date>>
}

/** Requests of Docker Hub's kind that are left to others who pull from the same address. */
const RESERVE = 5

export function sharedRates(database: Database): SharedRates {
  const own = createRateGate({ reserve: RESERVE })
  return {
    gate: {
      before: (host, kind, signal) => own.before(host, kind, signal),
      learned: async (host, told) => {
        await own.learned(host, told)
        const until = resumeAt(told)
        if (until !== undefined) await write(database, host, told.kind === 'manifest' ? 'manifest' : 'all', until)
      },
    },
    refresh: async () => {
      const rows = await database.query<{ host: string; kind: string; resume_at: Date }>(
        `SELECT host, kind, resume_at FROM rate WHERE NOT (${isOver('resume_at')})`,
      )
      for (const { host, kind, resume_at } of rows)
        await own.learned(host, { resumeAt: resume_at, ...(kind === 'manifest' ? { kind } : {}) })
      return new Map(rows.map(({ host, resume_at }) => [host, resume_at]))
    },
  }
}

/** Undefined where nothing holds requests back. */
function resumeAt(told: ToldLimit): Date | undefined {
  if (told.retryAfterSeconds !== undefined) return new Date(Date.now() + told.retryAfterSeconds * 1000)
  return told.remaining === undefined || told.remaining <= RESERVE ? told.resumeAt : undefined
}

async function write(database: Database, host: string, kind: string, until: Date): Promise<void> {
  await database.query(
    `INSERT INTO rate (host, kind, resume_at) VALUES ($1, $2, $3)
     ON CONFLICT (host, kind) DO UPDATE SET
       resume_at = CASE WHEN ${isOver('rate.resume_at')} THEN excluded.resume_at ELSE greatest(rate.resume_at, excluded.resume_at) END`,
    [host, kind, until.toISOString()],
  )
}
