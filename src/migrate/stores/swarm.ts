// Docker Swarm secrets: create-only, named with their version since they can never change, labelled for ownership. A value cannot be
// read back: what is known of it is its label, an HMAC under the project's key.
import { StoreError } from '../../support/errors.js'
import type { Secret } from '../../support/secret.js'
import { LABEL, OWNER, openSwarm, type SwarmSecret, versionIn } from '../swarm/engine.js'
import { removeLeft } from '../swarm/one-shot.js'
import { openProof } from '../swarm/proof.js'
import type { PresentSecret, SecretStore, StoredSecret } from '../types.js'
import type { ValueHasher } from '../workspace.js'

/** swarmkit: 1 to 511,999 bytes, a name of at most 64 characters. */
const MAX_BYTES = 500 * 1024 - 1
const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/

export interface SwarmStoreOptions {
  /** In front of every name, so that projects on one Swarm do not meet. */
  readonly prefix: string
  readonly hasher: ValueHasher
  /** Images of the project: one that is on this node can prove what was written. Asked when it is needed. */
  readonly images?: () => Promise<readonly string[]>
}

/** @throws StoreError for a name or a value that Swarm does not take. */
export function checkSwarmSecret(full: string, value: Secret): void {
  if (!NAME.test(full))
    throw new StoreError(`"${full}" cannot be a Swarm secret's name.`, {
      hint: 'Names have at most 64 characters of A-Z, a-z, 0-9, _ . -; choose a shorter --swarm-prefix.',
    })
  const { length } = value.reveal()
  if (length === 0 || length > MAX_BYTES)
    throw new StoreError(
      `The value for "${full}" has ${length === 0 ? 'no bytes' : 'more than 500 KB'}, which Swarm refuses.`,
      { hint: 'Leave it where it is.' },
    )
}

/** What is sent to Swarm for one version of a secret. */
export function swarmSpec(
  full: string,
  value: Secret,
  labels: { readonly name: string; readonly version: number; readonly migration: string; readonly hmac: string },
): object {
  return {
    Name: full,
    Labels: {
      [LABEL.owner]: OWNER,
      [LABEL.name]: labels.name,
      [LABEL.version]: String(labels.version),
      [LABEL.migration]: labels.migration,
      [LABEL.hmac]: labels.hmac,
    },
    Data: Buffer.from(value.reveal()).toString('base64'),
  }
}

/** @throws UnreachableError when there is no engine; StoreError when it is no Swarm manager. */
export async function openSwarmStore(options: SwarmStoreOptions): Promise<SecretStore> {
  const swarm = await openSwarm()
  const proof = openProof(swarm, options.images)
  const swarmName = (name: string, version: number): string => `${options.prefix}${name}_v${version}`

  /** The newest version of a name. */
  async function newest(name: string): Promise<SwarmSecret | undefined> {
    const own = (await swarm.secrets()).filter(({ Spec }) => isVersionOf(Spec?.Name ?? '', options.prefix + name))
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
    check: (name, value) => checkSwarmSecret(swarmName(name, 99), value),
    async put(name, value, { ifVersion, migration }) {
      const version = ifVersion + 1
      const hmac = options.hasher.hmac(value)
      const full = swarmName(name, version)
      const id = await swarm.create(swarmSpec(full, value, { name, version, migration, hmac }), full)
      proof.expect(id)
      return { store: 'swarm', name, id, version, createdByUs: true, hmac }
    },
    async verify(stored, value) {
      const secret = (await swarm.secrets()).find(({ ID }) => ID === stored.id)
      const label = secret?.Spec?.Labels?.[LABEL.hmac]
      if (label !== options.hasher.hmac(value))
        throw new StoreError(`The Swarm secret ${stored.name} is not what was written.`)
      return proof.of(stored, value)
    },
    async remove(stored: StoredSecret) {
      const secret = (await swarm.secrets()).find(({ ID }) => ID === stored.id)
      if (secret === undefined) return
      if (!stored.createdByUs || secret.Spec?.Labels?.[LABEL.owner] !== OWNER)
        throw new StoreError(`The Swarm secret ${stored.name} was not made by this tool.`)
      await removeLeft(swarm, [secret.ID])
      await swarm.remove(secret)
    },
    async tidy(name) {
      const secret = await newest(name)
      if (secret !== undefined) await removeLeft(swarm, [secret.ID])
    },
    composeEntry: ({ name, version }) => ({ external: true, name: swarmName(name, version ?? 1) }),
    close: () => proof.close(),
  }
}

const isVersionOf = (full: string, name: string): boolean => full !== name && versionIn(full, name) !== undefined

function versionOf({ Spec }: SwarmSecret): number {
  return Number(/_v(\d+)$/.exec(Spec?.Name ?? '')?.[1] ?? 0)
}
