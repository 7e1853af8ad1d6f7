// What runs on a real engine: settings of the start told from the image's, changed files, Compose, Swarm, a removal in the middle.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Report, reportIn } from '../fixtures/report.js'
import { type CommandResult, runCommand } from '../fixtures/run-command.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { startRelay } from './relay.js'

/** Made up, one for each place. */
const key = (seed: string): string => ['sk', '_live_', `${seed}9fQe7Kd2LmXw4RtZ8vBnC3hYjP`.slice(0, 24)].join('')

const DOCKERFILE = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY kept.env changed.env removed.env /app/
ENV IMAGE_KEY=${key('Im')}
CMD ["sleep", "600"]
`

const COMPOSE = `services:
  web:
    image: shop/app:1
    network_mode: none
    stop_grace_period: 0s
    environment: { PAYMENTS: ${key('Co')} }
    secrets: [stripe]
secrets:
  stripe: { file: ./stripe.txt }
`

describe('containers of a real engine', function () {
  this.timeout(300_000)
  let engine: Engine
  let folder: string
  const docker = (...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: { ...engine.env, DOCKER_BUILDKIT: '0' }, cwd: folder }).toString()
  const secretscan = async (
    parameters: readonly string[],
    host = engine.host,
  ): Promise<CommandResult & { readonly report: Report }> => {
    const result = await runCommand([...parameters, '--format', 'json'], {
      cwd: folder,
      env: { ...engine.env, DOCKER_HOST: host },
    })
    return { ...result, report: reportIn(result.stdout) }
  }
  const placed = (report: Report): string[] =>
    report.findings.map(({ origin, location: { kind, path, key } }) => `${origin} ${kind} ${path ?? key ?? ''}`).sort()

  before(async () => {
    engine = await startEngine('20.10 overlay2')
    folder = mkdtempSync(join(tmpdir(), 'secretscan-containers-'))
    copyFileSync(systemProgram('busybox'), join(folder, 'busybox'))
    for (const name of ['kept', 'changed', 'removed']) writeFileSync(join(folder, `${name}.env`), `A=${key(name)}\n`)
    writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE)
    writeFileSync(join(folder, 'stripe.txt'), key('Mo'))
    docker('build', '-q', '--network', 'none', '-t', 'shop/app:1', '.')
  })
  after(async () => {
    await engine?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('finds what was set at the start and what was written since, and neither what is mounted nor what is left as it was', async () => {
    docker('volume', 'create', 'kept')
    const mounts = ['-v', `${folder}/stripe.txt:/run/secrets/stripe`, '-v', 'kept:/volume']
    docker(
      'run',
      '-d',
      '--name',
      'web',
      '--network',
      'none',
      ...mounts,
      '-e',
      `RUN_KEY=${key('Rn')}`,
      '-l',
      `hook=${key('Lb')}`,
      'shop/app:1',
    )
    const write = `echo B=${key('Ch')} > /app/changed.env; rm /app/removed.env; mkdir -p /new/deep; echo C=${key('Nw')} > /new/deep/.env; echo D=${key('Vo')} > /volume/.env; ln -s /etc/${key('Ln')} /new/link`
    docker('exec', 'web', 'sh', '-c', write)
    const { code, report } = await secretscan(['container', 'web'])
    assert.equal(code, 1)
    assert.deepEqual(placed(report), [
      'container env RUN_KEY',
      'container file app/changed.env',
      'container file new/deep/.env',
      'container label hook',
      'container link new/link',
      'own env IMAGE_KEY',
    ])
    assert.deepEqual(report.errors, [])
  })

  it('scans a container that has stopped, and one that is paused', async () => {
    docker('pause', 'web')
    const paused = await secretscan(['container', 'web'])
    docker('unpause', 'web')
    docker('stop', '-t', '0', 'web')
    const stopped = await secretscan(['container', 'web'])
    assert.deepEqual(placed(paused.report), placed(stopped.report))
    assert.ok(placed(stopped.report).includes('container file new/deep/.env'))
    assert.deepEqual(
      stopped.report.skipped.map(({ code }) => code),
      ['CONTAINER_NOT_RUNNING'],
    )
    docker('rm', '-f', 'web')
  })

  it('names the project and service of Compose, and leaves its mounted secret alone', async () => {
    writeFileSync(join(folder, 'compose.yaml'), COMPOSE)
    docker('compose', '-p', 'shop', 'up', '-d')
    const { report } = await secretscan(['container', '--all'])
    assert.match(report.targets[0]?.reference ?? '', /^shop\/web \(shop-web-1\)$/)
    assert.deepEqual(placed(report), ['container env PAYMENTS', 'own env IMAGE_KEY'])
    assert.deepEqual(new Set(report.findings.map(({ location }) => location.service)), new Set(['web']))
    docker('compose', '-p', 'shop', 'down')
  })

  it('keeps its findings where the container is removed while its files are read', async () => {
    docker('run', '-d', '--name', 'brief', '--network', 'none', '-e', `RUN_KEY=${key('Rn')}`, 'shop/app:1')
    docker('exec', 'brief', 'sh', '-c', `echo A=${key('Fa')} > /a.env; echo B=${key('Fb')} > /b.env`)
    const relay = await startRelay(engine.host, (line) => {
      if (line.includes('/archive') && line.includes('b.env')) docker('rm', '-f', 'brief')
    })
    try {
      const { report } = await secretscan(['container', 'brief'], relay.host)
      assert.deepEqual(placed(report), ['container env RUN_KEY', 'container file a.env', 'own env IMAGE_KEY'])
      const [target] = report.targets as readonly { readonly failed?: { readonly code: string } }[]
      assert.equal(target?.failed?.code, 'NOT_FOUND')
    } finally {
      await relay.stop()
    }
  })

  it('asks for no export of an image that was scanned before, and finds the same', async () => {
    const relay = await startRelay(engine.host)
    const exports = () => relay.asked.filter((line) => /\/get(\?|$)/.test(line)).length
    try {
      const first = await secretscan(['image', 'shop/app:1'], relay.host)
      assert.equal(exports(), 1)
      const second = await secretscan(['image', 'shop/app:1'], relay.host)
      assert.equal(exports(), 1)
      assert.deepEqual(second.report.findings, first.report.findings)
      assert.ok(first.report.findings.length > 0)
    } finally {
      await relay.stop()
    }
  })

  it('scans the specifications of Swarm services and their configs, and the tasks by stack and service', async () => {
    docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377')
    writeFileSync(join(folder, 'app.env'), `K=${key('Cf')}\n`)
    docker('config', 'create', 'app.env', 'app.env')
    docker('secret', 'create', 'stripe', 'stripe.txt')
    const given = ['--config', 'app.env', '--secret', 'stripe', '-e', `SPEC_KEY=${key('Sp')}`]
    docker('service', 'create', '-d', '--name', 'api', ...given, '--label', `hook=${key('Sl')}`, 'shop/app:1')
    const { code, report } = await secretscan(['container', '--services'])
    assert.equal(code, 1)
    assert.deepEqual(
      report.targets.map(({ reference }) => reference),
      ['api'],
    )
    assert.deepEqual(placed(report), ['container env SPEC_KEY', 'container file app.env', 'container label hook'])
  })
})

describe('containers of Podman', function () {
  this.timeout(300_000)
  let engine: Engine
  let folder: string

  before(async () => {
    engine = await startEngine('Podman 4.3')
    folder = mkdtempSync(join(tmpdir(), 'secretscan-podman-'))
  })
  after(async () => {
    await engine?.stop()
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  it('finds what was set at the start and what was written since', async () => {
    const docker = (...parameters: string[]) =>
      run(systemProgram('docker'), parameters, { env: engine.env, cwd: folder }).toString()
    mkdirSync(join(folder, 'bin'))
    copyFileSync(systemProgram('busybox'), join(folder, 'bin', 'sh'))
    run('tar', ['-cf', 'root.tar', 'bin'], { cwd: folder })
    docker('import', '--change', `ENV IMAGE_KEY=${key('Im')}`, 'root.tar', 'shop/app:1')
    const script = `echo 'A=${key('Fi')}' > /made.env; exec sh -c 'while :; do sleep 9; done'`
    docker(
      'run',
      '-d',
      '--name',
      'web',
      '--network',
      'none',
      '-e',
      `PAYMENTS=${key('Co')}`,
      'shop/app:1',
      'sh',
      '-c',
      script,
    )
    const { stdout } = await runCommand(['container', 'web', '--format', 'json'], { cwd: folder, env: engine.env })
    docker('rm', '-f', 'web')
    const report = reportIn(stdout)
    const places = report.findings.map(({ location: { kind, path, key: name } }) => `${kind} ${path ?? name ?? ''}`)
    for (const place of ['env PAYMENTS', 'env IMAGE_KEY', 'file made.env'])
      assert.ok(places.includes(place), `${place} in ${places}`)
    const given = report.findings.find(({ location }) => location.key === 'PAYMENTS')
    assert.equal(given?.origin, 'container')
    assert.deepEqual(report.errors, [])
  })
})
