// The lock of a project: a folder with one empty file in it, whose name says which process holds it (support/process-identity.ts). Whoever
// renames that file has the lock, so that of several that take over from a dead process one gets it. Where a holder cannot be looked at
// (another machine, another container), its lock is free once it is no longer renewed.
import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readdir, rename, rmdir, stat, unlink, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownerIn } from '../support/atomic.js'
import { type Liveness, livenessOf, ownIdentity, pidIn } from '../support/process-identity.js'

/** ms after which a lock that is not renewed is free. */
const STALE = 30_000
const RENEW = 10_000
/** What another process is in the middle of is over in no time: looked at so often, so many ms apart. */
const ATTEMPTS = 8
const PAUSE = 40

/** Who holds a lock. */
export interface Holder {
  readonly state: Exclude<Liveness, 'dead'>
  /** undefined where it cannot be told. */
  readonly pid?: number
  /** When it is free unless it is renewed. */
  readonly freeAt: Date
}

/** @returns what gives the lock back; who holds it where somebody else does. @throws the system's error */
export async function takeLock(folder: string): Promise<(() => Promise<void>) | Holder> {
  const own = (await ownIdentity()) ?? `unknown-${randomBytes(8).toString('hex')}`
  for (let attempt = 1; ; attempt++) {
    const got = (await makeLock(folder, own)) ?? (await takeOver(folder, own))
    if (got === 'mine') return keepLock(folder, own)
    if (got !== 'again' && (got.state !== 'unknown' || attempt >= ATTEMPTS)) return got
    if (attempt >= ATTEMPTS) return { state: 'unknown', freeAt: new Date(Date.now() + STALE) }
    await sleep(PAUSE)
  }
}

type Outcome = 'mine' | 'again'

/** undefined: there is one. */
async function makeLock(folder: string, own: string): Promise<Outcome | undefined> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return undefined
  }
  const owner = await ownerIn(dirname(folder))
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid).catch(() => undefined)
  try {
    await (await open(join(folder, own), 'wx', 0o600)).close()
  } catch (error) {
    // Slept for so long that another one took the empty folder for one that was left.
    if (codeOf(error) === 'ENOENT') return 'again'
    await rmdir(folder).catch(() => undefined)
    throw error
  }
  return confirm(folder, own)
}

/** Of a holder that is dead, or that has not renewed it. */
async function takeOver(folder: string, own: string): Promise<Outcome | Holder> {
  try {
    const freeAt = new Date((await stat(folder)).mtimeMs + STALE)
    const isStale = freeAt.getTime() <= Date.now()
    const held = await readdir(folder)
    if (held.length === 0) {
      if (!isStale) return { state: 'unknown', freeAt }
      await rmdir(folder)
      return 'again'
    }
    for (const identity of held) {
      const state = await livenessOf(identity)
      if (state === 'alive' || state === 'suspended') return { state, pid: pidIn(identity), freeAt }
      if (state === 'unknown' && !isStale) return { state, freeAt }
    }
    const [first = '', ...others] = held
    await rename(join(folder, first), join(folder, own))
    for (const other of others) await unlink(join(folder, other)).catch(() => undefined)
    return confirm(folder, own)
  } catch (error) {
    // Another one was faster.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTEMPTY') return 'again'
    throw error
  }
}

/** Two that came at the same time both step back. */
async function confirm(folder: string, own: string): Promise<Outcome> {
  const held = await readdir(folder).catch(() => [])
  if (held.length === 1 && held[0] === own) return 'mine'
  await giveBack(folder, own)
  return 'again'
}

function keepLock(folder: string, own: string): () => Promise<void> {
  const renewing = setInterval(() => {
    const now = new Date()
    utimes(folder, now, now).catch(() => undefined)
  }, RENEW)
  renewing.unref()
  return async () => {
    clearInterval(renewing)
    await giveBack(folder, own)
  }
}

/** What somebody else has taken over stays theirs. */
async function giveBack(folder: string, own: string): Promise<void> {
  await unlink(join(folder, own))
    .then(() => rmdir(folder))
    .catch(() => undefined)
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
