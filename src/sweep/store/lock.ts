// The lock of an embedded store. PGlite does not lock its folder, and two writers lose rows without an error: one process opens it, others
// ask that one (owner-server.ts).
import { join } from 'node:path'
import { lock } from 'proper-lockfile'
import { makePrivateFolder } from '../../support/atomic.js'
import { LockedError } from '../../support/errors.js'
import { toldFolderFailure } from './told-failure.js'

/** ms after which a lock that its holder no longer renews may be taken over. */
const STALE = 15_000
const RENEW = 3_000

export interface StoreLock {
  release(): Promise<void>
}

/**
 * Makes the folder where there is none. `onLost`: somebody else has taken the lock over (this process was stopped for long): write
 * nothing any more. @throws LockedError while another process holds it.
 */
export async function lockStore(folder: string, onLost: () => void): Promise<StoreLock> {
  try {
    await makePrivateFolder(folder)
    const release = await lock(folder, {
      stale: STALE,
      update: RENEW,
      lockfilePath: join(folder, 'lock'),
      onCompromised: onLost,
    })
    return { release: () => release().catch(() => undefined) }
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ELOCKED') throw toldFolderFailure(cause, folder)
    throw new LockedError(`Another sweep holds the store ${folder}.`, {
      hint: `Wait for it to end; after a crash the store is free within ${STALE / 1000} seconds.`,
      cause,
    })
  }
}
