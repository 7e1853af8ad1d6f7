// The next version of a secret in Vault: written by check-and-set beside the other keys of its path. Version 1 of the engine keeps no
// versions: there the value before is kept in the run's folder.
import { writeAtomic } from '../../support/atomic.js'
import { StoreError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import { readIfThere } from '../project-files.js'
import type { StoredSecret } from '../types.js'
import type { VaultClient } from '../vault/client.js'
import { type KvSecret, readKv, writeKvOnce } from '../vault/kv.js'
import type { KvPlace } from '../vault/mount.js'
import { fieldsWith, fieldValue, MAX_VALUE } from '../vault/values.js'
import { destroyIfAllowed, destroyVersions, readVersion, sameVersions, versionsOf } from '../vault/versions.js'
import type { ValueHasher } from '../workspace.js'
import type { ReplaceOptions, VersionedSecret } from './versioned.js'

/** `field`: the key of its path that holds it. */
export function vaultVersion(
  client: VaultClient,
  located: KvPlace & { readonly field: string },
  hasher: ValueHasher,
): VersionedSecret {
  const { at, version, field } = located
  const id = `${at.mount}/${at.path}#${field}`

  const there = async (): Promise<{ readonly secret: KvSecret; readonly value: Secret } | undefined> => {
    const secret = await readKv(client, version, at)
    const value = secret === undefined ? undefined : fieldValue(secret.fields, field)
    return secret === undefined || value === undefined ? undefined : { secret, value }
  }

  const write = (before: KvSecret, value: Secret): Promise<number> =>
    writeKvOnce(
      client,
      version,
      at,
      fieldsWith(before.raw, field, value),
      before.version,
      (now) => fieldValue(now.fields, field)?.equals(value) === true,
    )

  async function replace(value: Secret, { name, over, keep }: ReplaceOptions): Promise<StoredSecret> {
    const before = await there()
    if (before === undefined)
      throw new StoreError(`Vault has no ${id}.`, { hint: 'Write it there, or mend the reference.' })
    if (over?.version !== undefined && over.version !== before.secret.version)
      throw new StoreError(`${id} has been written by someone else meanwhile.`, {
        hint: 'Look at it, then start again.',
      })
    if (version === 1) await writeAtomic(keep, before.value.reveal(), { mode: 0o600 })
    const written = await write(before.secret, value)
    return {
      store: 'vault',
      name,
      id,
      createdByUs: true,
      hmac: hasher.hmac(value),
      version: written,
      ...(version === 1 ? {} : { previousVersion: before.secret.version }),
    }
  }

  async function restore(stored: StoredSecret, keep: string): Promise<undefined> {
    const now = await there()
    if (now === undefined) throw new StoreError(`Vault has no ${id} any more.`)
    const before = await valueBefore(stored, keep)
    // Done already, by a run that was killed before it said so.
    if (before?.equals(now.value) === true) return
    // By the value, not by its version: the rollback of a later rotation has written it anew, and other keys may have changed.
    if (hasher.hmac(now.value) !== stored.hmac)
      throw new StoreError(`${id} has changed since it was written.`, { hint: 'Look at it; nothing was taken back.' })
    if (before === undefined)
      throw new StoreError(`The value that ${id} had before is no longer kept.`, {
        hint: 'Rotate again with that value.',
      })
    await write(now.secret, before)
    if (version === 1 || stored.version === undefined) return
    const same = await sameVersions(client, at, stored.version)
    // Behind a version of somebody else's (another key of the path) it stays: that one's way back may need it.
    if (same.includes(now.secret.version)) await destroyIfAllowed(client, at, same)
  }

  const valueBefore = (stored: StoredSecret, keep: string): Promise<Secret | undefined> =>
    version === 1 ? keptValue(keep) : versionBefore(stored)

  async function versionBefore({ previousVersion }: StoredSecret): Promise<Secret | undefined> {
    const fields = previousVersion === undefined ? undefined : await readVersion(client, at, previousVersion)
    return fields === undefined ? undefined : fieldValue(fields, field)
  }

  return {
    store: 'vault',
    async current() {
      const now = await there()
      return now === undefined
        ? undefined
        : { id, version: now.secret.version, ours: true, hmac: hasher.hmac(now.value) }
    },
    read: async () => (await there())?.value,
    check(value) {
      const { length } = value.reveal()
      if (length === 0 || length > MAX_VALUE)
        throw new StoreError(`The new value has ${length === 0 ? 'no bytes' : 'more than 1 MiB'}.`)
      fieldsWith({}, field, value)
    },
    replace,
    async wayBack(stored, keep) {
      const [before, now] = [await valueBefore(stored, keep), await there()]
      if (before === undefined) return 'gone'
      const isKnown = now !== undefined && (before.equals(now.value) || hasher.hmac(now.value) === stored.hmac)
      return isKnown ? 'open' : 'changed'
    },
    restore,
    async prune(stored, keep) {
      if (version === 1) return []
      const older = (await versionsOf(client, at)).filter((number) => number < (stored.version ?? 0)).slice(keep)
      if (older.length > 0) await destroyVersions(client, at, older)
      return older.map((number) => `${id} version ${number}`)
    },
  }
}

async function keptValue(keep: string): Promise<Secret | undefined> {
  const bytes = await readIfThere(keep)
  return bytes === undefined ? undefined : Secret.of(bytes)
}
