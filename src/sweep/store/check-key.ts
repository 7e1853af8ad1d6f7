// Whether the key is the store's: with another one no known value would be recognised, and nothing would say why.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { UsageError } from '../../support/errors.js'
import type { Database, Queries } from './database.js'
import { derivedKey } from './key.js'

/** What is kept of a key. */
const markOf = (key: Uint8Array): Buffer =>
  createHmac('sha256', derivedKey(key, 'check')).update('key of this store').digest()

/** The first key that a store sees is its key. Throws UsageError for any other. */
export async function checkKey(database: Database, key: Uint8Array): Promise<void> {
  await database.query(`INSERT INTO meta (key, value) VALUES ('key', $1) ON CONFLICT DO NOTHING`, [
    markOf(key).toString('hex'),
  ])
  await assertKey(database, key)
}

/** Writes nothing: a store that has seen no key yet takes any. Throws UsageError where it is another's. */
export async function assertKey(queries: Queries, key: Uint8Array): Promise<void> {
  const [row] = await queries.query<{ value: string }>(`SELECT value FROM meta WHERE key = 'key'`)
  if (row === undefined || timingSafeEqual(Buffer.from(row.value, 'hex'), markOf(key))) return
  throw new UsageError("The key is not this store's.", {
    hint: 'Restore the key that the store was made with; all workers need the same one.',
  })
}
