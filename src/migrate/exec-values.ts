// The values that references name, read from Vault and from files: all of them or none, so that no command starts with half of its secrets.
import { readFile } from 'node:fs/promises'
import { EXIT, SecretscanError, StoreError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import { Secret } from '../support/secret.js'
import { fileOfReference, parseVaultReference, type SecretReference } from './references.js'
import type { VaultClient } from './vault/client.js'
import { type KvVersion, readKv } from './vault/kv.js'
import { locateKv } from './vault/mount.js'
import type { VaultAccess } from './vault/session.js'
import { UnknownTokenError } from './vault/status-failure.js'
import { fieldValue } from './vault/values.js'

export interface ResolvedSecret extends SecretReference {
  readonly value: Secret
}

export interface ResolveReferencesOptions {
  readonly projectDir: string
  readonly vault: VaultAccess
  readonly kvVersion?: KvVersion
}

/** At once; a project has dozens. */
const PARALLEL = 8

/** What is not there, beside what could not be asked. */
type Outcome = ResolvedSecret | { readonly missing: string; readonly refused?: true }

/** @throws StoreError naming all that is missing; what reading throws otherwise. */
export async function resolveReferences(
  references: readonly SecretReference[],
  options: ResolveReferencesOptions,
): Promise<readonly ResolvedSecret[]> {
  const usesVault = references.some(({ ref }) => ref.startsWith('vault://'))
  const vault = usesVault ? await options.vault.open() : undefined
  const outcomes: Outcome[] = []
  for (let at = 0; at < references.length; at += PARALLEL)
    outcomes.push(
      ...(await Promise.all(references.slice(at, at + PARALLEL).map((each) => resolveOne(each, options, vault)))),
    )
  const missing = outcomes.flatMap((outcome) => ('missing' in outcome ? [outcome] : []))
  if (missing.length === 0) return outcomes.filter((outcome) => 'value' in outcome)
  const [one] = missing
  const isRefused = missing.every(({ refused }) => refused)
  const what = isRefused ? 'cannot be read' : missing.length === 1 ? 'is missing' : 'are missing'
  throw new StoreError(
    missing.length === 1
      ? `A secret ${what}: ${one?.missing}`
      : `${missing.length} secrets ${what}:\n  ${missing.map((each) => each.missing).join('\n  ')}`,
    {
      hint: isRefused
        ? 'secretscan doctor says what the token may do, and what it lacks.'
        : 'Write them where the references point, or mend .secretscan/secrets.yaml.',
    },
  )
}

async function resolveOne(
  reference: SecretReference,
  { projectDir, kvVersion }: ResolveReferencesOptions,
  vault: VaultClient | undefined,
): Promise<Outcome> {
  const { name, ref } = reference
  try {
    const value =
      vault === undefined || !ref.startsWith('vault://')
        ? await readFileReference(ref, projectDir)
        : await readVaultReference(vault, ref, kvVersion)
    return value === undefined || value.reveal().length === 0
      ? { missing: `${printable(name)} (${printable(ref)}).` }
      : { ...reference, value }
  } catch (error) {
    // What concerns this one path is told with the others; a Vault that is away, or a wrong token, concerns all.
    if (error instanceof UnknownTokenError) throw error
    if (!(error instanceof SecretscanError) || error.exitCode !== EXIT.unreachable || error.code === 'UNREACHABLE')
      throw error
    const missing = `${printable(name)} (${printable(ref)}): ${error.message} ${error.hint ?? ''}`.trim()
    return { missing, refused: true }
  }
}

async function readFileReference(ref: string, projectDir: string): Promise<Secret | undefined> {
  try {
    return Secret.of(await readFile(fileOfReference(ref, projectDir)))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new StoreError(`The file cannot be read (${code}).`)
  }
}

async function readVaultReference(
  vault: VaultClient,
  ref: string,
  said: KvVersion | undefined,
): Promise<Secret | undefined> {
  const reference = parseVaultReference(ref)
  if (reference === undefined) throw new StoreError('The reference is not vault://MOUNT/PATH#KEY.')
  const { at, version } = await locateKv(vault, reference.whole, said)
  const secret = await readKv(vault, version, at)
  return secret === undefined ? undefined : fieldValue(secret.fields, reference.field)
}
