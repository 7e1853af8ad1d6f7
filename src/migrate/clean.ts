// Ends the way back of migrations that are over: what was kept for it goes.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../support/errors.js'
import { Journal } from './journal.js'
import { withLock, workspaceOf } from './workspace.js'

/** Removes the kept originals and staged copies of ended migrations; the journal stays. @returns the IDs that were cleaned. */
export async function clean(projectDir: string, id: string | undefined): Promise<readonly string[]> {
  const workspace = workspaceOf(projectDir)
  const ids = id === undefined ? await Journal.list(workspace) : [id]
  const cleaned: string[] = []
  if (ids.length === 0) return cleaned
  await withLock(workspace, async () => {
    for (const each of ids) {
      const journal = await Journal.open(workspace, each)
      if (journal.cleaned) continue
      if (journal.state() === 'started' || journal.state() === 'rolling-back') {
        if (id === undefined) continue
        throw new UsageError(`Migration ${each} has not ended: its originals are still needed.`, {
          hint: `Run secretscan migrate apply --resume ${each}, or secretscan migrate rollback ${each}.`,
        })
      }
      for (const name of ['originals', 'staged', 'merged'])
        await rm(join(journal.folder, name), { recursive: true, force: true })
      await journal.write({ type: 'cleaned' })
      cleaned.push(each)
    }
  })
  return cleaned
}
