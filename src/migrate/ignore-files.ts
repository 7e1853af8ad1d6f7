// The ignore files that a migration keeps in step, so that nothing of it gets into git or into an image.
import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import type { Builds } from './builds.js'
import type { GatherOptions } from './gather.js'
import type { Gathered } from './plan.js'
import { readIfThere } from './project-files.js'
import { othersIn } from './secrets-folder.js'

/** The lines that an ignore file needs, by the names of the secrets that are written. */
export type IgnoreLines = (secrets: readonly string[]) => readonly string[]

/** .gitignore is made where a git checkout is seen, .dockerignore where a build would take the secrets' folder into its context. */
export async function gatherIgnoreFiles(
  projectDir: string,
  builds: Builds,
  options: Pick<GatherOptions, 'to' | 'storeOptions' | 'ownNames'>,
): Promise<Pick<Gathered, 'ignoreFiles' | 'ignoreLines'>> {
  const lines = await privatePaths(projectDir, options)
  const ignoreFiles = new Map<string, Uint8Array>()
  const ignoreLines = new Map<string, IgnoreLines>()
  const written = new Map<string, string>()
  /** A link to one of them is none of its own. */
  const add = async (file: string, bytes: Uint8Array, own: IgnoreLines) => {
    const at = await realpath(file).catch(() => file)
    if ((written.get(at) ?? file) !== file) return
    written.set(at, file)
    ignoreFiles.set(file, bytes)
    ignoreLines.set(file, own)
  }
  for (const name of ['.gitignore', '.dockerignore']) {
    const path = join(projectDir, name)
    const bytes = await readIfThere(path)
    if (bytes === undefined && (name === '.dockerignore' || !isCheckout(projectDir))) continue
    await add(path, bytes ?? new Uint8Array(), lines)
  }
  for (const { context, ignoreFile, ignoreBytes } of builds.of.values()) {
    const below = relative(context, projectDir)
    if (below.startsWith('..') || isAbsolute(below)) continue
    await add(ignoreFile, ignoreBytes, (secrets) =>
      lines(secrets).map((line) => (below === '' ? line : `${below}/${line}`)),
    )
  }
  return { ignoreFiles, ignoreLines }
}

/**
 * What a migration writes below the project that nobody else is to get: the whole folder of secrets, unless it holds something else, which
 * git and builds may need.
 */
async function privatePaths(
  projectDir: string,
  { to, storeOptions, ownNames = [] }: Pick<GatherOptions, 'to' | 'storeOptions' | 'ownNames'>,
): Promise<IgnoreLines> {
  const own = ['.secretscan/migrations/', '.secretscan/key']
  const secretsDir = storeOptions['secrets-dir']
  const inside =
    secretsDir === undefined || isAbsolute(secretsDir) ? undefined : relative(projectDir, join(projectDir, secretsDir))
  if (to !== 'compose-file' || inside === undefined || inside.startsWith('..')) return () => own
  const isShared = (await othersIn(join(projectDir, inside), projectDir, ownNames)).length > 0
  return (secrets) => [...own, ...(isShared ? secrets.map((name) => `${inside}/${name}`) : [`${inside}/`])]
}

function isCheckout(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return true
    if (at === dirname(at)) return false
  }
}
