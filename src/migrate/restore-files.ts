// Gives a migration's files their bytes of before. Where somebody edited other lines since, their edits stay; where they edited the same lines,
// nothing is touched and it is told which.
import { relative } from 'node:path'
import { type LoadOptions, loadProject } from '../compose/load.js'
import { makePrivateFolder, type PreparedFile, prepareAll, removeTemporaries, writeAtomic } from '../support/atomic.js'
import { MigrationStoppedError, SecretscanError } from '../support/errors.js'
import { filesOf } from './apply.js'
import type { Journal } from './journal.js'
import { behindLaterRuns, laterRuns } from './later-runs.js'
import { leftReference } from './left-references.js'
import { mergeBack, type Overlap } from './merge-back.js'
import { mergeProblem } from './merge-check.js'
import { loadOf } from './plan-load.js'
import { applyByteEdits, assertWritable, prepareBack, projectPath, readIfThere, swapState } from './project-files.js'
import type { Edit } from './types.js'

export interface RestoredFiles {
  readonly restored: readonly string[]
  /** Those that hold somebody's edits beside the bytes of before. */
  readonly merged: readonly string[]
  readonly deleted: readonly string[]
}

interface FileNow {
  readonly path: string
  readonly state: 'swapped' | 'changed'
  readonly original: Uint8Array | undefined
  readonly written: Uint8Array
  readonly now: Uint8Array
  readonly merged: Uint8Array | undefined
}

/**
 * All files are looked at before the first is restored: half a rollback would be neither the one project nor the other.
 * @param keepSecrets what the migration stored stays as well @throws MigrationStoppedError, UsageError for a folder that cannot be written
 */
export async function restoreFiles(journal: Journal, keepSecrets: boolean): Promise<RestoredFiles> {
  // A rollback that goes on has asked before.
  const isNew = journal.state() !== 'rolling-back'
  const files = await filesNow(journal, isNew).catch(async (error: unknown) => {
    throw behindLaterRuns(await laterRuns(journal), error)
  })
  if (isNew) await assertUnused(journal, files, keepSecrets)
  const pathsOf = (some: readonly FileNow[]) => some.map(({ path }) => path)
  await assertWritable(journal.plan, pathsOf(files))
  const prepared = await prepareAll(files, (file) => prepareFile(journal, file))
  await journal.write({ type: 'rolling-back' }).catch(async (error: unknown) => {
    await prepared.drop()
    throw error
  })
  await prepared.commit()
  const deleted = pathsOf(files.filter((file) => bytesAfter(file) === undefined))
  const left = files.filter(({ path }) => !deleted.includes(path))
  return {
    restored: pathsOf(left.filter(({ merged }) => merged === undefined)),
    merged: pathsOf(left.filter(({ merged }) => merged !== undefined)),
    deleted,
  }
}

/** @throws MigrationStoppedError where edits since cannot be kept */
async function filesNow(journal: Journal, isNew: boolean): Promise<readonly FileNow[]> {
  const files: FileNow[] = []
  for (const [index, step] of journal.plan.steps.entries()) {
    if (step.do !== 'swap' || !journal.isBegun(index)) continue
    for (const path of step.paths) {
      await removeTemporaries(projectPath(journal.plan, path))
      const state = await swapState(filesOf(journal, path), journal.isDone(index))
      if (state !== 'untouched') files.push(await fileNow(journal, path, state))
    }
  }
  if (isNew && files.some(({ merged }) => merged !== undefined)) await assertMeaning(journal, files)
  return files
}

async function fileNow(journal: Journal, path: string, state: FileNow['state']): Promise<FileNow> {
  const files = filesOf(journal, path)
  const [original, written, now] = await Promise.all([
    readIfThere(files.original),
    readIfThere(files.staged),
    readIfThere(files.path),
  ])
  const step = journal.plan.steps.find((each) => each.do === 'stage' && each.path === path)
  const edits = step?.do === 'stage' ? step.edits : []
  if (original === undefined && wasThere(journal, path)) throw lost(journal, files.original, 'is gone')
  if (written === undefined) throw lost(journal, files.staged, 'is gone')
  if (!isMadeFrom(original ?? new Uint8Array(), edits, written))
    throw lost(journal, files.original, 'is not what it was')
  const common = { path, state, original, written }
  if (state === 'swapped') return { ...common, now: now ?? new Uint8Array(), merged: undefined }
  if (now === undefined)
    throw new MigrationStoppedError(`${path} is gone since the migration: nothing was taken back.`, {
      hint: `Bring it back and run rollback again. What the migration wrote is kept in ${files.staged}, what was there before in ${files.original}.`,
    })
  const own = await withoutRotations(journal, path, now)
  const result = mergeBack(original ?? new Uint8Array(), edits, own)
  if ('overlaps' in result) throw overlapping(journal, path, result.overlaps)
  const isOriginal = original !== undefined && Buffer.compare(result.bytes, original) === 0
  return { ...common, now: own, merged: isOriginal ? undefined : result.bytes }
}

/** `now` as it would be without the names of versions that rotations since wrote into it: the secrets that they name leave it anyway. */
async function withoutRotations(journal: Journal, path: string, now: Uint8Array): Promise<Uint8Array> {
  if (journal.plan.kind === 'rotation' || journal.plan.kind === 'sync') return now
  let bytes = now
  for (const later of await laterRuns(journal)) {
    const step = later.plan.steps.find((each) => each.do === 'stage' && each.path === path)
    if (later.plan.kind !== 'rotation' || step?.do !== 'stage') continue
    const before = await readIfThere(filesOf(later, path).original)
    const result = before === undefined ? undefined : mergeBack(before, step.edits, bytes)
    if (result !== undefined && 'bytes' in result) bytes = result.bytes
  }
  return bytes
}

/** Of a file that the run keeps itself. */
function lost({ id, folder }: Journal, file: string, what: string): MigrationStoppedError {
  return new MigrationStoppedError(
    `${relative(folder, file)} of migration ${id}, which a rollback needs, ${what}: nothing was taken back.`,
    { hint: `Bring ${folder} back from a backup and run rollback again, or take the files from version control.` },
  )
}

/** The edits make `after` of `before`, as they did then. */
function isMadeFrom(before: Uint8Array, edits: readonly Edit[], after: Uint8Array): boolean {
  const isThere = edits.every(({ end }) => end <= before.length)
  return isThere && Buffer.compare(applyByteEdits(before, edits), after) === 0
}

/** The migration found a file there: it kept the original. */
function wasThere({ plan, records }: Journal, path: string): boolean {
  const stage = plan.steps.findIndex((step) => step.do === 'stage' && step.path === path)
  return records.some((record) => record.type === 'staged' && record.step === stage && record.hmac !== undefined)
}

const linesOf = ({ first, last }: Overlap): string => (first === last ? `line ${first}` : `lines ${first} to ${last}`)

function overlapping(journal: Journal, path: string, overlaps: readonly Overlap[]): MigrationStoppedError {
  const where = [...new Set(overlaps.map(linesOf))].join(', ')
  const { path: file, staged, original } = filesOf(journal, path)
  return new MigrationStoppedError(
    `${path} was edited since the migration in ${where}, where the migration wrote, too: nothing was taken back.`,
    {
      hint: `See both with: diff -u ${staged} ${file}. Write those lines as the migration did (other edits may stay) and run rollback again; or put what was there before, kept in ${original}, in their place by hand.`,
    },
  )
}

/** @throws MigrationStoppedError where a Compose file beside these uses a secret that leaves with them. */
async function assertUnused(journal: Journal, files: readonly FileNow[], keepSecrets: boolean): Promise<void> {
  const { plan } = journal
  const own = files.map(({ path, now, original, merged }) => ({
    path: projectPath(plan, path),
    now,
    after: merged ?? original ?? new Uint8Array(),
  }))
  const older = new Set(journal.stored().flatMap(({ name, createdByUs }) => (createdByUs ? [] : [name])))
  const used = await leftReference(plan.projectDir, own, (name) => keepSecrets || older.has(name))
  if (used === undefined) return
  throw new MigrationStoppedError(`${used}, which would leave with the migration: nothing was taken back.`, {
    hint: 'Take it out there (a secret may be declared in that file, too) and run rollback again.',
  })
}

/** @throws MigrationStoppedError where the merged files would not mean what was meant before and since. */
async function assertMeaning(journal: Journal, files: readonly FileNow[]): Promise<void> {
  const load: LoadOptions = loadOf(journal.plan, { profiles: ['*'], env: process.env })
  const at = (bytesOf: (file: FileNow) => Uint8Array) =>
    loadProject({
      ...load,
      overlay: new Map(files.map((file) => [projectPath(journal.plan, file.path), bytesOf(file)])),
    })
  const empty = new Uint8Array()
  const paths = files.filter(({ merged }) => merged !== undefined).map(({ path }) => path)
  const problem = await (async () => {
    return mergeProblem({
      before: await at(({ original }) => original ?? empty),
      written: await at(({ written }) => written),
      now: await at(({ now }) => now),
      merged: await at(({ merged: bytes, original }) => bytes ?? original ?? empty),
    })
  })().catch((error: unknown) => {
    if (error instanceof SecretscanError) return error.message.replace(/\.$/, '')
    throw error
  })
  if (problem === undefined) return
  throw new MigrationStoppedError(
    `${paths.join(', ')} was edited since the migration, and taking it back around these edits would not leave what is meant (${problem}): nothing was taken back.`,
    {
      hint: `See the edits with: ${paths.map((path) => `diff -u ${journal.staged(path)} ${projectPath(journal.plan, path)}`).join('; ')}. Undo those that depend on what the migration wrote, and run rollback again.`,
    },
  )
}

/** What the file holds in the end; undefined where nothing is left of it. */
function bytesAfter({ original, merged }: FileNow): Uint8Array | undefined {
  if (merged === undefined) return original
  return merged.length === 0 && original === undefined ? undefined : merged
}

/** Merged bytes are kept until the end, so that a run that was killed knows them again. */
async function prepareFile(journal: Journal, file: FileNow): Promise<PreparedFile> {
  const { path, merged } = filesOf(journal, file.path)
  const bytes = bytesAfter(file)
  if (file.merged !== undefined && bytes !== undefined) {
    await makePrivateFolder(journal.mergedFolder)
    await writeAtomic(merged, bytes, { mode: 0o600 })
  }
  return prepareBack(path, bytes)
}
