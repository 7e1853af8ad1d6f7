// The key-value secrets engine, versions 1 and 2, told apart by the mount's own information.
import { StoreError, UnauthorizedError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { asMap, type VaultBody } from './body.js'
import type { VaultClient } from './client.js'
import { VaultStatusError } from './failure.js'

export interface KvPath {
  /** Without slashes at its ends; may hold some inside. */
  readonly mount: string
  readonly path: string
}

export interface KvSecret {
  readonly fields: Readonly<Record<string, string>>
  /** As they are there, numbers and maps too: what is written back beside a changed field. */
  readonly raw: VaultBody
  /** 0: soft-deleted or KV 1. */
  readonly version: number
}

export type KvVersion = 1 | 2

const inNamespace = ({ namespace }: VaultClient): string =>
  namespace === undefined ? '' : ` in the namespace ${printable(namespace)}`

export interface KvPlace {
  readonly at: KvPath
  readonly version: KvVersion
}

/**
 * Mount and version of a whole path: mounts may hold slashes, so only Vault knows where one ends. `said` is believed where the token may
 * not ask; the mount is then the first part.
 * @throws StoreError where the mount keeps no key-value secrets; UnauthorizedError where Vault does not tell
 */
export async function locateKv(client: VaultClient, whole: string, said?: KvVersion): Promise<KvPlace> {
  const [first = '', ...rest] = whole.split('/')
  const answer = await client.read(`sys/internal/ui/mounts/${whole}`).catch((error: unknown) => {
    if (!(error instanceof UnauthorizedError)) throw error
    if (said !== undefined) return undefined
    throw new UnauthorizedError(`Vault tells this token nothing of a mount at ${printable(whole)}.`, {
      hint: `There is none (vault secrets list; --vault-mount names one), or the token has no right below it. ${error.hint ?? ''}`,
    })
  })
  if (answer === undefined && said !== undefined) return { at: { mount: first, path: rest.join('/') }, version: said }
  if (answer === undefined)
    throw new StoreError(`Vault has no mount for ${printable(whole)}${inNamespace(client)}.`, {
      hint: 'vault secrets list shows the mounts; check --vault-mount and the namespace.',
    })
  const data = asMap(answer['data'])
  const mount = String(data['path'] ?? '').replace(/\/$/, '')
  if ((data['type'] !== 'kv' && data['type'] !== 'generic') || !whole.startsWith(`${mount}/`))
    throw new StoreError(`The mount of ${printable(whole)} keeps no key-value secrets.`, {
      hint: 'vault secrets list shows the mounts; --vault-mount names one.',
    })
  const version = asMap(data['options'])['version'] === '2' ? 2 : 1
  return { at: { mount, path: whole.slice(mount.length + 1) }, version }
}

/** The version of the engine below `mount`. @throws as locateKv */
export async function kvVersion(client: VaultClient, { mount, path }: KvPath, said?: KvVersion): Promise<KvVersion> {
  return said ?? (await locateKv(client, `${mount}/${path}`)).version
}

/** undefined: nothing is there (never was, or all versions are deleted). */
export async function readKv(
  client: VaultClient,
  version: KvVersion,
  { mount, path }: KvPath,
): Promise<KvSecret | undefined> {
  const answer = await client.read(version === 2 ? `${mount}/data/${path}` : `${mount}/${path}`)
  if (answer === undefined) return undefined
  const data = asMap(answer['data'])
  const fields = version === 2 ? asMap(data['data']) : data
  const number = version === 2 ? Number(asMap(data['metadata'])['version'] ?? 0) : 0
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    ),
    raw: fields,
    version: number,
  }
}

/** The current version of a path, deleted ones counted; 0 where it never existed (KV 2). */
export async function currentVersion(client: VaultClient, { mount, path }: KvPath): Promise<number> {
  const answer = await client.read(`${mount}/metadata/${path}`)
  return Number(asMap(answer?.['data'])['current_version'] ?? 0)
}

/** Writes all fields; on KV 2 only over version `cas`. @returns the version written. */
export async function writeKv(
  client: VaultClient,
  version: KvVersion,
  at: KvPath,
  fields: VaultBody,
  cas: number,
): Promise<number> {
  const { mount, path } = at
  if (version === 1) {
    await client.write(`${mount}/${path}`, fields, ['create', 'update'])
    return 0
  }
  const body = { data: fields, options: { cas } }
  const answer = await client.write(`${mount}/data/${path}`, body, [cas === 0 ? 'create' : 'update'])
  return Number(asMap(answer['data'])['version'] ?? 0)
}

/**
 * As writeKv(). A write whose answer was lost may have landed: it is read back and not sent again. One that was refused did not, whatever
 * is there now.
 * @param isWritten tells what was to be written
 */
export async function writeKvOnce(
  client: VaultClient,
  version: KvVersion,
  at: KvPath,
  fields: VaultBody,
  cas: number,
  isWritten: (there: KvSecret) => boolean,
): Promise<number> {
  try {
    return await writeKv(client, version, at, fields, cas)
  } catch (error) {
    if (error instanceof VaultStatusError && error.status === 400) throw error
    const there = await readKv(client, version, at).catch(() => undefined)
    if (there !== undefined && isWritten(there) && (version === 1 || there.version === cas + 1)) return there.version
    throw error
  }
}

/** Custom metadata (KV 2): whose it is, never what it is. */
export async function describeKv(
  client: VaultClient,
  { mount, path }: KvPath,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await client.write(`${mount}/metadata/${path}`, { custom_metadata: metadata }, ['create', 'update'])
}

export async function customMetadata(
  client: VaultClient,
  { mount, path }: KvPath,
): Promise<Readonly<Record<string, string>>> {
  const answer = await client.read(`${mount}/metadata/${path}`)
  return asMap(asMap(answer?.['data'])['custom_metadata']) as Readonly<Record<string, string>>
}

/** Removes a path with all its versions: only for one that this migration made. */
export async function removeKv(client: VaultClient, version: KvVersion, { mount, path }: KvPath): Promise<void> {
  await client.remove(version === 2 ? `${mount}/metadata/${path}` : `${mount}/${path}`)
}
