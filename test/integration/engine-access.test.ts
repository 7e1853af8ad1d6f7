// Ways to an engine and what it says no to: TLS, ssh, several platforms, an image it does not have.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { reportIn } from '../fixtures/report.js'
import { runCommand } from '../fixtures/run-command.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { placesAndExposure, scanned } from './secretscan.js'

const PASSWORD = 'Autumn' + '2031-way-Kx9'
const PORT = 23_76

/** A certificate authority of its own, a server for 127.0.0.1 and a client, in `folder` under the names that Docker's tools use. */
function writeCertificates(folder: string): void {
  const openssl = (...parameters: string[]) => run(systemProgram('openssl'), parameters, { cwd: folder })
  openssl(
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=test CA'],
    ...['-keyout', 'ca-key.pem', '-out', 'ca.pem'],
  )
  const issue = (name: string, extensions: string): void => {
    writeFileSync(join(folder, 'extensions'), extensions)
    openssl(
      ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`],
      ...['-keyout', `${name}.pem`, '-out', 'request.pem'],
    )
    openssl(
      ...['x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial'],
      ...['-days', '2', '-extfile', 'extensions', '-out', `${name}-cert.pem`],
    )
  }
  issue('server', 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n')
  issue('key', 'extendedKeyUsage=clientAuth\n')
  run('mv', ['key-cert.pem', 'cert.pem'], { cwd: folder })
}

/** Repeats what fails until the server that it needs has started. */
async function untilDone(step: () => unknown): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      step()
      return
    } catch (error) {
      if (attempt === 20) throw error
      await sleep(250)
    }
  }
}

describe('ways to an engine', function () {
  this.timeout(300_000)
  let engine: Engine
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-access-'))
    writeCertificates(folder)
    const files = { tlscacert: 'ca.pem', tlscert: 'server-cert.pem', tlskey: 'server.pem' }
    const options = Object.entries(files).map(([option, file]) => `--${option}=${join(folder, file)}`)
    engine = await startEngine('29 containerd store', ['-H', `tcp://127.0.0.1:${PORT}`, '--tlsverify', ...options])
    const context = join(folder, 'context')
    mkdirSync(context)
    writeFileSync(join(context, 'Dockerfile'), `FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH.env /.env\n`)
    for (const architecture of ['amd64', 'arm64'])
      writeFileSync(
        join(context, `${architecture}.env`),
        `${architecture.toUpperCase()}_PASSWORD=${PASSWORD}${architecture}\n`,
      )
    const proven = ['--provenance=mode=max', '--build-arg', `UNUSED_PASSWORD=${PASSWORD}unused`]
    const build = ['buildx', 'build', '-q', '--platform', 'linux/amd64,linux/arm64', ...proven, '-t', 'both:1', context]
    run(systemProgram('docker'), build, { env: engine.env })
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /x\n')
    run(systemProgram('docker'), ['buildx', 'build', '-q', '-t', 'shop/clean:1', context], { env: engine.env })
  })
  after(async () => {
    await engine.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('an attestation alone is a note: exit 0', async () => {
    const { report, code } = await scanned(['docker:shop/clean:1', '--no-cache'], { env: engine.env })
    assert.equal(code, 0)
    assert.deepEqual(report.findings, [])
    assert.deepEqual(
      report.skipped.map(({ code: issue, effect }) => `${issue} ${effect}`),
      ['ATTESTATION_SKIPPED note'],
    )
  })

  it('of an image with two platforms: --include-attestations finds what its builder was told', async () => {
    const { report } = await scanned(['docker:both:1', '--no-cache', '--include-attestations'], { env: engine.env })
    assert.equal(report.targets.length, 1)
    const kinds = report.findings.map(({ location: { kind, key = '' } }) => `${kind} ${key.split(':').at(-1)}`)
    assert.ok(kinds.includes('provenance UNUSED_PASSWORD'), kinds.join())
  })

  it('an image that the engine does not have: exit 4, and the name that is near', async () => {
    const { report, code } = await scanned(['docker:shop/claen:1'], { env: engine.env })
    assert.equal(code, 4)
    assert.equal(report.targets[0]?.failed?.code, 'NOT_FOUND')
    assert.match(report.targets[0].failed.message, /shop\/clean:1/)
  })

  for (const [flags, platforms] of [
    [[], [`linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`]],
    [['--platform', 'linux/arm64'], ['linux/arm64']],
    [
      ['--platform', 'all'],
      ['linux/amd64', 'linux/arm64'],
    ],
  ] as const) {
    it(`of an image with two platforms: ${flags.join(' ') || 'no flag'}`, async () => {
      const { report } = await scanned(['docker:both:1', '--no-cache', ...flags], { env: engine.env })
      assert.deepEqual(report.targets.map(({ platform }) => platform).sort(), platforms)
      assert.deepEqual(placesAndExposure(report), { 'file .env': 'final' })
      assert.equal(report.findings.length, platforms.length)
    })
  }

  it('a platform that the image does not have: exit 4, and those it has', async () => {
    const { report, code } = await scanned(['docker:both:1', '--platform', 'linux/s390x'], { env: engine.env })
    assert.equal(code, 4)
    assert.match(report.targets[0]?.failed?.message ?? '', /linux\/amd64, linux\/arm64/)
  })

  it("of an image whose index names platforms that were not pulled: what is there, by the engine's own ID", async () => {
    const registry = join(folder, 'registry')
    mkdirSync(registry)
    const settings = join(folder, 'registry.yml')
    writeFileSync(
      settings,
      `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${registry}}}\nhttp: {addr: 127.0.0.1:5000}\n`,
    )
    const server = spawn(...engine.inside(systemProgram('docker-registry'), ['serve', settings]), { stdio: 'ignore' })
    const docker = (...parameters: string[]) => run(systemProgram('docker'), parameters, { env: engine.env })
    const name = '127.0.0.1:5000/shop/pulled:1'
    try {
      docker('tag', 'both:1', name)
      await untilDone(() => docker('push', '-q', name))
      docker('rmi', name, 'both:1')
      docker('pull', '-q', '--platform', 'linux/amd64', name)
      const { report, code } = await scanned([`docker:${name}`, '--no-cache'], { env: engine.env })
      assert.equal(code, 1)
      assert.deepEqual(
        report.targets.map(({ platform }) => platform),
        ['linux/amd64'],
      )
      assert.deepEqual(placesAndExposure(report), { 'file .env': 'final' })
      const { report: other, code: refused } = await scanned([`docker:${name}`, '--platform', 'linux/arm64'], {
        env: engine.env,
      })
      assert.equal(refused, 4)
      assert.equal(other.targets[0]?.failed?.code, 'PLATFORM_NOT_FOUND')
      docker('pull', '-q', '--platform', 'linux/arm64', name)
    } finally {
      server.kill('SIGKILL')
      docker('tag', name, 'both:1')
    }
  })

  it('--all: every image once, however many names it has', async () => {
    const { report } = await scanned(['--all', '--no-cache', '--platform', 'linux/amd64'], { env: engine.env })
    assert.deepEqual(report.targets.map(({ reference }) => reference.replace(/^.*\//, '')).sort(), [
      'clean:1',
      'pulled:1',
    ])
  })

  it('a docker context that the docker client made', async () => {
    run(systemProgram('docker'), ['context', 'create', 'near', '--docker', `host=${engine.host}`], { env: engine.env })
    const env = { ...engine.env, DOCKER_HOST: '', DOCKER_CONTEXT: 'near' }
    const { report, code } = await scanned(['docker:both:1', '--no-cache'], { env })
    assert.equal(code, 1)
    assert.equal(report.targets[0]?.source, 'docker')
  })

  it('TLS with a client certificate; without it, or with another authority, no engine', () => {
    const scan = (env: NodeJS.ProcessEnv): string => {
      const program = [
        join(packageRoot(), 'bin', 'run.js'),
        'image',
        'docker:both:1',
        '--format',
        'json',
        '--fail-on',
        'never',
      ]
      const [command, parameters] = engine.inside(process.execPath, program)
      return run(command, parameters, {
        env: { DOCKER_HOST: `tcp://127.0.0.1:${PORT}`, CI: 'true', ...env },
      }).toString()
    }
    const report = reportIn(scan({ DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder }))
    assert.equal(report.findings.length, 1)
    const other = join(folder, 'other')
    mkdirSync(other)
    writeCertificates(other)
    for (const env of [{ DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: other }, {}])
      assert.throws(() => scan(env), /ended with 4/)
  })

  it('ssh, by the program of that name and docker on the other side', async () => {
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    // The other machine is this one: what comes after the host is run here, as sshd would.
    const logins = join(folder, 'logins')
    writeFileSync(
      join(bin, 'ssh'),
      `#!/bin/sh\necho >> ${logins}\nwhile [ "$1" != -- ]; do shift; done\nshift 2\nDOCKER_HOST=${engine.host} exec "$@"\n`,
    )
    chmodSync(join(bin, 'ssh'), 0o755)
    const env = { ...engine.env, DOCKER_HOST: 'ssh://far.example', PATH: `${bin}${delimiter}${process.env['PATH']}` }
    const { report, code } = await scanned(['docker:both:1', '--no-cache'], { env })
    assert.equal(code, 1)
    assert.equal(report.findings.length, 1)

    const start = [
      'create',
      '--name',
      'far',
      '--network',
      'none',
      '-e',
      `DB_PASSWORD=${PASSWORD}far`,
      'both:1',
      '/none',
    ]
    run(systemProgram('docker'), start, { env: engine.env })
    writeFileSync(logins, '')
    const { stdout } = await runCommand(['container', 'far', '--format', 'json'], { cwd: folder, env })
    assert.deepEqual(
      reportIn(stdout).findings.map(({ origin, location }) => `${origin} ${location.kind} ${location.key}`),
      ['container env DB_PASSWORD'],
    )
    assert.equal(readFileSync(logins, 'utf8').length, 1, 'a login for each request')
  })
})
