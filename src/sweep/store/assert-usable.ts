// Whether a store could be opened, without making or changing anything in it.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { StoreError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { unreachable } from './open-store.js'
import { openPostgres } from './postgres.js'

/** @throws StoreError where the server does not answer or does not let this user in. */
export async function assertServer(url: string): Promise<void> {
  const database = await openPostgres(url)
  try {
    await database.query('SELECT 1')
  } catch (error) {
    throw unreachable(error)
  } finally {
    await database.close().catch(() => {})
  }
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
