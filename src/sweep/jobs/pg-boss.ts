// The jobs on pg-boss, in the store's own database (schema pgboss), PostgreSQL or embedded. Its timers are off: workers call tidy().
import { createHash } from 'node:crypto'
import type PgBoss from 'pg-boss'
import type { Database, Parameter } from '../store/database.js'
import type { DeadJob, Job, JobEngine, JobName, NewJob } from './engine.js'

const QUEUES: readonly JobName[] = ['sweep', 'repository']
const DEAD = 'dead'
/** Seconds after which a job that its process no longer renews is given to another. */
export const JOB_LEASE = 60
/** Tries after the first, and seconds before the first of them; doubled each time. */
const RETRIES = 8
const RETRY_DELAY = 2

export async function openJobs(database: Database): Promise<JobEngine> {
  const { default: Boss } = await import('pg-boss')
  const boss = new Boss({ db: { executeSql: executor(database) }, schema: 'pgboss', supervise: false, schedule: false })
  // Failures of a statement are thrown to whoever asked for it.
  boss.on('error', () => {})
  await alone(database, async () => {
    await boss.start()
    await boss.createQueue(DEAD)
    for (const name of QUEUES) await createQueue(boss, name)
  })
  return engineOn(boss, database)
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
    expireInSeconds: JOB_LEASE,
    deadLetter: DEAD,
  })
}

function engineOn(boss: PgBoss, database: Database): JobEngine {
  return {
    put: (name, jobs) => putJobs(boss, name, jobs),
    take: async (name, most) => {
      const jobs = await boss.fetch<Job['payload']>(name, { batchSize: most })
      return jobs.map(({ id, data }) => ({ name, id, payload: data }))
    },
    // pg-boss 10 has no heartbeat (12 has): the time of a job's start is what its lease is counted from.
    renew: async (jobs) => {
      if (jobs.length === 0) return
      await database.query(`UPDATE pgboss.job SET started_on = now() WHERE id = ANY($1::uuid[]) AND state = 'active'`, [
        jobs.map(({ id }) => id),
      ])
    },
    done: async ({ name, id }) => {
      await boss.complete(name, id)
    },
    postpone: (job, until) => restart(boss, job, until),
    releaseAll: async () => {
      const active = await database.query<Job>(
        `SELECT id, name, data AS payload FROM pgboss.job WHERE state = 'active' AND name = ANY($1::text[])`,
        [QUEUES],
      )
      for (const job of active) await restart(boss, job)
    },
    fail: (job, reason) => failJob(boss, database, job, reason),
    tidy: async () => {
      await boss.maintain()
    },
    dead: () => deadJobs(database),
  }
}

async function putJobs(boss: PgBoss, name: JobName, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return
  await boss.insert(jobs.map(({ key, payload }) => ({ id: jobId(`${name} ${key}`), name, data: payload })))
}

/** The same work as a job that has used up no try. */
async function restart(boss: PgBoss, { name, id, payload }: Job, startAfter?: Date): Promise<void> {
  await boss.insert([
    { name, data: payload, ...(startAfter === undefined ? {} : { startAfter: startAfter.toISOString() }) },
  ])
  await boss.complete(name, id)
}

/** A UUID that is the same for the same key (version 8: of an own making). */
function jobId(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

async function failJob(boss: PgBoss, database: Database, { name, id }: Job, reason: string): Promise<boolean> {
  await boss.fail(name, id, { reason })
  const [row] = await database.query<{ state: string }>(
    'SELECT state::text FROM pgboss.job WHERE name = $1 AND id = $2',
    [name, id],
  )
  return row?.state === 'retry'
}

async function deadJobs(database: Database): Promise<readonly DeadJob[]> {
  return database.query<DeadJob>(
    `SELECT name, data AS payload, COALESCE(output->>'reason', output->'value'->>'message', 'unknown') AS reason,
       completed_on AS "failedAt"
     FROM pgboss.job WHERE state = 'failed' ORDER BY completed_on DESC, id LIMIT 1000`,
  )
}

/** What pg-boss asks of a driver. Scripts of its own begin a transaction and have no parameters. */
function executor(database: Database) {
  return async (text: string, values: readonly unknown[] = []): Promise<{ rows: never[] }> => {
    if (values.length === 0 && /^\s*BEGIN\b/.test(text)) {
      await database.script(text)
      return { rows: [] }
    }
    return { rows: (await database.query(text, values.map(parameter))) as never[] }
  }
}

function parameter(value: unknown): Parameter {
  if (value === undefined || value === null) return null
  if (typeof value === 'object' && !Array.isArray(value)) return JSON.stringify(value)
  return value as Parameter
}
