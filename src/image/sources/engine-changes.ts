// The files that changed in a container since its image: which there are, and one or all of a folder as the engine gives them. Reads only.
import { NotFoundError, SecretscanError } from '../../support/errors.js'
import type { Issue } from '../../support/issue.js'
import { printable } from '../../support/printable.js'
import { readTar, type TarEntry } from '../../unpack/tar.js'
import { arrayOf, isObject, property, textOf } from '../json.js'
import { codeOf, type EngineClient, engineFailure, readAnswer } from './engine-client.js'
import { type EngineContainer, inspectContainer } from './engine-containers.js'

/**
 * Where Compose and Swarm put secrets. Mounts tell of files, not of what Compose has copied there (secrets from the environment) nor of a
 * Swarm's.
 */
const SECRETS = '/run/secrets'

/** Whether `path` is one of the secrets that a container was given. */
export const isGivenSecret = (path: string): boolean => path.startsWith(`${SECRETS}/`)

/** The engine's words for a path that is there no more, and for one that was not there (moby api/types/container, "ChangeType"). */
const DELETED = 2
const ADDED = 1

/** A path that was added or modified since the image. */
export interface ChangedPath {
  /** Absolute. */
  readonly path: string
  /** The topmost folder above it that is new as a whole and has nothing mounted in it: one archive of it brings all that is in it. */
  readonly newFolder?: string
}

/**
 * What was added or modified since the image, sorted. Folders that hold a listed path are left out, other folders may be among them.
 * @throws NotFoundError where the container is gone, UnreachableError.
 */
export async function changedPaths(
  client: EngineClient,
  container: EngineContainer,
  signal: AbortSignal,
): Promise<readonly ChangedPath[]> {
  const request = { path: `/containers/${encodeURIComponent(container.id)}/changes`, signal }
  const what = `container ${printable(container.name)}`
  const changes = await readAnswer(client, what, request).catch((error: unknown) => {
    throw error instanceof NotFoundError ? removed(container) : error
  })
  const changed = arrayOf(changes)
    .filter(isObject)
    .flatMap((change) => {
      const path = textOf(property(change, 'Path'))
      const kind = property(change, 'Kind')
      return path === undefined || kind === DELETED ? [] : [{ path, isNew: kind === ADDED }]
    })
  const parents = new Set(changed.map(({ path }) => path.slice(0, path.lastIndexOf('/'))))
  const newFolders = new Set(
    changed.flatMap(({ path, isNew }) =>
      isNew && parents.has(path) && !container.mountPoints.some((point) => isAtOrIn(point, path)) ? path : [],
    ),
  )
  return changed
    .map(({ path }) => path)
    .filter((path) => !parents.has(path) && path !== SECRETS)
    .filter((path) => !container.mountPoints.some((point) => isAtOrIn(path, point.replace(/\/$/, ''))))
    .sort()
    .map((path) => {
      const newFolder = foldersAbove(path).find((folder) => newFolders.has(folder))
      return newFolder === undefined ? { path } : { path, newFolder }
    })
}

const isAtOrIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** From the top. */
function foldersAbove(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(2).map((_, i) => parts.slice(0, i + 2).join('/'))
}

function removed({ name }: EngineContainer): NotFoundError {
  return new NotFoundError(`The container ${printable(name)} was removed while it was being scanned.`, {
    hint: 'Scan it again when it runs.',
  })
}

/**
 * A connection that breaks off ends the archive: whoever reads a body is told by that, and the next request says whether it is the
 * container or the engine that is gone. Throws everything else.
 */
function endOfStream(error: unknown, signal: AbortSignal): void {
  signal.throwIfAborted()
  if (codeOf(error) === '' || error instanceof SecretscanError) throw error
}

/** Everything in a folder, under its absolute path; [] where it is gone by now. @throws as entryAt. */
export async function* entriesIn(
  client: EngineClient,
  container: EngineContainer,
  folder: string,
  options: { readonly signal: AbortSignal; readonly on: (issue: Issue) => void },
): AsyncGenerator<TarEntry> {
  const stream = await archiveOf(client, container, folder, options.signal)
  if (stream === undefined) return
  try {
    // An archive names what it holds by the folder's own name.
    const above = folder.slice(0, folder.lastIndexOf('/') + 1)
    for await (const entry of readTar(stream, options)) {
      const path = `${above}${entry.path}`.replace(/\/$/, '')
      const bytes = entry.pathBytes
      yield {
        ...entry,
        path,
        ...(bytes === undefined ? {} : { pathBytes: Buffer.concat([Buffer.from(above), bytes]) }),
      }
    }
  } catch (error) {
    endOfStream(error, options.signal)
  } finally {
    stream.destroy()
  }
}

/**
 * The one entry at `path`, read to its end before the generator goes on; nothing where the path is gone by now, and only the folder
 * itself where it is one. @throws NotFoundError where the container is gone, UnreachableError.
 */
export async function* entryAt(
  client: EngineClient,
  container: EngineContainer,
  path: string,
  options: { readonly signal: AbortSignal; readonly on: (issue: Issue) => void },
): AsyncGenerator<TarEntry> {
  const stream = await archiveOf(client, container, path, options.signal)
  if (stream === undefined) return
  let isRead = false
  try {
    for await (const entry of readTar(stream, options)) {
      // Read to its end, so that its connection can serve again.
      if (isRead) continue
      yield entry
      // An archive of a folder goes on with all that is in it.
      if (entry.type === 'directory') return
      isRead = entry.type !== 'salvage'
    }
  } catch (error) {
    endOfStream(error, options.signal)
  } finally {
    stream.destroy()
  }
}

interface ArchiveStream extends AsyncIterable<Uint8Array> {
  destroy(): unknown
}

async function archiveOf(
  client: EngineClient,
  container: EngineContainer,
  path: string,
  signal: AbortSignal,
): Promise<ArchiveStream | undefined> {
  try {
    const request = { path, abortSignal: signal }
    return (await client.docker.getContainer(container.id).getArchive(request)) as unknown as ArchiveStream
  } catch (error) {
    if (codeOf(error) !== '404') throw await engineFailure(client, `container ${printable(container.name)}`, error)
    // The same answer for a path that is gone and for a container that is.
    await inspectContainer(client, container.id, signal).catch((gone: unknown) => {
      throw gone instanceof NotFoundError ? removed(container) : gone
    })
    return undefined
  }
}
