// What was written since a migration and uses a secret that leaves with its rollback: other Compose files of the folder
// (compose.override.yaml), which Compose would not read any more, mounts of its file, in whose place the engine would make a folder, and
// secrets or configs that are that file.

import { readdir, readFile, realpath } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { namesComposeFile } from '../compose/discover.js'
import { asTree, type Tree } from '../support/tree.js'
import { writtenModel } from './written-model.js'

/** A file of the migration, as it is now and as it would be. */
export interface TakenBack {
  /** Absolute. */
  readonly path: string
  readonly now: Uint8Array
  readonly after: Uint8Array
}

/**
 * The first use of a secret that none of the files would declare any more, for people; undefined: there is none.
 * @param isKept whether the secret's own file stays, so that mounts of it do
 */
export async function leftReference(
  projectDir: string,
  changed: readonly TakenBack[],
  isKept: (name: string) => boolean,
): Promise<string | undefined> {
  const files = changed.filter(({ path }) => isComposeFile(projectDir, path))
  const declared = (bytes: Uint8Array) => Object.keys(asTree(writtenModel(bytes)['secrets']))
  const staying = new Set(files.flatMap(({ after }) => declared(after)))
  const leaving = new Set(files.flatMap(({ now }) => declared(now)).filter((name) => !staying.has(name)))
  if (leaving.size === 0) return undefined
  const gone = new Set([...leaving].filter((name) => !isKept(name)))
  const leavingFiles = secretFiles(projectDir, files, gone)
  for (const { path, after } of files) {
    const use = useOf(projectDir, writtenModel(after), leavingFiles)
    if (use !== undefined) return `${relative(projectDir, path)} ${use}`
  }
  // One of them may have a second name in the folder, which is a link.
  const real = (path: string) => realpath(path).catch(() => path)
  const own = new Set(await Promise.all(files.map(({ path }) => real(path))))
  for (const name of (await readdir(projectDir)).filter((each) => namesComposeFile(each)).sort()) {
    const path = join(projectDir, name)
    const model = own.has(await real(path)) ? {} : writtenModel(await readFile(path).catch(() => new Uint8Array()))
    const use = useOf(projectDir, model, leavingFiles)
    if (use !== undefined) return `${name} ${use}`
    for (const [service, { secrets }] of Object.entries(asTree(model['services'])).map(entryOf)) {
      const granted = Array.isArray(secrets) ? secrets.map((grant) => asTree(grant)['source'] ?? grant) : []
      const used = granted.find(
        (each) => leaving.has(String(each)) && !Object.hasOwn(asTree(model['secrets']), String(each)),
      )
      if (used !== undefined) return `${name} gives the secret ${String(used)} to ${service}`
    }
  }
  return undefined
}

/** Whatever its name: one that is named with -f, found or included. The tool's own files declare nothing for Compose. */
const isComposeFile = (projectDir: string, path: string): boolean =>
  /\.ya?ml$/i.test(path) && !path.startsWith(join(projectDir, '.secretscan', '/'))

/** The files of secrets that leave, by absolute path. */
function secretFiles(
  projectDir: string,
  files: readonly TakenBack[],
  leaving: ReadonlySet<string>,
): ReadonlySet<string> {
  const declarations = files.flatMap(({ now }) => Object.entries(asTree(writtenModel(now)['secrets'])).map(entryOf))
  return new Set(
    declarations.flatMap(([name, { file }]) =>
      leaving.has(name) && typeof file === 'string' ? [resolve(projectDir, file)] : [],
    ),
  )
}

/** The first secret or config that is one of `paths`, or mount of one, short or long; for people. */
export function useOf(projectDir: string, model: Tree, paths: ReadonlySet<string>): string | undefined {
  for (const top of ['secrets', 'configs'])
    for (const [name, { file }] of Object.entries(asTree(model[top])).map(entryOf))
      if (typeof file === 'string' && paths.has(resolve(projectDir, file)))
        return `takes ${file} as the ${top.slice(0, -1)} ${name}`
  for (const [service, { volumes }] of Object.entries(asTree(model['services'])).map(entryOf)) {
    const sources = Array.isArray(volumes)
      ? volumes.map((each) => (typeof each === 'string' ? each.split(':')[0] : asTree(each)['source']))
      : []
    const source = sources.find((each) => typeof each === 'string' && paths.has(resolve(projectDir, each)))
    if (source !== undefined) return `mounts ${String(source)} into ${service}`
  }
  return undefined
}

const entryOf = ([key, value]: readonly [string, unknown]) => [key, asTree(value)] as const
