// Runs that stand on each other: a migration whose secrets were rotated since, a rotation whose migration was taken back. Either way back
// could leave a project with a value that no longer counts. Not for edits of files (restore-files.ts).
import { MigrationStoppedError } from '../support/errors.js'
import { Journal } from './journal.js'
import { KEPT_AS_ASKED } from './journal-record.js'
import { storedFor } from './rotate/perform.js'
import { readablePlace } from './stored-place.js'
import type { StoredSecret } from './types.js'
import type { Workspace } from './workspace.js'

export interface LaterRotation {
  /** The rotation's run. */
  readonly id: string
  readonly name: string
  /** Where the current value is, for people. */
  readonly place: string
  /** false once `clean` has removed what it kept, or where it was put aside. */
  readonly canRollBack: boolean
}

const isRotation = ({ plan: { kind } }: Journal): boolean => kind === 'rotation' || kind === 'sync'

const isSame = (left: StoredSecret, right: StoredSecret): boolean =>
  left.name === right.name && left.store === right.store

/** Not taken back, or with `--keep-secrets`, which leaves its value where it is. */
const stillCounts = (rotation: Journal): boolean =>
  rotation.state() !== 'rolled-back' ||
  rotation.records.some((record) => record.type === 'kept' && record.reason === KEPT_AS_ASKED)

/** New versions that a run has made and not taken back. */
const versionsOf = (journal: Journal): readonly StoredSecret[] =>
  journal.plan.steps.flatMap((step) => {
    const stored = step.do === 'replace' ? storedFor(journal, step.name, step.ref) : undefined
    return stored === undefined ? [] : [stored]
  })

/** Rotations, newest first, of secrets that a migration wrote: the files that it restores know only the values of before. */
export async function rotatedSince(workspace: Workspace, journal: Journal): Promise<readonly LaterRotation[]> {
  return isRotation(journal) ? [] : laterRotations(workspace, journal)
}

async function laterRotations(workspace: Workspace, journal: Journal): Promise<readonly LaterRotation[]> {
  // A rollback that goes on has asked before.
  if (journal.state() === 'rolling-back') return []
  const own = journal.stored()
  return [...(await Journal.openAll(workspace))]
    .filter((each) => isRotation(each) && stillCounts(each) && each.begunAt > journal.begunAt)
    .reverse()
    .flatMap((each) =>
      versionsOf(each)
        .filter((version) => own.some((secret) => isSame(secret, version)))
        .map((version) => ({
          id: each.id,
          name: version.name,
          place: readablePlace(each.plan, version),
          canRollBack: !each.cleaned && each.state() !== 'rolled-back',
        })),
    )
}

/** @throws MigrationStoppedError (exit 5, nothing taken back) naming the rotations. */
export function assertNotRotated(id: string, rotations: readonly LaterRotation[]): void {
  if (rotations.length === 0) return
  const commands = rollbackCommands(rotations)
  const first = commands === '' ? '' : `Roll back what came later first: ${commands}. Or give`
  throw new MigrationStoppedError(
    `${rotationWords(rotations)}, and migration ${id} would bring back the value of before, which no longer counts. Nothing was taken back.`,
    {
      hint: `${first === '' ? 'Give' : first} --keep-secrets, and write the current value, which stays in ${placesOf(rotations)}, where it is needed yourself.`,
    },
  )
}

/**
 * Rotations of one secret are taken back one after the other: the value before an older one is not the one before the newest.
 * @throws MigrationStoppedError (exit 5, nothing taken back) naming the later ones
 */
export async function assertNewest(workspace: Workspace, journal: Journal): Promise<void> {
  const later = isRotation(journal) ? await laterRotations(workspace, journal) : []
  if (later.length === 0) return
  const names = [...new Set(later.map(({ name }) => name))]
  const isWay = later.every(({ canRollBack }) => canRollBack)
  throw new MigrationStoppedError(
    `${rotationWords(later)}: ${journal.id} wrote a version that no longer counts. Nothing was taken back.`,
    {
      hint: isWay
        ? `Roll back what came later first: ${rollbackCommands(later)}.`
        : `That is not taken back any more: write the value that is to count with ${names.map((name) => `secretscan rotate ${name}`).join(', ')}.`,
    },
  )
}

/** Of those that can be taken back, in the order in which that goes. */
const rollbackCommands = (rotations: readonly LaterRotation[]): string =>
  [...new Set(rotations.flatMap((each) => (each.canRollBack ? [each.id] : [])))]
    .map((each) => `secretscan migrate rollback ${each}`)
    .join(', ')

/** For questions and results: which secrets were rotated since, and by which runs. */
export function rotationWords(rotations: readonly LaterRotation[]): string {
  const names = [...new Set(rotations.map(({ name }) => name))]
  const ids = [...new Set(rotations.map(({ id }) => id))]
  return `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} rotated since (${ids.join(', ')})`
}

export const placesOf = (rotations: readonly LaterRotation[]): string =>
  [...new Set(rotations.map(({ place }) => place))].join(', ')

/**
 * Of a rotation whose migration was taken back, the place holds the one copy of the value that counts.
 * @throws MigrationStoppedError (exit 5) where a rollback would write over it
 */
export async function assertNotLastCopy(workspace: Workspace, journal: Journal): Promise<void> {
  if (!isRotation(journal) || journal.state() === 'rolling-back') return
  const migrations = (await Journal.openAll(workspace)).filter((each) => !isRotation(each))
  for (const version of versionsOf(journal)) {
    const holding = migrations.filter((each) => each.stored().some((secret) => isSame(secret, version)))
    const gone = holding.find((each) => each.state() === 'rolled-back' && each.begunAt < journal.begunAt)
    if (gone === undefined || holding.some((each) => each.state() === 'applied')) continue
    throw new MigrationStoppedError(
      `Migration ${gone.id} was taken back, and nothing but ${readablePlace(journal.plan, version)} has the current value of ${version.name} since: it was not written over.`,
      {
        hint: `Take the value from there to where its services read it. secretscan migrate clean ${journal.id} then removes the value of before, which the rotation keeps.`,
      },
    )
  }
}
