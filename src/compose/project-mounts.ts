// What services mount from the project, or from the git repository around it: a server's configuration, scripts that fill a database. Lists
// files; reads none.
import { type Dirent, existsSync, realpathSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { foldersAbove } from '../support/folders.js'
import { asList, asTree } from '../support/tree.js'
import type { ComposeProject } from './types.js'

export interface Mount {
  /** Absolute, behind links within the project; a file or a folder, or nothing yet. */
  readonly path: string
  /** A link on the way leads out of the project: nothing there is looked at. */
  readonly leadsOut: boolean
  /** The first one that mounts it. */
  readonly service: string
  /** Where that has it. */
  readonly target: string
}

export interface MountFiles {
  /** Absolute. */
  readonly files: readonly string[]
  /** There are no more of them, but for packages and what git keeps. */
  readonly isAll: boolean
}

/** How much of a folder is listed, `levels` below it: a database's has thousands of files, and none that somebody wrote. */
export const MOUNT_LIMITS = { files: 300, folders: 1000, levels: 3 } as const
/** Packages, and what git keeps. Other hidden folders count: `.config` is where programs have their logins. */
const PASSED_BY = new Set(['node_modules', 'vendor', 'venv', '.venv', 'site-packages', '__pycache__', '.git'])

/** Each once, in the order of the active services. */
export function projectMounts({ directory, model }: ComposeProject): readonly Mount[] {
  const root =
    [directory, ...foldersAbove(directory)].findLast((folder) => existsSync(join(folder, '.git'))) ?? directory
  const mounts = new Map<string, Mount>()
  for (const [service, definition] of Object.entries(asTree(model['services']))) {
    for (const volume of asList(asTree(definition)['volumes'])) {
      const { type, source, target } = asTree(volume)
      if (type !== 'bind' || typeof source !== 'string') continue
      const named = resolve(directory, source)
      if (!isWithin(root, named)) continue
      const behind = behindLinks(named, [root, directory])
      const path = behind ?? named
      if (!mounts.has(path)) mounts.set(path, { path, leadsOut: behind === undefined, service, target: String(target) })
    }
  }
  return [...mounts.values()]
}

const isWithin = (root: string, path: string): boolean => `${path}/`.startsWith(`${root}/`)

/** Where `path` leads, as it is named below one of `roots`; itself where nothing is there; undefined where it leads out of all of them. */
function behindLinks(path: string, roots: readonly string[]): string | undefined {
  const real = realOf(path)
  if (real === undefined) return path
  for (const root of roots) {
    const realRoot = realOf(root)
    if (realRoot !== undefined && isWithin(realRoot, real)) return join(root, relative(realRoot, real))
  }
  return undefined
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/**
 * The file itself, or those of the folder and of folders below it: upper folders first, sorted in each. No link that stands there is followed.
 */
export async function filesOfMount({ path: source, leadsOut }: Mount): Promise<MountFiles> {
  if (leadsOut) return { files: [], isAll: false }
  const stats = await lstat(source).catch(() => undefined)
  if (stats?.isDirectory() !== true) return { files: [source], isAll: stats?.isSymbolicLink() !== true }
  const files: string[] = []
  const folders = [{ path: source, level: 0 }]
  let isAll = true
  // The list grows as it is walked.
  for (const { path, level } of folders) {
    const entries = await ownEntries(path)
    isAll &&= entries !== undefined
    for (const entry of entries ?? []) {
      const below = join(path, entry.name)
      if (entry.isFile()) {
        if (files.length === MOUNT_LIMITS.files) return { files, isAll: false }
        files.push(below)
      } else if (entry.isDirectory() && level < MOUNT_LIMITS.levels && folders.length < MOUNT_LIMITS.folders)
        folders.push({ path: below, level: level + 1 })
      else isAll &&= !entry.isDirectory() && !entry.isSymbolicLink()
    }
  }
  return { files, isAll }
}

/** Sorted; undefined where the folder cannot be listed. */
async function ownEntries(folder: string): Promise<readonly Dirent[] | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  return entries?.filter(({ name }) => !PASSED_BY.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1))
}
