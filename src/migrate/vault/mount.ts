// Where in Vault a path lies: which mount it is of and which version of the key-value engine that is, by the mount's own information.
import { StoreError, UnauthorizedError, UnreachableError, UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { asTree, type Tree } from '../../support/tree.js'
import type { VaultClient } from './client.js'
import type { KvPath, KvVersion } from './kv.js'
import { UnknownTokenError } from './status-failure.js'

export interface KvPlace {
  readonly at: KvPath
  readonly version: KvVersion
}

const isKv = (about: Tree): boolean => about['type'] === 'kv' || about['type'] === 'generic'
const versionOf = (about: Tree): KvVersion => (asTree(about['options'])['version'] === '2' ? 2 : 1)
const inNamespace = ({ namespace }: VaultClient): string =>
  namespace === undefined ? '' : ` in the namespace ${printable(namespace)}`

/** Without slashes at its ends, as `vault secrets list` shows them and people write them. */
export const trimSlashes = (path: string): string => path.replace(/^\/+|\/+$/g, '')

/** The key-value mounts that the token sees, for messages; '' where it sees none. */
async function mountsSeen(client: VaultClient): Promise<string> {
  const answer = await client.read('sys/internal/ui/mounts').catch(() => undefined)
  return Object.entries(asTree(asTree(answer?.['data'])['secret']))
    .filter(([, about]) => isKv(asTree(about)))
    .map(([path, about]) => `${printable(path)} (version ${versionOf(asTree(about))})`)
    .join(', ')
}

/** Any web server answers "404" to what it does not know. @throws UnreachableError where Vault's own question has no answer either. */
async function assertVault(client: VaultClient): Promise<void> {
  const status = await client.read('sys/seal-status').catch(() => undefined)
  if (typeof asTree(status)['sealed'] === 'boolean') return
  throw new UnreachableError(`What answers at ${client.address} is not Vault.`, {
    hint: 'Check VAULT_ADDR, with its port, or --vault-addr.',
  })
}

/**
 * Mount and version of a whole path: mounts may hold slashes, so only Vault knows where one ends. `said` is believed where the token may
 * not ask; the mount is then the first part.
 * @throws StoreError where the mount keeps no key-value secrets; UnauthorizedError where Vault does not tell
 */
export async function locateKv(client: VaultClient, whole: string, said?: KvVersion): Promise<KvPlace> {
  const [first = '', ...rest] = whole.split('/')
  const believed = (version: KvVersion): KvPlace => ({ at: { mount: first, path: rest.join('/') }, version })
  const answer = await client.read(`sys/internal/ui/mounts/${whole}`).catch(async (error: unknown) => {
    if (!(error instanceof UnauthorizedError) || error instanceof UnknownTokenError) throw error
    if (said !== undefined) return undefined
    const seen = await mountsSeen(client)
    throw new UnauthorizedError(
      `This token sees no mount for ${printable(whole)}${inNamespace(client)} in Vault: there is none, or no policy lets it do anything there.`,
      {
        hint: `${seen === '' ? 'It sees no key-value mount at all' : `The key-value mounts that it sees: ${seen}`}. --vault-mount names the mount; secretscan doctor prints what a policy must allow.`,
      },
    )
  })
  if (answer === undefined && said !== undefined) return believed(said)
  if (answer === undefined) await assertVault(client)
  if (answer === undefined)
    throw new StoreError(`Vault has no mount for ${printable(whole)}${inNamespace(client)}.`, {
      hint: 'vault secrets list shows the mounts; check --vault-mount and the namespace.',
    })
  const data = asTree(answer['data'])
  const mount = trimSlashes(String(data['path'] ?? ''))
  if (!isKv(data) || !whole.startsWith(`${mount}/`)) {
    const seen = await mountsSeen(client)
    throw new StoreError(`The mount of ${printable(whole)} keeps no key-value secrets.`, {
      hint: `${seen === '' ? 'vault secrets list shows the mounts' : `Those that do: ${seen}`}; --vault-mount names one.`,
    })
  }
  return { at: { mount, path: whole.slice(mount.length + 1) }, version: versionOf(data) }
}

/** The version of the engine at `mount`. @throws as locateKv; UsageError where the mount ends elsewhere */
export async function kvVersion(client: VaultClient, { mount, path }: KvPath, said?: KvVersion): Promise<KvVersion> {
  if (said !== undefined) return said
  const found = await locateKv(client, `${mount}/${path}`)
  if (found.at.mount === mount) return found.version
  const below = found.at.path.split('/').slice(0, -1).join('/')
  throw new UsageError(`${printable(mount)} is no mount in Vault: that is ${printable(found.at.mount)}.`, {
    hint: `Write: --vault-mount ${printable(found.at.mount)} --vault-path ${printable(below)}`,
  })
}
