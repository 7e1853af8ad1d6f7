// Whether a store could be opened, without making or changing anything in it.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { StoreError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import type { StoreLocation } from '../types.js'
import { assertKey } from './check-key.js'
import { type Database, SCHEMA } from './database.js'
import { storeKey } from './key.js'
import { unreachable } from './open-store.js'
import { openPostgres } from './postgres.js'

/** SQLSTATE. */
const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * @throws StoreError where the server does not answer, or does not let this user in or make a store; UsageError where the key is none, or not
 * that of the store that is there
 */
export async function assertServer(store: Extract<StoreLocation, { kind: 'postgres' }>): Promise<void> {
  const key = await storeKey(store)
  const database = await openPostgres(store.url)
  try {
    if (await isThere(database).catch(refused)) await assertKey(database, key)
  } finally {
    await database.close().catch(() => {})
  }
}

/** Whether the database holds a store. Throws, with SQLSTATE, where there is none and this user may not make one. */
async function isThere(database: Database): Promise<boolean> {
  const [found] = await database.query<{ there: boolean; allowed: boolean }>(
    `SELECT to_regclass('${SCHEMA}.meta') IS NOT NULL AS there, has_database_privilege(current_database(), 'CREATE') AS allowed`,
  )
  if (found?.there !== true && found?.allowed !== true) throw unreachable({ code: INSUFFICIENT_PRIVILEGE })
  return found.there
}

function refused(error: unknown): never {
  throw unreachable(error)
}

/** @throws StoreError where this user may not write into the folder. */
export async function assertWritable(folder: string): Promise<void> {
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new StoreError(`This user may not write into ${printable(folder)}, where the store is to be.`, {
      hint: 'Name another folder as store in sweep.yaml, or change its owner.',
      cause,
    })
  })
}
