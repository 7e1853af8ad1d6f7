// Folders above and below one, as far as a person who wrote a project would look.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const MOST_FOLDERS = 1000
/** Packages, caches and tools; `.devcontainer`, `.docker` and `.deploy` hold Compose files. */
const PASSED_BY = /^(?:node_modules|vendor|venv|__pycache__|\.(?!devcontainer$|docker$|deploy).*)$/

/** The nearest first; none where the folder is the repository's own. */
export function foldersAbove(directory: string): readonly string[] {
  if (existsSync(join(directory, '.git')) || directory === dirname(directory)) return []
  const above = dirname(directory)
  return [above, ...foldersAbove(above)]
}

/** The upper ones first, sorted in each; without packages, caches and tools. */
export async function foldersBelow(root: string, levels: number): Promise<readonly string[]> {
  const all: string[] = []
  let level = [root]
  for (let depth = 0; depth < levels && all.length < MOST_FOLDERS; depth++) {
    const next: string[] = []
    for (const folder of level) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
      const names = entries
        .filter((entry) => entry.isDirectory() && !PASSED_BY.test(entry.name))
        .map(({ name }) => name)
      next.push(...names.sort().map((name) => join(folder, name)))
    }
    all.push(...next)
    level = next
  }
  return all.slice(0, MOST_FOLDERS)
}
