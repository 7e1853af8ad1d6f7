// What migrations a project has had, and how each stands.
import { Journal, type MigrationState } from './journal.js'
import type { StoredSecret } from './types.js'
import { workspaceOf } from './workspace.js'

export interface MigrationStatus {
  readonly id: string
  readonly state: MigrationState
  /** false once `clean` has removed the originals. */
  readonly canRollBack: boolean
  /** The originals, which hold the values, are still kept. */
  readonly holdsOriginals: boolean
  readonly stepsDone: number
  readonly steps: number
  readonly stored: readonly StoredSecret[]
  readonly files: readonly string[]
}

/** Oldest first; one entry where `id` is given. */
export async function migrationStatus(projectDir: string, id?: string): Promise<readonly MigrationStatus[]> {
  const workspace = workspaceOf(projectDir)
  const ids = id === undefined ? await Journal.list(workspace) : [id]
  return Promise.all(
    ids.map(async (each) => {
      const journal = await Journal.open(workspace, each)
      const state = journal.state()
      return {
        id: each,
        state,
        holdsOriginals: !journal.cleaned,
        canRollBack: !journal.cleaned && state !== 'rolled-back',
        stepsDone: journal.plan.steps.filter((_, index) => journal.isDone(index)).length,
        steps: journal.plan.steps.length,
        stored: journal.stored(),
        files: journal.plan.steps.flatMap((step) => (step.do === 'swap' ? step.paths : [])),
      }
    }),
  )
}
