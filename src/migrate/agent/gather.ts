// What a plan that brings secrets by an agent has to know of the project.
import { join } from 'node:path'
import type { ComposeProject } from '../../compose/types.js'
import type { Gathered } from '../plan.js'
import { readIfThere } from '../project-files.js'
import type { SecretStore } from '../types.js'
import { AGENT_CONFIG, AGENT_SERVICE, agentOptions } from './options.js'

/** Nothing where no agent brings the secrets. */
export async function gatherAgent(
  project: ComposeProject,
  store: SecretStore,
  storeOptions: Readonly<Record<string, string>>,
): Promise<Pick<Gathered, 'agent'>> {
  const options = agentOptions(storeOptions, project.directory)
  if (options === undefined || store.agentTemplate === undefined) return {}
  const services = (project.model['services'] ?? {}) as Readonly<Record<string, { readonly secrets?: unknown }>>
  const configFile = join(project.directory, AGENT_CONFIG)
  return {
    agent: {
      options,
      configFile,
      bytes: (await readIfThere(configFile)) ?? new Uint8Array(),
      templateOf: (name) => store.agentTemplate?.(name) ?? '',
      exists: services[AGENT_SERVICE] !== undefined,
      occupied: new Set(
        Object.entries(services).flatMap(([service, { secrets }]) =>
          Array.isArray(secrets) && secrets.length > 0 ? [service] : [],
        ),
      ),
    },
  }
}
