// Where a token comes from when nobody logs in by another way, in the order of Vault's own client: the variable, the token helper, the
// token file; then a prompt. Never a flag.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { UnauthorizedError, UsageError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'

export interface FoundToken {
  readonly token: Secret
  /** For messages: VAULT_TOKEN, a path … */
  readonly from: string
}

/** What is around the program: replaced in tests. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  /** Asks a person, masked; absent where nobody can be asked. */
  readonly ask?: (question: string) => Promise<string>
}

/** ms */
const HELPER_TIMEOUT = 10_000

/** The value of a variable of Vault's: OpenBao's own name wins where it is set, even to nothing (its api/env.go). */
export function vaultVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return (env[`BAO_${name}`] ?? env[`VAULT_${name}`]) || undefined
}

const secretOf = (text: string): Secret => Secret.of(Buffer.from(text))

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new UsageError(`${path} cannot be read (${code}).`, { hint: 'Check its permissions.' })
  }
}

/** The first configuration of Vault's or OpenBao's command line that names a helper (docs: "Token helpers"). */
function tokenHelper({ env, home }: Surroundings): { readonly program: string; readonly file: string } | undefined {
  const files = [env['BAO_CONFIG_PATH'] ?? join(home, '.bao'), env['VAULT_CONFIG_PATH'] ?? join(home, '.vault')]
  for (const file of files) {
    const [, program] = /^[ \t]*"?token_helper"?[ \t]*[=:][ \t]*"([^"\n]+)"/m.exec(readIfThere(file) ?? '') ?? []
    if (program === undefined) continue
    if (!isAbsolute(program))
      throw new UsageError(`${file} names the token helper ${program}, which is no absolute path.`, {
        hint: 'Write its whole path.',
      })
    return { program, file }
  }
  return undefined
}

/** @returns undefined where the helper keeps no token. */
function askHelper(program: string, address: string, { env }: Surroundings): Secret | undefined {
  try {
    const output = execFileSync(program, ['get'], {
      encoding: 'utf8',
      timeout: HELPER_TIMEOUT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...env, VAULT_ADDR: address },
    }).trim()
    return output === '' ? undefined : secretOf(output)
  } catch (error) {
    // The error holds what the helper printed: it is not kept.
    const { code, status, signal } = error as { code?: string; status?: number | null; signal?: string | null }
    throw new UnauthorizedError(
      `The token helper ${program} failed (${signal ?? code ?? `exit code ${String(status)}`}).`,
      { hint: 'Run it by hand with the word "get", or set VAULT_TOKEN.' },
    )
  }
}

/** @throws UnauthorizedError where there is none and nobody to ask. */
export async function findToken(address: string, around: Surroundings): Promise<FoundToken> {
  const named = vaultVariable(around.env, 'TOKEN')
  if (named !== undefined) return { token: secretOf(named.trim()), from: 'VAULT_TOKEN' }
  const helper = tokenHelper(around)
  const file = join(around.home, '.vault-token')
  const kept = helper === undefined ? readIfThere(file)?.trim() : undefined
  if (kept) return { token: secretOf(kept), from: file }
  const helped = helper === undefined ? undefined : askHelper(helper.program, address, around)
  if (helper !== undefined && helped !== undefined) return { token: helped, from: helper.program }
  if (around.ask !== undefined) {
    const typed = (await around.ask(`Token for Vault at ${address}`)).trim()
    if (typed !== '') return { token: secretOf(typed), from: 'the prompt' }
  }
  const asked = around.ask === undefined ? ', and nobody to ask for one' : ''
  throw new UnauthorizedError(`There is no Vault token${asked}.`, {
    hint: 'Set VAULT_TOKEN, log in with vault login, or choose another way with --vault-auth.',
  })
}
