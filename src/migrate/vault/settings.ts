// How to reach Vault: the variables that Vault's own client reads, and flags over them. A token is never a flag.
import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { UnauthorizedError, UsageError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'

export interface VaultSettings {
  readonly address: string
  readonly namespace?: string
  readonly tls: {
    readonly ca?: readonly string[]
    readonly cert?: string
    readonly key?: string
    readonly serverName?: string
    readonly verify: boolean
  }
  readonly token: Secret
  /** Where the token came from, for messages. */
  readonly tokenFrom: string
  /** ms */
  readonly timeout: number
}

export interface VaultFlags {
  readonly address?: string
  readonly namespace?: string
}

const DEFAULT_TIMEOUT = 30_000

/** OpenBao's variables win over Vault's where they are set (its api/env.go). */
const variable = (env: NodeJS.ProcessEnv, name: string): string | undefined =>
  env[`BAO_${name}`] ?? env[`VAULT_${name}`]

function readPem(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`The ${what} ${path} cannot be read.`, { hint: 'Check the path and its permissions.', cause })
  }
}

function authorities(env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const file = variable(env, 'CACERT')
  const folder = variable(env, 'CAPATH')
  if (file) return [...rootCertificates, readPem(file, 'certificate authority (VAULT_CACERT)')]
  if (!folder) return undefined
  try {
    const names = readdirSync(folder).filter((name) => /\.(?:pem|crt|cer)$/.test(name))
    return [...rootCertificates, ...names.map((name) => readFileSync(join(folder, name), 'utf8'))]
  } catch (cause) {
    throw new UsageError(`The folder of certificate authorities ${folder} (VAULT_CAPATH) cannot be read.`, {
      hint: 'Check the path and its permissions.',
      cause,
    })
  }
}

function findToken(env: NodeJS.ProcessEnv, home: string): { readonly token: Secret; readonly from: string } {
  const named = variable(env, 'TOKEN')
  if (named) return { token: Secret.of(Buffer.from(named)), from: 'VAULT_TOKEN' }
  const file = join(home, '.vault-token')
  try {
    return { token: Secret.of(Buffer.from(readFileSync(file, 'utf8').trim())), from: file }
  } catch {
    throw new UnauthorizedError('There is no Vault token.', { hint: 'Log in with vault login, or set VAULT_TOKEN.' })
  }
}

/** @throws UsageError for what cannot be read; UnauthorizedError where there is no token. */
export function vaultSettings(
  flags: VaultFlags,
  env: NodeJS.ProcessEnv = process.env,
  home = homedir(),
): VaultSettings {
  const address = flags.address ?? variable(env, 'ADDR')
  if (!address)
    throw new UsageError('Where Vault is was not said.', { hint: 'Give --vault-addr URL, or set VAULT_ADDR.' })
  if (!/^https?:\/\/[^\s@]+$/.test(address))
    throw new UsageError('The address of Vault is no URL.', {
      hint: 'Write for example https://vault.example.com:8200.',
    })
  const [cert, key] = [variable(env, 'CLIENT_CERT'), variable(env, 'CLIENT_KEY')]
  const serverName = variable(env, 'TLS_SERVER_NAME')
  const namespace = flags.namespace ?? variable(env, 'NAMESPACE')
  const ca = authorities(env)
  const { token, from } = findToken(env, home)
  return {
    address: address.replace(/\/+$/, ''),
    ...(namespace ? { namespace } : {}),
    tls: {
      verify: !/^(?:1|t|true)$/i.test(variable(env, 'SKIP_VERIFY') ?? ''),
      ...(ca === undefined ? {} : { ca }),
      ...(cert ? { cert: readPem(cert, 'client certificate') } : {}),
      ...(key ? { key: readPem(key, 'client key') } : {}),
      ...(serverName ? { serverName } : {}),
    },
    token,
    tokenFrom: from,
    timeout: DEFAULT_TIMEOUT,
  }
}
