// A project that moved before moves on, on a real Swarm and a real Vault-compatible server: files to Vault, Swarm to Vault and to files.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { jsonOf, secretscanIn } from './project-command.js'
import { buildBusybox, startSwarm } from './swarm-project.js'
import { startVault, type VaultServer } from './vault-process.js'

const VALUE = 'Summer24 "q" $x \u4e16\n'

describe('migrate --from', function () {
  this.timeout(400_000)
  let engine: Engine
  let vault: VaultServer
  let project: string
  const docker = (...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: engine.env, cwd: project }).toString('utf8')

  function secretscan(...parameters: string[]) {
    const at = { cwd: project, env: { ...vault.env, ...engine.env } }
    return secretscanIn(parameters.includes('--') ? at : { ...at, never: /Summer/ }, parameters)
  }
  const migrate = (...parameters: string[]) => jsonOf(secretscan('migrate', ...parameters, '--json'))
  const compose = () => readFileSync(join(project, 'compose.yaml'), 'utf8')

  before(async () => {
    ;[engine, vault] = await Promise.all([startEngine('20.10 overlay2'), startVault()])
  })
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-move-on-'))
    mkdirSync(join(project, 'secrets'), { mode: 0o700 })
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))
  after(async () => {
    await engine?.stop()
    await vault?.stop()
  })

  it('from files to Vault by a reviewed plan, byte for byte; rollback removes what is in Vault', () => {
    const text = 'services:\n  db:\n    image: x\n    secrets: [pw]\nsecrets:\n  pw:\n    file: ./secrets/pw\n'
    writeFileSync(join(project, 'compose.yaml'), text)
    writeFileSync(join(project, 'secrets', 'pw'), VALUE)
    migrate('plan', '--from', 'compose-file', '--to', 'vault', '--vault-path', 'on', '--out', 'plan.json')
    assert.equal(compose(), text)
    const { id } = migrate('apply', 'plan.json', '--yes')
    assert.equal(compose(), text.replace('file: ./secrets/pw', 'environment: SECRETSCAN_PW'))
    assert.equal(vault.bao('kv', 'get', '-field=value', 'secret/on/pw'), VALUE)
    const print = 'process.stdout.write(process.env.SECRETSCAN_PW)'
    assert.equal(secretscan('exec', '--', process.execPath, '-e', print).stdout, VALUE)
    assert.equal(readFileSync(join(project, 'secrets', 'pw'), 'utf8'), VALUE, 'the old one stays')
    migrate('rollback', String(id), '--yes')
    assert.equal(compose(), text)
    assert.throws(() => vault.bao('kv', 'get', '-field=value', 'secret/on/pw'))
  })

  it('clean removes the files that moved on, but none that is named, changed, or the last copy', () => {
    const names = ['pw', 'edited', 'lost', 'other']
    const list = names.map((name) => `  ${name}:\n    file: ./secrets/${name}\n`).join('')
    const text = `services:\n  db:\n    image: x\n    secrets: [${names.join(', ')}]\nsecrets:\n${list}`
    writeFileSync(join(project, 'compose.yaml'), text)
    const file = (name: string) => join(project, 'secrets', name)
    for (const name of names) writeFileSync(file(name), VALUE)
    migrate('apply', '--from', 'compose-file', '--to', 'vault', '--vault-path', 'cleaned', '--yes')
    writeFileSync(file('edited'), 'Summer25')
    vault.bao('kv', 'metadata', 'delete', 'secret/cleaned/lost')
    writeFileSync(
      join(project, 'compose.yaml'),
      compose().replace('environment: SECRETSCAN_OTHER', 'file: ./secrets/other'),
    )
    const { removed, kept } = migrate('clean', '--yes') as {
      removed: readonly { at: string }[]
      kept: readonly { at: string; reason: string }[]
    }
    assert.deepEqual(
      removed.map(({ at }) => at),
      ['secrets/pw'],
    )
    assert.deepEqual(
      kept.map(({ at, reason }) => `${at}: ${reason}`),
      [
        'secrets/edited: It has changed since it moved on.',
        'secrets/lost: lost is no longer where it moved to: this may be the last copy.',
        'secrets/other: The Compose file still names secrets/other.',
      ],
    )
    assert.deepEqual(
      names.map((name) => existsSync(file(name))),
      [false, true, true, true],
    )
    assert.equal(vault.bao('kv', 'get', '-field=value', 'secret/cleaned/pw'), VALUE)
  })

  it('clean leaves a file that a container was made with, until that is made anew', () => {
    const text = 'services:\n  db:\n    image: x\n    secrets: [pw]\nsecrets:\n  pw:\n    file: ./secrets/pw\n'
    writeFileSync(join(project, 'compose.yaml'), text)
    const file = join(project, 'secrets', 'pw')
    writeFileSync(file, VALUE)
    buildBusybox(engine, 'shop/mounts:1')
    docker('create', '--name', 'made-before', '-v', `${file}:/run/secrets/pw:ro`, 'shop/mounts:1', 'true')
    migrate('apply', '--from', 'compose-file', '--to', 'vault', '--vault-path', 'mounted', '--yes')
    const { removed, kept } = migrate('clean', '--yes') as { removed: unknown[]; kept: readonly { reason: string }[] }
    assert.deepEqual(removed, [])
    assert.match(String(kept[0]?.reason), /do not start again without it: made-before\./)
    assert.equal(readFileSync(file, 'utf8'), VALUE)
    docker('rm', 'made-before')
    migrate('clean', '--yes')
    assert.ok(!existsSync(file))
  })

  it('from a Swarm to files and to Vault: read by a service that is gone afterwards; without an image the reason is told', () => {
    startSwarm(engine)
    const input = { env: engine.env, input: Buffer.from(VALUE) }
    run(systemProgram('docker'), ['secret', 'create', 'shop_pw_v2', '-'], input)
    const text =
      'services:\n  db:\n    image: shop/app:1\n    secrets: [pw]\nsecrets:\n  pw:\n    external: true\n    name: shop_pw_v2\n'
    writeFileSync(join(project, 'compose.yaml'), text)
    const refused = secretscan('migrate', 'apply', '--from', 'swarm', '--to', 'compose-file', '--yes')
    assert.equal(refused.status, 4, refused.stderr)
    assert.match(refused.stderr, /Swarm gives no value back.*No image of the project is on this node/s)
    assert.equal(compose(), text)

    buildBusybox(engine, 'shop/app:1')
    const { id } = migrate('apply', '--from', 'swarm', '--to', 'compose-file', '--yes')
    assert.equal(readFileSync(join(project, 'secrets', 'pw'), 'utf8'), VALUE)
    assert.equal((statSync(join(project, 'secrets', 'pw')).mode & 0o777).toString(8), '444')
    assert.equal(compose(), text.replace('external: true\n    name: shop_pw_v2', 'file: ./secrets/pw'))
    migrate('rollback', String(id), '--yes')
    assert.equal(compose(), text)
    assert.ok(!existsSync(join(project, 'secrets', 'pw')))

    migrate('apply', '--from', 'swarm', '--to', 'vault', '--vault-path', 'from-swarm', '--yes')
    assert.equal(vault.bao('kv', 'get', '-field=value', 'secret/from-swarm/pw'), VALUE)
    assert.equal(docker('service', 'ls', '-q').trim(), '')
    const left = () => docker('secret', 'ls', '--format', '{{.Name}}').trim()
    assert.equal(left(), 'shop_pw_v2', 'the old one stays')
    docker('service', 'create', '-q', '-d', '--name', 'user', '--secret', 'shop_pw_v2', 'shop/app:1')
    assert.doesNotMatch(secretscan('migrate', 'clean', '--yes', '--keep-secrets').stdout, /removed:|kept:/)
    assert.match(secretscan('migrate', 'clean', '--yes').stdout, /kept: {4}shop_pw_v2 .*a service may use it/)
    docker('service', 'rm', 'user')
    assert.match(secretscan('migrate', 'clean', '--yes').stdout, /removed: shop_pw_v2 in Docker Swarm/)
    assert.equal(left(), '')
  })
})
