// The files that changed in a container since its image, listed one by one for scan-files.ts. Never reads more than was listed.

import { type ChangedPath, entriesIn, entryAt, isGivenSecret } from '../image/sources/engine-changes.js'
import type { EngineClient } from '../image/sources/engine-client.js'
import type { EngineContainer } from '../image/sources/engine-containers.js'
import type { TarEntry } from '../unpack/tar.js'
import type { ListedFile } from './scan-files.js'
import type { Coverage, FilePlace } from './types.js'

/** Changed paths that are looked at: each is a request to the engine. */
const MOST_CHANGED = 100_000

export interface ChangedFiles {
  readonly files: AsyncIterable<ListedFile>
  readonly coverage: readonly Coverage[]
  /** What ended the listing early, once it has ended. */
  readonly failure: () => unknown
}

/**
 * `paths` as files, in order. A path that is gone by now is a note; where the container or the engine goes away the listing ends and
 * `failure` tells why, so that what was read before is kept.
 */
export function changedFiles(
  client: EngineClient,
  container: EngineContainer,
  paths: readonly ChangedPath[],
  signal: AbortSignal,
): ChangedFiles {
  const given = paths.filter(({ path }) => isGivenSecret(path))
  const read = paths.filter(({ path }) => !isGivenSecret(path))
  const coverage: Coverage[] = given.length === 0 ? [] : [leftAlone(given.length)]
  let failure: unknown
  async function* files(): AsyncGenerator<ListedFile> {
    try {
      for (const { folder, inside } of byRequest(read.slice(0, MOST_CHANGED))) {
        // What the folder's archive did not bring is asked for by itself.
        const left = folder === undefined ? inside : yield* filesIn(folder, inside)
        for (const path of left) yield* filesAt(path)
      }
    } catch (error) {
      failure = error
    }
  }
  async function* filesIn(folder: string, inside: readonly string[]): AsyncGenerator<ListedFile, readonly string[]> {
    const left = new Set(inside)
    const on = (issue: Coverage) => coverage.push({ place: placeOf(folder), ...issue })
    for await (const entry of entriesIn(client, container, folder, { signal, on })) {
      const file =
        entry.type !== 'salvage' && left.delete(entry.path) ? listed(entry, placeOf(entry.path).path) : undefined
      if (file !== undefined) yield file
    }
    return [...left]
  }
  async function* filesAt(path: string): AsyncGenerator<ListedFile> {
    const place = placeOf(path)
    let wasThere = false
    const on = (issue: Coverage) => coverage.push({ place, ...issue })
    for await (const entry of entryAt(client, container, path, { signal, on })) {
      wasThere = true
      const file = listed(entry, place.path)
      if (file !== undefined) yield file
    }
    if (!wasThere) coverage.push(notThere(place))
  }
  if (read.length > MOST_CHANGED) coverage.push(tooMany(read.length))
  return { files: files(), coverage, failure: () => failure }
}

const placeOf = (path: string): FilePlace => ({ kind: 'file', path: path.replace(/^\/+/, '') })

/** One request a new folder that holds several of them, else one a path: an engine takes a fifth of a second for some. */
function byRequest(
  paths: readonly ChangedPath[],
): readonly { readonly folder?: string; readonly inside: readonly string[] }[] {
  const folders = new Map<string, string[]>()
  for (const { path, newFolder = path } of paths) {
    const inside = folders.get(newFolder)
    if (inside === undefined) folders.set(newFolder, [path])
    else inside.push(path)
  }
  return [...folders].map(([folder, inside]) => (inside.length > 1 ? { folder, inside } : { inside }))
}

/** Undefined for what has no contents: folders, devices, pipes. */
function listed(entry: TarEntry, path: string): ListedFile | undefined {
  const { type, size, body, linkName, pathBytes } = entry
  const exact = path.includes('\ufffd') && pathBytes !== undefined ? { pathBase64: base64Of(pathBytes) } : {}
  if (type === 'symlink' || type === 'hardlink') return { path, ...exact, link: linkName ?? '', body }
  return type === 'file' || type === 'salvage' ? { path, ...exact, size, body } : undefined
}

/** Of a name without its leading slashes. */
const base64Of = (name: Uint8Array): string =>
  Buffer.from(Buffer.from(name).toString('latin1').replace(/^\/+/, ''), 'latin1').toString('base64')

/** JSON cannot carry a name that is not UTF-8: the engine does not know the name that it has told itself. */
function notThere(place: FilePlace): Coverage {
  if (place.path.includes('\ufffd')) {
    const detail = 'The name of the file is not UTF-8, and the engine gives only files whose names are.'
    return { code: 'FILE_NAME_NOT_UTF8', effect: 'skipped', place, detail }
  }
  return {
    code: 'FILE_VANISHED',
    effect: 'note',
    place,
    detail: 'The engine gave no such file: it was gone by then, or is a socket.',
  }
}

function leftAlone(count: number): Coverage {
  const what = count === 1 ? 'One file was' : `${count} files were`
  const detail = `${what} not read: under /run/secrets is where secrets should be.`
  return { code: 'GIVEN_SECRETS', effect: 'note', detail }
}

function tooMany(count: number): Coverage {
  const detail = `${count} files changed since the image; ${count - MOST_CHANGED} were left out.`
  return { code: 'LIMIT_CHANGED_FILES', effect: 'partial', detail }
}
