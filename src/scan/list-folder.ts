// The files below a path of the user's, for scanFiles: in a stable order, links named and never followed.
import { createReadStream, type Dirent } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFoundError, UnauthorizedError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import type { ListedFile } from './scan-files.js'
import type { Coverage } from './types.js'

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Opened when the first byte is asked for, so that a million listed files are not a million open ones. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: 1024 * 1024 })
}

async function listed(full: string, path: string): Promise<ListedFile | undefined> {
  const stats = await lstat(full)
  if (stats.isSymbolicLink()) return { path, size: 0, link: await readlink(full), body: nothing() }
  return stats.isFile() ? { path, size: stats.size, body: bytesOf(full) } : undefined
}

function unreadable(path: string, error: unknown): Coverage {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return {
    code: 'FOLDER_UNREADABLE',
    effect: 'skipped',
    place: { kind: 'file', path },
    detail: `The folder cannot be listed (${code}).`,
  }
}

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1)

async function* walk(root: string, folder: string, on: (coverage: Coverage) => void): AsyncGenerator<ListedFile> {
  let entries: readonly Dirent[]
  try {
    entries = (await readdir(join(root, folder), { withFileTypes: true })).sort(byName)
  } catch (error) {
    return on(unreadable(folder, error))
  }
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* walk(root, path, on)
    else yield* existing(join(root, path), path)
  }
}

/** Nothing for a file that went away since its folder was listed, and for sockets and devices. */
async function* existing(full: string, path: string): AsyncGenerator<ListedFile> {
  const file = await listed(full, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file !== undefined) yield file
}

/**
 * Every file below `root` with its path relative to it; `root` itself where it is a file. A folder that cannot be listed is told to
 * `on`. @throws NotFoundError, UnauthorizedError for `root`.
 */
export async function* listFolder(root: string, on: (coverage: Coverage) => void): AsyncGenerator<ListedFile> {
  const stats = await lstat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') throw new UnauthorizedError(`${printable(root)} may not be read by this user`)
    throw new NotFoundError(`There is no file or folder ${printable(root)}`, { cause: error })
  })
  if (stats.isDirectory()) yield* walk(root, '', on)
  else yield* existing(root, root.slice(root.lastIndexOf('/') + 1))
}
