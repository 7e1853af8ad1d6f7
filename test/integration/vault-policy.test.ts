// Least privilege on a real server: what the printed policies allow is enough, and nothing more; and what doctor says of a token.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkVault } from '../../src/migrate/doctor/vault.js'
import { type CommandResult, runCommand } from '../fixtures/run-command.js'
import { accessFor } from '../fixtures/vault-options.js'
import { startVault, type VaultServer } from './vault-process.js'

const COMPOSE = `services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: ${'made-up-' + 'db-pass'}
  sql:
    image: mysql
    environment:
      MYSQL_ROOT_PASSWORD: ${'made-up-' + 'sql-pass'}
`

describe('policies for Vault', function () {
  this.timeout(240_000)
  let vault: VaultServer
  let project: string

  before(async () => {
    vault = await startVault()
    vault.bao('secrets', 'enable', '-path=old', '-version=1', 'kv')
  })
  after(() => vault?.stop())
  beforeEach(() => {
    project = join(mkdtempSync(join(tmpdir(), 'secretscan-policy-')), 'shop')
    mkdirSync(project)
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
  })
  afterEach(() => rmSync(join(project, '..'), { recursive: true, force: true }))

  const secretscan = (parameters: readonly string[], token?: string): Promise<CommandResult> =>
    runCommand(parameters, {
      cwd: project,
      env: { ...vault.env, ...(token === undefined ? {} : { VAULT_TOKEN: token }) },
    })
  const tokenOf = (...policies: string[]) =>
    vault.bao('token', 'create', '-ttl=10m', '-field=token', ...policies.map((each) => `-policy=${each}`)).trim()
  const learn = (name: string, file: string) => void vault.bao('policy', 'write', name, file)
  const to = (mount: string) => ['--to', 'vault', '--no-images', '--vault-mount', mount]

  for (const [mount, version] of [
    ['secret', 2],
    ['old', 1],
  ] as const) {
    it(`let a migration, a deployment and each service do its work and no more (version ${version})`, async () => {
      const planned = await secretscan(['migrate', 'plan', ...to(mount), '--write-policy', 'vault.hcl'])
      assert.equal(planned.code, 0, planned.stderr)
      for (const name of [
        'vault.hcl',
        'vault-shop-deploy.hcl',
        'vault-shop-db.hcl',
        'vault-shop-sql.hcl',
        'vault-shop-rotate.hcl',
      ])
        assert.ok(existsSync(join(project, name)) && planned.stdout.includes(name), name)
      learn('migrate', join(project, 'vault.hcl'))
      learn('deploy', join(project, 'vault-shop-deploy.hcl'))
      learn('db', join(project, 'vault-shop-db.hcl'))

      const applied = await secretscan(['migrate', 'apply', ...to(mount), '--yes'], tokenOf('migrate'))
      assert.equal(applied.code, 0, applied.stderr)
      const print = 'process.stdout.write(process.env.SECRETSCAN_MYSQL_ROOT_PASSWORD)'
      const ran = await secretscan(['exec', '--', process.execPath, '-e', print], tokenOf('deploy'))
      assert.equal(ran.stdout, 'made-up-' + 'sql-pass', ran.stderr)
      const limited = await secretscan(['exec', '--', 'true'], tokenOf('db'))
      assert.equal(limited.code, 125)
      assert.match(
        limited.stderr,
        /A secret cannot be read: mysql_root_password .*path "(?:secret\/data|old)\/shop\/mysql_root_password"/,
      )
      const data = version === 2 ? `${mount}/data/shop/postgres_password` : `${mount}/shop/postgres_password`
      const body = version === 2 ? { data: { value: 'x' }, options: { cas: 1 } } : { value: 'x' }
      await assert.rejects(vault.client(tokenOf('migrate')).write(data, body), /does not let this token/)

      const back = await secretscan(['migrate', 'rollback', '--yes'], tokenOf('migrate'))
      assert.equal(back.code, 0, back.stderr)
      assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), COMPOSE)
      assert.equal(await vault.client().read(data), undefined)
    })
  }

  for (const [mount, data] of [
    ['secret', 'secret/data/shop/postgres_password'],
    ['old', 'old/shop/postgres_password'],
  ] as const) {
    it(`let a rotation and its rollback do their work and no more (${mount})`, async () => {
      await secretscan(['migrate', 'plan', ...to(mount), '--write-policy', 'vault.hcl'])
      learn('rotate', join(project, 'vault-shop-rotate.hcl'))
      assert.equal((await secretscan(['migrate', 'apply', ...to(mount), '--yes'])).code, 0)
      const token = tokenOf('rotate')
      const rotated = await secretscan(['rotate', 'postgres_password', '--generate', '20', '--keep', '1'], token)
      assert.equal(rotated.code, 0, rotated.stderr)
      const undone = await secretscan(['migrate', 'rollback', '--yes'], token)
      assert.match(undone.stdout, /put back: postgres_password/, undone.stderr)
      await assert.rejects(vault.client(token).remove(data), /does not let this token/)
      const metadata = mount === 'old' ? data : data.replace('/data/', '/metadata/')
      await vault.client().remove(metadata)
      await vault.client().remove(metadata.replace('postgres', 'mysql_root'))
    })
  }

  it('let an agent log in with what agent-login makes, and read what it brings', async () => {
    const agent = [...to('secret'), '--vault-delivery', 'agent']
    const planned = await secretscan(['migrate', 'plan', ...agent, '--write-policy', 'vault.hcl'])
    assert.match(planned.stdout, /shop-agent vault-shop-agent\.hcl\n.*shop-agent-login vault-shop-agent-login\.hcl/)
    for (const name of ['shop-agent', 'shop-agent-login']) learn(name, join(project, `vault-${name}.hcl`))
    assert.equal((await secretscan(['migrate', 'apply', ...agent, '--yes'])).code, 0)
    const early = await secretscan(['migrate', 'agent-login'])
    assert.equal(early.code, 4)
    assert.match(early.stderr, /no role shop-agent|does not let/)
    vault.bao('auth', 'enable', 'approle')
    assert.match(
      (await secretscan(['migrate', 'agent-login'])).stderr,
      /no role shop-agent for AppRole.*\n.*vault write/,
    )
    vault.bao('write', 'auth/approle/role/shop-agent', 'token_policies=shop-agent', 'token_ttl=60s')
    const made = await secretscan(['migrate', 'agent-login'], tokenOf('shop-agent-login'))
    assert.equal(made.code, 0, made.stderr)
    const files = ['vault-role-id', 'vault-secret-id'].map((name) => join(project, '.secretscan', name))
    for (const file of files) {
      const text = readFileSync(file, 'utf8')
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.ok(text.length > 10 && text.trim() === text && !`${made.stdout}${made.stderr}`.includes(text))
    }
    const [role = '', secret = ''] = files
    const login = ['--vault-auth', 'approle', '--vault-role-id-file', role, '--vault-secret-id-file', secret]
    const looked = await secretscan(['doctor', ...login], '')
    assert.match(looked.stdout, /✔ ok {6}Running services[\s\S]*✔ ok {6}Vault Agent\n.*vault-secret-id/)
    assert.match(looked.stdout, /- note {4}Rotating/)
    chmodSync(secret, 0o644)
    const open = await secretscan(['doctor'], tokenOf('shop-agent'))
    assert.match(open.stdout, /✗ FAILED {2}Vault Agent\n.*by others[\s\S]*chmod 600/)
    const back = await secretscan(['migrate', 'rollback', '--yes'])
    assert.match(back.stdout, /vault-role-id, .*vault-secret-id \(the agent's login: take it back in Vault, too\)/)
    assert.deepEqual(files.map(existsSync), [false, false])
  })

  it('are printed with a plan, and written where Vault does not let the token plan', async () => {
    const { code, stdout } = await secretscan(['migrate', 'plan', ...to('secret')])
    assert.equal(code, 0)
    assert.match(
      stdout,
      /# shop-deploy\n# For secretscan exec.*\npath "secret\/data\/shop\/mysql_root_password" \{ capabilities = \["read"\] \}/,
    )
    const refused = await secretscan(
      ['migrate', 'plan', ...to('secret'), '--write-policy', 'vault.hcl'],
      tokenOf('default'),
    )
    assert.equal(refused.code, 4)
    assert.match(refused.stderr, /vault policy write shop-migrate vault\.hcl/)
    learn('from-refusal', join(project, 'vault.hcl'))
    assert.equal((await secretscan(['migrate', 'plan', ...to('secret')], tokenOf('from-refusal'))).code, 0)
  })

  it('a policy that forbids half of the paths: 4 before the first write, 5 after it, and a way back', async () => {
    vault.baoWith(
      `path "secret/data/shop/*" { capabilities = ["read"] }
path "secret/metadata/shop/*" { capabilities = ["create", "update", "read", "delete"] }
path "secret/data/shop/postgres_password" { capabilities = ["create", "read"] }`,
      ...['policy', 'write', 'half', '-'],
    )
    const half = tokenOf('half')
    const onlySql = [...to('secret'), '--select', 'sql.MYSQL_ROOT_PASSWORD']
    const before = await secretscan(['migrate', 'apply', ...onlySql, '--yes'], half)
    assert.equal(before.code, 4, before.stderr)
    assert.match(before.stderr, /path "secret\/data\/shop\/mysql_root_password" \{ capabilities = \["create"\] \}/)
    assert.match(
      (await secretscan(['migrate', 'status'], half)).stdout,
      /^No migrations in \/.*\.$/m,
      'nothing half-done stays',
    )
    const after = await secretscan(['migrate', 'apply', ...to('secret'), '--yes'], half)
    assert.equal(after.code, 5, after.stderr)
    assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), COMPOSE)
    const back = await secretscan(['migrate', 'rollback', '--yes'], half)
    assert.equal(back.code, 0, back.stderr)
    assert.equal(await vault.client().read('secret/data/shop/postgres_password'), undefined)
  })

  describe('doctor', () => {
    const references = [{ name: 'pw', ref: 'vault://secret/shop/pw#value', env: 'PW' }]
    const look = async (
      token: string,
      more: { readonly references?: typeof references; readonly address?: string } = {},
    ) => {
      const access = accessFor({
        env: { ...vault.env, VAULT_TOKEN: token, ...(more.address === undefined ? {} : { VAULT_ADDR: more.address }) },
      })
      const checks = await checkVault({
        vault: access,
        place: { mount: 'secret', path: 'shop', merge: false },
        references: more.references ?? [],
      })
      await access.close()
      return checks.map(({ what, state, says, mend }) => `${state}: ${what}: ${says} ${mend ?? ''}`)
    }

    it('says what a token may, and which lines of a policy it lacks', async () => {
      vault.baoWith('path "secret/data/shop/pw" { capabilities = ["read"] }', 'policy', 'write', 'reads', '-')
      const reader = await look(tokenOf('reads'), { references })
      assert.match(reader[1] ?? '', /^ok: Vault token: Good: \d+ minutes left, renewable; policies: default, reads/)
      assert.match(reader[2] ?? '', /^ok: Running services.*every secret .*\(1\)/)
      assert.match(
        reader[3] ?? '',
        /^note: Rotating.*May not rotate 1 of 1 secret that.*\npath "secret\/data\/shop\/pw" \{ capabilities = \["update"\] \}/s,
      )
      assert.match(
        reader[4] ?? '',
        /^note: Migrating.*\n.*\n.*secret\/metadata\/shop\/\*" \{ capabilities = \["create", "update", "read", "delete"\] \}/,
      )
      const stranger = await look(tokenOf('reads'), {
        references: [{ name: 'no', ref: 'vault://secret/shop/other#value', env: 'NO' }],
      })
      assert.match(
        stranger[2] ?? '',
        /^failed: Running services.*May not read 1 of 1.*\npath "secret\/data\/shop\/other"/s,
      )
      const nobody = await look(tokenOf('default'), { references })
      assert.match(
        nobody[2] ?? '',
        /^failed: Running.*needs \(if secret\/ is the mount, and of version 2\):\npath "secret\/data\/shop\/pw" \{ capabilities = \["read"\] \}/s,
      )
      const root = await look(vault.env['VAULT_TOKEN'] ?? '')
      assert.match(root[1] ?? '', /^note: Vault token: Good: it does not end.*root token may do everything/)
      assert.match(root[2] ?? '', /^ok: Migrating/)
      assert.deepEqual(
        (await look('wrong-one')).map((line) => line.slice(0, 60)),
        ['failed: Vault: Vault does not know the token from VAULT_TOKE'],
      )
      assert.match((await look('x', { address: 'https://127.0.0.1:9' }))[0] ?? '', /^failed: Vault: Nothing listens/)
    })

    it('exits with 0 where all is well and with 4 where something fails, as text and as JSON', async () => {
      vault.baoWith(
        'path "secret/+/shop/*" { capabilities = ["create", "update", "read", "delete"] }',
        'policy',
        'write',
        'all',
        '-',
      )
      const good = await secretscan(['doctor'], tokenOf('all'))
      assert.equal(good.code, 0, good.stdout)
      assert.match(good.stdout, /✔ ok {6}Migrating/)
      const bad = await secretscan(['doctor', '--json'], 'wrong-one')
      assert.equal(bad.code, 4)
      const { checks } = JSON.parse(bad.stdout) as { checks: { what: string; state: string }[] }
      assert.ok(checks.some(({ what, state }) => what.startsWith('Vault') && state === 'failed'))
    })
  })
})
