// Credentials of a registry in a sweep: docker's and podman's, or those of files that sweep.yaml names. Read when a registry asks.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { type Credentials, findCredentials } from '../../registry/credentials.js'
import { UsageError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import type { RegistryKind, SweepRegistry } from '../types.js'

/** The user names that registries expect beside an access token. */
const TOKEN_USERS: Partial<Record<RegistryKind, string>> = {
  ghcr: 'token',
  gitlab: 'oauth2',
  quay: '$oauthtoken',
  acr: '00000000-0000-0000-0000-000000000000',
  'artifact-registry': 'oauth2accesstoken',
  ecr: 'AWS',
}

/** The secret in `file`, without the line end that editors add. @throws UsageError where it cannot be read or is empty. */
export function secretIn(file: string): Secret {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    throw new UsageError(`The file ${file}, which sweep.yaml names, cannot be read.`, {
      hint: 'Check the path and its permissions.',
      cause,
    })
  }
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--
  if (end === 0) throw new UsageError(`The file ${file}, which sweep.yaml names, is empty.`)
  return Secret.of(bytes.subarray(0, end))
}

/** How a registry's client asks for credentials. `kind` is the resolved one, not "auto". */
export function loginFor(
  { host, login }: SweepRegistry,
  kind: RegistryKind,
): (repository: string) => Promise<Credentials | undefined> {
  if (login === 'docker-config')
    return (repository) => findCredentials(host, repository, { env: process.env, home: homedir() })
  if (login === 'anonymous') return async () => undefined
  return async () => {
    if ('passwordFile' in login)
      return {
        username: login.username,
        password: secretIn(login.passwordFile),
        identityToken: false,
        from: login.passwordFile,
        mend: `Check login of ${host} in sweep.yaml: the name ${login.username}, and the password in ${login.passwordFile}`,
      }
    const username = login.username ?? TOKEN_USERS[kind]
    // Without a user name it is an identity token: it is changed for an access token at the token server.
    return {
      username: username ?? '<token>',
      password: secretIn(login.tokenFile),
      identityToken: username === undefined,
      from: login.tokenFile,
      mend: `Check login of ${host} in sweep.yaml: the token in ${login.tokenFile} may have ended, or lack the right to read`,
    }
  }
}
