// The next version of a secret on a real Vault-compatible server and a real Swarm: what reads it gets the new value, and rollback the old.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { jsonOf as json, secretscanIn } from './project-command.js'
import { buildBusybox, SHELL, startSwarm } from './swarm-project.js'
import { startVault, type VaultServer } from './vault-process.js'

const OLD = 'Summer24'
const NEW = 'Winter 25 "q" $x \u4e16'

const never = /Summer|Winter/

describe('rotation in Vault', function () {
  this.timeout(240_000)
  let vault: VaultServer
  let project: string

  before(async () => {
    vault = await startVault()
    vault.bao('secrets', 'enable', '-path=old/kv', '-version=1', 'kv')
  })
  after(() => vault?.stop())
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-rotate-vault-'))
    writeFileSync(
      join(project, 'compose.yaml'),
      `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${OLD}\n`,
    )
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  const command = (parameters: readonly string[], input = '', env = {}) =>
    secretscanIn({ cwd: project, env: { ...vault.env, ...env }, input, never }, parameters)
  const migrate = (...more: string[]) =>
    json(command(['migrate', 'apply', '--to', 'vault', '--no-images', '--yes', '--json', ...more]))
  const field = (path: string, name = 'value') => vault.bao('kv', 'get', `-field=${name}`, path)

  it('writes the next version by check-and-set, keeps the one before, and rollback makes it count again', () => {
    migrate('--vault-path', 'shop')
    const done = json(command(['rotate', 'postgres_password', '--from-stdin', '--json'], `${NEW}\n`))
    assert.deepEqual([done['version'], done['previousVersion']], [2, 1])
    assert.deepEqual(done['commands'], ['secretscan exec -- docker compose up -d --force-recreate --no-deps db'])
    assert.equal(field('secret/shop/postgres_password'), NEW)
    assert.equal(vault.bao('kv', 'get', '-version=1', '-field=value', 'secret/shop/postgres_password'), OLD)

    const back = json(command(['migrate', 'rollback', '--yes', '--json']))
    assert.equal(back['redeploy'], 'secretscan exec -- docker compose up -d --force-recreate db')
    assert.equal(field('secret/shop/postgres_password'), OLD)
    assert.throws(
      () => vault.bao('kv', 'get', '-version=2', '-field=value', 'secret/shop/postgres_password'),
      'what the run made is gone',
    )
  })

  it('two rotations and the migration before them are taken back one after the other; a value of others is not', () => {
    const text = readFileSync(join(project, 'compose.yaml'), 'utf8')
    migrate('--vault-path', 'chain')
    const values = [OLD]
    for (const _ of [2, 3]) {
      json(command(['rotate', 'postgres_password', '--generate', '20', '--json']))
      values.push(field('secret/chain/postgres_password'))
    }
    const back = () => command(['migrate', 'rollback', '--yes'])
    for (const value of [values[1], values[0]]) {
      const { status, stdout, stderr } = back()
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^✔ rotation \S+ taken back\n {2}put back: postgres_password/)
      assert.equal(field('secret/chain/postgres_password'), value)
    }
    json(command(['rotate', 'postgres_password', '--generate', '20', '--json']))
    vault.bao('kv', 'patch', 'secret/chain/postgres_password', 'value=of-another')
    const refused = back()
    assert.equal(refused.status, 5, refused.stdout)
    assert.match(refused.stderr, /has changed since/)
    assert.match(command(['migrate', 'status']).stdout, /rotation {2}applied/)
    vault.bao('kv', 'rollback', '-version=6', 'secret/chain/postgres_password')
    for (const what of ['rotation', 'migration']) assert.match(back().stdout, new RegExp(`^✔ ${what} `))
    assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), text)
    assert.throws(() => field('secret/chain/postgres_password'), 'the path is gone')
  })

  it('makes a value up, keeps so many older versions, and leaves the other keys of the path alone', () => {
    migrate('--vault-path', 'many')
    vault.bao('kv', 'patch', 'secret/many/postgres_password', 'other=stays')
    for (const keep of ['5', '1'])
      json(command(['rotate', 'postgres_password', '--generate', '20', '--keep', keep, '--json']))
    assert.match(field('secret/many/postgres_password'), /^[A-Za-z0-9]{20}$/)
    assert.equal(field('secret/many/postgres_password', 'other'), 'stays')
    const { data } = JSON.parse(vault.bao('kv', 'metadata', 'get', '-format=json', 'secret/many/postgres_password'))
    assert.deepEqual(
      Object.entries(data.versions as Readonly<Record<string, { destroyed: boolean }>>).map(
        ([, each]) => each.destroyed,
      ),
      [true, true, false, false],
    )
    json(command(['rotate', 'postgres_password', '--generate', '20', '--keep', '0', '--json']))
    const now = field('secret/many/postgres_password')
    const { status, stderr } = command(['migrate', 'rollback', '--yes'])
    assert.equal(status, 5, stderr)
    assert.match(stderr, /The value that postgres_password had before .* is gone/)
    assert.equal(field('secret/many/postgres_password'), now)
  })

  it('version 1 of the engine, at a mount with a slash: the value before is kept by the run, and comes back', () => {
    vault.bao('kv', 'put', 'old/kv/team/app', `pw=${OLD}`, 'user=shop')
    mkdirSync(join(project, '.secretscan'))
    writeFileSync(
      join(project, '.secretscan', 'secrets.yaml'),
      'version: 1\nsecrets:\n  app: { ref: "vault://old/kv/team/app#pw", env: APP_PASSWORD }\n',
    )
    json(command(['rotate', 'app', '--from-stdin', '--json'], NEW))
    assert.deepEqual([field('old/kv/team/app', 'pw'), field('old/kv/team/app', 'user')], [NEW, 'shop'])
    json(command(['migrate', 'rollback', '--yes', '--json']))
    assert.deepEqual([field('old/kv/team/app', 'pw'), field('old/kv/team/app', 'user')], [OLD, 'shop'])
  })

  it('a token that may read alone is exit code 4 with the line that its policy needs, and nothing is written', () => {
    migrate('--vault-path', 'policy')
    const rules = 'path "secret/*" { capabilities = ["read"] }'
    run('sh', ['-c', 'cat > "$1/p.hcl"', 'sh', project], { input: Buffer.from(rules) })
    vault.bao('policy', 'write', 'reader', join(project, 'p.hcl'))
    const token = vault.bao('token', 'create', '-policy=reader', '-field=token').trim()
    const { status, stderr } = command(['rotate', 'postgres_password', '--from-stdin'], NEW, { VAULT_TOKEN: token })
    assert.equal(status, 4, stderr)
    assert.match(stderr, /secret\/data\/policy\/postgres_password/)
    assert.equal(field('secret/policy/postgres_password'), OLD)
  })
})

describe('rotation in a Swarm', function () {
  this.timeout(300_000)
  let engine: Engine
  let project: string
  const docker = (...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: engine.env, cwd: project }).toString('utf8')
  const command = (parameters: readonly string[], input = '') =>
    secretscanIn({ cwd: project, env: engine.env, input, never }, parameters)

  before(async () => {
    engine = await startEngine('20.10 overlay2')
    project = mkdtempSync(join(tmpdir(), 'secretscan-rotate-swarm-'))
    startSwarm(engine)
    buildBusybox(engine, 'shop/app:1')
  })
  after(async () => {
    await engine?.stop()
    rmSync(project, { recursive: true, force: true })
  })

  async function reads(): Promise<string> {
    for (let attempt = 0; attempt < 100; attempt++, await sleep(200)) {
      const id = docker('ps', '-q', '--filter', 'label=com.docker.swarm.service.name=shop_app').trim().split('\n')[0]
      if (id) return docker('exec', id, 'cat', '/etc/app/pw')
    }
    throw new Error('the service does not start')
  }

  it('makes the next version, names it in the file, moves the service with its target, and goes all the way back', async () => {
    run(systemProgram('docker'), ['secret', 'create', 'shop_pw', '-'], { env: engine.env, input: Buffer.from(OLD) })
    const file = join(project, 'stack.yaml')
    const text = `version: "3.8"\nservices:\n  app:\n    image: shop/app:1\n    command: ["sh", "-c", "trap exit TERM; while :; do sleep 1; done"]\n    secrets:\n      - source: pw # keep\n        target: /etc/app/pw\n        mode: 0400\nsecrets:\n  pw:\n    external: true\n    name: shop_pw\n`
    writeFileSync(file, text)
    docker('stack', 'deploy', '--resolve-image', 'never', '-c', 'stack.yaml', 'shop')
    assert.equal(await reads(), OLD)

    const done = json(command(['rotate', 'pw', '-f', 'stack.yaml', '--from-stdin', '--json'], NEW))
    assert.deepEqual([done['version'], done['moved'], done['files']], [2, ['shop_app'], ['stack.yaml']])
    assert.match(
      run('cat', [join(project, '.secretscan', 'migrations', String(done['id']), 'journal.jsonl')]).toString(),
      /proven-by-service/,
    )
    assert.equal(readFileSync(file, 'utf8'), text.replace('name: shop_pw', 'name: shop_pw_v2'))
    assert.equal(await reads(), NEW)
    docker('stack', 'deploy', '--resolve-image', 'never', '-c', 'stack.yaml', 'shop')
    assert.equal(await reads(), NEW, 'deploying again is no step back')

    const again = json(command(['rotate', 'pw', '-f', 'stack.yaml', '--generate', '24', '--keep', '0', '--json']))
    assert.deepEqual(
      [again['version'], again['removed']],
      [3, ['shop_pw_v2']],
      'what this tool did not make is never removed',
    )
    assert.match(await reads(), /^[A-Za-z0-9]{24}$/)

    // The version before is gone, so the newest run cannot be taken back: the file can, the service stays.
    docker('secret', 'rm', 'shop_pw')
    const names = docker('secret', 'ls', '--format', '{{.Name}}').trim().split('\n')
    assert.deepEqual(names, ['shop_pw_v3'])
  })

  it('rollback moves the services back and removes the version that the run made', async () => {
    writeFileSync(
      join(project, 'stack.yaml'),
      readFileSync(join(project, 'stack.yaml'), 'utf8').replace(/shop_pw_v\d/, 'shop_pw_v3'),
    )
    const before = await reads()
    const { id } = json(command(['rotate', 'pw', '-f', 'stack.yaml', '--from-stdin', '--json'], NEW))
    assert.equal(await reads(), NEW)
    json(command(['migrate', 'rollback', String(id), '--yes', '--json']))
    assert.equal(await reads(), before)
    assert.match(readFileSync(join(project, 'stack.yaml'), 'utf8'), /name: shop_pw_v3/)
    assert.deepEqual(docker('secret', 'ls', '--format', '{{.Name}}').trim().split('\n'), ['shop_pw_v3'])
  })

  it('a migration is taken back over rotations whose versions --keep has removed: the files to the byte, the secrets stay', () => {
    const text = `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${OLD}\n`
    const file = join(project, 'compose.yaml')
    writeFileSync(file, text)
    const swarm = ['--to', 'swarm', '--no-images', '--yes', '--json']
    const { id } = json(command(['migrate', 'apply', '-f', 'compose.yaml', ...swarm]))
    for (const _ of [2, 3, 4])
      json(command(['rotate', 'postgres_password', '-f', 'compose.yaml', '--generate', '20', '--keep', '1', '--json']))
    assert.match(readFileSync(file, 'utf8'), /name: postgres_password_v4/)
    json(command(['migrate', 'rollback', String(id), '--keep-secrets', '--yes', '--json']))
    assert.equal(readFileSync(file, 'utf8'), text)
    assert.deepEqual(docker('secret', 'ls', '--format', '{{.Name}}').trim().split('\n').sort().slice(0, 2), [
      'postgres_password_v3',
      'postgres_password_v4',
    ])
  })

  it('moves a database before its clients, and goes on with those that Swarm stopped for a password that nobody had told it', async () => {
    const sleeping = 'trap exit TERM; while :; do sleep 1; done'
    buildBusybox(engine, 'shop/store:1', `${SHELL}CMD ${sleeping}\n`)
    rmSync(project, { recursive: true })
    project = mkdtempSync(join(tmpdir(), 'secretscan-rotate-told-'))
    mkdirSync(join(project, 'told'))
    const text = `version: "3.8"
services:
  a-client:
    image: shop/app:1
    command: ["sh", "-c", "grep -q v1 /told/* || grep -q Winter /told/* || exit 1; ${sleeping}"]
    volumes: ["${project}/told:/told:ro"]
    secrets: [db_pw]
    deploy: { restart_policy: { condition: none }, update_config: { monitor: 3s } }
  db:
    image: shop/store:1
    environment: { POSTGRES_PASSWORD_FILE: /run/secrets/db_pw }
    secrets: [db_pw]
secrets:
  db_pw: { external: true, name: db_pw_v1 }
`
    const create = ['secret', 'create', 'db_pw_v1', '-']
    run(systemProgram('docker'), create, { env: engine.env, input: Buffer.from(OLD) })
    writeFileSync(join(project, 'told', 'password'), 'v1')
    writeFileSync(join(project, 'db.yaml'), text)
    docker('stack', 'deploy', '-c', 'db.yaml', 'told')
    const secretOf = (service: string) =>
      docker(
        'service',
        'inspect',
        '--format',
        '{{range .Spec.TaskTemplate.ContainerSpec.Secrets}}{{.SecretName}}{{end}} {{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}',
        `told_${service}`,
      ).trim()
    const isUp = () => docker('stack', 'services', 'told').split(' 1/1 ').length === 3
    for (let attempt = 0; attempt < 100 && !isUp(); attempt++) await sleep(200)

    writeFileSync(join(project, 'told', 'password'), 'the client cannot log in')
    const stopped = command(['rotate', 'db_pw', '-f', 'db.yaml', '--from-stdin', '--yes'], NEW)
    assert.equal(stopped.status, 5, stopped.stderr)
    assert.match(stopped.stderr, /says why\. Where it cannot log in to a database, change the password there first\./)
    assert.equal(secretOf('db'), 'db_pw_v2 completed')
    assert.equal(secretOf('a-client'), 'db_pw_v2 paused')

    writeFileSync(join(project, 'told', 'password'), 'Winter')
    const id = /--resume (\S+?)[,.]/.exec(stopped.stderr)?.[1] ?? ''
    const resumed = command(['migrate', 'apply', '--resume', id])
    assert.equal(resumed.status, 0, resumed.stderr)
    assert.equal(secretOf('a-client'), 'db_pw_v2 completed')
    docker('stack', 'rm', 'told')
  })
})
