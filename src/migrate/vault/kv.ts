// The key-value secrets engine, versions 1 and 2. Which of them a mount is: mount.ts.
import { asTree, type Tree } from '../../support/tree.js'
import type { VaultClient } from './client.js'
import { VaultStatusError } from './status-failure.js'

export interface KvPath {
  /** Without slashes at its ends; may hold some inside. */
  readonly mount: string
  readonly path: string
}

export interface KvSecret {
  readonly fields: Readonly<Record<string, string>>
  /** As they are there, numbers and maps too: what is written back beside a changed field. */
  readonly raw: Tree
  /** 0: soft-deleted or KV 1. */
  readonly version: number
}

export type KvVersion = 1 | 2

/** undefined: nothing is there (never was, or all versions are deleted). */
export async function readKv(
  client: VaultClient,
  version: KvVersion,
  { mount, path }: KvPath,
): Promise<KvSecret | undefined> {
  const answer = await client.read(version === 2 ? `${mount}/data/${path}` : `${mount}/${path}`)
  if (answer === undefined) return undefined
  const data = asTree(answer['data'])
  const fields = version === 2 ? asTree(data['data']) : data
  const number = version === 2 ? Number(asTree(data['metadata'])['version'] ?? 0) : 0
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
  return Number(asTree(answer?.['data'])['current_version'] ?? 0)
}

/** Writes all fields; on KV 2 only over version `cas`. @returns the version written. */
export async function writeKv(
  client: VaultClient,
  version: KvVersion,
  at: KvPath,
  fields: Tree,
  cas: number,
): Promise<number> {
  const { mount, path } = at
  if (version === 1) {
    await client.write(`${mount}/${path}`, fields, ['create', 'update'])
    return 0
  }
  const body = { data: fields, options: { cas } }
  const answer = await client.write(`${mount}/data/${path}`, body, [cas === 0 ? 'create' : 'update'])
  return Number(asTree(answer['data'])['version'] ?? 0)
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
  fields: Tree,
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
  return asTree(asTree(answer?.['data'])['custom_metadata']) as Readonly<Record<string, string>>
}

/** Removes a path with all its versions: only for one that this migration made. */
export async function removeKv(client: VaultClient, version: KvVersion, { mount, path }: KvPath): Promise<void> {
  await client.remove(version === 2 ? `${mount}/metadata/${path}` : `${mount}/${path}`)
}
