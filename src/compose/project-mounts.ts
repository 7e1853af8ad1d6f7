// What services mount from the project, or from the git repository around it: a server's configuration, scripts that fill a database. Lists
// files; reads none.
import { existsSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { foldersAbove, foldersBelow } from '../support/folders.js'
import type { ComposeProject } from './types.js'

export interface Mount {
  /** Absolute; a file or a folder, or nothing yet. */
  readonly path: string
  /** The first one that mounts it. */
  readonly service: string
  /** Where that has it. */
  readonly target: string
}

export interface MountFiles {
  /** Absolute. */
  readonly files: readonly string[]
  /** There are no more of them, but for packages, caches and tools. */
  readonly isAll: boolean
}

const LEVELS = 3
/** A database's folder has thousands of files, and none that somebody wrote. */
const MOST_FILES = 300

type Json = Readonly<Record<string, unknown>>
const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** Each once, in the order of the active services. */
export function projectMounts({ directory, model }: ComposeProject): readonly Mount[] {
  const root =
    [directory, ...foldersAbove(directory)].findLast((folder) => existsSync(join(folder, '.git'))) ?? directory
  const mounts = new Map<string, Mount>()
  for (const [service, definition] of Object.entries(isMap(model['services']) ? model['services'] : {})) {
    const volumes = isMap(definition) ? definition['volumes'] : undefined
    for (const volume of Array.isArray(volumes) ? volumes.filter(isMap) : []) {
      const { type, source, target } = volume
      if (type !== 'bind' || typeof source !== 'string') continue
      const path = resolve(directory, source)
      if (`${path}/`.startsWith(`${root}/`) && !mounts.has(path))
        mounts.set(path, { path, service, target: String(target) })
    }
  }
  return [...mounts.values()]
}

/** The file itself, or those of the folder and of folders below it. No link is followed. */
export async function filesOfMount(source: string): Promise<MountFiles> {
  const stats = await lstat(source).catch(() => undefined)
  if (stats?.isDirectory() !== true) return { files: [source], isAll: stats?.isSymbolicLink() !== true }
  const files: string[] = []
  let isAll = true
  for (const folder of [source, ...(await foldersBelow(source, LEVELS + 1))]) {
    if (relative(source, folder).split('/').length > LEVELS) return { files, isAll: false }
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
    const names = (entries ?? []).filter((entry) => entry.isFile()).map(({ name }) => name)
    files.push(...names.sort().map((name) => join(folder, name)))
    if (files.length > MOST_FILES) return { files: files.slice(0, MOST_FILES), isAll: false }
    isAll &&= entries !== undefined
  }
  return { files, isAll }
}
