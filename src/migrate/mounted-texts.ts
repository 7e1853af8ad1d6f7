// Text files of the project, or of the git repository around it, that services mount, a server's configuration mostly: they may hold a password a second time. Those that the
// plan looks at as what they are (Compose files, env files, Dockerfiles, files of secrets and configs) are left out.
import { basename } from 'node:path'
import { filesOfMount, projectMounts } from '../compose/project-mounts.js'
import { declaredFiles } from '../compose/resource-files.js'
import type { ComposeProject } from '../compose/types.js'
import { smallFile } from '../support/small-file.js'

export interface MountedFile {
  /** Absolute. */
  readonly path: string
  /** May hold plain values: stay in memory. */
  readonly bytes: Buffer
  /** For people: the secret or config that it is, or the first service that mounts it. */
  readonly as: string
  /** The name of the secret that it is. */
  readonly secret?: string
}

/** Of all mounts. */
const MOST_FILES = 300
const MOST_BYTES = 100_000
/** Bytes: what engines take for a config. */
const MOST_GRANTED = 1024 * 1024
const LOOKED_AT_ELSEWHERE = /dockerfile|(?:compose|stack)[^/]*\.ya?ml$/i

/** In the order of the services. */
export async function mountedTexts(project: ComposeProject): Promise<readonly MountedFile[]> {
  const told = new Set([...project.files.map(({ file }) => file), ...declaredFiles(project).map(({ path }) => path)])
  const found = new Map<string, MountedFile>()
  for (const mount of projectMounts(project))
    for (const path of (await filesOfMount(mount)).files) {
      if (found.size >= MOST_FILES) return [...found.values()]
      if (found.has(path) || told.has(path) || LOOKED_AT_ELSEWHERE.test(basename(path))) continue
      const bytes = await smallFile(path, MOST_BYTES)
      if (bytes !== undefined && !bytes.includes(0))
        found.set(path, { path, bytes, as: `which ${mount.service} mounts` })
    }
  return [...found.values()]
}

/** Files of the project's secrets and configs, in the order of the Compose file; those that cannot be read are none. */
export async function grantedFiles(project: ComposeProject): Promise<readonly MountedFile[]> {
  const files = declaredFiles(project).map(async ({ kind, name, path }) => {
    const bytes = await smallFile(path, MOST_GRANTED)
    const secret = kind === 'secret' ? { secret: name } : {}
    return bytes === undefined ? [] : [{ path, bytes, as: `${kind} ${name}`, ...secret }]
  })
  return (await Promise.all(files)).flat()
}
