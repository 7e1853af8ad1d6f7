// What a database refuses for reasons that are its machine's, in words for people. Other errors stay as the driver has them.
import { StoreError } from '../../support/errors.js'

/** SQLSTATE disk_full, which PostgreSQL gives for ENOSPC and for a quota. */
const DISK_FULL = /^(?:53100|ENOSPC|EDQUOT)$/

/** `error`, or a StoreError where the store's disk is full. */
export function toldFailure(error: unknown): unknown {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  if (typeof code !== 'string' || !DISK_FULL.test(code)) return error
  return new StoreError('The disk of the store is full.', {
    hint: 'Make room, then run the command again: nothing is lost, and a sweep goes on where it was.',
    cause: error,
  })
}

/** The result of `work`, or its error as toldFailure has it. */
export async function told<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw toldFailure(error)
  }
}
