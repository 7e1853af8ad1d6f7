// The store in a PostgreSQL that many workers share. The driver is loaded when a store is opened, not before.
import type { Pool, PoolClient } from 'pg'
import { type Database, type Parameter, type Queries, SCHEMA } from './database.js'
import { storable } from './storable.js'
import { told, toldServerFailure } from './told-failure.js'

/** Connections of one worker. */
const MOST_CONNECTIONS = 8
const CONNECT_TIMEOUT = 15_000
/** ms of silence before the other end is asked whether it is there. */
const KEEP_ALIVE = 10_000

/** `url` is never printed. Connections are made when they are needed: an unreachable server shows at the first query. */
export async function openPostgres(url: string): Promise<Database> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    application_name: 'secretscan',
    // Without it a connection whose other end has gone without a word would be waited for without end.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE,
    // Compiling a query takes longer than any of ours: with it, counts over 100,000 findings took up to fifty times as long.
    // With 4 MB, groups of a hundred thousand findings are sorted on the disk.
    options: `-c search_path=${SCHEMA} -c jit=off -c work_mem=32MB`,
    types: { getTypeParser: typeParsers(pg.types) as typeof pg.types.getTypeParser },
  })
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  pool.on('error', () => {})
  return {
    kind: 'postgres',
    ...queriesOn(pool),
    transaction: (work) => inTransaction(pool, work),
    close: () => pool.end(),
  }
}

const INT8 = 20
const NUMERIC = 1700

/** Counts are numbers, as PGlite gives them. */
function typeParsers(types: typeof import('pg').types) {
  return (oid: number, format?: 'text' | 'binary') =>
    (oid === INT8 || oid === NUMERIC) && format !== 'binary' ? Number : types.getTypeParser(oid, format as 'text')
}

const asked = <Result>(work: Promise<Result>): Promise<Result> => told(work, toldServerFailure)

function queriesOn(client: Pool | PoolClient): Queries {
  return {
    query: async (sql, parameters = []) => (await asked(client.query(sql, driverValues(parameters)))).rows,
    script: async (sql) => {
      await asked(client.query(sql))
    },
  }
}

/** The driver knows Buffers only. */
function driverValues(parameters: readonly Parameter[]): unknown[] {
  return parameters.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : storable(value)))
}

async function inTransaction<Result>(pool: Pool, work: (queries: Queries) => Promise<Result>): Promise<Result> {
  const client = await asked(pool.connect())
  // A connection that breaks shows at its next statement; an event that nobody hears would end the process.
  const deaf = () => {}
  client.on('error', deaf)
  let broken: Error | undefined
  try {
    await asked(client.query('BEGIN'))
    const result = await work(queriesOn(client))
    await asked(client.query('COMMIT'))
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => (broken = failure))
    throw error
  } finally {
    client.off('error', deaf)
    client.release(broken)
  }
}
