// Ends the way back of migrations that are over: what was kept for it goes.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../support/errors.js'
import { diskFullWords } from './disk-full.js'
import { Journal, keepsOriginals } from './journal.js'
import { withLock, workspaceOf } from './workspace.js'

/** Removes the kept originals and staged copies of ended migrations; the journal stays. @returns the IDs that were cleaned. */
export async function clean(projectDir: string, id: string | undefined): Promise<readonly string[]> {
  const workspace = workspaceOf(projectDir)
  const journals = id === undefined ? await Journal.openAll(workspace) : [await Journal.open(workspace, id)]
  const cleaned: string[] = []
  if (journals.length === 0) return cleaned
  await withLock(workspace, async () => {
    for (const journal of journals) {
      if (journal.cleaned && !(await keepsOriginals(journal.folder))) continue
      if (journal.state() === 'started' || journal.state() === 'rolling-back') {
        if (id === undefined) continue
        throw new UsageError(`Migration ${journal.id} has not ended: its originals are still needed.`, {
          hint: `Run secretscan migrate apply --resume ${journal.id}, or secretscan migrate rollback ${journal.id}.`,
        })
      }
      await removeOriginals(journal, cleaned)
      cleaned.push(journal.id)
    }
  })
  return cleaned
}

/** Written down first: a rollback that finds some of them gone would take the others for all that there were. */
async function removeOriginals(journal: Journal, before: readonly string[]): Promise<void> {
  if (!journal.cleaned)
    await journal.write({ type: 'cleaned' }).catch((cause: unknown) => {
      const words = diskFullWords(cause)
      if (words === undefined) throw cause
      const done = before.length === 0 ? 'Nothing was removed' : `Only those of ${before.join(', ')} were removed`
      throw new UsageError(`The originals of migration ${journal.id} stay: ${words}. ${done}.`, {
        hint: 'Its journal could not be written. Make room there and run it again.',
        cause,
      })
    })
  for (const name of ['staged', 'merged', 'originals'])
    await rm(join(journal.folder, name), { recursive: true, force: true })
}
