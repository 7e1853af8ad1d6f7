// A service that lives for a moment on the node that answers, with Swarm secrets mounted: the only way to see what a secret holds. It
// does nothing by itself; what is asked of it runs beside (exec), so that nothing of it stands in a log, an argument or a variable.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { Secret } from '../../support/secret.js'
import { LABEL, OWNER, type Swarm, usesOf } from './engine.js'

/** ms */
const START_LIMIT = 30_000
const POLL = 200
/** Seconds; it ends by itself where this process is killed. */
const LIFE = 300
/** As start() calls them. */
const NAME = /^secretscan-[0-9a-f]{12}$/
/** One that has no shell fails at once, and the next is tried. */
const IMAGES_TRIED = 3

export interface OneShot {
  /** Whether the mounted secret is `value`: compared by a hash under a key of this one question. */
  holds(secretId: string, value: Secret): Promise<boolean>
  read(secretId: string): Promise<Secret>
  close(): Promise<void>
}

export interface NoOneShot {
  /** Why no service may or can run: a sentence. */
  readonly missing: string
}

interface Task {
  readonly Status?: {
    readonly State?: string
    readonly Err?: string
    readonly ContainerStatus?: { readonly ContainerID?: string }
  }
}

/** `images`: names that are tried in order, of which those count that this node has already. */
export async function openOneShot(
  swarm: Swarm,
  secretIds: readonly string[],
  images: readonly string[],
): Promise<OneShot | NoOneShot> {
  const { docker, nodeId } = swarm
  const node = (await docker.getNode(nodeId).inspect()) as { readonly Spec?: { readonly Availability?: string } }
  if (node.Spec?.Availability !== 'active')
    return { missing: `This node takes no tasks (it is ${node.Spec?.Availability ?? 'of unknown state'}).` }
  const ids = await presentImages(docker, images)
  if (ids.length === 0) return { missing: 'No image of the project is on this node.' }
  let why = ''
  for (const image of ids.slice(0, IMAGES_TRIED)) {
    const started = await start(swarm, secretIds, image)
    if (!('missing' in started)) return started
    why = started.missing
  }
  return { missing: why }
}

/** Removes those that a killed process left with one of these secrets: Swarm removes no secret that a service has. */
export async function removeLeft(swarm: Swarm, secretIds: readonly string[]): Promise<void> {
  for (const service of await swarm.services()) {
    const { Name, Labels } = service.Spec
    const isOurs = Labels?.[LABEL.owner] === OWNER && NAME.test(Name)
    if (!isOurs || !usesOf(service).some(({ SecretID }) => secretIds.includes(SecretID))) continue
    await swarm.docker
      .getService(service.ID)
      .remove()
      .catch(() => undefined)
  }
}

async function presentImages(docker: Docker, images: readonly string[]): Promise<readonly string[]> {
  const ids = await Promise.all(
    images.map(async (image) => {
      const found = await docker
        .getImage(image)
        .inspect()
        .catch(() => undefined)
      return found === undefined ? [] : [found.Id]
    }),
  )
  return [...new Set(ids.flat())]
}

const pathOf = (index: number): string => `/run/secrets/secretscan-${index}`

async function start(swarm: Swarm, secretIds: readonly string[], image: string): Promise<OneShot | NoOneShot> {
  const { docker } = swarm
  const known = new Map((await swarm.secrets()).map((secret) => [secret.ID, secret.Spec?.Name ?? '']))
  const spec = {
    Name: `secretscan-${randomBytes(6).toString('hex')}`,
    Labels: { [LABEL.owner]: OWNER },
    TaskTemplate: {
      ContainerSpec: {
        // By its ID: nothing is pulled.
        Image: image,
        Command: ['/bin/sh', '-c', `trap exit TERM; sleep ${LIFE} & wait`],
        User: '0',
        StopGracePeriod: 0,
        Secrets: secretIds.map((id, index) => ({
          SecretID: id,
          SecretName: known.get(id) ?? '',
          File: { Name: pathOf(index), UID: '0', GID: '0', Mode: 0o400 },
        })),
      },
      RestartPolicy: { Condition: 'none' },
      Placement: { Constraints: [`node.id==${swarm.nodeId}`] },
    },
    Mode: { Replicated: { Replicas: 1 } },
  }
  const { id } = (await docker.createService(spec as unknown as Docker.CreateServiceOptions)) as unknown as {
    readonly id: string
  }
  const close = async () => {
    await docker
      .getService(id)
      .remove()
      .catch(() => undefined)
  }
  try {
    const container = await running(docker, id)
    if (typeof container !== 'string') {
      await close()
      return container
    }
    return { ...questions(docker, container, secretIds), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function running(docker: Docker, service: string): Promise<string | NoOneShot> {
  for (const end = Date.now() + START_LIMIT; Date.now() < end; await sleep(POLL)) {
    const [task] = (await docker.listTasks({ filters: { service: [service] } })) as readonly Task[]
    const state = task?.Status?.State ?? ''
    const container = task?.Status?.ContainerStatus?.ContainerID
    if (state === 'running' && container !== undefined) return container
    if (/^(?:failed|rejected|complete|shutdown|orphaned|remove)$/.test(state))
      return { missing: 'No image of the project on this node can start a shell.' }
  }
  return { missing: 'The service that was to look did not start in time.' }
}

function questions(docker: Docker, container: string, secretIds: readonly string[]): Omit<OneShot, 'close'> {
  const fileOf = (id: string): string => {
    const index = secretIds.indexOf(id)
    if (index < 0) throw new RangeError('this secret is not mounted')
    return pathOf(index)
  }
  return {
    async holds(id, value) {
      // Worth nothing afterwards: the key of one question, seen by nobody but the engine.
      const key = randomBytes(32).toString('hex')
      const ask = 'printf %s "$1" | cat - "$2" | sha256sum | cut -c1-64'
      const answer = await output(docker, container, ['/bin/sh', '-c', ask, 'sh', key, fileOf(id)])
      const expected = createHash('sha256').update(key).update(value.reveal()).digest('hex')
      const said = Buffer.from(answer.toString('latin1').trim().padEnd(expected.length).slice(0, expected.length))
      return timingSafeEqual(said, Buffer.from(expected))
    },
    read: async (id) => Secret.of(await output(docker, container, ['/bin/sh', '-c', 'cat "$1"', 'sh', fileOf(id)])),
  }
}

/** Standard output of a command beside the service's own; not logged by the engine. */
async function output(docker: Docker, container: string, command: readonly string[]): Promise<Buffer> {
  const exec = await docker
    .getContainer(container)
    .exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, User: '0' })
  const stream = await exec.start({ Detach: false, Tty: false })
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return standardOutput(Buffer.concat(chunks))
}

/** Frames of the engine's attach format: kind, three zeros, length (32 bits, big-endian), then the bytes. */
function standardOutput(frames: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= frames.length; ) {
    const length = frames.readUInt32BE(at + 4)
    if (frames[at] === 1) parts.push(frames.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return Buffer.concat(parts)
}
