// The strings of a container or service that people put secrets into, and which of them its image has brought. Knows the forms; scans nothing.
import type { ImageConfig } from '../image/types.js'
import { configPieces } from './config-pieces.js'
import type { Place } from './types.js'
import type { Piece } from './unit.js'

/** What is started and how: a container as it runs, or a service as it is specified. */
export interface RunSettings {
  readonly config: ImageConfig
  /** Mounts, driver options and the like: name to text. */
  readonly settings: Readonly<Record<string, string>>
}

const isMount = (key: string): boolean => key.startsWith('mount /')

/** The pieces of what was set for a start; `service` becomes part of their places. */
export function runPieces({ config, settings }: RunSettings, service?: string): Piece[] {
  const entries = Object.entries(settings)
  const others = Object.fromEntries(entries.filter(([key]) => !isMount(key)))
  const image = { imageId: 'sha256:', platform: '', annotations: others, layers: [] } as const
  // Where a mount comes from is no value of what it is called inside: ./secrets/jwt_secret at /run/secrets/jwt_secret.
  const mounts = entries
    .filter(([key]) => isMount(key))
    .map(([key, from]) => ({ place: { kind: 'annotation', key } as const, text: Buffer.from(from) }))
  const pieces = [...configPieces({ config, image }), ...mounts]
  return service === undefined ? pieces : pieces.map((piece) => ({ ...piece, place: { ...piece.place, service } }))
}

/**
 * Tells for a place in `pieces` whether the image's own config holds the same whole string. A command's word counts as the image's
 * only at the same position.
 */
export function heldByImage(pieces: readonly Piece[], config: ImageConfig): (place: Place) => boolean {
  const brought = new Set(runPieces({ config, settings: {} }).map(contentKey))
  const held = new Set(pieces.filter((piece) => brought.has(contentKey(piece))).map(({ place }) => placeKey(place)))
  return (place) => held.has(placeKey(place))
}

/** Variables and labels have no position of their own: what is set at the start moves the image's. */
function contentKey({ place, text }: Piece): string {
  const position = 'index' in place && place.kind !== 'env' ? place.index : undefined
  return JSON.stringify([place.kind, position ?? null, Buffer.from(text).toString('latin1')])
}

/** By ordinal where there is one: keys of findings may be more (an option's name) or less (masked) than those of pieces. */
function placeKey(place: Place): string {
  const index = 'index' in place ? place.index : undefined
  return JSON.stringify([place.kind, index ?? place.key ?? null])
}

const PROJECT = 'com.docker.compose.project'
const SERVICE = 'com.docker.compose.service'
const STACK = 'com.docker.stack.namespace'
const SWARM_SERVICE = 'com.docker.swarm.service.name'

/** Who has started a container, as its labels say: Compose, a Swarm stack, Swarm alone. */
export interface Belonging {
  readonly project?: string
  readonly service: string
}

export function belongingOf(labels: Readonly<Record<string, string>>): Belonging | undefined {
  const compose = labels[SERVICE]
  if (compose !== undefined && compose !== '') return withProject(labels[PROJECT], compose)
  const swarm = labels[SWARM_SERVICE]
  return swarm === undefined || swarm === '' ? undefined : stackService(swarm, labels)
}

/** A stack writes its own name before those of its services. */
export function stackService(name: string, labels: Readonly<Record<string, string>>): Belonging {
  const stack = labels[STACK]
  return withProject(stack, stack === undefined || !name.startsWith(`${stack}_`) ? name : name.slice(stack.length + 1))
}

function withProject(project: string | undefined, service: string): Belonging {
  return project === undefined || project === '' ? { service } : { project, service }
}

/** "shop/db" for people. */
export function belongingText({ project, service }: Belonging): string {
  return project === undefined ? service : `${project}/${service}`
}
