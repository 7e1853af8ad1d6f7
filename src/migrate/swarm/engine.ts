// A Docker Swarm as a place for secrets: list, create and remove them, and find and move the services that use them. Knows nothing of
// plans and journals. A value goes in and never comes back.
import type Docker from 'dockerode'
import { connectEngine } from '../../image/sources/engine-client.js'
import { StoreError } from '../../support/errors.js'

export const LABEL = {
  owner: 'secretscan.owner',
  name: 'secretscan.name',
  version: 'secretscan.version',
  migration: 'secretscan.migration',
  hmac: 'secretscan.hmac',
} as const
export const OWNER = 'secretscan'

export interface SwarmSecret {
  readonly ID: string
  readonly Spec?: { readonly Name?: string; readonly Labels?: Readonly<Record<string, string>> }
}

export interface SecretUse {
  readonly SecretID: string
  readonly SecretName: string
  readonly File?: unknown
}

interface ContainerSpec {
  readonly Image?: string
  /** The entrypoint, where the service has one of its own. */
  readonly Command?: readonly string[] | null
  /** KEY=VALUE */
  readonly Env?: readonly string[] | null
  readonly Secrets?: readonly SecretUse[] | null
}

export interface SwarmService {
  readonly ID: string
  readonly Version: { readonly Index: number }
  readonly Spec: {
    readonly Name: string
    readonly Labels?: Readonly<Record<string, string>>
    readonly TaskTemplate: { readonly ContainerSpec?: ContainerSpec; readonly ForceUpdate?: number }
  }
  readonly UpdateStatus?: { readonly State?: string; readonly Message?: string }
}

export interface Swarm {
  readonly docker: Docker
  /** The node that answers. */
  readonly nodeId: string
  secrets(): Promise<readonly SwarmSecret[]>
  /** @returns the new secret's ID. */
  create(spec: object, name: string): Promise<string>
  remove(secret: SwarmSecret): Promise<void>
  services(): Promise<readonly SwarmService[]>
  service(id: string): Promise<SwarmService>
  /** A rolling update by the service's own settings; registry logins stay those of its specification. */
  update(service: SwarmService, spec: object): Promise<void>
}

/** @throws UnreachableError when there is no engine; StoreError when it is no Swarm manager. */
export async function openSwarm(): Promise<Swarm> {
  const client = await connectEngine('docker')
  const { docker } = client
  const info = (await docker.info()) as {
    readonly Swarm?: { readonly ControlAvailable?: boolean; readonly NodeID?: string }
  }
  if (info.Swarm?.ControlAvailable !== true) {
    throw new StoreError(`${client.name} is no Swarm manager, so it keeps no secrets.`, {
      hint: 'Run docker swarm init, which makes it one, or use --to compose-file.',
    })
  }
  return {
    docker,
    nodeId: info.Swarm.NodeID ?? '',
    secrets: async () => (await docker.listSecrets()) as readonly SwarmSecret[],
    async create(spec, name) {
      try {
        const created = (await docker.createSecret(spec as Parameters<Docker['createSecret']>[0])) as unknown as {
          readonly id: string
        }
        return created.id
      } catch (error) {
        throw swarmError(error, `The Swarm secret ${name} cannot be created`)
      }
    },
    async remove(secret) {
      try {
        await docker.getSecret(secret.ID).remove()
      } catch (error) {
        throw swarmError(
          error,
          `The Swarm secret ${secret.Spec?.Name ?? secret.ID} cannot be removed (a service may use it)`,
        )
      }
    },
    services: async () => (await docker.listServices()) as unknown as readonly SwarmService[],
    service: async (id) => (await docker.getService(id).inspect()) as SwarmService,
    async update(service, spec) {
      const options = { _query: { version: service.Version.Index, registryAuthFrom: 'spec' }, _body: spec }
      try {
        await docker.getService(service.ID).update(options as unknown as Parameters<Docker.Service['update']>[0])
      } catch (error) {
        throw swarmError(error, `The service ${service.Spec.Name} cannot be updated`)
      }
    },
  }
}

/** The engine's own error could repeat the request: it is not kept. */
function swarmError(error: unknown, what: string): StoreError {
  const { statusCode } = error as { statusCode?: number }
  const why =
    statusCode === 409
      ? 'that name is taken'
      : statusCode === undefined
        ? 'the engine does not answer'
        : `the engine answers ${statusCode}`
  return new StoreError(`${what}: ${why}.`, { hint: 'docker secret ls shows what is there.' })
}

/** The version in a name: `x_v3` of `x` is 3, `x` itself 1; undefined for other names. */
export function versionIn(full: string, base: string): number | undefined {
  if (full === base) return 1
  const digits = full.startsWith(`${base}_v`) ? full.slice(base.length + 2) : ''
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined
}

/** A Swarm secret's name without its version. */
export const baseOf = (full: string): string => full.replace(/_v\d{1,9}$/, '')

/** Uses of the secret `id` by a service. */
export const usesOf = (service: SwarmService): readonly SecretUse[] =>
  service.Spec.TaskTemplate.ContainerSpec?.Secrets ?? []
