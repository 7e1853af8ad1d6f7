// A disk without room is no bug, and what a run was about to do can be done once there is some.
import { UsageError } from '../support/errors.js'

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (ENOSPC)',
  EDQUOT: "the user's quota of the disk is used up (EDQUOT)",
}

/** What to tell of an error that comes of a disk without room; undefined for other errors. */
export function diskFullWords(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return WORDS[(error as NodeJS.ErrnoException).code ?? ''] ?? diskFullWords(error.cause)
}

export const isDiskFull = (error: unknown): boolean => diskFullWords(error) !== undefined

/** An error that comes of a disk without room, as one that says so (exit code 2 where nothing was written); any other as it is. `folder`: in which was written. */
export function toldDiskFull(error: unknown, folder: string): unknown {
  const words = diskFullWords(error)
  if (words === undefined) return error
  return new UsageError(`Nothing more can be written to ${folder}: ${words}.`, { hint: makeRoom(folder), cause: error })
}

/** A sentence. */
export const makeRoom = (folder: string): string =>
  `Make room on the disk that ${folder} is on (df says how full it is).`
