// Ends the way back of migrations that are over: what was kept for it goes.
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../support/errors.js'
import { diskFullWords, makeRoom } from './disk-full.js'
import { Journal, keepsOriginals } from './journal.js'
import { withLock, workspaceOf } from './workspace.js'

/** A run that has ended and keeps what makes a rollback possible. */
export interface KeptRun {
  readonly id: string
  /** Secrets whose value of before it keeps, as it was. */
  readonly values: readonly string[]
  /** Services whose database is told the new value by a person, which no journal knows of: without the one before nobody may get in. */
  readonly untold: readonly string[]
}

/** Oldest first; of `id` alone where one is given. */
export async function keptRuns(projectDir: string, id: string | undefined): Promise<readonly KeptRun[]> {
  const workspace = workspaceOf(projectDir)
  const journals = id === undefined ? await Journal.openAll(workspace) : [await Journal.open(workspace, id)]
  const kept = await Promise.all(
    journals.map(async (journal) => ((await isKept(journal)) && !isOpen(journal) ? [keptRun(journal)] : [])),
  )
  return kept.flat()
}

function keptRun(journal: Journal): KeptRun {
  const { steps, databases = [] } = journal.plan
  const values = steps.flatMap((step, index) =>
    step.do === 'replace' && existsSync(journal.keptValue(index)) ? [step.name] : [],
  )
  return { id: journal.id, values, untold: values.length > 0 && journal.state() === 'applied' ? databases : [] }
}

const isKept = async (journal: Journal): Promise<boolean> => !journal.cleaned || (await keepsOriginals(journal.folder))

const isOpen = (journal: Journal): boolean => journal.state() === 'started' || journal.state() === 'rolling-back'

/**
 * Removes the kept originals and staged copies of ended migrations, but of those in `leave`; the journal stays.
 * @returns the IDs that were cleaned.
 */
export async function clean(
  projectDir: string,
  id: string | undefined,
  leave: readonly string[] = [],
): Promise<readonly string[]> {
  const workspace = workspaceOf(projectDir)
  const journals = id === undefined ? await Journal.openAll(workspace) : [await Journal.open(workspace, id)]
  const cleaned: string[] = []
  if (journals.length === 0) return cleaned
  await withLock(workspace, async () => {
    for (const journal of journals) {
      if (leave.includes(journal.id) || !(await isKept(journal))) continue
      if (isOpen(journal)) {
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
        hint: `Its journal could not be written. ${makeRoom(journal.folder)} Then run it again.`,
        cause,
      })
    })
  for (const name of ['staged', 'merged', 'originals'])
    await rm(join(journal.folder, name), { recursive: true, force: true })
}
