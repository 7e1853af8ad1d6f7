// What a real server refuses, and how a connection to it fails, each made to happen and its sentence read.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kvVersion, locateKv } from '../../src/migrate/vault/mount.js'
import type { SecretscanError } from '../../src/support/errors.js'
import { runCommand } from '../fixtures/run-command.js'
import { accessFor } from '../fixtures/vault-options.js'
import { makeCertificates, startSealable, startVault, type VaultServer } from './vault-process.js'

const VALUE = 'made-up' + '-value'

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('it worked'),
    (thrown: SecretscanError) => thrown,
  )
  assert.equal(error.exitCode, 4)
  return `${error.message} ${error.hint ?? ''}`
}

/** Through settings, login and session, as a command does. */
async function readWith(env: NodeJS.ProcessEnv, path = 'secret/data/app/db'): Promise<readonly string[]> {
  const access = accessFor({ env })
  try {
    await (await access.open()).read(path)
  } finally {
    await access.close()
  }
  return access.warnings
}

describe('refusals of a real Vault', function () {
  this.timeout(120_000)
  let vault: VaultServer
  let folder: string

  before(async () => {
    vault = await startVault()
    folder = mkdtempSync(join(tmpdir(), 'secretscan-vault-errors-'))
    vault.bao('kv', 'put', 'secret/app/db', `value=${VALUE}`)
  })
  after(async () => {
    await vault?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const tokenWith = (policy: string, ...more: string[]): string => {
    vault.baoWith(policy, 'policy', 'write', 'tried', '-')
    return vault.bao('token', 'create', '-policy=tried', '-ttl=5m', '-field=token', ...more).trim()
  }

  it('400: the version is not the one that was looked at', async () => {
    const body = { data: { value: VALUE }, options: { cas: 0 } }
    assert.match(await failureOf(vault.client().write('secret/data/app/db', body)), /written by someone else/)
  })

  it('403: the line that is missing in the policy, and with it the same request works', async () => {
    const body = { data: { value: VALUE }, options: { cas: 0 } }
    const client = vault.client(tokenWith('path "secret/data/other" { capabilities = ["read"] }'))
    const failure = await failureOf(client.write('secret/data/app/new', body, ['create']))
    const [line = ''] = /path ".*/.exec(failure) ?? []
    assert.equal(line, 'path "secret/data/app/new" { capabilities = ["create"] }')
    await vault.client(tokenWith(line)).write('secret/data/app/new', body, ['create'])
  })

  it('403: a token that is none, and one that may not look at itself', async () => {
    const env = { VAULT_ADDR: vault.address, VAULT_CACERT: vault.ca }
    const unknown = /does not know the token from VAULT_TOKEN: it has expired or was revoked.*vault login/
    assert.match(await failureOf(readWith({ ...env, VAULT_TOKEN: 'wrong-one' })), unknown)
    const bare = tokenWith('path "secret/data/other" { capabilities = ["read"] }', '-no-default-policy')
    assert.match(
      await failureOf(readWith({ ...env, VAULT_TOKEN: bare })),
      /does not let this token read secret\/data\/app\/db\. Its policy needs: path "secret\/data\/app\/db"/,
    )
    vault.bao('token', 'revoke', bare)
    assert.match(await failureOf(readWith({ ...env, VAULT_TOKEN: bare })), unknown)
  })

  it('403: a token that is revoked in the middle of a run', async () => {
    const access = accessFor({
      env: { ...vault.env, VAULT_TOKEN: tokenWith('path "secret/*" { capabilities = ["read"] }') },
    })
    const client = await access.open()
    assert.ok(await client.read('secret/data/app/db'))
    await client.write('auth/token/revoke-self', {})
    assert.match(await failureOf(client.read('secret/data/app/db')), /does not know this token: it has expired/)
    await access.close()
  })

  it('404: there is no such mount', async () => {
    assert.match(await failureOf(vault.client().write('nowhere/data/x', {})), /no nowhere\/data\/x/)
    assert.match(
      await failureOf(locateKv(vault.client(), 'nowhere/app/db')),
      /sees no mount for nowhere\/app\/db in Vault.*that it sees: secret\/ \(version 2\)\. --vault-mount/,
    )
    const stranger = vault.client(tokenWith('path "other/*" { capabilities = ["read"] }'))
    assert.match(
      await failureOf(locateKv(stranger, 'secret/app/db')),
      /no policy lets it.*sees no key-value mount at all/,
    )
    assert.match(
      await failureOf(locateKv(vault.client(), 'sys/app/db')),
      /keeps no key-value secrets\. Those that do: secret\/ \(version 2\)/,
    )
  })

  it('mounts with slashes: found, and a mount that ends elsewhere is told', async () => {
    vault.bao('secrets', 'enable', '-path=team/kv', '-version=1', 'kv')
    const client = vault.client()
    assert.equal(await kvVersion(client, { mount: 'team/kv', path: 'shop/x' }), 1)
    await assert.rejects(kvVersion(client, { mount: 'secret/apps', path: 'shop/x' }), {
      message: 'secret/apps is no mount in Vault: that is secret.',
      hint: 'Write: --vault-mount secret --vault-path apps/shop',
    })
    vault.bao('secrets', 'disable', 'team/kv')
  })

  it('405: what the mount does not do', async () => {
    assert.match(await failureOf(vault.client().remove('secret/config')), /405/)
  })

  it('429: more requests than the quota allows', async () => {
    vault.bao('write', 'sys/quotas/rate-limit/tight', 'path=secret/', 'rate=1', 'interval=60s', 'block_interval=0')
    const client = vault.client()
    const many = Array.from({ length: 6 }, () => client.read('secret/data/app/db'))
    assert.match(await failureOf(Promise.all(many)), /limits requests \(429\).*quota/)
    await Promise.allSettled(many)
    vault.bao('delete', 'sys/quotas/rate-limit/tight')
  })

  it('namespaces: kept apart, and one that is not there', async () => {
    vault.bao('namespace', 'create', 'team')
    vault.bao('secrets', 'enable', '-namespace=team', '-path=secret', '-version=2', 'kv')
    vault.bao('kv', 'put', '-namespace=team', 'secret/app/own', `value=${VALUE}`)
    const env = { ...vault.env, VAULT_NAMESPACE: 'team' }
    const access = accessFor({ env })
    const client = await access.open()
    assert.ok(await client.read('secret/data/app/own'))
    assert.equal(await client.read('secret/data/app/db'), undefined)
    assert.ok(await (await access.open({ namespace: '' })).read('secret/data/app/db'), 'as a plan says')
    await access.close()
    const elsewhere = accessFor({ env: { ...env, VAULT_NAMESPACE: 'nowhere' } })
    const failure = await failureOf(elsewhere.open().then((other) => locateKv(other, 'secret/app/db')))
    assert.match(failure, /secret\/app\/db in the namespace nowhere.*check.*namespace/)
    await elsewhere.close()
  })

  describe('TLS', () => {
    const withTls = (more: NodeJS.ProcessEnv) =>
      readWith({ VAULT_ADDR: vault.address, VAULT_TOKEN: vault.env['VAULT_TOKEN'], ...more })

    it('an authority that nobody trusts; named by file, and by folder', async () => {
      assert.match(await failureOf(withTls({})), /no authority that is trusted here.*VAULT_CACERT/)
      await withTls({ VAULT_CACERT: vault.ca })
      const authorities = join(folder, 'authorities')
      mkdirSync(authorities)
      copyFileSync(vault.ca, join(authorities, 'abcd.0'))
      await withTls({ VAULT_CAPATH: authorities })
    })

    it('unverified, only with a loud warning', async () => {
      const [warning = '', ...more] = await withTls({ VAULT_SKIP_VERIFY: '1' })
      assert.match(warning, /^WARNING: .*not verified \(VAULT_SKIP_VERIFY\)/)
      assert.deepEqual(more, [])
      assert.deepEqual(await withTls({ VAULT_CACERT: vault.ca, VAULT_SKIP_VERIFY: '0' }), [])
    })

    it('plain HTTP to a port of TLS', async () => {
      const address = vault.address.replace('https:', 'http:')
      assert.match(await failureOf(withTls({ VAULT_ADDR: address })), /speaks TLS.*https:\/\//)
    })

    it('a redirect from TLS to plain HTTP is not followed', async () => {
      makeCertificates(folder)
      const pem = (name: string) => readFileSync(join(folder, name))
      const standby = createServer({ cert: pem('server.pem'), key: pem('server.key') }, (_, response) =>
        response.writeHead(307, { location: 'http://127.0.0.1:9/v1/x' }).end(),
      )
      await new Promise<void>((resolve) => standby.listen(0, '127.0.0.1', resolve))
      const address = `https://127.0.0.1:${(standby.address() as AddressInfo).port}`
      assert.match(
        await failureOf(withTls({ VAULT_ADDR: address, VAULT_CACERT: join(folder, 'ca.pem') })),
        /answers 307/,
      )
      standby.closeAllConnections()
      standby.close()
    })
  })

  it('prints neither token nor value, with --debug and the debugging of libraries on', async () => {
    const limited = tokenWith('path "secret/metadata/x" { capabilities = ["read"] }')
    for (const [env, code] of [
      [{ VAULT_TOKEN: limited }, 4],
      [{ VAULT_TOKEN: limited, VAULT_CACERT: '' }, 4],
      [{ VAULT_TOKEN: limited, VAULT_ADDR: 'https://127.0.0.1:9' }, 4],
    ] as const) {
      const result = await runCommand(['migrate', 'plan', '--to', 'vault', '--no-images', '--debug'], {
        cwd: join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'compose', 'vaultwarden'),
        env: { ...vault.env, DEBUG: '*', NODE_DEBUG: 'undici,fetch', ...env },
      })
      assert.equal(result.code, code, result.stderr)
      assert.ok(!`${result.stdout}${result.stderr}`.includes(limited))
    }
  })
})

describe('a Vault that is not ready', function () {
  this.timeout(120_000)

  it('501 before it is initialised, 503 while it is sealed, and works when it is unsealed', async () => {
    const server = await startSealable()
    try {
      const env = { VAULT_ADDR: server.address, VAULT_CACERT: server.ca, VAULT_TOKEN: 'none' }
      assert.match(await failureOf(readWith(env)), /is not initialised.*vault operator init/)
      const { server: rooted, unseal } = await server.begin()
      await readWith(rooted.env)
      await rooted.client().write('sys/seal', {})
      assert.match(await failureOf(readWith(rooted.env)), /is sealed.*vault operator unseal/)
      unseal()
    } finally {
      await server.stop()
    }
  })

  it('asks for the name that its certificate is for, and for a client certificate', async () => {
    const server = await startSealable({ name: 'vault.example.com', clientCertificates: true })
    try {
      const { server: rooted } = await server.begin()
      await readWith(rooted.env)
      const { VAULT_TLS_SERVER_NAME: _, ...unnamed } = rooted.env as NodeJS.ProcessEnv
      assert.match(await failureOf(readWith(unnamed)), /for another name.*VAULT_TLS_SERVER_NAME/)
      const { VAULT_CLIENT_CERT: cert, VAULT_CLIENT_KEY: key, ...anonymous } = rooted.env as NodeJS.ProcessEnv
      assert.ok(cert && key)
      assert.match(await failureOf(readWith(anonymous)), /client certificate: VAULT_CLIENT_CERT/)
    } finally {
      await server.stop()
    }
  })

  it('has a certificate that expired', async () => {
    const server = await startSealable({ days: -1 })
    try {
      const env = { VAULT_ADDR: server.address, VAULT_CACERT: server.ca, VAULT_TOKEN: 'none' }
      assert.match(await failureOf(readWith(env)), /certificate of Vault at https.* has expired.*Have it renewed/)
    } finally {
      await server.stop()
    }
  })
})
