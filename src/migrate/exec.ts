// Runs a command with the migrated secrets in its environment: read when it starts, kept nowhere, in no argument.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { StoreError } from '../support/errors.js'
import { fileOfReference, parseVaultReference, type SecretReference } from './references.js'
import { openVault, type VaultClient } from './vault/client.js'
import { kvVersion, readKv } from './vault/kv.js'
import { vaultSettings } from './vault/settings.js'
import { decodeValue } from './vault/values.js'

/** As `docker run`: what went wrong before the command could say anything itself. */
export const EXEC_EXIT = { failed: 125, notExecutable: 126, notFound: 127 } as const

/** Every value, or an error that names the first that is missing: a command never starts with half of its secrets. */
export async function resolveReferences(
  references: readonly SecretReference[],
  projectDir: string,
): Promise<Readonly<Record<string, string>>> {
  const environment: Record<string, string> = {}
  let vault: VaultClient | undefined
  for (const reference of references) {
    if (reference.ref.startsWith('vault://')) vault ??= openVault(vaultSettings({}))
    environment[reference.env] = await resolveOne(reference, projectDir, vault)
  }
  return environment
}

async function resolveOne(
  reference: SecretReference,
  projectDir: string,
  vault: VaultClient | undefined,
): Promise<string> {
  const bytes = reference.ref.startsWith('file://')
    ? await readFileReference(reference, projectDir)
    : await readVault(reference, vault)
  if (bytes.includes(0))
    throw new StoreError(`The value of ${reference.name} holds a NUL byte, which no variable can.`, {
      hint: 'Give it to the service as a file.',
    })
  return Buffer.from(bytes).toString('utf8')
}

async function readFileReference({ name, ref }: SecretReference, projectDir: string): Promise<Uint8Array> {
  return readFile(fileOfReference(ref, projectDir)).catch((cause: NodeJS.ErrnoException) => {
    throw new StoreError(`The secret ${name} cannot be read from ${ref} (${cause.code}).`, {
      hint: 'Bring the file back, or migrate again.',
    })
  })
}

async function readVault({ name, ref }: SecretReference, vault: VaultClient | undefined): Promise<Uint8Array> {
  const at = parseVaultReference(ref)
  if (at === undefined || vault === undefined)
    throw new StoreError(`The reference of ${name} is not vault://MOUNT/PATH#KEY.`)
  const secret = await readKv(vault, await kvVersion(vault, at), at)
  const value =
    secret === undefined
      ? undefined
      : at.field === 'value'
        ? decodeValue(secret.fields)?.reveal()
        : Buffer.from(secret.fields[at.field] ?? '')
  if (value === undefined || value.length === 0)
    throw new StoreError(`Vault has no ${at.mount}/${at.path}#${at.field}, which ${name} refers to.`, {
      hint: 'Write it there, or mend the reference.',
    })
  return value
}

/** Runs the command to its end, signals passed on. @returns its exit code, 128 + n for a signal, or one of EXEC_EXIT. */
export function runCommand(
  [program = '', ...parameters]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { stdio: 'inherit', env: { ...process.env, ...environment } })
    const forward = (signal: NodeJS.Signals) => void child.kill(signal)
    const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']
    for (const signal of signals) process.on(signal, forward)
    const end = (code: number) => {
      for (const signal of signals) process.off(signal, forward)
      resolve(code)
    }
    child.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ENOENT' ? EXEC_EXIT.notFound : EXEC_EXIT.notExecutable),
    )
    child.on('close', (code, signal) => end(code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0)))
  })
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
}
