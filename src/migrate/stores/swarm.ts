// Docker Swarm secrets: create-only, named with their version since they can never change, labelled for ownership. A value cannot be
// read back: what is known of it is its label, an HMAC under the project's key.
import type Docker from 'dockerode'
import { connectEngine } from '../../image/sources/engine-client.js'
import { StoreError } from '../../support/errors.js'
import type { PresentSecret, SecretStore, StoredSecret } from '../types.js'
import type { ValueHasher } from '../workspace.js'

/** swarmkit: 1 to 511,999 bytes, a name of at most 64 characters. */
const MAX_BYTES = 500 * 1024 - 1
const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/
const LABEL = {
  owner: 'secretscan.owner',
  name: 'secretscan.name',
  version: 'secretscan.version',
  migration: 'secretscan.migration',
  hmac: 'secretscan.hmac',
}
const OWNER = 'secretscan'

export interface SwarmStoreOptions {
  /** In front of every name, so that projects on one Swarm do not meet. */
  readonly prefix: string
  readonly hasher: ValueHasher
}

interface SwarmSecret {
  readonly ID: string
  readonly Spec?: { readonly Name?: string; readonly Labels?: Readonly<Record<string, string>> }
}

/** @throws UnreachableError when there is no engine; StoreError when it is no Swarm manager. */
export async function openSwarmStore(options: SwarmStoreOptions): Promise<SecretStore> {
  const client = await connectEngine('docker')
  const { docker } = client
  const info = (await docker.info()) as { readonly Swarm?: { readonly ControlAvailable?: boolean } }
  if (info.Swarm?.ControlAvailable !== true) {
    throw new StoreError(`${client.name} is no Swarm manager, so it keeps no secrets.`, {
      hint: 'Run docker swarm init, which makes it one, or use --to compose-file.',
    })
  }
  const swarmName = (name: string, version: number): string => `${options.prefix}${name}_v${version}`
  const list = async (): Promise<readonly SwarmSecret[]> => (await docker.listSecrets()) as readonly SwarmSecret[]

  /** The newest version of a name. */
  async function newest(name: string): Promise<SwarmSecret | undefined> {
    const own = (await list()).filter(({ Spec }) => isVersionOf(Spec?.Name ?? '', options.prefix + name))
    return own.sort((a, b) => versionOf(b) - versionOf(a))[0]
  }

  return {
    kind: 'swarm',
    async inspect(names) {
      const found = new Map<string, PresentSecret>()
      for (const name of names) {
        const secret = await newest(name)
        if (secret === undefined) continue
        const labels = secret.Spec?.Labels ?? {}
        const hmac = labels[LABEL.hmac]
        found.set(name, {
          id: secret.ID,
          version: versionOf(secret),
          ours: labels[LABEL.owner] === OWNER,
          ...(hmac === undefined ? {} : { hmac }),
        })
      }
      return found
    },
    check(name, value) {
      if (!NAME.test(swarmName(name, 99)))
        throw new StoreError(`"${swarmName(name, 1)}" cannot be a Swarm secret's name.`, {
          hint: 'Names have at most 64 characters of A-Z, a-z, 0-9, _ . -; choose a shorter --swarm-prefix.',
        })
      const { length } = value.reveal()
      if (length === 0 || length > MAX_BYTES)
        throw new StoreError(
          `The value for "${name}" has ${length === 0 ? 'no bytes' : 'more than 500 KB'}, which Swarm refuses.`,
          { hint: 'Leave it where it is.' },
        )
    },
    async put(name, value, { ifVersion, migration }) {
      const version = ifVersion + 1
      const hmac = options.hasher.hmac(value)
      const spec = {
        Name: swarmName(name, version),
        Labels: {
          [LABEL.owner]: OWNER,
          [LABEL.name]: name,
          [LABEL.version]: String(version),
          [LABEL.migration]: migration,
          [LABEL.hmac]: hmac,
        },
        Data: Buffer.from(value.reveal()).toString('base64'),
      }
      try {
        const { id } = await create(docker, spec)
        return {
          store: 'swarm',
          name,
          id,
          version,
          createdByUs: true,
          hmac,
          ...(ifVersion === 0 ? {} : { previousVersion: ifVersion }),
        }
      } catch (error) {
        throw asStoreError(error, `The Swarm secret ${spec.Name} cannot be created`)
      }
    },
    async verify(stored, value) {
      const secret = (await list()).find(({ ID }) => ID === stored.id)
      const label = secret?.Spec?.Labels?.[LABEL.hmac]
      if (label !== options.hasher.hmac(value))
        throw new StoreError(`The Swarm secret ${stored.name} is not what was written.`)
      return 'label-only'
    },
    async remove(stored: StoredSecret) {
      const secret = (await list()).find(({ ID }) => ID === stored.id)
      if (secret === undefined) return
      if (!stored.createdByUs || secret.Spec?.Labels?.[LABEL.owner] !== OWNER)
        throw new StoreError(`The Swarm secret ${stored.name} was not made by this tool.`)
      try {
        await docker.getSecret(stored.id).remove()
      } catch (error) {
        throw asStoreError(
          error,
          `The Swarm secret ${secret.Spec?.Name ?? stored.name} cannot be removed (a service may use it)`,
        )
      }
    },
    composeEntry: ({ name, version }) => ({ external: true, name: swarmName(name, version ?? 1) }),
    close: async () => undefined,
  }

  function asStoreError(error: unknown, what: string): StoreError {
    const { statusCode } = error as { statusCode?: number }
    const why =
      statusCode === 409
        ? 'that name is taken'
        : statusCode === undefined
          ? 'the engine does not answer'
          : `the engine answers ${statusCode}`
    // The engine's own error could repeat the request: it is not kept.
    return new StoreError(`${what}: ${why}.`, { hint: 'docker secret ls shows what is there.' })
  }
}

function create(docker: Docker, spec: object): Promise<{ readonly id: string }> {
  return docker.createSecret(spec as Parameters<Docker['createSecret']>[0]) as unknown as Promise<{
    readonly id: string
  }>
}

const isVersionOf = (full: string, name: string): boolean =>
  full.startsWith(`${name}_v`) && /^\d+$/.test(full.slice(name.length + 2))

function versionOf({ Spec }: SwarmSecret): number {
  return Number(/_v(\d+)$/.exec(Spec?.Name ?? '')?.[1] ?? 0)
}
