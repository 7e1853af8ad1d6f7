// How a value gets into one path of Vault and out of it again: new paths by check-and-set, existing ones key by key and only when asked.
// What is taken out again is what this tool put in, whatever else the path holds.
import { StoreError } from '../../support/errors.js'
import type { Secret } from '../../support/secret.js'
import type { Tree } from '../../support/tree.js'
import type { StoredSecret } from '../types.js'
import type { VaultClient } from '../vault/client.js'
import {
  currentVersion,
  customMetadata,
  describeKv,
  type KvPath,
  type KvSecret,
  type KvVersion,
  readKv,
  removeKv,
  writeKv,
  writeKvOnce,
} from '../vault/kv.js'
import { decodeValue, encodeValue, fieldsWith, VALUE_FIELD, withoutValue } from '../vault/values.js'
import { destroyIfAllowed, sameVersions } from '../vault/versions.js'

export const OWNER = 'secretscan'

export interface WritePlace {
  readonly client: VaultClient
  readonly version: KvVersion
  readonly at: KvPath
}

/** The version written, and the one that it was merged into. */
export type Written = Pick<StoredSecret, 'version' | 'previousVersion'>

const shown = ({ at: { mount, path } }: WritePlace): string => `${mount}/${path}`

/** Whether a value fits beside what is there: keys of others, none of ours. */
export const isMergeable = ({ raw }: KvSecret): boolean =>
  Object.keys(withoutValue(raw)).length === Object.keys(raw).length

/** Into a path that holds nothing and never has. @throws StoreError */
export async function putNew(place: WritePlace, value: Secret, migration: string): Promise<Written> {
  const { client, version, at } = place
  const taken =
    version === 2 ? (await currentVersion(client, at)) > 0 : (await readKv(client, version, at)) !== undefined
  if (taken)
    throw new StoreError(`${shown(place)} is there already.`, {
      hint: 'Choose another --vault-path, add to it with --vault-merge, or remove it for good (vault kv metadata delete).',
    })
  const written = await writeOnce(place, encodeValue(value), 0, value)
  if (version === 2) await describeKv(client, at, { owner: OWNER, migration })
  return { version: written }
}

/** Beside the keys that are there, over exactly the version that was looked at. @throws StoreError */
export async function putBeside(place: WritePlace, there: KvSecret, value: Secret): Promise<Written> {
  if (place.version === 1)
    throw new StoreError(
      `${shown(place)} is in version 1 of the engine, which cannot tell a write that comes in between.`,
      {
        hint: 'Choose another --vault-path.',
      },
    )
  const written = await writeOnce(place, fieldsWith(there.raw, VALUE_FIELD, value), there.version, value)
  return { version: written, previousVersion: there.version }
}

const writeOnce = ({ client, version, at }: WritePlace, fields: Tree, cas: number, value: Secret): Promise<number> =>
  writeKvOnce(client, version, at, fields, cas, (there) => decodeValue(there.fields)?.equals(value) === true)

/**
 * Takes a value out that this tool put in and nobody changed: with its path where nothing else is in it, else with the version that
 * this tool wrote, in which it would still stand.
 * @throws StoreError where it was changed, or others have written to the path
 */
export async function takeOut(place: WritePlace, stored: StoredSecret, hmac: (value: Secret) => string): Promise<void> {
  const { client, version, at } = place
  const there = await readKv(client, version, at)
  if (there === undefined) return
  if (!stored.createdByUs) throw new StoreError(`${stored.id} was not made by this tool.`)
  const value = decodeValue(there.fields)
  if (value === undefined || hmac(value) !== stored.hmac)
    throw new StoreError(`${stored.id} has changed since it was written.`, {
      hint: 'Remove it by hand if it is no longer needed.',
    })
  const rest = withoutValue(there.raw)
  if (Object.keys(rest).length > 0) {
    await writeKv(client, version, at, rest, there.version)
    if (version === 2 && stored.version !== undefined)
      await destroyIfAllowed(client, at, await sameVersions(client, at, stored.version))
    return
  }
  if (version === 2 && there.version > 1 && (await customMetadata(client, at))['owner'] !== OWNER)
    throw new StoreError(`${stored.id} has versions of others.`, { hint: 'Remove it by hand: vault kv delete.' })
  await removeKv(client, version, at)
}
