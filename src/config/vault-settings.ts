// The rows of the table of settings (settings.ts) that say how to reach Vault, log in to it, and where in it secrets lie. No value of a
// secret is a setting: tokens, secret IDs and passwords come from variables of Vault's own, files and prompts.

const VAULT_AUTH_METHODS = ['token', 'approle', 'kubernetes', 'userpass', 'jwt'] as const

const access = { scopes: ['vault'], trusted: true } as const
const place = { scopes: ['vault-place'] } as const
const file = { kind: 'text', placeholder: 'FILE', path: true } as const

export const VAULT_SETTINGS = {
  'vault-addr': {
    kind: 'text',
    placeholder: 'URL',
    ...access,
    vault: 'ADDR',
    summary: 'Address of Vault or OpenBao (or VAULT_ADDR)',
  },
  'vault-namespace': {
    kind: 'text',
    placeholder: 'NAME',
    ...access,
    vault: 'NAMESPACE',
    summary: 'Namespace (or VAULT_NAMESPACE)',
  },
  'vault-auth': {
    kind: 'choice',
    choices: VAULT_AUTH_METHODS,
    default: 'token',
    ...access,
    summary: 'How to log in; token: VAULT_TOKEN, the token helper, ~/.vault-token, or a prompt',
  },
  'vault-auth-mount': {
    kind: 'text',
    placeholder: 'MOUNT',
    ...access,
    summary: "Where that method is mounted (default: the method's name)",
  },
  'vault-role': { kind: 'text', placeholder: 'ROLE', ...access, summary: 'Role for kubernetes and jwt' },
  'vault-role-id-file': { ...file, ...access, summary: 'File with the role ID for approle (or VAULT_ROLE_ID)' },
  'vault-secret-id-file': { ...file, ...access, summary: 'File with the secret ID for approle (or VAULT_SECRET_ID)' },
  'vault-secret-id-wrapped': {
    kind: 'boolean',
    ...access,
    summary: 'The secret ID is wrapped: a wrapping token is unwrapped, once',
  },
  'vault-jwt-file': {
    ...file,
    ...access,
    summary: "File with the token for jwt (or VAULT_JWT) and kubernetes (default there: the pod's own)",
  },
  'vault-username': { kind: 'text', placeholder: 'NAME', ...access, summary: 'User name for userpass' },
  'vault-password-file': {
    ...file,
    ...access,
    summary: 'File with the password for userpass (or VAULT_PASSWORD, or a prompt)',
  },
  'vault-cacert': {
    ...file,
    ...access,
    vault: 'CACERT',
    summary: 'Certificate authorities of Vault, PEM (or VAULT_CACERT)',
  },
  'vault-capath': {
    kind: 'text',
    placeholder: 'FOLDER',
    path: true,
    ...access,
    vault: 'CAPATH',
    summary: 'Folder of such files (or VAULT_CAPATH)',
  },
  'vault-client-cert': {
    ...file,
    ...access,
    vault: 'CLIENT_CERT',
    summary: 'Own certificate for TLS, PEM (or VAULT_CLIENT_CERT)',
  },
  'vault-client-key': { ...file, ...access, vault: 'CLIENT_KEY', summary: 'Its key, PEM (or VAULT_CLIENT_KEY)' },
  'vault-tls-server-name': {
    kind: 'text',
    placeholder: 'NAME',
    ...access,
    vault: 'TLS_SERVER_NAME',
    summary: "Name that Vault's certificate must be for (or VAULT_TLS_SERVER_NAME)",
  },
  'vault-skip-verify': {
    kind: 'boolean',
    ...access,
    vault: 'SKIP_VERIFY',
    summary: "Do not verify Vault's certificate: for trials only (or VAULT_SKIP_VERIFY)",
  },
  'vault-timeout': {
    kind: 'text',
    placeholder: 'TIME',
    default: '60s',
    ...access,
    vault: 'CLIENT_TIMEOUT',
    summary: 'Longest time for an answer, in seconds or as 1m30s (or VAULT_CLIENT_TIMEOUT)',
  },
  'vault-mount': {
    kind: 'text',
    placeholder: 'MOUNT',
    default: 'secret',
    ...place,
    summary: 'Mount of the key-value engine',
  },
  'vault-path': {
    kind: 'text',
    placeholder: 'PATH',
    ...place,
    summary: "Path below the mount (default: the project folder's name)",
  },
  'vault-merge': {
    kind: 'boolean',
    ...place,
    summary:
      'Add to paths that hold other keys, over exactly the version that was looked at (default: leave them alone)',
  },
  'kv-version': {
    kind: 'choice',
    choices: ['1', '2'],
    scopes: ['vault'],
    summary: 'Version of the engine, where the token may not ask',
  },
} as const
