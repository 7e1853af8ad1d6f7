// The ignore files that a migration keeps in step, so that nothing of it gets into git or into an image.
import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import type { Builds } from './builds.js'
import type { GatherOptions } from './gather.js'
import type { Gathered } from './plan.js'
import { readIfThere } from './project-files.js'

/** .gitignore is made where a git checkout is seen, .dockerignore where a build would take the secrets' folder into its context. */
export async function gatherIgnoreFiles(
  projectDir: string,
  builds: Builds,
  options: Pick<GatherOptions, 'to' | 'storeOptions'>,
): Promise<Pick<Gathered, 'ignoreFiles' | 'ignoreLines'>> {
  const lines = privatePaths(projectDir, options)
  const ignoreFiles = new Map<string, Uint8Array>()
  const ignoreLines = new Map<string, readonly string[]>()
  for (const name of ['.gitignore', '.dockerignore']) {
    const path = join(projectDir, name)
    const bytes = await readIfThere(path)
    if (bytes === undefined && (name === '.dockerignore' || !isCheckout(projectDir))) continue
    ignoreFiles.set(path, bytes ?? new Uint8Array())
    ignoreLines.set(path, lines)
  }
  for (const { context, ignoreFile, ignoreBytes } of builds.of.values()) {
    const below = relative(context, projectDir)
    if (below.startsWith('..') || isAbsolute(below)) continue
    ignoreFiles.set(ignoreFile, ignoreBytes)
    ignoreLines.set(
      ignoreFile,
      lines.map((line) => (below === '' ? line : `${below}/${line}`)),
    )
  }
  return { ignoreFiles, ignoreLines }
}

/** What a migration writes below the project that nobody else is to get. */
function privatePaths(
  projectDir: string,
  { to, storeOptions }: Pick<GatherOptions, 'to' | 'storeOptions'>,
): readonly string[] {
  const secretsDir = storeOptions['secrets-dir']
  const inside =
    secretsDir === undefined || isAbsolute(secretsDir) ? undefined : relative(projectDir, join(projectDir, secretsDir))
  return [
    '.secretscan/migrations/',
    '.secretscan/key',
    ...(to !== 'compose-file' || inside === undefined || inside.startsWith('..') ? [] : [`${inside}/`]),
  ]
}

function isCheckout(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return true
    if (at === dirname(at)) return false
  }
}
