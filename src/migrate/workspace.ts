// The folder .secretscan of a project: key, lock, and one folder a migration. 0700, files 0600, never committed.
import { createHmac, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makePrivateFolder, writeAtomic } from '../support/atomic.js'
import { LockedError, UsageError } from '../support/errors.js'
import type { Secret } from '../support/secret.js'
import { isDiskFull } from './disk-full.js'
import { type Holder, takeLock } from './project-lock.js'

const KEY_BYTES = 32

export interface Workspace {
  readonly projectDir: string
  readonly folder: string
  readonly migrations: string
}

export function workspaceOf(projectDir: string): Workspace {
  const folder = join(projectDir, '.secretscan')
  return { projectDir, folder, migrations: join(folder, 'migrations') }
}

/** Makes the folders. Git is kept away from all but the references, even where no .gitignore of the project says so. */
export async function openWorkspace(projectDir: string): Promise<Workspace> {
  const workspace = workspaceOf(projectDir)
  try {
    await makePrivateFolder(workspace.migrations)
    await writeAtomic(join(workspace.folder, '.gitignore'), Buffer.from('*\n!secrets.yaml\n!agent.hcl\n'), {
      mode: 0o600,
    })
  } catch (cause) {
    throw notWritable(workspace, cause)
  }
  return workspace
}

/** What the system refuses is no bug: whose folder it is, and what stands there, is for a person to change. */
function notWritable({ folder }: Workspace, cause: unknown): unknown {
  const { code, syscall } = cause as NodeJS.ErrnoException
  // Node's word for a folder that cannot be made in a read-only file system.
  const isReadOnly = code === 'ENOENT' && syscall === 'mkdir' && existsSync(dirname(folder))
  if (isReadOnly)
    return new UsageError(`${folder} cannot be made: the file system is read-only.`, {
      hint: 'Runs are journalled there: make it writable. Nothing was changed.',
      cause,
    })
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'EDQUOT'].includes(code ?? '')) return cause
  return new UsageError(`${folder} cannot be written (${code}).`, {
    hint: `Runs are journalled there: ${isDiskFull(cause) ? 'make room' : 'check the owner and the permissions of the folder'}. Nothing was changed.`,
    cause,
  })
}

/** Runs `work` while this process alone may change the project. @throws LockedError when another run holds it. */
export async function withLock<T>(workspace: Workspace, work: () => Promise<T>): Promise<T> {
  const taken = await takeLock(join(workspace.folder, 'lock')).catch((cause: unknown) => {
    throw notWritable(workspace, cause)
  })
  if (typeof taken !== 'function') throw lockedBy(workspace, taken)
  try {
    return await work()
  } finally {
    await taken()
  }
}

function lockedBy({ projectDir }: Workspace, { state, pid, freeAt }: Holder): LockedError {
  if (state === 'unknown')
    return new LockedError(`Another run holds the lock of ${projectDir}, or did before it was killed.`, {
      hint: `Which of the two cannot be told from here (another container, another machine, or this one before it was started anew). Try again after ${freeAt.toISOString().slice(11, 19)} UTC: a lock that nothing renews is free then.`,
    })
  return new LockedError(`Another run is changing ${projectDir} (process ${pid}).`, {
    hint:
      state === 'suspended' ? 'It is suspended: let it go on (fg in its terminal), or end it.' : 'Wait for it to end.',
  })
}

/** Keyed hashes of values: equal values are told apart from changed ones, and no guess can be confirmed without the key. */
export interface ValueHasher {
  hmac(value: Secret): string
}

/** The project's key, made on first use. */
export async function openHasher(workspace: Workspace): Promise<ValueHasher> {
  const path = join(workspace.folder, 'key')
  const key = await readKey(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    try {
      await makePrivateFolder(workspace.folder)
      await writeAtomic(path, Buffer.from(`${randomBytes(KEY_BYTES).toString('hex')}\n`), {
        mode: 0o600,
        exclusive: true,
      })
    } catch (cause) {
      throw notWritable(workspace, cause)
    }
    return readKey(path)
  })
  return hashingBy(key)
}

const hashingBy = (key: Buffer): ValueHasher => ({
  hmac: (value) => createHmac('sha256', key).update(value.reveal()).digest('hex'),
})

/** By the key that is there: it is made by the first run that writes, and without one there is nothing to compare with. */
export async function knownHasher({ folder }: Workspace): Promise<ValueHasher> {
  const key = await readKey(join(folder, 'key')).catch((error: NodeJS.ErrnoException) => {
    // A folder that cannot be entered is told where something has to be written there.
    if (error.code === undefined) throw error
    return undefined
  })
  return key === undefined ? { hmac: () => '' } : hashingBy(key)
}

/**
 * Of a run that wrote something, the key tells what of that is as it was: another one tells nothing.
 * @throws UsageError where it is gone
 */
export async function assertKey({ folder }: Workspace, id: string): Promise<void> {
  const path = join(folder, 'key')
  const isGone = await readFile(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
  if (!isGone) return
  throw new UsageError(
    `${path} is gone, without which nobody can tell whether what migration ${id} wrote has changed.`,
    {
      hint: `Restore it from a backup. Without one, secretscan migrate rollback ${id} --keep-secrets restores the files; the secrets are yours to remove then.`,
    },
  )
}

async function readKey(path: string): Promise<Buffer> {
  const text = (await readFile(path, 'utf8')).trim()
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new UsageError(`${path} is not a key of this tool.`, {
      hint: 'Restore it from a backup, or move it away: a new one is made.',
    })
  }
  return Buffer.from(text, 'hex')
}
