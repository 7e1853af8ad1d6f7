// Shims of an earlier migration: the program of an image is written into the Compose file beside them, and an image may change its own.
import { loadProject } from '../../compose/load.js'
import { connectEngine, readAnswer } from '../../image/sources/engine-client.js'
import { SecretscanError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { imageOf } from '../service-model.js'
import { wrappedBy } from '../shim.js'
import type { Check } from './types.js'

interface ShimmedService {
  readonly service: string
  readonly image: string
  /** The program behind the shim, as words. */
  readonly wraps: readonly string[]
}

/** @throws what loading the project throws */
async function shimmed(projectDir: string, env: NodeJS.ProcessEnv): Promise<readonly ShimmedService[]> {
  const project = await loadProject({ files: [], envFiles: [], profiles: [], env, projectDir, cwd: projectDir })
  const services = project.model['services'] as Readonly<Record<string, { entrypoint?: unknown }>> | undefined
  return Object.entries(services ?? {}).flatMap(([service, { entrypoint }]) => {
    const wraps = wrappedBy(entrypoint)
    return wraps === undefined || wraps.length === 0 ? [] : [{ service, image: imageOf(project, service), wraps }]
  })
}

/** Compared with the engine's images only: what is not pulled does not run either. */
export async function checkShims(projectDir: string, env: NodeJS.ProcessEnv): Promise<readonly Check[]> {
  try {
    const services = await shimmed(projectDir, env)
    if (services.length === 0) return []
    const client = await connectEngine('docker')
    const stale: string[] = []
    for (const { service, image, wraps } of services) {
      const answer = await readAnswer(client, image, { path: `/images/${encodeURIComponent(image)}/json` }).catch(
        () => undefined,
      )
      const own = (answer as { Config?: { Entrypoint?: readonly string[] | null } } | undefined)?.Config?.Entrypoint
      if (own != null && own.length > 0 && own.join('\0') !== wraps.join('\0')) stale.push(service)
    }
    const what = 'Entrypoint shims'
    if (stale.length === 0)
      return [{ what, state: 'ok', says: `${services.length}, with the programs of their images.` }]
    return [
      {
        what,
        state: 'note',
        says: `The images of ${stale.map(printable).join(', ')} have another program than the one written behind the shim.`,
        mend: 'Where a service had none of its own: write the one of docker image inspect behind secretscan-shim in entrypoint.',
      },
    ]
  } catch (error) {
    // No project, or no engine: told elsewhere.
    if (error instanceof SecretscanError) return []
    throw error
  }
}
