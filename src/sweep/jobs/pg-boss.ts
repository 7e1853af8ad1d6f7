// The jobs on pg-boss, in the store's own database (schema pgboss), PostgreSQL or embedded. Its timers are off: workers call reclaim() and
// tidy(). Who holds a job is in holders.ts.
import { createHash } from 'node:crypto'
import type PgBoss from 'pg-boss'
import type { Database, Parameter, Queries } from '../store/database.js'
import { diedMessage, isSuspicious, WORKER_DIED } from './deaths.js'
import type { DeadJob, Job, JobEngine, JobName, NewJob, Retry } from './engine.js'
import {
  bringForward,
  dropClosed,
  forgetDeaths,
  giveBack,
  holdJobs,
  isHeld,
  reclaimHeld,
  renewHeld,
} from './holders.js'

const QUEUES: readonly JobName[] = ['sweep', 'repository']
const DEAD = 'dead'
const JOB_DEAD = 'JOB_DEAD'
/** Seconds after which pg-boss itself gives up waiting for a job that nobody renews: long after its holder's lease. */
const EXPIRY = 900
/** Tries after the first, and seconds before the first of them, at the least; doubled each time, and up to twice as long by chance. */
const RETRIES = 8
const RETRY_DELAY = 2
/** Half a minute to a minute: as long as what starts together with a sweep may need. */
const FEW_RETRIES = 4
const leastSpan = (retries: number): number => RETRY_DELAY * (2 ** retries - 1)

/** `worker`: in whose name jobs are taken. */
export async function openJobs(database: Database, worker: string): Promise<JobEngine> {
  const { default: Boss } = await import('pg-boss')
  const boss = new Boss({ db: { executeSql: executor(database) }, schema: 'pgboss', supervise: false, schedule: false })
  // Failures of a statement are thrown to whoever asked for it.
  boss.on('error', () => {})
  await alone(database, async () => {
    await boss.start()
    await boss.createQueue(DEAD)
    for (const name of QUEUES) await createQueue(boss, name)
  })
  return engineOn(boss, database, worker)
}

/** Workers that start together on an empty database would make the same tables; pg-boss bears that only in part. */
async function alone(database: Database, work: () => Promise<void>): Promise<void> {
  // The one connection of an embedded store would wait for itself, and its tables are there from the beginning.
  if (database.kind === 'embedded') return work()
  await database.transaction(async (queries) => {
    await queries.query('SELECT pg_advisory_xact_lock(7226875)')
    await work()
  })
}

async function createQueue(boss: PgBoss, name: JobName): Promise<void> {
  await boss.createQueue(name, {
    name,
    retryLimit: RETRIES,
    retryDelay: RETRY_DELAY,
    retryBackoff: true,
    expireInSeconds: EXPIRY,
    deadLetter: DEAD,
  })
}

function engineOn(boss: PgBoss, database: Database, worker: string): JobEngine {
  return {
    put: (name, jobs) => putJobs(boss, name, jobs),
    take: (name, most, isIdle) =>
      database.transaction((queries) => takeJobs(boss, queries, { worker, name, most, isIdle })),
    renew: async (jobs) => {
      if (jobs.length > 0) await renewHeld(database, worker, jobs.map(idOf))
    },
    progressed: async ({ name, id, deaths }) => {
      if (deaths > 0) await forgetDeaths(database, name, id)
    },
    done: async (jobs) => {
      for (const name of QUEUES) {
        const ids = jobs.filter((job) => job.name === name).map(idOf)
        if (ids.length > 0) await boss.complete(name, ids)
      }
    },
    postpone: ({ id }, until) => giveBack(database, worker, [id], until),
    fail: (job, reason, few = false) =>
      failJob(boss, database, worker, job, { reason, retries: few ? FEW_RETRIES : RETRIES }),
    reclaim: async (dead, held) => {
      for (const { name, id } of await reclaimHeld(database, dead, held.map(idOf)))
        await giveUp(boss, database, name, id)
    },
    tidy: async () => {
      await boss.maintain()
      await bringForward(database)
      await dropClosed(database)
    },
    dead: () => deadJobs(database),
  }
}

const idOf = ({ id }: { readonly id: string }): string => id

async function putJobs(boss: PgBoss, name: JobName, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return
  await boss.insert(jobs.map(({ key, payload }) => ({ id: jobId(`${name} ${key}`), name, data: payload, ...TIMES })))
}

/** Due and kept whatever becomes of the clock; the time limit with each job, since queues of an older store have a shorter one. */
const TIMES = {
  startAfter: new Date(0).toISOString(),
  keepUntil: new Date(Date.UTC(9999, 0)).toISOString(),
  expireInSeconds: EXPIRY,
}

interface Taking {
  readonly worker: string
  readonly name: JobName
  readonly most: number
  readonly isIdle: boolean
}

/** A job and its holder are one transaction: a worker that dies here has taken nothing. */
async function takeJobs(boss: PgBoss, queries: Queries, { worker, name, most, isIdle }: Taking): Promise<Job[]> {
  const fetched = await boss.fetch<Job['payload']>(name, { batchSize: most, db: { executeSql: executor(queries) } })
  if (fetched.length === 0) return []
  const held = await holdJobs(queries, worker, name, fetched.map(idOf))
  const deaths = new Map(held.map((holder) => [holder.id, holder.deaths]))
  const jobs = fetched.map(({ id, data }) => ({ name, id, payload: data, deaths: deaths.get(id) ?? 0 }))
  const [suspicious, others] = [jobs.filter(isSuspicious), jobs.filter((job) => !isSuspicious(job))]
  const kept = others.length === 0 && isIdle ? suspicious.slice(0, 1) : others
  const left = jobs.filter((job) => !kept.includes(job))
  if (left.length > 0) await giveBack(queries, worker, left.map(idOf))
  return kept
}

/** Dead at once, whatever tries it has left, by pg-boss's own way to the dead letters. */
async function giveUp(boss: PgBoss, database: Database, name: string, id: string): Promise<void> {
  await database.query('UPDATE pgboss.job SET retry_limit = retry_count WHERE name = $1 AND id = $2', [name, id])
  const what = name === 'sweep' ? 'they listed its repositories' : 'they listed its tags'
  await boss.fail(name, id, { reason: diedMessage(what), code: WORKER_DIED })
}

/** A UUID that is the same for the same key (version 8: of an own making). */
function jobId(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

async function failJob(
  boss: PgBoss,
  database: Database,
  worker: string,
  { name, id }: Job,
  { reason, retries }: { readonly reason: string; readonly retries: number },
): Promise<Retry | 'others' | undefined> {
  if (!(await isHeld(database, worker, name, id))) return 'others'
  await database.query('UPDATE pgboss.job SET retry_limit = $3 WHERE name = $1 AND id = $2 AND retry_limit <> $3', [
    name,
    id,
    retries,
  ])
  await boss.fail(name, id, { reason })
  const [next] = await database.query<Omit<Retry, 'span'>>(
    `SELECT extract(epoch FROM start_after - now())::float8 AS seconds, retry_count + 1 AS failed, retry_limit + 1 AS most
     FROM pgboss.job WHERE name = $1 AND id = $2 AND state = 'retry'`,
    [name, id],
  )
  return next && { ...next, span: [leastSpan(retries), 2 * leastSpan(retries)] }
}

async function deadJobs(database: Database): Promise<readonly DeadJob[]> {
  return database.query<DeadJob>(
    `SELECT name, data AS payload, COALESCE(output->>'code', '${JOB_DEAD}') AS code,
       COALESCE(output->>'reason', output->'value'->>'message', 'unknown') AS reason, completed_on AS "failedAt"
     FROM pgboss.job WHERE state = 'failed' ORDER BY completed_on DESC, id LIMIT 1000`,
  )
}

/** What pg-boss asks of a driver. Scripts of its own begin a transaction and have no parameters. */
function executor(queries: Queries) {
  return async (text: string, values: readonly unknown[] = []): Promise<{ rows: never[] }> => {
    if (values.length === 0 && /^\s*BEGIN\b/.test(text)) {
      await queries.script(text)
      return { rows: [] }
    }
    return { rows: (await queries.query(text, values.map(parameter))) as never[] }
  }
}

function parameter(value: unknown): Parameter {
  if (value === undefined || value === null) return null
  if (typeof value === 'object' && !Array.isArray(value)) return JSON.stringify(value)
  return value as Parameter
}
