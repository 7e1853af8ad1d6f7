// The store of one machine: PGlite, which is PostgreSQL compiled to WebAssembly, on files in a folder. It has one connection and does not
// lock its folder: whoever opens it holds the lock (lock.ts).
import { setFlagsFromString } from 'node:v8'
import type { PGlite, PGliteOptions } from '@electric-sql/pglite'
import { Turn } from '../../support/turn.js'
import { type Database, type Queries, SCHEMA } from './database.js'
import { embeddedFailure } from './embedded-failure.js'
import { storable } from './storable.js'
import { told } from './told-failure.js'

/** PostgreSQL would take 128 and 64 MB: more than all the rest of a sweep; the system's cache holds the files too. */
const MEMORY = ['-c', 'shared_buffers=16MB', '-c', 'maintenance_work_mem=8MB']

export interface EmbeddedOptions extends PGliteOptions {
  /** For a process that asks a few questions and does no other work in WebAssembly. */
  readonly brief?: boolean
}

/** Opens the data in `folder`, and makes it where there is none; undefined: in memory, for tests. */
export async function openEmbedded(
  folder?: string,
  { brief = false, ...options }: EmbeddedOptions = {},
): Promise<Database> {
  // Checking all nine megabytes of it takes longer than what most commands ask; functions are checked when they are first called.
  setFlagsFromString('--wasm-lazy-validation')
  // Compiling what has run a little a second time, for speed, takes three quarters of the time of a short command: only what runs long.
  if (brief) setFlagsFromString('--wasm-tiering-budget=1000000000')
  const { PGlite } = await import('@electric-sql/pglite')
  const client = await PGlite.create({
    startParams: [...PGlite.defaultStartParams, ...MEMORY],
    ...options,
    ...(folder === undefined ? {} : { dataDir: folder }),
  })
  await client.exec(`SET search_path = ${SCHEMA}`)
  return databaseOn(client, folder)
}

function databaseOn(client: PGlite, folder: string | undefined): Database {
  const turn = new Turn()
  const queries = queriesOn(client)
  const asked = <Result>(work: () => Promise<Result>): Promise<Result> =>
    told(
      turn.take(work),
      folder === undefined ? undefined : (error) => embeddedFailure(error, { folder, at: 'asking' }),
    )
  return {
    kind: 'embedded',
    query: (sql, parameters) => asked(() => queries.query(sql, parameters)),
    script: (sql) => asked(() => inScript(client, sql)),
    transaction: (work) => asked(() => inTransaction(client, queries, work)),
    close: () => turn.take(() => client.close()),
  }
}

function queriesOn(client: PGlite): Queries {
  return {
    query: async (sql, parameters = []) => (await client.query(sql, parameters.map(storable))).rows as never,
    script: async (sql) => {
      await client.exec(sql)
    },
  }
}

async function inScript(client: PGlite, sql: string): Promise<void> {
  try {
    await client.exec(sql)
  } catch (error) {
    // A script may have begun a transaction of its own.
    await client.exec('ROLLBACK')
    throw error
  }
}

async function inTransaction<Result>(
  client: PGlite,
  queries: Queries,
  work: (queries: Queries) => Promise<Result>,
): Promise<Result> {
  await client.exec('BEGIN')
  try {
    const result = await work(queries)
    await client.exec('COMMIT')
    return result
  } catch (error) {
    await client.exec('ROLLBACK')
    throw error
  }
}
