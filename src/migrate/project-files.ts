// The project's own files as a migration sees them: drift since the plan, edits, swaps and their way back.
import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { type PreparedFile, prepareAtomic, removeTemporaries, tryToReplace, writeAtomic } from '../support/atomic.js'
import { MigrationStoppedError, UsageError } from '../support/errors.js'
import { isDiskFull, toldDiskFull } from './disk-full.js'
import type { Edit, MigrationPlan, PlanInput } from './types.js'

/** SHA-256 of `bytes` without the ranges of `cut`. */
export function maskedSha256(bytes: Uint8Array, cut: PlanInput['cut']): string {
  const hash = createHash('sha256')
  let at = 0
  for (const { start, end } of cut) {
    hash.update(bytes.subarray(at, start)).update('\0')
    at = end
  }
  return hash.update(bytes.subarray(at)).digest('hex')
}

/** The absolute path of a planned file. @throws UsageError for one that would leave the project where it is not the user's own. */
export function projectPath(plan: Pick<MigrationPlan, 'projectDir'>, path: string): string {
  if (isAbsolute(path)) return path
  return join(plan.projectDir, normalize(path))
}

export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** @throws UsageError naming the file that is no longer what the plan saw (exit 2: nothing was written). */
export async function checkDrift(plan: MigrationPlan): Promise<void> {
  for (const input of plan.inputs) {
    const bytes = await readIfThere(projectPath(plan, input.path))
    // A file that is to be made is planned as an empty one.
    if (maskedSha256(bytes ?? new Uint8Array(), input.cut) === input.maskedSha256) continue
    throw new UsageError(`${input.path} ${bytes === undefined ? 'is gone' : 'has changed'} since the plan was made.`, {
      hint: 'Make the plan again: secretscan migrate plan.',
    })
  }
}

/**
 * Asked before the first write: half of the files would be neither the one project nor the other.
 * @throws UsageError naming the file whose folder takes no new file (exit 2).
 */
export async function assertWritable(plan: Pick<MigrationPlan, 'projectDir'>, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const file = projectPath(plan, path)
    await tryToReplace(file).catch((cause: NodeJS.ErrnoException) => {
      // The folder of a file that is to be made.
      if (cause.code === 'ENOENT') return
      if (isDiskFull(cause)) throw toldDiskFull(cause, dirname(file))
      throw new UsageError(`${path} cannot be written (${cause.code}).`, {
        hint: `Check the owner and the permissions of ${dirname(file)}. Nothing was changed.`,
        cause,
      })
    })
  }
}

/** `bytes` with `edits` done. Edits are in order and do not overlap; insertions at one offset keep their order. */
export function applyByteEdits(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const parts: Uint8Array[] = []
  let at = 0
  for (const { start, end, insert } of edits) {
    if (start < at || end < start || end > bytes.length)
      throw new UsageError('The plan holds edits that do not fit its file.', { hint: 'Make the plan again.' })
    parts.push(bytes.subarray(at, start), Buffer.from(insert, 'utf8'))
    at = end
  }
  parts.push(bytes.subarray(at))
  return Buffer.concat(parts)
}

const same = (left: Uint8Array | undefined, right: Uint8Array | undefined): boolean =>
  left === undefined || right === undefined ? left === right : Buffer.compare(left, right) === 0

interface SwapFiles {
  readonly path: string
  readonly original: string
  readonly staged: string
  /** What a rollback made of a file that was edited since, and may have been about to write. */
  readonly merged?: string
}

/**
 * Keeps the original and makes the staged copy ready to be put in its place; done again after a crash it finishes what is left.
 * @returns undefined where it is in its place already
 * @throws MigrationStoppedError where the file is neither the original nor the staged copy: somebody else changed it.
 */
export async function swapIn(files: SwapFiles): Promise<PreparedFile | undefined> {
  const [current, staged, kept] = await Promise.all([
    readIfThere(files.path),
    readFile(files.staged),
    readIfThere(files.original),
  ])
  await removeTemporaries(files.path)
  if (same(current, staged)) return undefined
  if (kept === undefined && current !== undefined) {
    await writeAtomic(files.original, current, { mode: 0o600 })
  } else if (!same(current, kept)) {
    throw new MigrationStoppedError(`${files.path} was changed by someone else while the migration ran.`, {
      hint: 'Bring it back to what it was, then resume.',
    })
  }
  return prepareAtomic(files.path, staged, current === undefined ? { mode: 0o644 } : {})
}

/**
 * How a file stands after a migration. 'changed': someone edited it since.
 * A file without a kept original was new, or a crash came before it was touched; `swapped` tells which.
 */
export async function swapState(files: SwapFiles, swapped: boolean): Promise<'swapped' | 'untouched' | 'changed'> {
  const [current, staged, kept, merged] = await Promise.all([
    readIfThere(files.path),
    readIfThere(files.staged),
    readIfThere(files.original),
    files.merged === undefined ? undefined : readIfThere(files.merged),
  ])
  if (merged !== undefined && same(current, merged)) return 'untouched'
  if (kept !== undefined && same(current, kept)) return 'untouched'
  if (same(current, staged)) return 'swapped'
  return kept === undefined && (current === undefined || !swapped) ? 'untouched' : 'changed'
}

/** Makes it ready that `path` gets these bytes, or goes where there are none. */
export async function prepareBack(path: string, bytes: Uint8Array | undefined): Promise<PreparedFile> {
  if (bytes !== undefined) return prepareAtomic(path, bytes)
  return { commit: () => rm(path), drop: async () => undefined }
}
