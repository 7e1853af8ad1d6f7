import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addressForPeople, type EngineKind, engineAddresses } from '../../../../src/image/sources/docker-connection.js'
import { UsageError } from '../../../../src/support/errors.js'

describe('where an engine is looked for', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'secretscan-home-'))
  })
  afterEach(() => rmSync(home, { recursive: true }))

  const addresses = (env: NodeJS.ProcessEnv, kind: EngineKind = 'docker') =>
    engineAddresses(kind, { env, home, uid: 1000 })
  const names = (env: NodeJS.ProcessEnv, kind: EngineKind = 'docker') => addresses(env, kind).map(addressForPeople)

  function writeContext(name: string, docker: object, tls: readonly string[] = []): void {
    const hash = createHash('sha256').update(name).digest('hex')
    const meta = join(home, '.docker', 'contexts', 'meta', hash)
    mkdirSync(meta, { recursive: true })
    writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker } }))
    const folder = join(home, '.docker', 'contexts', 'tls', hash, 'docker')
    mkdirSync(folder, { recursive: true })
    for (const file of tls) writeFileSync(join(folder, file), `the ${file}`)
  }

  for (const [host, expected] of [
    ['unix:///run/own.sock', { kind: 'socket', path: '/run/own.sock' }],
    ['unix://', { kind: 'socket', path: '/var/run/docker.sock' }],
    ['tcp://build.example:2375', { kind: 'tcp', host: 'build.example', port: 2375 }],
    ['build.example:9999', { kind: 'tcp', host: 'build.example', port: 9999 }],
    ['tcp://build.example', { kind: 'tcp', host: 'build.example', port: 2375 }],
    ['tcp://[::1]:2375', { kind: 'tcp', host: '::1', port: 2375 }],
    ['https://build.example', { kind: 'tcp', host: 'build.example', port: 2376, tls: { verify: true } }],
    ['ssh://build.example', { kind: 'ssh', host: 'build.example' }],
    ['ssh://me@build.example:2222', { kind: 'ssh', host: 'build.example', user: 'me', port: 2222 }],
    [
      'ssh://build.example/run/user/1/docker.sock',
      { kind: 'ssh', host: 'build.example', path: '/run/user/1/docker.sock' },
    ],
  ] as const) {
    it(`DOCKER_HOST=${host} stands alone`, () => {
      assert.deepEqual(addresses({ DOCKER_HOST: host }), [{ engine: 'docker', ...expected }])
    })
  }

  for (const host of ['ftp://x', 'tcp://', 'ssh://me:word@x', "ssh://x/run/$(id)'.sock", 'tcp://a b'] as const) {
    it(`DOCKER_HOST=${host} is refused`, () => {
      assert.throws(() => addresses({ DOCKER_HOST: host }), UsageError)
    })
  }

  it('never repeats a password that an address holds', () => {
    assert.throws(
      () => addresses({ DOCKER_HOST: 'ssh://me:word@x' }),
      (error: unknown) => error instanceof UsageError && !error.message.includes('word'),
    )
  })

  it('N10: TLS: any DOCKER_TLS_VERIFY verifies, with the files of DOCKER_CERT_PATH or of the docker folder', () => {
    for (const folder of [join(home, 'certs'), join(home, '.docker')]) {
      mkdirSync(folder)
      writeFileSync(join(folder, 'ca.pem'), 'the ca')
    }
    const host = { DOCKER_HOST: 'tcp://build.example' }
    const tls = (env: NodeJS.ProcessEnv) => {
      const [address] = addresses({ ...host, ...env })
      return address?.kind === 'tcp' ? { port: address.port, tls: address.tls } : undefined
    }
    const verified = { port: 2376, tls: { ca: 'the ca', verify: true } }
    assert.deepEqual(tls({ DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: join(home, 'certs') }), verified)
    assert.deepEqual(tls({ DOCKER_TLS_VERIFY: '0' }), verified)
    assert.deepEqual(tls({ DOCKER_CERT_PATH: join(home, 'certs') })?.tls?.verify, false)
    assert.deepEqual(tls({}), { port: 2375, tls: undefined })
  })

  it('a context is taken from DOCKER_CONTEXT or the configuration, with its TLS files; DOCKER_HOST wins over it', () => {
    writeContext('far', { Host: 'tcp://far.example:2376' }, ['ca.pem', 'cert.pem', 'key.pem'])
    writeFileSync(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext: 'far' }))
    const tls = { ca: 'the ca.pem', cert: 'the cert.pem', key: 'the key.pem', verify: true }
    const far = [{ engine: 'docker', kind: 'tcp', host: 'far.example', port: 2376, tls }]
    assert.deepEqual(addresses({}), far)
    assert.deepEqual(addresses({ DOCKER_CONTEXT: 'far' }), far)
    assert.deepEqual(names({ DOCKER_HOST: 'unix:///near.sock' }), ['/near.sock'])
    assert.ok(names({ DOCKER_CONTEXT: 'default' }).includes('/var/run/docker.sock'))
  })

  it('a context may leave out verification, and lies in DOCKER_CONFIG', () => {
    writeContext('lax', { Host: 'tcp://lax.example:1', SkipTLSVerify: true }, ['ca.pem'])
    const [address] = engineAddresses('docker', {
      env: { DOCKER_CONFIG: join(home, '.docker'), DOCKER_CONTEXT: 'lax' },
      home: '/nowhere',
      uid: 1,
    })
    assert.equal(address?.kind === 'tcp' && address.tls?.verify, false)
  })

  it('a context that is not there, or names no engine, is wrong usage', () => {
    assert.throws(() => addresses({ DOCKER_CONTEXT: 'missing' }), /no docker context "missing"/)
    writeContext('empty', {})
    assert.throws(() => addresses({ DOCKER_CONTEXT: 'empty' }), /names no engine/)
  })

  it('N10: without any of these: the rootful socket, the rootless one, those of desktops, then Podman', () => {
    const found = names({ XDG_RUNTIME_DIR: '/run/mine' })
    assert.deepEqual(
      ['/var/run/docker.sock', '/run/mine/docker.sock', join(home, '.docker', 'run', 'docker.sock')],
      found.slice(0, 3),
    )
    assert.deepEqual(found.slice(-2), ['/run/mine/podman/podman.sock', '/run/podman/podman.sock'])
    assert.deepEqual(
      addresses({}).map(({ engine }) => engine),
      [...Array(6).fill('docker'), 'podman', 'podman'],
    )
    assert.ok(names({}).includes('/run/user/1000/docker.sock'))
  })

  it("podman: means Podman alone, whatever Docker's variables say", () => {
    const env = { XDG_RUNTIME_DIR: '/run/mine', DOCKER_HOST: 'tcp://build.example', DOCKER_CONTEXT: 'missing' }
    assert.deepEqual(names(env, 'podman'), ['/run/mine/podman/podman.sock', '/run/podman/podman.sock'])
    assert.deepEqual(names({ CONTAINER_HOST: 'unix:///p.sock' }, 'podman'), ['/p.sock'])
  })
})
