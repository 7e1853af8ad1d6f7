// Finds files that ship with the package (rules, the WASM kernel), whether the code runs from dist/ or from the tests' build.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

let root: string | undefined

/** The folder that holds this package's package.json. */
export function packageRoot(): string {
  if (root !== undefined) return root
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  root = folder
  return root
}

/** A built asset, e.g. `asset('rules.json')`: lives in dist/assets. */
export function asset(name: string): string {
  return join(packageRoot(), 'dist', 'assets', name)
}

/** A built module that is started by its path, e.g. `builtModule('scan/worker.js')`: where the caller was bundled to does not matter. */
export function builtModule(name: string): URL {
  return pathToFileURL(join(packageRoot(), 'dist', name))
}
