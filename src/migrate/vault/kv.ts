// The key-value secrets engine, versions 1 and 2, told apart by the mount's own information.
import { StoreError, UnauthorizedError, UsageError } from '../../support/errors.js'
import type { VaultBody, VaultClient } from './client.js'

export interface KvPath {
  /** Without slashes at its ends; may hold some inside. */
  readonly mount: string
  readonly path: string
}

export interface KvSecret {
  readonly fields: Readonly<Record<string, string>>
  /** 0: soft-deleted or KV 1. */
  readonly version: number
}

const asMap = (value: unknown): VaultBody => (typeof value === 'object' && value !== null ? (value as VaultBody) : {})

export type KvVersion = 1 | 2

/** @throws StoreError where the mount is none of KV; UsageError where the token may not ask and nobody said. */
export async function kvVersion(client: VaultClient, { mount, path }: KvPath, said?: KvVersion): Promise<KvVersion> {
  if (said !== undefined) return said
  const answer = await client.read(`sys/internal/ui/mounts/${mount}/${path}`).catch((cause: unknown) => {
    if (!(cause instanceof UnauthorizedError)) throw cause
    throw new UsageError(`Vault does not say what ${mount} is.`, {
      hint: 'Give --kv-version 1 or 2, or a token with some right below the mount.',
      cause,
    })
  })
  const data = asMap(answer?.['data'])
  if (data['type'] !== 'kv' && data['type'] !== 'generic')
    throw new StoreError(`The mount ${mount} keeps no key-value secrets.`, {
      hint: 'vault secrets list shows the mounts; --vault-mount names one.',
    })
  return asMap(data['options'])['version'] === '2' ? 2 : 1
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
  fields: Readonly<Record<string, string>>,
  cas: number,
): Promise<number> {
  const { mount, path } = at
  if (version === 1) {
    await client.write(`${mount}/${path}`, fields)
    return 0
  }
  const answer = await client.write(`${mount}/data/${path}`, { data: fields, options: { cas } })
  return Number(asMap(answer['data'])['version'] ?? 0)
}

/** Custom metadata (KV 2): whose it is, never what it is. */
export async function describeKv(
  client: VaultClient,
  { mount, path }: KvPath,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await client.write(`${mount}/metadata/${path}`, { custom_metadata: metadata })
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
