// Sweeps by a schedule: at each time that the cron expression names in its time zone, once after a downtime that missed some, never two at a
// time, whoever else follows the same schedule.

import { setTimeout as sleep } from 'node:timers/promises'
import { Cron } from 'croner'
import { LockedError, SecretscanError } from '../support/errors.js'
import { hasOpenSweep } from './plan/sweeps.js'
import type { Database, Queries } from './store/database.js'
import { DATABASE_AWAY, surely } from './store/surely.js'
import { StoreAwayError } from './store/told-failure.js'
import type { SweepSchedule } from './types.js'

/** ms; timers do not follow a clock that is set or a machine that slept, so the time is looked at again and again. */
const LONGEST_SLEEP = 20_000

/** ms that a clock may be set back and still no time is swept twice. */
const LONGEST_SETBACK = 86_400_000

/** False where another process that follows the schedule has had the time. */
export type ClaimTime = (queries: Queries) => Promise<boolean>

export interface ScheduleOptions {
  readonly schedule: SweepSchedule
  readonly database: Database
  readonly signal: AbortSignal
  /**
   * One sweep to its end, or the rest of one that was interrupted. `claim` goes into the transaction that begins it: no time is lost where a
   * process dies just then.
   */
  readonly sweep: (claim?: ClaimTime) => Promise<void>
  readonly say: (line: string) => void
  readonly now?: () => Date
  /** ms between looks at the clock (default: 20 seconds). */
  readonly step?: number
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * Takes up a sweep that was interrupted, then follows the schedule until the signal. Neither a sweep that fails nor a database that goes
 * away ends it.
 */
export async function followSchedule(options: ScheduleOptions): Promise<void> {
  const { signal, say, now = () => new Date(), wait = quietly, step = LONGEST_SLEEP } = options
  let told: string | undefined
  await takeUp(options)
  while (!signal.aborted) {
    const due = await patiently(options, () => dueTime(options, now()))
    if (due === undefined) return
    if (due.at <= now()) {
      await sweepOnce(options, due.at, due.missed)
      continue
    }
    const text = due.at.toISOString()
    if (told !== text) say(`The next sweep is at ${text.slice(0, 16).replace('T', ' ')} UTC`)
    told = text
    await wait(Math.min(step, due.at.getTime() - now().getTime()), signal)
  }
}

/** For as long as the database is away; undefined where this process is to stop. */
async function patiently<Result>(
  { signal, say }: ScheduleOptions,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await surely(work, { signal, onAway: () => say(DATABASE_AWAY), patience: Number.POSITIVE_INFINITY })
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

/** Goes on with a sweep that was interrupted, unless another process is at it: then this one waits for its own turn. */
async function takeUp(options: ScheduleOptions): Promise<void> {
  const { database, sweep, say, signal } = options
  while (await patiently(options, () => hasOpenSweep(database))) {
    try {
      return await sweep()
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof LockedError) return say('Another process is at a sweep: this one follows the schedule')
      if (!(error instanceof SecretscanError)) throw error
      if (!(error instanceof StoreAwayError)) return say(failedText(error))
    }
  }
}

interface Due {
  readonly at: Date
  /** Times that went by without a sweep: they are made good by one. */
  readonly missed: boolean
}

/**
 * The time of the next sweep: the latest one that went by since the last sweep was due, else the next to come. A store without a schedule
 * before begins with the next to come.
 */
async function dueTime({ schedule, database }: ScheduleOptions, now: Date): Promise<Due> {
  const cron = new Cron(schedule.cron, { mode: '5-part', paused: true, timezone: schedule.timeZone })
  const next = cron.nextRun(now) ?? new Date(8.64e15)
  const last = await lastTime(database)
  if (last === undefined) {
    await claimTime(database, now)
    return { at: next, missed: false }
  }
  if (last > next && last.getTime() - now.getTime() > LONGEST_SETBACK) {
    // A wrong clock has had a time that is long to come: nothing would be swept until then.
    await database.query(`UPDATE meta SET value = $1 WHERE key = 'scheduled'`, [now.toISOString()])
    return { at: next, missed: false }
  }
  const [previous] = cron.previousRuns(1, now)
  if (previous === undefined || previous <= last) return { at: next, missed: false }
  return { at: previous, missed: now.getTime() - previous.getTime() > LONGEST_SLEEP * 3 }
}

async function lastTime(database: Database): Promise<Date | undefined> {
  const [row] = await database.query<{ value: string }>(`SELECT value FROM meta WHERE key = 'scheduled'`)
  return row === undefined ? undefined : new Date(row.value)
}

/** Of all processes that follow the schedule one has the time. Times of ISO form have the order of their texts. */
async function claimTime(queries: Queries, at: Date): Promise<boolean> {
  const rows = await queries.query(
    `INSERT INTO meta (key, value) VALUES ('scheduled', $1)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value < excluded.value RETURNING key`,
    [at.toISOString()],
  )
  return rows.length > 0
}

async function sweepOnce(options: ScheduleOptions, due: Date, missed: boolean): Promise<void> {
  const { sweep, say, signal, database } = options
  const time = due.toISOString().slice(0, 16).replace('T', ' ')
  let isTaken = false
  try {
    await sweep(async (queries) => {
      isTaken = !(await claimTime(queries, due))
      if (missed && !isTaken) say(`The sweep of ${time} UTC was missed: it is made good now`)
      return !isTaken
    })
  } catch (error) {
    if (signal.aborted || isTaken) return
    if (!(error instanceof SecretscanError)) throw error
    // Begun or not, nothing is lost: what was begun goes on, and a time that nobody claimed is still due.
    if (error instanceof StoreAwayError) return takeUp(options)
    // What cannot be done now is not tried again and again: the next time comes.
    await patiently(options, () => claimTime(database, due))
    if (error instanceof LockedError) say('The sweep before is still running: this one is left out')
    else say(failedText(error))
  }
}

/** What to do about it, too: nobody else says so until the next time. */
const failedText = ({ message, hint }: SecretscanError): string =>
  `The sweep failed: ${message}${hint === undefined ? '' : ` ${hint}`}`

async function quietly(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
