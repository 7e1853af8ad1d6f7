// From an image's finding to its fix on a real engine with BuildKit: built with a build argument, an ENV and a copied file, scanned,
// migrated from the report, rebuilt with docker compose, and scanned again: nothing of its own is found, and the service reads what it read.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'

/** Made up. */
const VALUES = {
  argument: 'Zk3vQ9xT-1mB7nL5sD8-fH2jR4wY6u',
  env: 'Rk7w-Qz2m',
  file: 'file-Vx93-Lq',
}
const hash = (value: string) => createHash('sha256').update(value).digest('hex')

const DOCKERFILE = `FROM scratch AS base
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]

FROM base
# what the build downloads with
ARG REPO_TOKEN
RUN test "$(printf '%s' "$REPO_TOKEN" | sha256sum | cut -c1-64)" = ${hash(VALUES.argument)}
WORKDIR /app
ENV MODE=fast \\
    DB_PASSWORD=${VALUES.env}
COPY server.sh ./
COPY settings ./settings
CMD ["sh", "/app/server.sh"]
`
const SERVER = `printf '%s' "$DB_PASSWORD" | sha256sum | cut -c1-64
sha256sum /app/settings/login.env | cut -c1-64
echo ready $MODE
exec sleep 600
`
const COMPOSE = `services:
  app:
    image: shop/app:1
    network_mode: none
    stop_grace_period: 1s
    build:
      context: .
      network: none
      args:
        REPO_TOKEN: ${VALUES.argument} # for the build
`

describe('from an image to its migration on a real engine', function () {
  this.timeout(300_000)
  let engine: Engine
  let project: string
  const options = () => ({ env: engine.env, cwd: project })
  const docker = (...parameters: string[]) => run(systemProgram('docker'), parameters, options()).toString('utf8')
  const program = (...parameters: string[]) => [join(packageRoot(), 'bin', 'run.js'), ...parameters]
  const secretscan = (...parameters: string[]) =>
    run(process.execPath, program(...parameters), options()).toString('utf8')

  before(async () => {
    engine = await startEngine('29 overlay2')
    project = mkdtempSync(join(tmpdir(), 'secretscan-project-'))
  })
  after(async () => {
    await engine?.stop()
    if (project !== undefined) rmSync(project, { recursive: true, force: true })
  })

  async function printed(): Promise<readonly string[]> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const lines = docker('compose', 'logs', '--no-log-prefix', 'app')
        .split('\n')
        .filter((line) => line !== '')
      if (lines.some((line) => line.startsWith('ready'))) return lines
      await sleep(200)
    }
    throw new Error(`the service does not start:\n${docker('compose', 'logs', 'app')}`)
  }

  /** What the image holds that no base image brought. */
  function findings(): readonly {
    readonly location: { readonly kind: string; readonly key?: string; readonly path?: string }
  }[] {
    secretscan('image', 'docker:shop/app:1', '--fail-on', 'never', '--format', 'json', '--output', 'report.json')
    return JSON.parse(readFileSync(join(project, 'report.json'), 'utf8')).findings
  }

  it('finds, moves, rebuilds, and finds nothing of its own any more', async () => {
    copyFileSync(systemProgram('busybox'), join(project, 'busybox'))
    mkdirSync(join(project, 'settings'))
    const login = `SMTP_PASSWORD=${VALUES.file}\n`
    for (const [name, text] of Object.entries({
      'compose.yaml': COMPOSE,
      Dockerfile: DOCKERFILE,
      'server.sh': SERVER,
      'settings/login.env': login,
    }))
      writeFileSync(join(project, name), text)
    const expected = [hash(VALUES.env), hash(login), 'ready fast']
    docker('compose', 'build', '-q')
    docker('compose', 'up', '-d')
    assert.deepEqual(await printed(), expected)
    docker('compose', 'down')
    const before = findings()
    assert.deepEqual([...new Set(before.map(({ location: { kind, key, path } }) => `${kind} ${path ?? key}`))].sort(), [
      'build-arg REPO_TOKEN',
      'env DB_PASSWORD',
      'file app/settings/login.env',
    ])

    const applied = JSON.parse(secretscan('migrate', 'apply', '--from-report', 'report.json', '--yes', '--json')) as {
      readonly id: string
      readonly stored: readonly unknown[]
    }
    assert.equal(applied.stored.length, 3)
    for (const file of ['compose.yaml', 'Dockerfile'])
      for (const value of Object.values(VALUES)) assert.ok(!readFileSync(join(project, file), 'utf8').includes(value))
    assert.doesNotMatch(readFileSync(join(project, 'Dockerfile'), 'utf8'), /# syntax=/)
    docker('tag', 'shop/app:1', 'shop/app:1-before')
    docker('compose', 'build', '-q')
    docker('compose', 'up', '-d')
    assert.deepEqual(await printed(), expected)
    docker('compose', 'down')
    assert.deepEqual(findings(), [])

    secretscan('migrate', 'rollback', applied.id, '--yes')
    assert.equal(readFileSync(join(project, 'Dockerfile'), 'utf8'), DOCKERFILE)
    assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), COMPOSE)
    assert.ok(!existsSync(join(project, '.dockerignore')))
  })
})
