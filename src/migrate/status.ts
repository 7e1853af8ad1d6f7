// What migrations a project has had, and how each stands.
import { Journal, keepsOriginals } from './journal.js'
import type { MigrationState } from './journal-record.js'
import { storedPlace } from './stored-place.js'
import { takenBack } from './taken-back.js'
import type { MigrationPlan, StoredSecret } from './types.js'
import { workspaceOf } from './workspace.js'

export interface MigrationStatus {
  readonly id: string
  /** ISO time. */
  readonly begunAt: string
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

/** A run of which nobody can tell what it has done, and what to do about it. */
export interface DamagedMigration {
  readonly id: string
  readonly message: string
  readonly hint: string
}

/** Oldest first; one entry where `id` is given. @throws UsageError where the journal of one of them is damaged */
export async function migrationStatus(projectDir: string, id?: string): Promise<readonly MigrationStatus[]> {
  const workspace = workspaceOf(projectDir)
  const journals = id === undefined ? await Journal.openAll(workspace) : [await Journal.open(workspace, id)]
  const { journals: all } = await Journal.openReadable(workspace)
  return Promise.all(journals.map((journal) => statusOf(journal, all)))
}

/** All of the project, oldest first, those that are damaged beside the others. */
export async function allMigrations(
  projectDir: string,
): Promise<{ readonly migrations: readonly MigrationStatus[]; readonly damaged: readonly DamagedMigration[] }> {
  const { journals, damaged } = await Journal.openReadable(workspaceOf(projectDir))
  return {
    migrations: await Promise.all(journals.map((journal) => statusOf(journal, journals))),
    damaged: damaged.map(({ id, problem }) => ({ id, message: problem.message, hint: problem.hint ?? '' })),
  }
}

async function statusOf(journal: Journal, all: readonly Journal[]): Promise<MigrationStatus> {
  const state = journal.state()
  return {
    id: journal.id,
    begunAt: journal.begunAt,
    kind: journal.plan.kind ?? 'migration',
    state,
    holdsOriginals: !journal.cleaned || (await keepsOriginals(journal.folder)),
    canRollBack: !journal.cleaned && state !== 'rolled-back',
    stepsDone: journal.plan.steps.filter((_, index) => journal.isDone(index)).length,
    steps: journal.plan.steps.length,
    stored: journal.stored(),
    places: journal.stored().map((stored) => storedPlace(journal.plan, stored)),
    leftInSwarm: takenBack(journal, all).map((stored) => storedPlace(journal.plan, stored)),
    files: journal.plan.steps.flatMap((step) => (step.do === 'swap' ? step.paths : [])),
  }
}
