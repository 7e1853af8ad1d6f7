// Logging in to Vault by AppRole, Kubernetes, JWT or user name: what each needs, from variables, files or a prompt, and what a refusal
// means. The token that comes of it is this tool's own: session.ts gives it back.
import { readFileSync } from 'node:fs'
import { UnauthorizedError, UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { Secret } from '../../support/secret.js'
import { asTree, type Tree } from '../../support/tree.js'
import type { VaultClient } from './client.js'
import type { VaultOptions } from './settings.js'
import { VaultStatusError } from './status-failure.js'
import { type Surroundings, vaultVariable } from './token.js'

export interface Login {
  readonly token: Secret
  /** Seconds; 0: it does not end. */
  readonly lifetime: number
  readonly renewable: boolean
  /** A batch token cannot be revoked. */
  readonly revocable: boolean
}

type Method = 'approle' | 'kubernetes' | 'userpass' | 'jwt'

const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Without the line end that editors add; Vault compares to the byte. */
function fromFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`The file with the ${what}, ${path}, cannot be read (${code}).`, {
      hint: 'Check the path and its permissions.',
    })
  }
}

function given(what: string, path: string | undefined, variable: string, around: Surroundings, flag: string): string {
  const value = path === undefined ? vaultVariable(around.env, variable) : fromFile(path, what)
  if (value) return value
  throw new UsageError(
    path === undefined ? `There is no ${what} to log in with.` : `The file with the ${what}, ${path}, is empty.`,
    {
      hint: `Name a file with ${flag}, or set VAULT_${variable}.`,
    },
  )
}

async function passwordOf(options: VaultOptions, name: string, around: Surroundings): Promise<string> {
  const { 'vault-password-file': path } = options
  if (path !== undefined || vaultVariable(around.env, 'PASSWORD') !== undefined || around.ask === undefined)
    return given('password', path, 'PASSWORD', around, '--vault-password-file')
  return around.ask(`Password of ${printable(name)} for Vault`)
}

function needed(options: VaultOptions, setting: 'vault-role' | 'vault-username', method: Method): string {
  const value = options[setting]
  if (value !== undefined) return value
  throw new UsageError(`Logging in by ${method} needs --${setting}.`, {
    hint: `Give it, or set SECRETSCAN_${setting.toUpperCase().replaceAll('-', '_')}.`,
  })
}

/** The secret ID in a wrapping token. Asked once: whoever unwraps it second learns that someone else was first. */
async function unwrap(client: VaultClient, mount: string, wrapping: string): Promise<string> {
  const used = (cause: unknown) => {
    if (!(cause instanceof VaultStatusError && cause.status === 400) && !(cause instanceof UnauthorizedError))
      throw cause
    throw new UnauthorizedError('The wrapped secret ID has been unwrapped before, or has expired.', {
      hint: 'If that was not you, someone else has used it: destroy that secret ID (see the audit log), and have a new one wrapped.',
    })
  }
  const found = await client.write('sys/wrapping/lookup', { token: wrapping }).catch(used)
  const from = String(asTree(found['data'])['creation_path'] ?? '')
  if (!new RegExp(`^auth/${mount.replace(/[^A-Za-z0-9/]/g, '\\$&')}/role/[^/]+/(?:custom-)?secret-id$`).test(from))
    throw new UnauthorizedError('The wrapping token does not hold a secret ID of this AppRole mount.', {
      hint: 'It may have been swapped on its way: have a new one wrapped, and look into how this one came.',
    })
  client.useToken(Secret.of(Buffer.from(wrapping)))
  const answer = await client
    .write('sys/wrapping/unwrap', {})
    .catch(used)
    .finally(() => client.useToken(undefined))
  return String(asTree(answer['data'])['secret_id'] ?? '')
}

interface Credentials {
  readonly path: string
  readonly body: Tree
}

async function credentials(
  client: VaultClient,
  method: Method,
  options: VaultOptions,
  around: Surroundings,
): Promise<Credentials> {
  const mount = (options['vault-auth-mount'] ?? method).replace(/^\/+|\/+$/g, '').replace(/^auth\//, '')
  const path = `auth/${mount}/login`
  if (method === 'approle') {
    const roleId = given('role ID', options['vault-role-id-file'], 'ROLE_ID', around, '--vault-role-id-file')
    const named = given('secret ID', options['vault-secret-id-file'], 'SECRET_ID', around, '--vault-secret-id-file')
    const secretId = options['vault-secret-id-wrapped'] ? await unwrap(client, mount, named) : named
    return { path, body: { role_id: roleId, secret_id: secretId } }
  }
  if (method === 'userpass') {
    const name = needed(options, 'vault-username', method)
    return { path: `${path}/${name}`, body: { password: await passwordOf(options, name, around) } }
  }
  const file = options['vault-jwt-file']
  const jwt =
    method === 'kubernetes' && vaultVariable(around.env, 'JWT') === undefined
      ? fromFile(file ?? POD_TOKEN, 'service account token')
      : given('JWT', file, 'JWT', around, '--vault-jwt-file')
  return { path, body: { role: needed(options, 'vault-role', method), jwt: jwt.trim() } }
}

const REFUSED: Readonly<Record<Method, string>> = {
  approle:
    'Check role ID and secret ID: a secret ID may have been used up, have expired, or be bound to other addresses.',
  kubernetes: "Check the role, which service accounts it is bound to, and Vault's way to the cluster's TokenReview.",
  userpass: 'Check the user name and the password.',
  jwt: 'Check the role, and that the JWT has its audience, its issuer, and is not expired.',
}

/** @throws UsageError for what is missing; UnauthorizedError where Vault refuses. */
export async function logIn(
  client: VaultClient,
  method: Method,
  options: VaultOptions,
  around: Surroundings,
): Promise<Login> {
  const { path, body } = await credentials(client, method, options, around)
  const answer = await client.write(path, body).catch((error: unknown) => {
    const refused = error instanceof UnauthorizedError || (error instanceof VaultStatusError && error.status === 400)
    if (error instanceof VaultStatusError && error.status === 404)
      throw new UnauthorizedError(`Vault has no login at ${path}.`, {
        hint: 'Check --vault-auth and --vault-auth-mount (vault auth list), and the namespace.',
      })
    if (refused)
      throw new UnauthorizedError(`Vault refuses the login by ${method} at ${printable(path)}.`, {
        hint: `${REFUSED[method]} Is the method mounted there (vault auth list, --vault-auth-mount)?`,
      })
    throw error
  })
  const auth = asTree(answer['auth'])
  const token = auth['client_token']
  if (typeof token !== 'string' || token === '')
    throw new UnauthorizedError(`Vault answers the login by ${method} without a token.`, {
      hint: 'A second factor or a login that is confirmed elsewhere is not supported: use a token.',
    })
  return {
    token: Secret.of(Buffer.from(token)),
    lifetime: Number(auth['lease_duration'] ?? 0),
    renewable: auth['renewable'] === true,
    revocable: auth['token_type'] !== 'batch',
  }
}
