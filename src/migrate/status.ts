// What migrations a project has had, and how each stands.
import { Journal, type MigrationState } from './journal.js'
import { storedPlace } from './stored-place.js'
import { takenBack } from './taken-back.js'
import type { MigrationPlan, StoredSecret } from './types.js'
import { workspaceOf } from './workspace.js'

export interface MigrationStatus {
  readonly id: string
  readonly kind: 'migration' | NonNullable<MigrationPlan['kind']>
  readonly state: MigrationState
  /** false once `clean` has removed the originals. */
  readonly canRollBack: boolean
  /** The originals, which hold the values, are still kept. */
  readonly holdsOriginals: boolean
  readonly stepsDone: number
  readonly steps: number
  readonly stored: readonly StoredSecret[]
  /** Where each of them is, for people. */
  readonly places: readonly string[]
  /** Taken back, and still in the Swarm, which services used: `clean` removes it. */
  readonly leftInSwarm: readonly string[]
  readonly files: readonly string[]
}

/** Oldest first; one entry where `id` is given. */
export async function migrationStatus(projectDir: string, id?: string): Promise<readonly MigrationStatus[]> {
  const workspace = workspaceOf(projectDir)
  const journals = id === undefined ? await Journal.openAll(workspace) : [await Journal.open(workspace, id)]
  return journals.map((journal) => {
    const state = journal.state()
    return {
      id: journal.id,
      kind: journal.plan.kind ?? 'migration',
      state,
      holdsOriginals: !journal.cleaned,
      canRollBack: !journal.cleaned && state !== 'rolled-back',
      stepsDone: journal.plan.steps.filter((_, index) => journal.isDone(index)).length,
      steps: journal.plan.steps.length,
      stored: journal.stored(),
      places: journal.stored().map((stored) => storedPlace(journal.plan, stored)),
      leftInSwarm: takenBack(journal).map((stored) => storedPlace(journal.plan, stored)),
      files: journal.plan.steps.flatMap((step) => (step.do === 'swap' ? step.paths : [])),
    }
  })
}
