// Versions of a path in version 2 of the key-value engine: which there are, one of them, and their end.
import { isDeepStrictEqual } from 'node:util'
import { UnauthorizedError } from '../../support/errors.js'
import { asTree } from '../../support/tree.js'
import type { VaultClient } from './client.js'
import type { KvPath } from './kv.js'

/** Fields of one version; undefined where it is deleted or destroyed. */
export async function readVersion(
  client: VaultClient,
  { mount, path }: KvPath,
  version: number,
): Promise<Readonly<Record<string, string>> | undefined> {
  const answer = await client.read(`${mount}/data/${path}`, ['read'], version)
  const fields = asTree(answer?.['data'])['data']
  if (typeof fields !== 'object' || fields === null) return undefined
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

/** Numbers of the versions that still hold something, newest first. */
export async function versionsOf(client: VaultClient, { mount, path }: KvPath): Promise<readonly number[]> {
  const answer = await client.read(`${mount}/metadata/${path}`)
  const versions = asTree(asTree(answer?.['data'])['versions'])
  return Object.entries(versions)
    .filter(([, about]) => asTree(about)['destroyed'] !== true)
    .map(([number]) => Number(number))
    .sort((a, b) => b - a)
}

/** Removes the values of these versions for good. */
export async function destroyVersions(
  client: VaultClient,
  { mount, path }: KvPath,
  versions: readonly number[],
): Promise<void> {
  await client.write(`${mount}/destroy/${path}`, { versions })
}

/** As destroyVersions(); a token that may write need not be one that may destroy: they are then left as old ones. */
export async function destroyIfAllowed(client: VaultClient, at: KvPath, versions: readonly number[]): Promise<void> {
  await destroyVersions(client, at, versions).catch(unlessForbidden)
}

/** `written` and the later versions that hold just the same: those that rollbacks of later rotations wrote. Oldest first. */
export async function sameVersions(client: VaultClient, at: KvPath, written: number): Promise<readonly number[]> {
  const fields = await readVersion(client, at, written)
  const later = (await versionsOf(client, at).catch(unlessForbidden))?.filter((number) => number > written) ?? []
  const same = [written]
  for (const number of later.reverse())
    if (fields !== undefined && isDeepStrictEqual(await readVersion(client, at, number), fields)) same.push(number)
  return same
}

function unlessForbidden(error: unknown): undefined {
  if (!(error instanceof UnauthorizedError)) throw error
}
