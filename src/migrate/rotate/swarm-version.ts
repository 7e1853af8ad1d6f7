// The next version of a Swarm secret: another secret under the next name, since none can change; services are moved over to it.
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../../support/errors.js'
import { asTree } from '../../support/tree.js'
import { countsOnlyAtFirst } from '../conventions.js'
import { checkSwarmSecret, swarmSpec } from '../stores/swarm.js'
import {
  LABEL,
  OWNER,
  openSwarm,
  type Swarm,
  type SwarmSecret,
  type SwarmService,
  usesOf,
  versionIn,
} from '../swarm/engine.js'
import { removeLeft } from '../swarm/one-shot.js'
import { openProof } from '../swarm/proof.js'
import type { ValueHasher } from '../workspace.js'
import { variablesIn } from './database-note.js'
import type { OpenContext } from './open.js'
import type { VersionedSecret } from './versioned.js'

/** ms that a rolling update is waited for; it goes on without us. */
const ROLL_LIMIT = 120_000
const POLL = 300
/** The label of a stack's services that names it. */
const STACK = 'com.docker.stack.namespace'

interface Version {
  readonly number: number
  readonly secret: SwarmSecret
}

/** `ref`: swarm://BASE, the name without its version. `databases`: services of the project that are updated before the others. */
export async function swarmVersion(
  ref: string,
  hasher: ValueHasher,
  { images, databases = [] }: Pick<OpenContext, 'images' | 'databases'>,
): Promise<VersionedSecret> {
  const base = ref.slice('swarm://'.length)
  const swarm = await openSwarm()

  /** Newest first. */
  async function versions(): Promise<readonly Version[]> {
    return (await swarm.secrets())
      .flatMap((secret) => {
        const number = versionIn(secret.Spec?.Name ?? '', base)
        return number === undefined ? [] : [{ number, secret }]
      })
      .sort((a, b) => b.number - a.number)
  }

  async function find(id: string): Promise<SwarmSecret | undefined> {
    return (await swarm.secrets()).find(({ ID }) => ID === id)
  }

  return {
    store: 'swarm',
    async current() {
      const [newest] = await versions()
      if (newest === undefined) return undefined
      const labels = newest.secret.Spec?.Labels ?? {}
      const hmac = labels[LABEL.hmac]
      const ours = labels[LABEL.owner] === OWNER
      return { id: newest.secret.ID, version: newest.number, ours, ...(hmac === undefined ? {} : { hmac }) }
    },
    read: async () => undefined,
    check: (value) => checkSwarmSecret(`${base}_v99`, value),
    async replace(value, { name, over, migration }) {
      const [newest] = await versions()
      const before = newest?.number ?? 0
      if (before !== (over?.version ?? 0))
        throw new StoreError(`The Swarm secret ${base} has another version by now (${before}).`, {
          hint: 'Look at it, then start again.',
        })
      const version = before + 1
      const hmac = hasher.hmac(value)
      const full = `${base}_v${version}`
      const id = await swarm.create(swarmSpec(full, value, { name, version, migration, hmac }), full)
      return {
        store: 'swarm',
        name,
        id,
        version,
        createdByUs: true,
        hmac,
        ...(before === 0 ? {} : { previousVersion: before }),
      }
    },
    async prove(stored, value) {
      await removeLeft(swarm, [stored.id])
      const proof = openProof(swarm, images)
      try {
        return await proof.of(stored, value)
      } finally {
        await proof.close()
      }
    },
    wayBack: async ({ previousVersion }) =>
      previousVersion === undefined || (await versions()).some(({ number }) => number === previousVersion)
        ? 'open'
        : 'gone',
    async restore(stored) {
      const made = await find(stored.id)
      if (made === undefined) return undefined
      const before = (await versions()).find(({ number }) => number === stored.previousVersion)
      if (before !== undefined) await move(swarm, made, before.secret, databases)
      await removeLeft(swarm, [made.ID])
      return swarm.remove(made).then(() => undefined, whatStays)
    },
    async prune(stored, keep) {
      await removeLeft(
        swarm,
        (await versions()).map(({ secret }) => secret.ID),
      )
      const used = new Set((await swarm.services()).flatMap((service) => usesOf(service).map((use) => use.SecretID)))
      const older = (await versions()).filter(({ number }) => number < (stored.version ?? 0)).slice(keep)
      const gone = older.filter(({ secret }) => secret.Spec?.Labels?.[LABEL.owner] === OWNER && !used.has(secret.ID))
      for (const { secret } of gone) await swarm.remove(secret)
      return gone.map(({ secret }) => secret.Spec?.Name ?? secret.ID)
    },
    async roll(from, stored) {
      const [old, made] = [(await swarm.secrets()).find(({ Spec }) => Spec?.Name === from), await find(stored.id)]
      if (made === undefined) throw new StoreError(`The Swarm secret ${stored.name} is gone.`)
      return old === undefined ? [] : move(swarm, old, made, databases)
    },
  }
}

function whatStays(error: unknown): string {
  if (error instanceof StoreError) return error.message
  throw error
}

/**
 * A database starts with any password, and in its container the new value can be read; its clients need that it was told. `databases`: as the
 * project names them; those of other stacks are known by their images.
 */
export function databasesFirst(
  services: readonly SwarmService[],
  secret: string,
  databases: readonly string[],
): readonly SwarmService[] {
  const isDatabase = (service: SwarmService) => {
    const { Name, Labels = {}, TaskTemplate } = service.Spec
    if (databases.some((each) => Name === `${Labels[STACK]}_${each}`)) return true
    const { Image = '', Env, Command } = TaskTemplate.ContainerSpec ?? {}
    const environment = Object.fromEntries((Env ?? []).map((each) => each.split(/=(.*)/s).slice(0, 2)))
    return usesOf(service)
      .filter(({ SecretID }) => SecretID === secret)
      .flatMap(({ File }) => variablesIn(environment, Command ?? [], String(asTree(File)['Name'])))
      .some((variable) => countsOnlyAtFirst(Image, variable))
  }
  return [...services.filter(isDatabase), ...services.filter((service) => !isDatabase(service))]
}

/**
 * Services that have `from` get `to` under the same target, owner and bits; those whose update to `to` Swarm has stopped go on with it.
 * @returns their names.
 */
async function move(
  swarm: Swarm,
  from: SwarmSecret,
  to: SwarmSecret,
  databases: readonly string[],
): Promise<readonly string[]> {
  const moved: string[] = []
  for (const service of databasesFirst(await swarm.services(), from.ID, databases)) {
    const uses = usesOf(service)
    const isStopped = service.UpdateStatus?.State === 'paused' && uses.some(({ SecretID }) => SecretID === to.ID)
    if (!isStopped && !uses.some(({ SecretID }) => SecretID === from.ID)) continue
    const secrets = uses.map((use) =>
      use.SecretID === from.ID ? { ...use, SecretID: to.ID, SecretName: to.Spec?.Name ?? '' } : use,
    )
    const { TaskTemplate } = service.Spec
    const container = { ...TaskTemplate.ContainerSpec, Secrets: secrets }
    // Without it an unchanged specification starts nothing.
    const again = isStopped ? { ForceUpdate: (TaskTemplate.ForceUpdate ?? 0) + 1 } : {}
    const template = { ...TaskTemplate, ...again, ContainerSpec: container }
    await swarm.update(service, { ...service.Spec, TaskTemplate: template })
    moved.push(service.Spec.Name)
    await converge(swarm, service.ID)
  }
  return moved
}

/** Waits until the update is through. @throws StoreError where Swarm has stopped or taken it back. */
async function converge(swarm: Swarm, id: string): Promise<void> {
  for (const end = Date.now() + ROLL_LIMIT; Date.now() < end; await sleep(POLL)) {
    const { Spec, UpdateStatus } = await swarm.service(id)
    const state = UpdateStatus?.State
    if (state === 'completed') return
    if (state === 'paused' || state?.startsWith('rollback') === true)
      throw new StoreError(`Swarm has stopped the update of ${Spec.Name} (${state}): its new tasks do not start.`, {
        hint: `docker service ps ${Spec.Name} says why. Where it cannot log in to a database, change the password there first.`,
      })
  }
}
