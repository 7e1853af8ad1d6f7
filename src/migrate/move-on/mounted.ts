// Containers that were made with a file: Docker does not start them again without it.
import { realpath } from 'node:fs/promises'
import { arrayOf, objectOf, property, textOf } from '../../image/json.js'
import { connectEngine } from '../../image/sources/engine-client.js'

/** Gives the names of the containers, running or not, that have `path` (absolute) mounted. */
export type MountedIn = (path: string) => Promise<readonly string[]>

/** Asks the engine once. Without one nothing is known, and none is named. */
export async function mountedIn(): Promise<MountedIn> {
  const listed = await connectEngine('docker')
    .then(({ docker }) => docker.listContainers({ all: true }))
    .catch(() => [])
  const containers = listed.map((container) => ({
    name: (textOf(arrayOf(container.Names)[0]) ?? container.Id).replace(/^\//, ''),
    sources: arrayOf(container.Mounts).flatMap((mount) => textOf(property(objectOf(mount), 'Source')) ?? []),
  }))
  return async (path) => {
    const real = await realpath(path).catch(() => path)
    const isIt = (source: string) => source === path || source === real
    return containers.flatMap(({ name, sources }) => (sources.some(isIt) ? [name] : [])).sort()
  }
}
