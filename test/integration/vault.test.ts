// Secrets in a real Vault-compatible server: written once, read back, handed to a command, taken back; and its refusals in words.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openVaultStore } from '../../src/migrate/stores/vault.js'
import { openVault } from '../../src/migrate/vault/client.js'
import { Secret } from '../../src/support/secret.js'
import { secretscanIn } from './project-command.js'
import { startVault, type VaultServer } from './vault-process.js'

const PASSWORD = `Summer24 "q" $x \u4e16`
const COMPOSE = `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${JSON.stringify(PASSWORD.replace('$', '$$$$'))}\n`

describe('Vault', function () {
  this.timeout(120_000)
  let vault: VaultServer
  let project: string

  before(async () => {
    vault = await startVault()
    vault.bao('secrets', 'enable', '-path=old/kv', '-version=1', 'kv')
  })
  after(() => vault?.stop())
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-vault-project-'))
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  function secretscan(parameters: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const at = { cwd: project, env: { ...vault.env, ...env } }
    const result = secretscanIn(parameters.includes('--') ? at : { ...at, never: /Summer24/ }, parameters)
    assert.ok(!`${result.stdout}${result.stderr}`.includes(vault.env['VAULT_TOKEN'] ?? '?'), 'no token is printed')
    return result
  }
  const apply = (path: string) =>
    secretscan(['migrate', 'apply', '--to', 'vault', '--vault-path', path, '--no-images', '--yes', '--json'])

  it('migrates, hands the value to a command, and takes all of it back', () => {
    const applied = apply('shop')
    assert.equal(applied.status, 0, applied.stderr)
    assert.match(readFileSync(join(project, 'compose.yaml'), 'utf8'), /environment: SECRETSCAN_POSTGRES_PASSWORD/)
    const references = readFileSync(join(project, '.secretscan', 'secrets.yaml'), 'utf8')
    assert.match(references, /vault:\/\/secret\/shop\/postgres_password#value/)
    assert.ok(!references.includes('Summer24'))
    assert.equal(vault.bao('kv', 'get', '-field=value', 'secret/shop/postgres_password'), PASSWORD)

    const print = 'process.stdout.write(process.env.SECRETSCAN_POSTGRES_PASSWORD); process.exit(7)'
    const ran = secretscan(['exec', '--', process.execPath, '-e', print])
    assert.equal(ran.stdout, PASSWORD)
    assert.equal(ran.status, 7, 'the code of the command')

    const { id } = JSON.parse(applied.stdout) as { id: string }
    assert.equal(secretscan(['migrate', 'rollback', id, '--yes']).status, 0)
    assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), COMPOSE)
    assert.throws(() => vault.bao('kv', 'get', 'secret/shop/postgres_password'))
  })

  it('M03: never writes over what is there', () => {
    vault.bao('kv', 'put', 'secret/shop/postgres_password', 'value=other')
    const { status, stdout } = apply('shop')
    assert.equal(status, 0, 'another name is chosen')
    assert.match(stdout, /db_postgres_password/)
    assert.equal(vault.bao('kv', 'get', '-field=value', 'secret/shop/postgres_password'), 'other')
    vault.bao('kv', 'metadata', 'delete', 'secret/shop/postgres_password')
  })

  it('exec refuses to start without its secrets, with 125; an unknown program is 127', () => {
    assert.equal(secretscan(['exec', '--', 'true']).status, 125)
    assert.equal(apply('exec').status, 0)
    assert.equal(secretscan(['exec', '--', 'no-such-program-here']).status, 127)
    vault.bao('kv', 'delete', 'secret/exec/postgres_password')
    const gone = secretscan(['exec', '--', 'true'])
    assert.equal(gone.status, 125)
    assert.match(gone.stderr, /secret\/exec\/postgres_password/)
  })

  const REFUSALS: readonly (readonly [string, () => Readonly<Record<string, string>>, RegExp])[] = [
    [
      'a wrong token',
      () => ({ VAULT_TOKEN: 'wrong-token-x' }),
      /does not know the token from VAULT_TOKEN: it has expired/,
    ],
    ['no token', () => ({ VAULT_TOKEN: '', HOME: '/nonexistent' }), /no Vault token/],
    ['a certificate that nobody vouches for', () => ({ VAULT_CACERT: '' }), /VAULT_CACERT/],
    ['a server that is not there', () => ({ VAULT_ADDR: 'https://127.0.0.1:9' }), /Nothing listens at/],
  ]
  for (const [what, env, message] of REFUSALS) {
    it(`${what} is exit code 4 in words, before anything is written`, () => {
      const { status, stderr } = secretscan(['migrate', 'apply', '--to', 'vault', '--no-images', '--yes'], env())
      assert.equal(status, 4, stderr)
      assert.match(stderr, message)
      assert.ok(!stderr.includes('wrong-token-x'))
      assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), COMPOSE)
    })
  }

  for (const [mount, version] of [
    ['secret', 2],
    ['old/kv', 1],
  ] as const) {
    it(`odd values arrive byte for byte in version ${version} of the engine`, async () => {
      const hasher = { hmac: (value: Secret) => Buffer.from(value.reveal()).toString('hex') }
      const client = openVault(vault.settings, vault.rootToken)
      const store = await openVaultStore({ client, mount, path: 'odd', hasher })
      const values = ['a\n', '\u0000\u00ff', 'x'.repeat(100_000), '\ufeffbom', '{"json": 1}'].map((text) =>
        Buffer.from(text, text.includes('\u00ff') ? 'latin1' : 'utf8'),
      )
      for (const [index, bytes] of values.entries()) {
        const value = Secret.of(bytes)
        const stored = await store.put(`odd${index}`, value, { ifVersion: 0, migration: 'test' })
        assert.equal(await store.verify(stored, value), 'read-back')
        await store.remove(stored)
        assert.equal((await store.inspect([`odd${index}`])).size, 0)
      }
    })
  }
})
