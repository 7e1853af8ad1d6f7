// The files below a path of the user's, for scanFiles: in a stable order, links named and never followed.
import { closeSync, constants, createReadStream, lstatSync, openSync, readSync, type Stats } from 'node:fs'
import { readdir, readlink, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { contextFiles } from '../dockerfile/context.js'
import { NotFoundError, UnauthorizedError, UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import type { ListedFile } from './scan-files.js'
import type { Coverage } from './types.js'

export interface ListOptions {
  readonly on: (coverage: Coverage) => void
  /** Only what `docker build` would send of the folder. */
  readonly asBuildContext: boolean
}

/** A path below the root: its exact bytes, and as text. */
interface Name {
  readonly bytes: Buffer
  readonly path: string
  readonly pathBase64?: string
}

const SLASH = Buffer.from('/')
/** Sent to the builder whatever .dockerignore says. */
const ALWAYS_SENT = ['Dockerfile', '.dockerignore']

function nameOf(bytes: Buffer): Name {
  const path = bytes.toString('utf8')
  return Buffer.from(path).equals(bytes) ? { bytes, path } : { bytes, path, pathBase64: bytes.toString('base64') }
}

const under = (folder: Buffer, name: Buffer): Buffer =>
  folder.length === 0 ? name : Buffer.concat([folder, SLASH, name])

async function* nothing(): AsyncGenerator<Uint8Array> {}

const PIECE = 1024 * 1024
/** What was listed as a file may be a pipe or a link by now: neither is waited for or followed. */
const AS_LISTED = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

/** Opened when the first byte is asked for, so that a million listed files are not a million open ones. */
async function* bytesOf(path: Buffer): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: PIECE })
}

/** As bytesOf. A folder has many small files: a stream and its buffer for each of them would take longer than to scan them. */
async function* bytesOfListed(path: Buffer, size: number): AsyncGenerator<Uint8Array> {
  if (size >= PIECE) return yield* bytesOf(path)
  const file = openSync(path, AS_LISTED)
  try {
    // One byte more than there should be: a file that has not grown is known to be at its end.
    for (let isWhole = false; !isWhole; ) {
      const piece = Buffer.allocUnsafe(size + 1)
      const count = readSync(file, piece)
      isWhole = count <= size
      if (count > 0) yield piece.subarray(0, count)
    }
  } finally {
    closeSync(file)
  }
}

function unseen(code: string, effect: Coverage['effect'], { path, pathBase64 }: Name, detail: string): Coverage {
  const exact = pathBase64 === undefined ? {} : { pathBase64 }
  return { code, effect, place: { kind: 'file', path, ...exact }, detail }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'

class Listing {
  readonly #root: Buffer
  readonly #on: ListOptions['on']

  constructor(root: string, on: ListOptions['on']) {
    this.#root = Buffer.from(root)
    this.#on = on
  }

  async *walk(folder: Buffer): AsyncGenerator<ListedFile> {
    const names = await readdir(under(this.#root, folder), { encoding: 'buffer' }).catch((error: unknown) => {
      const detail = `The folder cannot be listed (${reasonOf(error)}).`
      this.#on(unseen('FOLDER_UNREADABLE', 'skipped', nameOf(folder), detail))
      return []
    })
    for (const name of names.sort(gitFirst)) {
      const path = under(folder, name)
      const stats = this.#stats(path)
      if (stats?.isDirectory() === true) yield* this.walk(path)
      else if (stats !== undefined) yield* this.#listed(path, stats)
    }
  }

  /** One file by its path below the root. */
  async *one(path: string): AsyncGenerator<ListedFile> {
    const bytes = Buffer.from(path)
    const stats = this.#stats(bytes)
    if (stats !== undefined && !stats.isDirectory()) yield* this.#listed(bytes, stats)
  }

  /** Undefined for a file that went away since its folder was listed, and, with a word in coverage, for one that cannot be looked at. */
  #stats(path: Buffer): Stats | undefined {
    try {
      return lstatSync(under(this.#root, path))
    } catch (error) {
      if (reasonOf(error) === 'ENOENT') return undefined
      const detail = `The file cannot be looked at (${reasonOf(error)}).`
      this.#on(unseen('FILE_UNREADABLE', 'skipped', nameOf(path), detail))
      return undefined
    }
  }

  async *#listed(path: Buffer, stats: Stats): AsyncGenerator<ListedFile> {
    const full = under(this.#root, path)
    const name = nameOf(path)
    const exact = name.pathBase64 === undefined ? {} : { pathBase64: name.pathBase64 }
    const about = { path: name.path, ...exact }
    if (stats.isFile()) yield { ...about, size: stats.size, body: bytesOfListed(full, stats.size) }
    else if (stats.isSymbolicLink()) {
      const link = await readlink(full).catch(() => undefined)
      if (link !== undefined) yield { ...about, size: 0, link, body: nothing() }
    } else {
      const detail = 'A device, pipe or socket is no file with contents; it was not opened.'
      this.#on(unseen('SPECIAL_FILE', 'note', name, detail))
    }
  }
}

async function* buildContext(root: string, listing: Listing, on: ListOptions['on']): AsyncGenerator<ListedFile> {
  const sent = new Set<string>()
  for await (const { path } of contextFiles(resolve(root), { on })) {
    if (ALWAYS_SENT.includes(path)) sent.add(path)
    yield* listing.one(path)
  }
  for (const path of ALWAYS_SENT) if (!sent.has(path)) yield* listing.one(path)
}

/**
 * Every file below `root` with its path relative to it; `root` itself where it is a file. A link that is the root is followed: the
 * user named it. What cannot be listed or has no contents is told to `on`. @throws NotFoundError, UnauthorizedError for `root`;
 * UsageError where a build context is no folder.
 */
export async function* listFolder(root: string, options: ListOptions): AsyncGenerator<ListedFile> {
  const { on, asBuildContext } = options
  const stats = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') throw new UnauthorizedError(`${printable(root)} may not be read by this user.`)
    throw new NotFoundError(`There is no file or folder ${printable(root)}.`, {
      hint: 'Check the path.',
      cause: error,
    })
  })
  const isFolder = stats.isDirectory()
  if (!isFolder && asBuildContext) {
    throw new UsageError(`${printable(root)} is no folder, so it is no build context`, {
      hint: 'Name the folder that is given to docker build.',
    })
  }
  if (asBuildContext) yield* buildContext(root, new Listing(root, on), on)
  else if (isFolder) yield* new Listing(root, on).walk(Buffer.alloc(0))
  else if (stats.isFile()) yield { path: basename(root), size: stats.size, body: bytesOf(Buffer.from(root)) }
  else yield { path: basename(root), body: bytesOf(Buffer.from(root)) }
}

const GIT = Buffer.from('.git')

/** By bytes, but .git before all: that there are git objects is known when the files come whose content they may be. */
function gitFirst(a: Buffer, b: Buffer): number {
  return Number(b.equals(GIT)) - Number(a.equals(GIT)) || Buffer.compare(a, b)
}
