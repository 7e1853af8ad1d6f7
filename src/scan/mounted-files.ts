// The files that services of a Compose project mount, and those of its configs, as far as a person wrote them: what a server is configured
// with, what fills a database.
import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { relative } from 'node:path'
import { filesOfMount, MOUNT_LIMITS, type Mount, projectMounts } from '../compose/project-mounts.js'
import { declaredFiles } from '../compose/resource-files.js'
import type { ComposeProject } from '../compose/types.js'
import { printable } from '../support/printable.js'
import { shellWord } from '../support/shell-word.js'
import type { ListedFile } from './scan-files.js'
import type { Coverage } from './types.js'

/** Bytes. */
const LARGEST = 1024 * 1024
const LOOKED_AT = `${MOUNT_LIMITS.files} files of at most 1 MB, ${MOUNT_LIMITS.levels} levels of folders, no links`
/** Compose files and Dockerfiles are read as what they are, where they belong to the project. */
const LOOKED_AT_ELSEWHERE = /(?:^|\/)[^/]*(?:dockerfile[^/]*|(?:compose|stack)[^/]*\.ya?ml)$/i
/** Files of secrets, however they get there. */
const SECRETS = /^\/(?:var\/)?run\/secrets(?:\/|$)/

export interface MountedFiles {
  /** Absolute paths, each with what it is, for people: a config, or what the first service of it mounts. */
  readonly files: ReadonlyMap<string, string>
  readonly coverage: readonly Coverage[]
}

/**
 * Those of configs first. Files of secrets are left out, as they are where secrets belong. What is not looked at is named, with a command that
 * is right in the folder `cwd`.
 */
export async function mountedFiles(project: ComposeProject, cwd = project.directory): Promise<MountedFiles> {
  const declared = declaredFiles(project)
  const secrets = new Set(declared.filter(({ kind }) => kind === 'secret').map(({ path }) => path))
  const configs = declared.filter(({ kind }) => kind === 'config')
  const files = new Map(configs.map(({ name, path }) => [path, `config ${name}`]))
  const coverage: Coverage[] = []
  for (const mount of projectMounts(project)) {
    if (SECRETS.test(mount.target)) continue
    // The project itself, to work in: its sources are a matter of `secretscan dir`.
    const isProject = `${project.directory}/`.startsWith(`${mount.path}/`)
    const { files: own, isAll } = isProject ? { files: [], isAll: false } : await filesOfMount(mount)
    let left = !isAll
    for (const file of own) {
      if (secrets.has(file) || LOOKED_AT_ELSEWHERE.test(file)) continue
      const stats = await lstat(file).catch(() => undefined)
      if (stats !== undefined && stats.size > LARGEST) left = true
      else if (!files.has(file)) files.set(file, `which ${mount.service} mounts`)
    }
    if (left) coverage.push(leftOut(project, mount, isProject, cwd))
  }
  return { files, coverage }
}

/** For scanFiles, with paths relative to the project's folder. What is no file (any more) is left out. */
export async function* listedFiles(files: Iterable<string>, { directory }: ComposeProject): AsyncGenerator<ListedFile> {
  for (const file of new Set(files)) {
    const stats = await lstat(file).catch(() => undefined)
    if (stats?.isFile() === true)
      yield { path: relative(directory, file), size: stats.size, body: createReadStream(file) }
  }
}

function leftOut(
  { directory }: ComposeProject,
  { path, service, leadsOut }: Mount,
  isProject: boolean,
  cwd: string,
): Coverage {
  const name = printable(relative(directory, path) || '.')
  const what = isProject
    ? `${printable(service)} mounts the folder of the project (${name}), which was not looked at as a whole`
    : leadsOut
      ? `${name}, which ${printable(service)} mounts, was not looked at, since a link leads out of the project`
      : `${name}, which ${printable(service)} mounts, was looked at in part: ${LOOKED_AT}`
  return {
    code: 'MOUNT_IN_PART',
    effect: 'note',
    detail: `${what}: secretscan dir ${printable(shellWord(relative(cwd, path) || '.'))} scans all of it.`,
  }
}
