// Secrets in HashiCorp Vault (or OpenBao): one path a secret, so that policies can name them one by one. Created by check-and-set,
// read back and compared, described by custom metadata; Compose reads them through `secretscan exec` and `secrets: NAME: environment:`.
import { StoreError } from '../../support/errors.js'
import type { Secret } from '../../support/secret.js'
import { secretTemplate } from '../agent/config.js'
import type { PresentSecret, SecretStore, StoredSecret } from '../types.js'
import type { VaultClient } from '../vault/client.js'
import {
  currentVersion,
  customMetadata,
  describeKv,
  type KvPath,
  type KvVersion,
  kvVersion,
  readKv,
  removeKv,
  writeKv,
} from '../vault/kv.js'
import { decodeValue, encodeValue } from '../vault/values.js'
import type { ValueHasher } from '../workspace.js'

const VALUE_FIELD = 'value'
const OWNER = 'secretscan'
/** Vault's own limit on a request is 32 MiB; a secret of this size is a mistake. */
const MAX_BYTES = 1024 * 1024
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
}

/** The variable that carries a secret to Compose. */
const variableOf = (name: string): string => `SECRETSCAN_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`

export async function openVaultStore(options: VaultStoreOptions): Promise<SecretStore> {
  const { client, mount, hasher } = options
  const at = (name: string): KvPath => ({ mount, path: `${options.path}/${name}` })
  const version = await kvVersion(client, at('x'), options.kvVersion)

  return {
    kind: 'vault',
    inspect: async (names) => {
      const found = new Map<string, PresentSecret>()
      for (const name of names) {
        const present = await inspectOne(client, version, at(name), hasher)
        if (present !== undefined) found.set(name, present)
      }
      return found
    },
    check(name, value) {
      if (!NAME.test(name))
        throw new StoreError(`"${name}" cannot be a secret's name.`, {
          hint: 'Use a-z, 0-9, _ . - and at most 64 characters.',
        })
      const { length } = value.reveal()
      if (length === 0 || length > MAX_BYTES)
        throw new StoreError(`The value for "${name}" has ${length === 0 ? 'no bytes' : 'more than 1 MiB'}.`, {
          hint: 'Leave it where it is.',
        })
    },
    async put(name, value, { migration }) {
      const place = at(name)
      const before = version === 2 ? await currentVersion(client, place) : 0
      if (before > 0)
        throw new StoreError(`${place.mount}/${place.path} has versions already.`, {
          hint: 'Choose another --vault-path, or remove it for good with vault kv metadata delete.',
        })
      const written = await writeOnce(client, version, place, encodeValue(value), hasher, value)
      if (version === 2) await describeKv(client, place, { owner: OWNER, migration })
      return {
        store: 'vault',
        name,
        id: `${place.mount}/${place.path}#${VALUE_FIELD}`,
        version: written,
        createdByUs: true,
        hmac: hasher.hmac(value),
      }
    },
    async verify(stored, value) {
      const there = await readKv(client, version, at(stored.name))
      const read = there === undefined ? undefined : decodeValue(there.fields)
      if (read === undefined || !read.equals(value))
        throw new StoreError(`${stored.id} does not hold what was written to it.`)
      return 'read-back'
    },
    async remove(stored: StoredSecret) {
      const place = at(stored.name)
      const present = await inspectOne(client, version, place, hasher)
      if (present === undefined) return
      if (!stored.createdByUs || !present.ours) throw new StoreError(`${stored.id} was not made by this tool.`)
      if (present.hmac !== stored.hmac)
        throw new StoreError(`${stored.id} has changed since it was written.`, {
          hint: 'Remove it by hand if it is no longer needed.',
        })
      await removeKv(client, version, place)
    },
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
  client: VaultClient,
  version: KvVersion,
  place: KvPath,
  hasher: ValueHasher,
): Promise<PresentSecret | undefined> {
  const there = await readKv(client, version, place)
  if (there === undefined) return undefined
  const value = decodeValue(there.fields)
  const ours = version === 1 || (await customMetadata(client, place))['owner'] === OWNER
  return {
    id: `${place.mount}/${place.path}#${VALUE_FIELD}`,
    version: there.version,
    ours,
    ...(value === undefined ? {} : { hmac: hasher.hmac(value) }),
  }
}

/** A write whose answer was lost may have landed: it is read back and not sent again. */
async function writeOnce(
  client: VaultClient,
  version: KvVersion,
  place: KvPath,
  fields: Readonly<Record<string, string>>,
  hasher: ValueHasher,
  value: Secret,
): Promise<number> {
  try {
    return await writeKv(client, version, place, fields, 0)
  } catch (error) {
    const there = await readKv(client, version, place).catch(() => undefined)
    const read = there === undefined ? undefined : decodeValue(there.fields)
    if (there !== undefined && read !== undefined && hasher.hmac(read) === hasher.hmac(value)) return there.version
    throw error
  }
}
