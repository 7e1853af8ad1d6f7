// A look at the project as it will be: a folder in which some files have other bytes and all that lies around them is as it is, so that
// what names files by place (extends, include, env_file) is read as it will be read. Holds copies of those files and links, nothing else.
import { mkdir, readdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, parse, relative } from 'node:path'

/** Where a path of the machine lies in the mirror. */
export type Mirrored = (path: string) => string

/**
 * Makes the mirror in `root`, which is there and empty: each folder on the way from the top to one of `files` is made, with links to what else
 * is in the folder that it stands for.
 * @param files bytes by absolute path; files and folders that are not there yet are made, too. Written with 0600.
 */
export async function makeMirror(root: string, files: ReadonlyMap<string, Uint8Array>): Promise<Mirrored> {
  const mirrored: Mirrored = (path) => join(root, relative(parse(path).root, path))
  const folders = new Set([...files.keys()].flatMap(foldersAbove))
  for (const folder of folders) await mkdir(mirrored(folder), { recursive: true, mode: 0o700 })
  for (const [file, bytes] of files) await writeFile(mirrored(file), bytes, { mode: 0o600 })
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      const path = join(folder, name)
      if (folders.has(path) || files.has(path)) continue
      // A link to a file that is edited leads to what it will be.
      const target = await realpath(path).catch(() => path)
      await symlink(files.has(target) ? mirrored(target) : path, mirrored(path))
    }
  }
  return mirrored
}

function foldersAbove(path: string): readonly string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}

/** None of a folder that is not there, or that this user may pass but not list. */
const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => [])
