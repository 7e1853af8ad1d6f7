// Whether the key is the store's: with another one no known value would be recognised, and nothing would say why.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { UsageError } from '../../support/errors.js'
import type { Database } from './database.js'
import { derivedKey } from './key.js'

/** The first key that a store sees is its key. Throws UsageError for any other. */
export async function checkKey(database: Database, key: Uint8Array): Promise<void> {
  const check = createHmac('sha256', derivedKey(key, 'check')).update('key of this store').digest()
  await database.query(`INSERT INTO meta (key, value) VALUES ('key', $1) ON CONFLICT DO NOTHING`, [
    check.toString('hex'),
  ])
  const [row] = await database.query<{ value: string }>(`SELECT value FROM meta WHERE key = 'key'`)
  if (timingSafeEqual(Buffer.from(row?.value ?? '', 'hex'), check)) return
  throw new UsageError("The key is not this store's.", {
    hint: 'Restore the key that the store was made with; all workers need the same one.',
  })
}
