// Migrations that were begun and have not ended: another one beside them would move the same values under other names.
import { MigrationStoppedError } from '../support/errors.js'
import { Journal } from './journal.js'
import type { MigrationPlan } from './types.js'
import { workspaceOf } from './workspace.js'

/** What ends a run that stopped half-way: one sentence. */
export const wayOnFrom = (id: string): string =>
  `Finish it with secretscan migrate apply --resume ${id}, or take it back with secretscan migrate rollback ${id}.`

/** true of runs that move values, and not of those that give secrets new ones. */
export const movesValues = ({ kind }: Pick<MigrationPlan, 'kind'>): boolean => kind === undefined || kind === 'move'

/** @throws MigrationStoppedError (exit 5) naming the newest migration of the project that has not ended, if there is one. */
export async function assertNoneOpen(projectDir: string): Promise<void> {
  const workspace = workspaceOf(projectDir)
  for (const id of [...(await Journal.list(workspace))].reverse()) {
    // One that was killed before it had a plan has done nothing.
    const journal = await Journal.open(workspace, id).catch(() => undefined)
    if (journal === undefined || journal.cleaned || !movesValues(journal.plan)) continue
    const state = journal.state()
    if (state === 'rolling-back')
      throw new MigrationStoppedError(`Migration ${id} is taken back in part, and has not ended.`, {
        hint: `Finish it first: secretscan migrate rollback ${id}`,
      })
    if (state === 'started')
      throw new MigrationStoppedError(`Migration ${id} was begun and has not ended: ${progressOf(journal)}.`, {
        hint: wayOnFrom(id),
      })
  }
}

/** What `find` looks for in vain may be of a migration that has not ended: then that is told. @throws MigrationStoppedError, or what it throws */
export async function orOpenRun<T>(projectDir: string, find: () => T): Promise<T> {
  try {
    return find()
  } catch (error) {
    await assertNoneOpen(projectDir)
    throw error
  }
}

/** `3 of 9 steps are done` */
export function progressOf(journal: Journal): string {
  const { steps } = journal.plan
  return `${steps.filter((_, index) => journal.isDone(index)).length} of ${steps.length} steps are done`
}
