// By which form of Compose files `docker stack deploy` reads a file: one before 3.5 has no place for secrets that are there already under a
// name of their own, as those of a Swarm are. Docker Compose itself does not look at it.
import { relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import type { Blocked } from './build-use.js'
import type { StoreKind } from './types.js'

const VERSION = /^version\s*:\s*["']?(\d+)(?:\.(\d+))?\b/m

/** Why nothing can move to a Swarm while the project's files are as they are; undefined: it can. */
export function stackObstacle(
  store: StoreKind,
  { files, directory }: Pick<ComposeProject, 'files' | 'directory'>,
): Blocked | undefined {
  for (const { file, kind, bytes } of store === 'swarm' ? files : []) {
    const [, major, minor = '0'] = (kind === 'compose' && VERSION.exec(Buffer.from(bytes).toString('utf8'))) || []
    if (major === undefined || Number(major) > 3 || (major === '3' && Number(minor) >= 5)) continue
    const name = relative(directory, file)
    return {
      reason: `docker stack deploy reads ${name} by the version that stands in it, and takes secrets with a name of their own only since 3.5.`,
      todo: `Write version: "3.8" in ${name}, which Docker Engine takes since 19.03, and plan again.`,
    }
  }
  return undefined
}
