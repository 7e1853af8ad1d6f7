// Containers of a Docker Engine or Podman: which there are and what they were started with. Reads only; what is a secret is another
// room's task.
import { NotFoundError } from '../../support/errors.js'
import { nearest } from '../../support/nearest.js'
import { printable } from '../../support/printable.js'
import { runConfigOf } from '../config.js'
import { arrayOf, isObject, objectOf, property, stringMapOf, textOf } from '../json.js'
import type { ImageConfig } from '../types.js'
import { codeOf, type EngineClient, engineFailure } from './engine-client.js'

/** What people can put secrets into, as inspect tells it. Holds plain values. */
export interface EngineContainer {
  readonly id: string
  /** Without the leading slash. */
  readonly name: string
  readonly running: boolean
  /** The ID of the image that it was made from. */
  readonly imageId: string
  readonly config: ImageConfig
  /** Mounts, options of volume and log drivers, what its health check printed: name to text. */
  readonly settings: Readonly<Record<string, string>>
  /** Where something else is mounted: files below are not the container's. Absolute. */
  readonly mountPoints: readonly string[]
}

const named = (names: unknown): string => (textOf(arrayOf(names)[0]) ?? '').replace(/^\//, '')

/** IDs of the running containers, by name. @throws UnreachableError. */
export async function runningContainers(client: EngineClient): Promise<readonly string[]> {
  const listed = await client.docker.listContainers().catch(async (error: unknown) => {
    throw await engineFailure(client, 'list of containers', error)
  })
  const found = listed.map(({ Id, Names }) => ({ id: Id, name: named(Names) }))
  return found.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ id }) => id)
}

/** A container by its name or ID. @throws NotFoundError with near names, UnreachableError. */
export async function inspectContainer(
  client: EngineClient,
  nameOrId: string,
  signal: AbortSignal,
): Promise<EngineContainer> {
  // The name becomes part of an address: what no engine allows in one never gets there.
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(nameOrId)) throw await noContainer(client, nameOrId)
  try {
    return containerOf(await client.docker.getContainer(nameOrId).inspect({ abortSignal: signal } as object))
  } catch (error) {
    if (codeOf(error) === '404') throw await noContainer(client, nameOrId)
    throw await engineFailure(client, `container ${printable(nameOrId)}`, error)
  }
}

async function noContainer(client: EngineClient, name: string): Promise<NotFoundError> {
  const listed = await client.docker.listContainers({ all: true }).catch(() => [])
  const names = listed.map(({ Names }) => named(Names)).filter((known) => known !== '')
  const similar = names.filter((known) => known.includes(name)).slice(0, 5)
  const near = similar.length > 0 ? similar : [nearest(name, names) ?? []].flat()
  const hint = near.length === 0 ? 'docker ps lists what runs.' : `There is ${near.map(printable).join(', ')}.`
  const of = client.name.charAt(0).toUpperCase() + client.name.slice(1)
  return new NotFoundError(`${of} has no container ${printable(name)}.`, { hint })
}

/** Tolerant of what is missing: engines of many ages and Podman answer. */
function containerOf(inspected: unknown): EngineContainer {
  const root = objectOf(inspected)
  const config = property(root, 'Config')
  const host = objectOf(property(root, 'HostConfig'))
  const mounts = arrayOf(property(root, 'Mounts')).map(objectOf)
  return {
    id: textOf(property(root, 'Id')) ?? '',
    name: (textOf(property(root, 'Name')) ?? '').replace(/^\//, ''),
    running: property(objectOf(property(root, 'State')), 'Running') === true,
    imageId: textOf(property(root, 'Image')) ?? '',
    config: runConfigOf(config),
    settings: { ...settingsOf(mounts, host), ...healthOutputs(property(root, 'State')) },
    mountPoints: mounts.flatMap((mount) => textOf(property(mount, 'Destination')) ?? []),
  }
}

function settingsOf(mounts: readonly Record<string, unknown>[], host: Record<string, unknown>): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const mount of mounts) {
    const from = textOf(property(mount, 'Name')) ?? textOf(property(mount, 'Source'))
    if (from !== undefined) settings[`mount ${textOf(property(mount, 'Destination')) ?? ''}`] = from
  }
  for (const mount of arrayOf(property(host, 'Mounts')).filter(isObject)) {
    const driver = objectOf(property(objectOf(property(mount, 'VolumeOptions')), 'DriverConfig'))
    Object.assign(settings, stringMapOf(property(driver, 'Options')))
  }
  return { ...settings, ...stringMapOf(property(objectOf(property(host, 'LogConfig')), 'Config')) }
}

/** What the last runs of the health check printed (the engine keeps five), each text once, newest first. */
function healthOutputs(state: unknown): Record<string, string> {
  const log = arrayOf(property(objectOf(property(objectOf(state), 'Health')), 'Log'))
  const outputs = log.toReversed().flatMap((entry) => textOf(property(objectOf(entry), 'Output')) ?? [])
  const texts = [...new Set(outputs)].filter((text) => text !== '')
  return Object.fromEntries(
    texts.map((text, index) => [`health check output${index === 0 ? '' : ` ${index + 1}`}`, text]),
  )
}

/** The config of the image that a container was made from; undefined where the image is gone. @throws UnreachableError. */
export async function imageConfigOf(client: EngineClient, imageId: string): Promise<ImageConfig | undefined> {
  try {
    const { Config } = await client.docker.getImage(imageId).inspect()
    return runConfigOf(Config)
  } catch (error) {
    if (codeOf(error) === '404') return undefined
    throw await engineFailure(client, `image ${printable(imageId)}`, error)
  }
}
