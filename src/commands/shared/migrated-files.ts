// The files that migrations of a folder put values into: what a scan finds in them stands where it belongs.
import { join, relative } from 'node:path'
import { allMigrations } from '../../migrate/status.js'

/** Their paths, relative to `folder`; none where it has had no migration, or is none. */
export async function migratedFiles(folder: string): Promise<ReadonlySet<string>> {
  const { migrations } = await allMigrations(folder)
  const stored = migrations.flatMap((each) => (each.state === 'rolled-back' ? [] : each.stored))
  return new Set(
    stored.flatMap(({ store, id }) => (store === 'compose-file' ? [relative(folder, join(folder, id))] : [])),
  )
}
