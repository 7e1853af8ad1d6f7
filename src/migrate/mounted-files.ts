// Text files of the project, or of the git repository around it, that services mount, a server's configuration mostly: they may hold a password a second time. Those that the
// plan looks at as what they are (Compose files, env files, Dockerfiles, files of secrets and configs) are left out.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { smallFile } from '../support/small-file.js'
import { foldersAbove, foldersBelow } from './near-files.js'
import { asList, asTree } from './tree.js'

export interface MountedFile {
  /** Absolute. */
  readonly path: string
  /** May hold plain values: stay in memory. */
  readonly bytes: Buffer
  /** For people: the secret or config that it is, or the first service that mounts it. */
  readonly as: string
}

const LEVELS = 3
/** A database's folder has thousands of files, and none that somebody wrote. */
const MOST_FILES = 300
const MOST_BYTES = 100_000
/** Bytes: what engines take for a config. */
const MOST_GRANTED = 1024 * 1024
const LOOKED_AT_ELSEWHERE = /dockerfile|(?:compose|stack)[^/]*\.ya?ml$/i

/** In the order of the services. */
export async function mountedFiles(project: ComposeProject): Promise<readonly MountedFile[]> {
  const told = new Set([...project.files.map(({ file }) => file), ...declaredFiles(project).map(({ path }) => path)])
  const root = [project.directory, ...foldersAbove(project.directory)].findLast((folder) =>
    existsSync(join(folder, '.git')),
  )
  const mounted = new Map<string, string>()
  for (const [service, model] of Object.entries(asTree(project.model['services'])))
    for (const volume of asList(asTree(model)['volumes']).map(asTree)) {
      const { type, source } = volume
      const path = resolve(project.directory, typeof source === 'string' ? source : '..')
      if (type === 'bind' && `${path}/`.startsWith(`${root ?? project.directory}/`) && !mounted.has(path))
        mounted.set(path, service)
    }
  const found = new Map<string, MountedFile>()
  for (const [source, service] of mounted)
    for (const path of await filesOf(source)) {
      if (found.size >= MOST_FILES) return [...found.values()]
      if (found.has(path) || told.has(path) || LOOKED_AT_ELSEWHERE.test(basename(path))) continue
      const bytes = await smallFile(path, MOST_BYTES)
      if (bytes !== undefined && !bytes.includes(0)) found.set(path, { path, bytes, as: `which ${service} mounts` })
    }
  return [...found.values()]
}

/** Files of the project's secrets and configs, in the order of the Compose file; those that cannot be read are none. */
export async function grantedFiles(project: ComposeProject): Promise<readonly MountedFile[]> {
  const files = declaredFiles(project).map(async ({ path, as }) => {
    const bytes = await smallFile(path, MOST_GRANTED)
    return bytes === undefined ? [] : [{ path, bytes, as }]
  })
  return (await Promise.all(files)).flat()
}

const declaredFiles = (project: ComposeProject): readonly Pick<MountedFile, 'path' | 'as'>[] =>
  ['secrets', 'configs'].flatMap((kind) =>
    Object.entries(asTree(project.model[kind])).flatMap(([name, each]) => {
      const { file } = asTree(each)
      return typeof file === 'string'
        ? [{ path: resolve(project.directory, file), as: `${kind.slice(0, -1)} ${name}` }]
        : []
    }),
  )

/** The file itself, or those of the folder and of folders below it. */
async function filesOf(source: string): Promise<readonly string[]> {
  const files: string[] = []
  for (const folder of [source, ...(await foldersBelow(source, LEVELS))]) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
    if (entries === undefined && folder === source) return [source]
    const names = (entries ?? []).filter((entry) => entry.isFile()).map(({ name }) => name)
    files.push(...names.sort().map((name) => join(folder, name)))
    if (files.length >= MOST_FILES) break
  }
  return files.slice(0, MOST_FILES)
}
