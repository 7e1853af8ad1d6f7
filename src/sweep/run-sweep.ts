// One sweep from its beginning to its end, in this process and with whatever workers help.
import type { RuleSummary } from '../detect/rule.js'
import { deliverDue } from './notify/deliver.js'
import { writeOutbox } from './notify/outbox.js'
import { waitingMessages } from './notify/outbox-state.js'
import type { AtEnd, SweepCounts } from './plan/finish-sweep.js'
import { type BeginOptions, beginSweep, interruptSweep } from './plan/sweeps.js'
import { type FailureRow, listFailures } from './reading/status.js'
import { type Unmatched, unmatchedPatterns } from './reading/unmatched.js'
import { pruneStore } from './retention.js'
import { DATABASE_AWAY, surely } from './store/surely.js'
import { keepUp } from './store/upkeep.js'
import type { SweepConfig } from './types.js'
import type { SweepTools } from './work/tools.js'
import { runWorker } from './work/worker.js'

export interface SweepOutcome {
  readonly id: number
  readonly resumed: boolean
  readonly status: string
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly counts: SweepCounts
  /** Messages about what is new: given up at its end (not those that others, or a schedule between sweeps, gave up and told of), and those still to be sent. */
  readonly messages: { readonly notSent: number; readonly waiting: number }
  readonly unmatched: readonly Unmatched[]
  /** Registries that could not be listed, and why: the first few. */
  readonly unreadRegistries: readonly FailureRow[]
}

/** Registries whose reason is told at the end of a sweep. */
const MOST_TOLD = 5

export interface RunOptions extends BeginOptions {
  /** For the titles in messages. */
  readonly ruleSummaries: ReadonlyMap<string, RuleSummary>
  readonly onBegin?: (sweep: { readonly id: number; readonly resumed: boolean }) => void
}

/** Throws LockedError while another process is at a sweep; where the signal ends it, the next run goes on with it. */
export async function runSweep(tools: SweepTools, options: RunOptions): Promise<SweepOutcome> {
  const { database, worker, signal, config, on } = tools
  const patiently = <Result>(work: () => Promise<Result>) =>
    surely(work, { signal, onAway: () => on({ type: 'trouble', message: DATABASE_AWAY }) })
  // A time that was claimed without an answer would not be had a second time: the schedule itself takes up what was begun.
  const begun = await (options.claim === undefined
    ? patiently(() => beginSweep(options, tools))
    : beginSweep(options, tools))
  options.onBegin?.(begun)
  try {
    await runWorker(tools, {
      sweep: begun.id,
      atEnd: outboxWriter(config, options.ruleSummaries),
    })
  } finally {
    await interruptSweep(database, begun.id, worker).catch(() => {})
  }
  signal.throwIfAborted()
  const ended = await patiently(() => outcomeOf(tools, begun))
  const { dead } = await patiently(() => deliverNews(tools))
  const waiting = await patiently(() => waitingMessages(database))
  await patiently(() => pruneStore(database, config.retention, { signal }))
  await patiently(() => keepUp(database))
  return { ...ended, messages: { notSent: dead, waiting } }
}

async function deliverNews({ database, config, signal }: SweepTools): Promise<{ readonly dead: number }> {
  return config.notify.length === 0 ? { dead: 0 } : deliverDue(database, { channels: config.notify, signal })
}

/** Writes what a sweep has to tell, in the transaction that ends it: whichever worker that is. */
export function outboxWriter(config: SweepConfig, rules: ReadonlyMap<string, RuleSummary>): AtEnd {
  return async (queries, sweep) => {
    await writeOutbox(queries, sweep, { channels: config.notify, rules })
  }
}

async function outcomeOf(
  { database }: SweepTools,
  begun: { id: number; resumed: boolean },
): Promise<Omit<SweepOutcome, 'messages'>> {
  const [row] = await database.query<{ status: string; started_at: Date; finished_at: Date; counts: SweepCounts }>(
    'SELECT status, started_at, finished_at, counts FROM sweep WHERE id = $1',
    [begun.id],
  )
  if (row === undefined) throw new Error('the sweep is not in its store')
  return {
    ...begun,
    status: row.status,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    counts: row.counts,
    unmatched: await unmatchedPatterns(database, begun.id),
    // Registries stand first among the failures.
    unreadRegistries: (await listFailures(database, begun.id, MOST_TOLD)).filter(({ what }) => what === 'registry'),
  }
}
