// Where the objects of a checkout's history lie: its own .git folder or one above it, that of a worktree or submodule, and alternates.
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import { listFolder } from './list-folder.js'
import type { ListedFile } from './scan-files.js'
import type { Coverage } from './types.js'

/** Alternates of alternates that are followed. */
const MOST_ALTERNATES = 16

const textOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** The repository's folder that holds `objects`: for a worktree or submodule the one that its .git file leads to. */
async function repositoryFolderOf(path: string): Promise<string | undefined> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const git = join(folder, '.git')
    const stats = await lstat(git).catch(() => undefined)
    if (stats?.isDirectory() === true) return git
    if (stats?.isFile() === true) {
      const target = /^gitdir: (.+?)\s*$/m.exec((await textOf(git)) ?? '')?.[1]
      if (target === undefined) return undefined
      const own = resolve(folder, target)
      const common = (await textOf(join(own, 'commondir')))?.trim()
      return common === undefined ? own : resolve(own, common)
    }
    // A bare repository.
    if ((await isThere(join(folder, 'objects'))) && (await isThere(join(folder, 'HEAD')))) return folder
    if (folder === dirname(folder)) return undefined
  }
}

/** The folders of objects: the repository's own, then those that it borrows from. */
async function objectFolders(repository: string, on: (coverage: Coverage) => void): Promise<string[]> {
  const folders = [join(repository, 'objects')]
  for (let at = 0; at < folders.length; at++) {
    const folder = folders[at] ?? ''
    const lines = ((await textOf(join(folder, 'info', 'alternates'))) ?? '').split('\n')
    for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
      const alternate = resolve(folder, line)
      if (folders.includes(alternate)) continue
      if (folders.length >= MOST_ALTERNATES || !(await isThere(alternate))) {
        const detail = `Objects are borrowed from ${printable(line)}, which was not read.`
        on({ code: 'GIT_ALTERNATE', effect: 'partial', detail })
      } else folders.push(alternate)
    }
  }
  return folders
}

/** What the repository itself says is not in it. */
async function tellGaps(repository: string, folders: readonly string[], on: (coverage: Coverage) => void) {
  if (await isThere(join(repository, 'shallow'))) {
    on({
      code: 'GIT_SHALLOW',
      effect: 'note',
      detail: 'The history is cut off (a shallow clone): older commits are not here.',
    })
  }
  for (const folder of folders) {
    const packs = await readdir(join(folder, 'pack')).catch((): string[] => [])
    if (!packs.some((name) => name.endsWith('.promisor'))) continue
    const detail = 'Some objects are only on the server (a partial clone); they are not here.'
    return on({ code: 'GIT_PARTIAL_CLONE', effect: 'note', detail })
  }
}

/**
 * The object files of the history that `path` belongs to, by their paths relative to it (of a file: to its folder). Not those that a
 * listing of `path` gives itself (`listed`). @throws UsageError where it is in no checkout.
 */
export async function* historyFiles(
  path: string,
  options: { readonly listed: boolean; readonly on: (coverage: Coverage) => void },
): AsyncGenerator<ListedFile> {
  const { on } = options
  const repository = await repositoryFolderOf(path)
  if (repository === undefined) {
    throw new UsageError(`${printable(path)} is in no git checkout`, { hint: 'Leave --git-history out.' })
  }
  const folders = await objectFolders(repository, on)
  await tellGaps(repository, folders, on)
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  for (const folder of folders) {
    const from = relative(isFolder ? resolve(path) : dirname(resolve(path)), folder)
    if (options.listed && isFolder && !from.startsWith('..')) continue
    for await (const file of listFolder(folder, { on, asBuildContext: false }))
      yield { ...file, path: `${from}/${file.path}` }
  }
}
