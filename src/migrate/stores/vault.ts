// Secrets in HashiCorp Vault (or OpenBao): one path a secret, so that policies can name them one by one. Created by check-and-set,
// read back and compared, described by custom metadata; Compose reads them through `secretscan exec` and `secrets: NAME: environment:`.
import { StoreError } from '../../support/errors.js'
import { secretTemplate } from '../agent/config.js'
import type { PresentSecret, SecretStore, StoredSecret } from '../types.js'
import type { VaultClient } from '../vault/client.js'
import { customMetadata, type KvPath, type KvSecret, type KvVersion, readKv } from '../vault/kv.js'
import { kvVersion } from '../vault/mount.js'
import { decodeValue, MAX_VALUE, VALUE_FIELD } from '../vault/values.js'
import type { ValueHasher } from '../workspace.js'
import { isMergeable, OWNER, putBeside, putNew, takeOut, type WritePlace } from './vault-write.js'

/** Paths looked at at once. */
const PARALLEL = 8
const NAME = /^[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?$/

export interface VaultStoreOptions {
  readonly client: VaultClient
  readonly mount: string
  /** Below the mount, in front of the secrets' names. */
  readonly path: string
  readonly kvVersion?: KvVersion
  /** Compose gets the secrets from a Swarm that `migrate sync` keeps up; in front of their names there. */
  readonly swarmPrefix?: string
  readonly hasher: ValueHasher
  /** Adds to paths that hold other keys; else they are left alone. */
  readonly merge?: boolean
}

/** The variable that carries a secret to Compose. */
const variableOf = (name: string): string => `SECRETSCAN_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`

export async function openVaultStore(options: VaultStoreOptions): Promise<SecretStore> {
  const { client, mount, hasher } = options
  const at = (name: string): KvPath => ({ mount, path: `${options.path}/${name}` })
  const version = await kvVersion(client, at('x'), options.kvVersion)

  const place = (name: string): WritePlace => ({ client, version, at: at(name) })
  /** A path to merge into counts as free. */
  const isFree = (there: KvSecret): boolean => options.merge === true && isMergeable(there)

  return {
    kind: 'vault',
    inspect: async (names) => {
      const found = new Map<string, PresentSecret>()
      for (let start = 0; start < names.length; start += PARALLEL) {
        const some = names.slice(start, start + PARALLEL)
        const present = await Promise.all(some.map((name) => inspectOne(place(name), hasher, isFree)))
        for (const [index, each] of present.entries()) if (each !== undefined) found.set(some[index] ?? '', each)
      }
      return found
    },
    check(name, value) {
      if (!NAME.test(name))
        throw new StoreError(`"${name}" cannot be a secret's name.`, {
          hint: 'Use a-z, 0-9, _ . - and at most 64 characters.',
        })
      const { length } = value.reveal()
      if (length === 0 || length > MAX_VALUE)
        throw new StoreError(`The value for "${name}" has ${length === 0 ? 'no bytes' : 'more than 1 MiB'}.`, {
          hint: 'Leave it where it is.',
        })
    },
    async put(name, value, { migration }) {
      const there = options.merge ? await readKv(client, version, at(name)) : undefined
      const written =
        there !== undefined && isFree(there)
          ? await putBeside(place(name), there, value)
          : await putNew(place(name), value, migration)
      const id = `${mount}/${options.path}/${name}#${VALUE_FIELD}`
      return { store: 'vault', name, id, ...written, createdByUs: true, hmac: hasher.hmac(value) }
    },
    async verify(stored, value) {
      const there = await readKv(client, version, at(stored.name))
      const read = there === undefined ? undefined : decodeValue(there.fields)
      if (read === undefined || !read.equals(value))
        throw new StoreError(`${stored.id} does not hold what was written to it.`)
      return 'read-back'
    },
    remove: (stored: StoredSecret) => takeOut(place(stored.name), stored, (value) => hasher.hmac(value)),
    composeEntry: ({ name }) =>
      options.swarmPrefix === undefined
        ? { environment: variableOf(name) }
        : { external: true, name: `${options.swarmPrefix}${name}_v1` },
    reference: (name) => ({ ref: `vault://${mount}/${options.path}/${name}#${VALUE_FIELD}`, env: variableOf(name) }),
    agentTemplate: (name) => secretTemplate(at(name), version),
    close: async () => undefined,
  }
}

/** KV 1 keeps no metadata: what is there is taken for someone else's unless the journal says otherwise. */
async function inspectOne(
  { client, version, at }: WritePlace,
  hasher: ValueHasher,
  isFree: (there: KvSecret) => boolean,
): Promise<PresentSecret | undefined> {
  const there = await readKv(client, version, at)
  if (there === undefined || isFree(there)) return undefined
  const value = decodeValue(there.fields)
  const about = version === 1 ? undefined : await customMetadata(client, at)
  return {
    id: `${at.mount}/${at.path}#${VALUE_FIELD}`,
    version: there.version,
    ours: version === 1 || about?.['owner'] === OWNER,
    ...(about?.['migration'] === undefined ? {} : { migration: about['migration'] }),
    ...(value === undefined ? {} : { hmac: hasher.hmac(value) }),
  }
}
