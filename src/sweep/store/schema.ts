// The store's tables, as a list of versions that is only ever added to. Values are never in them: masked forms, and HMACs under a key of
// the store's own.
import { StoreError } from '../../support/errors.js'
import { type Database, type Queries, SCHEMA } from './database.js'
import { MIGRATIONS } from './migrations.js'

/** Any number: whoever brings the schema up to date holds PostgreSQL's advisory lock of this name. */
const MIGRATION_LOCK = 7_226_873

/** Brings the store up to this program's version. Refuses a store that a later version has written. */
export async function migrateSchema(database: Database, to = MIGRATIONS.length): Promise<void> {
  if (to === MIGRATIONS.length && (await versionOf(database)) === to) return
  await whole(
    database.transaction(async (queries) => {
      await queries.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
      await queries.script(
        `CREATE SCHEMA IF NOT EXISTS ${SCHEMA}; CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value text NOT NULL)`,
      )
      const from = await schemaVersion(queries)
      if (from > MIGRATIONS.length) throw new StoreError(TOO_NEW, { hint: 'Update secretscan.' })
      for (const migration of MIGRATIONS.slice(from, to)) await queries.script(migration)
      if (to > from) await setVersion(queries, to)
    }),
  )
}

/** SQLSTATE: a table, column or other object is there already, or is not. */
const NOT_OF_VERSION = /^42(?:P0[17]|70[134]|710)$/

/** Throws StoreError where the tables are not those of the version that the store has: after a restore that was cut short. */
async function whole<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    if (typeof code !== 'string' || !NOT_OF_VERSION.test(code)) throw error
    throw new StoreError(`The store is not whole: its tables are not those of its version (${code}).`, {
      hint: 'If it was restored, restore the whole copy into an empty database, or drop the schema secretscan and sweep anew.',
      cause: error,
    })
  }
}

/** As schemaVersion, for a store that may be empty. */
async function versionOf(database: Database): Promise<number> {
  const [row] = await database.query<{ there: boolean }>(`SELECT to_regclass('${SCHEMA}.meta') IS NOT NULL AS there`)
  return row?.there === true ? schemaVersion(database) : 0
}

const TOO_NEW = 'The store was written by a later version of secretscan.'

export async function schemaVersion(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ value: string }>(`SELECT value FROM meta WHERE key = 'schema'`)
  return Number(row?.value ?? 0)
}

async function setVersion(queries: Queries, version: number): Promise<void> {
  await queries.query(
    `INSERT INTO meta (key, value) VALUES ('schema', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    [String(version)],
  )
}
