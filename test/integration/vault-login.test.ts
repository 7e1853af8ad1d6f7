// Logging in to a real server by every way that there is, what a refusal says, and what becomes of the token afterwards.
import assert from 'node:assert/strict'
import { createSign, generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { asTree } from '../../src/support/tree.js'
import { json, type ScriptedServer, startServer } from '../fixtures/scripted-server.js'
import { accessFor, type VaultAccessFixture } from '../fixtures/vault-options.js'
import { startVault, type VaultServer } from './vault-process.js'

const POLICY = 'path "secret/data/app/*" { capabilities = ["read"] }\n'
const PASSWORD = 'made-up-' + 'pass-word'

describe('logging in to Vault', function () {
  this.timeout(120_000)
  let vault: VaultServer
  let cluster: ScriptedServer
  let folder: string
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

  const jwt = (claims: Readonly<Record<string, unknown>>): string => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const now = Math.floor(Date.now() / 1000)
    const signed = [
      { alg: 'RS256', typ: 'JWT' },
      { iat: now, nbf: now - 5, exp: now + 600, ...claims },
    ]
      .map(part)
      .join('.')
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey).toString('base64url')}`
  }
  const file = (name: string, text: string, mode = 0o600): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
  const write = (path: string, ...fields: string[]) => vault.bao('write', '-format=json', path, ...fields)

  before(async () => {
    vault = await startVault()
    folder = mkdtempSync(join(tmpdir(), 'secretscan-login-'))
    vault.baoWith(POLICY, 'policy', 'write', 'reader', '-')
    vault.bao('kv', 'put', 'secret/app/db', 'value=x')
    for (const method of ['approle', 'userpass', 'jwt', 'kubernetes']) vault.bao('auth', 'enable', method)
    write('auth/approle/role/app', 'token_policies=reader', 'token_ttl=3s', 'token_max_ttl=60s')
    write('auth/userpass/users/kim', `password=${PASSWORD}`, 'token_policies=reader')
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    write('auth/jwt/config', `jwt_validation_pubkeys=${pem}`)
    write(
      'auth/jwt/role/ci',
      'role_type=jwt',
      'user_claim=sub',
      'bound_audiences=vault',
      'token_policies=reader',
      'token_type=batch',
    )
    cluster = await startServer((request, response) => {
      const reviewed = request.url.includes('tokenreviews') ? { authenticated: true, user: POD_USER } : {}
      json(response, 201, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', status: reviewed })
    })
    write(
      'auth/kubernetes/config',
      `kubernetes_host=${cluster.origin}`,
      'token_reviewer_jwt=x',
      'disable_local_ca_jwt=true',
      `kubernetes_ca_cert=@${vault.ca}`,
    )
    const bound = ['bound_service_account_names=app', 'bound_service_account_namespaces=prod']
    write('auth/kubernetes/role/pod', ...bound, 'token_policies=reader')
  })
  after(async () => {
    await cluster?.close()
    await vault?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const POD_USER = { username: 'system:serviceaccount:prod:app', uid: 'u-1', groups: ['system:serviceaccounts'] }
  const podToken = () =>
    jwt({
      iss: 'kubernetes/serviceaccount',
      sub: POD_USER.username,
      'kubernetes.io': { namespace: 'prod', serviceaccount: { name: 'app', uid: 'u-1' } },
    })
  const { VAULT_TOKEN: _, ...withoutToken } = { VAULT_TOKEN: '' }
  const envOf = (more: Readonly<Record<string, string>> = {}) => ({
    ...withoutToken,
    VAULT_ADDR: vault.address,
    VAULT_CACERT: vault.ca,
    ...more,
  })
  const secretId = () =>
    (
      JSON.parse(vault.bao('write', '-format=json', '-force', 'auth/approle/role/app/secret-id')) as {
        data: { secret_id: string }
      }
    ).data.secret_id
  const roleId = () =>
    (JSON.parse(vault.bao('read', '-format=json', 'auth/approle/role/app/role-id')) as { data: { role_id: string } })
      .data.role_id
  const accessors = () => JSON.parse(vault.bao('list', '-format=json', 'auth/token/accessors')) as string[]

  /** Logs in, reads, and gives the token back. */
  async function reads(fixture: VaultAccessFixture): Promise<readonly string[]> {
    const access = accessFor(fixture)
    try {
      const answer = await (await access.open()).read('secret/data/app/db')
      assert.deepEqual(asTree(asTree(answer)['data'])['data'], { value: 'x' })
    } finally {
      await access.close()
    }
    return access.warnings
  }

  const WAYS: Readonly<Record<string, () => VaultAccessFixture>> = {
    'AppRole, IDs in files': () => ({
      env: envOf(),
      flags: {
        'vault-auth': 'approle',
        'vault-role-id-file': file('role', `${roleId()}\n`),
        'vault-secret-id-file': file('secret', `${secretId()}\n`),
      },
    }),
    'AppRole, IDs in variables': () => ({
      env: envOf({ VAULT_ROLE_ID: roleId(), VAULT_SECRET_ID: secretId() }),
      flags: { 'vault-auth': 'approle' },
    }),
    'a user name, its password in a file': () => ({
      env: envOf(),
      flags: { 'vault-auth': 'userpass', 'vault-username': 'kim', 'vault-password-file': file('password', PASSWORD) },
    }),
    'a user name, its password asked for': () => ({
      env: envOf(),
      flags: { 'vault-auth': 'userpass', 'vault-username': 'kim' },
      ask: async (question) => (question.includes('kim') ? PASSWORD : ''),
    }),
    'a JWT': () => ({
      env: envOf(),
      flags: {
        'vault-auth': 'jwt',
        'vault-role': 'ci',
        'vault-jwt-file': file('jwt', jwt({ sub: 'job', aud: 'vault' })),
      },
    }),
    'a service account of Kubernetes': () => ({
      env: envOf(),
      flags: { 'vault-auth': 'kubernetes', 'vault-role': 'pod', 'vault-jwt-file': file('pod', podToken()) },
    }),
  }
  for (const [way, fixture] of Object.entries(WAYS)) {
    it(`logs in by ${way}, and leaves no token behind`, async () => {
      const given = fixture()
      const before = accessors().length
      assert.deepEqual(await reads(given), [])
      assert.equal(accessors().length, before, 'what was obtained is revoked')
    })
  }

  it('unwraps a wrapped secret ID once, and says what it means when it was unwrapped before', async () => {
    const wrapped = vault.bao(
      'write',
      '-force',
      '-wrap-ttl=60s',
      '-field=wrapping_token',
      'auth/approle/role/app/secret-id',
    )
    const fixture = {
      env: envOf({ VAULT_ROLE_ID: roleId(), VAULT_SECRET_ID: wrapped.trim() }),
      flags: { 'vault-auth': 'approle', 'vault-secret-id-wrapped': true },
    }
    await reads(fixture)
    await assert.rejects(reads(fixture), { message: /unwrapped before/, hint: /someone else has used it/ })
  })

  it('takes no wrapped answer for a secret ID that is none', async () => {
    const wrapped = vault.bao('token', 'create', '-policy=reader', '-wrap-ttl=60s', '-field=wrapping_token').trim()
    const fixture = {
      env: envOf({ VAULT_ROLE_ID: roleId(), VAULT_SECRET_ID: wrapped }),
      flags: { 'vault-auth': 'approle', 'vault-secret-id-wrapped': true },
    }
    await assert.rejects(reads(fixture), { message: /does not hold a secret ID/, hint: /swapped/ })
  })

  const REFUSALS: Readonly<Record<string, readonly [() => VaultAccessFixture, RegExp, RegExp]>> = {
    'a wrong secret ID': [
      () => ({
        env: envOf({ VAULT_ROLE_ID: roleId(), VAULT_SECRET_ID: 'wrong-one' }),
        flags: { 'vault-auth': 'approle' },
      }),
      /refuses the login by approle/,
      /secret ID may have been used up/,
    ],
    'a wrong password': [
      () => ({
        env: envOf({ VAULT_PASSWORD: 'wrong-one' }),
        flags: { 'vault-auth': 'userpass', 'vault-username': 'kim' },
      }),
      /refuses the login by userpass/,
      /the password/,
    ],
    'a JWT for somebody else': [
      () => ({
        env: envOf({ VAULT_JWT: jwt({ sub: 'job', aud: 'other' }) }),
        flags: { 'vault-auth': 'jwt', 'vault-role': 'ci' },
      }),
      /refuses the login by jwt/,
      /audience/,
    ],
    'a service account that is not bound': [
      () => ({
        env: envOf(),
        flags: { 'vault-auth': 'kubernetes', 'vault-role': 'nobody', 'vault-jwt-file': file('pod', podToken()) },
      }),
      /refuses the login by kubernetes/,
      /service accounts/,
    ],
    'a mount that is not there': [
      () => ({
        env: envOf({ VAULT_ROLE_ID: 'x', VAULT_SECRET_ID: 'wrong-one' }),
        flags: { 'vault-auth': 'approle', 'vault-auth-mount': 'elsewhere' },
      }),
      /no login at auth\/elsewhere\/login|refuses the login/,
      /vault-auth-mount|role ID/,
    ],
    'no password and nobody to ask': [
      () => ({ env: envOf(), flags: { 'vault-auth': 'userpass', 'vault-username': 'kim' } }),
      /no password/,
      /--vault-password-file.*VAULT_PASSWORD/,
    ],
    'no role': [
      () => ({ env: envOf({ VAULT_JWT: 'x' }), flags: { 'vault-auth': 'jwt' } }),
      /--vault-role/,
      /SECRETSCAN_VAULT_ROLE/,
    ],
  }
  for (const [what, [fixture, message, hint]] of Object.entries(REFUSALS)) {
    it(`says what to do about ${what}, without saying what was sent`, async () => {
      await assert.rejects(reads(fixture()), (error: Error & { hint?: string }) => {
        assert.match(error.message, message)
        assert.match(error.hint ?? '', hint)
        assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.stack, error.cause]), /wrong-one|eyJ/)
        return true
      })
    })
  }

  it('renews the token while a run lasts longer than its life', async () => {
    const access = accessFor({
      env: envOf({ VAULT_ROLE_ID: roleId(), VAULT_SECRET_ID: secretId() }),
      flags: { 'vault-auth': 'approle' },
    })
    const client = await access.open()
    await sleep(5000)
    assert.ok(await client.read('secret/data/app/db'), 'its 3 seconds are over')
    await access.close()
    assert.deepEqual(access.warnings, [])
  })

  it('never revokes a token that it was given', async () => {
    const created = JSON.parse(vault.bao('token', 'create', '-policy=reader', '-ttl=1m', '-format=json')) as {
      auth: { client_token: string }
    }
    const token = created.auth.client_token
    await reads({ env: envOf({ VAULT_TOKEN: token }) })
    await reads({ env: envOf({ VAULT_TOKEN: token }) })
  })

  it('takes a token from the variable, the helper, the file, the prompt, in this order', async () => {
    const token = vault.bao('token', 'create', '-policy=reader', '-ttl=1m', '-field=token').trim()
    const home = mkdtempSync(join(folder, 'home-'))
    await assert.rejects(reads({ env: envOf(), home }), { message: /no Vault token/, hint: /VAULT_TOKEN.*vault login/ })
    await reads({ env: envOf(), home, ask: async () => token })
    writeFileSync(join(home, '.vault-token'), `${token}\n`)
    await reads({ env: envOf(), home, ask: async () => assert.fail('nothing is asked') })
    await reads({ env: envOf({ VAULT_TOKEN: 'hidden', BAO_TOKEN: '' }), home })

    const helper = file('helper', `#!/bin/sh\n[ "$1" = get ] && [ -n "$VAULT_ADDR" ] && printf %s '${token}'\n`, 0o700)
    writeFileSync(join(home, '.vault-token'), 'an old one')
    writeFileSync(join(home, '.vault'), `# own\ntoken_helper = "${helper}"\n`)
    await reads({ env: envOf(), home })
    const config = file(
      'bao-config',
      `token_helper = "${file('broken', '#!/bin/sh\necho s.value; exit 3\n', 0o700)}"\n`,
    )
    await assert.rejects(reads({ env: envOf({ BAO_CONFIG_PATH: config }), home }), {
      message: /token helper .* failed \(exit code 3\)/,
    })
  })
})
