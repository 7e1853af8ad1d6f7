// What is said about Vault, checked before anything is sent.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseTimeout } from '../../../../src/migrate/vault/settings.js'
import { accessFor } from '../../../fixtures/vault-options.js'

const settings = (env: NodeJS.ProcessEnv) => accessFor({ env }).settings()
const VAULT_ADDR = 'https://vault.example.com:8200/'

describe('the settings of Vault', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-vault-settings-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('read times as the client of Vault does', () => {
    assert.deepEqual(['30', '90s', '1m30s', '500ms', '1h'].map(parseTimeout), [30_000, 90_000, 90_000, 500, 3_600_000])
    for (const wrong of ['', '0', 'soon', '3x', '-1', '1m30'])
      assert.throws(() => parseTimeout(wrong), /no time to wait/)
  })

  it('take address, namespace and time from the variables', () => {
    const read = settings({ VAULT_ADDR, VAULT_NAMESPACE: 'team/', VAULT_CLIENT_TIMEOUT: '5' })
    assert.deepEqual(read, {
      address: 'https://vault.example.com:8200',
      namespace: 'team',
      tls: { verify: true },
      timeout: 5000,
    })
  })

  it('refuse what cannot be meant, and say what is', () => {
    const none = join(folder, 'none.pem')
    const junk = join(folder, 'junk.pem')
    writeFileSync(junk, 'no certificate')
    const cases: readonly (readonly [NodeJS.ProcessEnv, RegExp])[] = [
      [{}, /The address of Vault is not known/],
      [{ VAULT_ADDR: 'vault.example.com' }, /no URL/],
      [{ VAULT_ADDR: 'https://name:word@vault.example.com' }, /no URL/],
      [{ VAULT_ADDR, VAULT_CACERT: none }, /VAULT_CACERT.*none\.pem cannot be read|none\.pem cannot be read/],
      [{ VAULT_ADDR, VAULT_CAPATH: join(folder, 'no') }, /VAULT_CAPATH\) cannot be read/],
      [{ VAULT_ADDR, VAULT_CAPATH: folder }, /holds no certificate/],
      [{ VAULT_ADDR, VAULT_CLIENT_CERT: junk }, /belong together/],
      [{ VAULT_ADDR, VAULT_CLIENT_CERT: junk, VAULT_CLIENT_KEY: junk }, /cannot be used for TLS/],
    ]
    for (const [env, message] of cases) assert.throws(() => settings(env), message)
  })

  it('never let a plan or a journal say where a token is sent', async () => {
    const access = accessFor({ env: { VAULT_ADDR, VAULT_TOKEN: 'x' } })
    await assert.rejects(access.open({ address: 'https://elsewhere.example.com' }), {
      message: /made for Vault at https:\/\/elsewhere\.example\.com/,
      hint: /--vault-addr/,
    })
  })
})
