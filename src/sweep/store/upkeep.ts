// What autovacuum does on a server and nobody does in an embedded store: without statistics queries read whole tables for one row, and
// without vacuuming every sweep makes the folder bigger.
import { type Database, SCHEMA } from './database.js'

interface Table {
  readonly name: string
  readonly dead: boolean
}

/** PostgreSQL's own thresholds (autovacuum_*), over what this process has changed. */
const CHANGED = `
  SELECT stat.relname AS name, n_dead_tup > 50 + 0.2 * greatest(reltuples, 0) AS dead
  FROM pg_stat_user_tables AS stat JOIN pg_class ON pg_class.oid = stat.relid
  WHERE stat.schemaname = '${SCHEMA}'
    AND (n_dead_tup > 50 + 0.2 * greatest(reltuples, 0) OR n_mod_since_analyze > 50 + 0.1 * greatest(reltuples, 0))
  ORDER BY name`

/** Vacuums and analyzes the tables that have changed much since they last were. A server does that itself: nothing is done there. */
export async function keepUp(database: Database): Promise<void> {
  if (database.kind !== 'embedded') return
  await database.query('SELECT pg_stat_force_next_flush()')
  for (const { name, dead } of await database.query<Table>(CHANGED))
    await database.script(dead ? `VACUUM (ANALYZE) ${SCHEMA}.${name}` : `ANALYZE ${SCHEMA}.${name}`)
}
