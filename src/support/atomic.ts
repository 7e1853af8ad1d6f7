// Files that are either the old or the new one, whatever happens in between: temp file beside it, fsync, rename, fsync of the folder.
import { randomBytes } from 'node:crypto'
import { chmod, chown, lchown, link, lstat, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export interface WriteOptions {
  /** Permission bits; default: the existing file's, else 0600. */
  readonly mode?: number
  /** Default: the existing file's owner is kept, where this process may; a new one's is that of its folder, where root makes it. */
  readonly owner?: Owner
  /** true: fails with EEXIST where the file exists already. */
  readonly exclusive?: boolean
}

const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What root makes in somebody's folder is theirs, as if they had run this: else they could neither read nor remove it. undefined: nobody else's */
export async function ownerIn(folder: string): Promise<Owner | undefined> {
  if (process.geteuid?.() !== 0) return undefined
  const { uid, gid } = await stat(folder)
  return uid === 0 ? undefined : { uid, gid }
}

/** Writes a new file with its exact bits, whatever the umask, and does not return before it is on the disk. */
async function writeNew(path: string, bytes: Uint8Array, options: WriteOptions): Promise<void> {
  const handle = await open(path, 'wx', PRIVATE_FILE)
  try {
    await handle.writeFile(bytes)
    const owner = options.owner ?? (await ownerIn(dirname(path)))
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid)
    await handle.chmod(options.mode ?? PRIVATE_FILE)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Replaces (or makes) the file at `path`. A symbolic link stays a link: what it points to is replaced.
 * @throws the system's error; nothing half-written stays behind.
 */
export async function writeAtomic(path: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<void> {
  if (options.exclusive) return writeExclusive(path, bytes, options)
  const prepared = await prepareAtomic(path, bytes, options)
  await prepared.commit().catch(async (error: unknown) => {
    await prepared.drop()
    throw error
  })
}

/** A file's next bytes, on the disk beside it. */
export interface PreparedFile {
  /** Gives the file these bytes: a rename, which needs no room on the disk. */
  commit(): Promise<void>
  /** For what shall not be committed. */
  drop(): Promise<void>
}

/** The part of writeAtomic() that takes room and may be refused, so that several files can be replaced once all of them can be. */
export async function prepareAtomic(
  path: string,
  bytes: Uint8Array,
  options: Omit<WriteOptions, 'exclusive'> = {},
): Promise<PreparedFile> {
  const target = await realpath(path).catch(() => path)
  const existing = await stat(target).catch(() => undefined)
  const temporary = temporaryFor(target)
  const mode = options.mode ?? (existing === undefined ? PRIVATE_FILE : existing.mode & 0o7777)
  try {
    await writeNew(temporary, bytes, { mode, ...(options.owner === undefined ? {} : { owner: options.owner }) })
    if (options.owner === undefined && existing !== undefined) await keepOwner(temporary, existing, mode)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return {
    commit: async () => {
      await rename(temporary, target)
      await syncFolder(dirname(target))
    },
    drop: () => rm(temporary, { force: true }),
  }
}

/**
 * Prepares with `each` for all of `items`: all are replaced or, where one cannot be, none.
 * @param each gives undefined for what needs no change @throws what it throws; nothing is left of the others then
 */
export async function prepareAll<T>(
  items: readonly T[],
  each: (item: T) => Promise<PreparedFile | undefined>,
): Promise<PreparedFile> {
  const all: PreparedFile[] = []
  const drop = async () => {
    for (const prepared of all) await prepared.drop()
  }
  const orDrop = async (error: unknown) => {
    await drop()
    throw error
  }
  const prepare = async () => {
    for (const item of items) {
      const prepared = await each(item)
      if (prepared !== undefined) all.push(prepared)
    }
  }
  const commit = async () => {
    for (const prepared of all) await prepared.commit()
  }
  await prepare().catch(orDrop)
  return { commit: () => commit().catch(orDrop), drop }
}

/** Answers of file systems that know no second name of a file. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Whole or not at all, and never over what is there: a link fails where the name is taken, a rename would not. */
async function writeExclusive(path: string, bytes: Uint8Array, options: WriteOptions): Promise<void> {
  const temporary = temporaryFor(path)
  try {
    await writeNew(temporary, bytes, options)
    await link(temporary, path).catch(async (error: NodeJS.ErrnoException) => {
      if (!NO_LINKS.has(error.code ?? '')) throw error
      await writeNew(path, bytes, options)
    })
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(path))
}

const temporaryFor = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)

/** Whether writeAtomic() may replace or make the file: tried, since permissions are not all that can forbid it. @throws the system's error */
export async function tryToReplace(path: string): Promise<void> {
  const temporary = temporaryFor(await realpath(path).catch(() => path))
  try {
    await writeNew(temporary, new Uint8Array(), {})
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Removes what a write of `path` left behind when it was killed. For who knows that nobody else writes it now. */
export async function removeTemporaries(path: string): Promise<void> {
  const target = await realpath(path).catch(() => path)
  const names = await readdir(dirname(target)).catch(() => [])
  for (const name of names) {
    const own =
      name.startsWith(`.${basename(target)}.`) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(basename(target).length + 2))
    if (own) await rm(join(dirname(target), name), { force: true })
  }
}

/** Another user's file stays theirs where this process may give files away; else the bits are what counts. */
async function keepOwner(path: string, owner: Owner, mode: number): Promise<void> {
  const made = await lstat(path)
  if (made.uid === owner.uid && made.gid === owner.gid) return
  await chown(path, owner.uid, owner.gid).catch(() => undefined)
  await chmod(path, mode)
}

/** Makes a folder (and its parents) that only its owner may enter; an existing one keeps its bits. */
export async function makePrivateFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
  if (first === undefined) return
  await chmod(folder, PRIVATE_FOLDER)
  const above = dirname(resolve(first))
  const owner = await ownerIn(above)
  if (owner === undefined) return
  for (let made = resolve(folder); made.length > above.length; made = dirname(made))
    await lchown(made, owner.uid, owner.gid)
}

/** Appends a line and does not return before it is on the disk. */
export async function appendDurably(path: string, line: string): Promise<void> {
  const isNew = !(await lstat(path).then(Boolean, () => false))
  const handle = await open(path, 'a', PRIVATE_FILE)
  try {
    const owner = isNew ? await ownerIn(dirname(path)) : undefined
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid)
    await handle.appendFile(`${line}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
