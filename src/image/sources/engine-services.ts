// The services of a Swarm as they are specified, and the contents of their configs. Secrets' values cannot be read, and are not asked for.
import { NotFoundError } from '../../support/errors.js'
import { arrayOf, isObject, type JsonObject, objectOf, property, stringMapOf, textOf, textsOf } from '../json.js'
import type { ImageConfig } from '../types.js'
import { codeOf, type EngineClient, engineFailure } from './engine-client.js'

/** Holds plain values. */
export interface EngineService {
  readonly name: string
  /** The service's own, and those of its containers; the service's first. */
  readonly labels: Readonly<Record<string, string>>
  readonly config: ImageConfig
  readonly settings: Readonly<Record<string, string>>
  readonly configs: readonly MountedConfig[]
}

export interface MountedConfig {
  readonly id: string
  readonly name: string
}

export interface EngineConfig extends MountedConfig {
  readonly bytes: Uint8Array
}

/** All services, by name. @throws NotFoundError where the engine is no manager of a Swarm, UnreachableError. */
export async function listServices(client: EngineClient): Promise<readonly EngineService[]> {
  const listed: unknown = await client.docker.listServices().catch(async (error: unknown) => {
    throw await swarmFailure(client, 'list of services', error)
  })
  const services = arrayOf(listed)
    .map(objectOf)
    .map((service) => {
      const now = serviceOf(objectOf(property(service, 'Spec')))
      const before = serviceOf(objectOf(property(service, 'PreviousSpec')))
      return { ...now, settings: { ...now.settings, ...previousOnly(before, now) } }
    })
  return services.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** All configs with their contents, by name. @throws as listServices. */
export async function listConfigs(client: EngineClient): Promise<readonly EngineConfig[]> {
  const listed: unknown = await client.docker.listConfigs().catch(async (error: unknown) => {
    throw await swarmFailure(client, 'list of configs', error)
  })
  const configs = arrayOf(listed)
    .filter(isObject)
    .map((config) => {
      const spec = objectOf(property(config, 'Spec'))
      const bytes = Buffer.from(textOf(property(spec, 'Data')) ?? '', 'base64')
      return { id: textOf(property(config, 'ID')) ?? '', name: textOf(property(spec, 'Name')) ?? '', bytes }
    })
  return configs.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** moby answers 503 for "This node is not a swarm manager"; Podman has no such address. */
async function swarmFailure(client: EngineClient, what: string, error: unknown): Promise<Error> {
  if (codeOf(error) !== '503' && codeOf(error) !== '404') return engineFailure(client, what, error)
  return new NotFoundError('The engine manages no Swarm, so it knows no services.', {
    hint: 'Ask a manager of the Swarm (DOCKER_HOST or a docker context), or leave --services out.',
    cause: error,
  })
}

function serviceOf(spec: JsonObject): EngineService {
  const task = objectOf(property(spec, 'TaskTemplate'))
  const container = objectOf(property(task, 'ContainerSpec'))
  return {
    name: textOf(property(spec, 'Name')) ?? '',
    labels: stringMapOf(property(spec, 'Labels')),
    config: {
      env: textsOf(property(container, 'Env')),
      labels: labelsOf(spec, container),
      cmd: textsOf(property(container, 'Args')),
      entrypoint: textsOf(property(container, 'Command')),
      healthcheck: textsOf(property(objectOf(property(container, 'Healthcheck')), 'Test')),
      onbuild: [],
      shell: [],
      volumes: [],
      history: [],
    },
    settings: settingsOf(task, container),
    configs: arrayOf(property(container, 'Configs'))
      .filter(isObject)
      .map((config) => ({
        id: textOf(property(config, 'ConfigID')) ?? '',
        name: textOf(property(config, 'ConfigName')) ?? '',
      })),
  }
}

/**
 * What only the previous specification says: the engine keeps it for `docker service rollback` and shows it to everyone who may ask,
 * so a value that was moved away with one update is still there.
 */
function previousOnly(before: EngineService, now: EngineService): Record<string, string> {
  const old: Record<string, string> = {}
  const note = (name: string, text: string | undefined) => {
    if (text !== undefined) old[`previous ${name}`] = text
  }
  for (const entry of before.config.env.filter((each) => !now.config.env.includes(each))) {
    const [name = '', value] = entry.split(/=(.*)/s)
    note(name, value)
  }
  for (const [name, text] of Object.entries(before.labels)) if (now.labels[name] !== text) note(name, text)
  for (const [name, text] of Object.entries(before.settings)) if (now.settings[name] !== text) note(name, text)
  for (const key of ['cmd', 'entrypoint', 'healthcheck'] as const) {
    const [was, is] = [before.config[key].join(' '), now.config[key].join(' ')]
    if (was !== '' && was !== is) note(key === 'cmd' ? 'arguments' : key === 'entrypoint' ? 'command' : key, was)
  }
  return old
}

/** A key that the service and its containers have with different values is kept twice. */
function labelsOf(spec: JsonObject, container: JsonObject): Record<string, string> {
  const own = stringMapOf(property(spec, 'Labels'))
  const labels: Record<string, string> = { ...own }
  for (const [key, value] of Object.entries(stringMapOf(property(container, 'Labels'))))
    labels[own[key] === undefined || own[key] === value ? key : `${key} (container)`] = value
  return labels
}

function settingsOf(task: JsonObject, container: JsonObject): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const mount of arrayOf(property(container, 'Mounts')).filter(isObject)) {
    const source = textOf(property(mount, 'Source'))
    if (source !== undefined) settings[`mount ${textOf(property(mount, 'Target')) ?? ''}`] = source
    const driver = objectOf(property(objectOf(property(mount, 'VolumeOptions')), 'DriverConfig'))
    Object.assign(settings, stringMapOf(property(driver, 'Options')))
  }
  return { ...settings, ...stringMapOf(property(objectOf(property(task, 'LogDriver')), 'Options')) }
}
