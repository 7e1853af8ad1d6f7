// Why the PostgreSQL in a folder could not be opened or ended, in words: PGlite says only that it was aborted, whatever was in the way.
import { statfsSync } from 'node:fs'
import { sizeText } from '../../report/wording.js'
import { SecretscanError, StoreError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { toldFailure } from './told-failure.js'

/** Bytes: PostgreSQL may begin a new segment of its log (16 MB) at any time, and when it opens, and writes a checkpoint. */
const NEEDED = 40_000_000
/** Bytes: what a new store begins with. */
const NEEDED_NEW = 64_000_000

export interface EmbeddedUse {
  readonly folder: string
  /** What failed: making the store, opening one that was there, asking it. */
  readonly at: 'making' | 'opening' | 'asking'
  /** Bytes that are free on the disk of a folder. */
  readonly free?: (folder: string) => number
}

/** `error`, or a StoreError where the disk is full or the store damaged. */
export function embeddedFailure(error: unknown, { folder, at, free = freeBytes }: EmbeddedUse): unknown {
  const told = toldFailure(error)
  if (told instanceof SecretscanError || !isOfPglite(error)) return told
  const [room, needed] = [free(folder), at === 'making' ? NEEDED_NEW : NEEDED]
  if (room < needed)
    return new StoreError(
      `The disk of the store is full: ${sizeText(room)} are free, and PostgreSQL may take ${sizeText(needed)}.`,
      {
        hint: 'Make room, then run the command again: nothing is lost, and a sweep goes on where it was.',
        cause: error,
      },
    )
  if (at !== 'opening') return error
  return new StoreError(
    `The store in ${printable(folder)} cannot be opened: it is damaged, or of another version of PostgreSQL.`,
    {
      hint: 'Restore a copy of the folder. Without one, move it away and sweep anew: everything is read again, and acknowledgements are lost.',
      cause: error,
    },
  )
}

/** What PGlite throws where PostgreSQL ended: an abort of its WebAssembly, its file system's errors, or one of its own without a code. */
function isOfPglite(error: unknown): boolean {
  const { name, message = '', code } = (error ?? {}) as Partial<NodeJS.ErrnoException>
  return name === 'RuntimeError' || name === 'ErrnoError' || (code === undefined && message.startsWith('PGlite '))
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
