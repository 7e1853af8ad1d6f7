// Secrets that a Vault Agent brings, on a real engine with docker compose and a real Vault-compatible server: what the services read is
// what stood in the Compose file, byte for byte; a new version arrives; a missing secret starts nothing.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { type Engine, startEngine } from './engine-process.js'
import { builtProgram, run, systemProgram } from './programs.js'

/** Made up. */
const TOKEN = 'root-token-for-tests'
const ADDRESS = 'http://172.17.0.1:8200'
const VALUE = `Summer24 "q" $x: #y \u4e16`
const COMPOSE = `services:
  shim:
    image: shop/app:1
    user: "1001"
    stop_grace_period: 1s
    environment:
      APP_PASSWORD: ${JSON.stringify(VALUE.replace('$', '$$$$'))} # keep
  files:
    image: shop/files:1
    stop_grace_period: 1s
    depends_on:
      - shim
    environment:
      APP_PASSWORD: ${JSON.stringify(VALUE.replace('$', '$$$$'))}
`
/** The file convention of docker-library images, written anew. */
const ENTRYPOINT = `#!/bin/sh
file_env() {
  eval "file=\\\${$1_FILE:-}"
  if [ -n "$file" ]; then export "$1=$(cat "$file")"; fi
}
file_env APP_PASSWORD
exec "$@"
`
const SERVER = `#!/bin/sh
printf '%s' "$APP_PASSWORD" | sha256sum | cut -c1-64
echo ready
trap exit TERM
while :; do sleep 1; done
`

describe('agent delivery on a real engine', function () {
  this.timeout(400_000)
  let engine: Engine
  let vault: ChildProcess
  let project: string

  const env = () => ({ ...engine.env, VAULT_ADDR: ADDRESS, VAULT_TOKEN: TOKEN, HOME: project })
  const docker = (...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: engine.env, cwd: project }).toString('utf8')
  /** Inside the engine's network, where the server is. */
  const inside = (program: string, ...parameters: string[]) =>
    run(...engine.inside(program, parameters), { env: env(), cwd: project }).toString('utf8')
  const bao = (...parameters: string[]) => inside(builtProgram('bao-2.7.2'), ...parameters)
  const secretscan = (...parameters: string[]) =>
    inside(process.execPath, join(packageRoot(), 'bin', 'run.js'), ...parameters)

  before(async () => {
    engine = await startEngine('20.10 overlay2')
    project = mkdtempSync(join(tmpdir(), 'secretscan-agent-'))
    buildImages()
    const server = [
      'server',
      '-dev',
      `-dev-root-token-id=${TOKEN}`,
      '-dev-no-store-token',
      '-dev-listen-address=0.0.0.0:8200',
    ]
    const [program, parameters] = engine.inside(builtProgram('bao-2.7.2'), server)
    vault = spawn(program, [...parameters], { stdio: 'ignore', env: { ...process.env, HOME: project } })
    for (let attempt = 0; ; attempt++) {
      try {
        bao('status')
        break
      } catch (error) {
        if (attempt > 100) throw error
        await sleep(200)
      }
    }
  })
  after(async () => {
    vault?.kill('SIGKILL')
    await engine?.stop()
    rmSync(project, { recursive: true, force: true })
  })

  function buildImages(): void {
    const context = mkdtempSync(join(tmpdir(), 'secretscan-agent-images-'))
    copyFileSync(systemProgram('busybox'), join(context, 'busybox'))
    copyFileSync(builtProgram('bao-2.7.2'), join(context, 'bao'))
    writeFileSync(join(context, 'server.sh'), SERVER, { mode: 0o755 })
    writeFileSync(join(context, 'entrypoint.sh'), ENTRYPOINT, { mode: 0o755 })
    const base = 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n'
    const images = {
      'shop/app:1': `${base}COPY server.sh /\nCMD ["/server.sh"]\n`,
      'shop/files:1': `${base}COPY server.sh entrypoint.sh /\nENTRYPOINT ["/entrypoint.sh"]\nCMD ["/server.sh"]\n`,
      'local/openbao:1': `${base}COPY bao /bin/bao\n`,
    }
    for (const [name, dockerfile] of Object.entries(images)) {
      writeFileSync(join(context, 'Dockerfile'), dockerfile)
      run(systemProgram('docker'), ['build', '-q', '--network', 'none', '-t', name, context], {
        env: { ...engine.env, DOCKER_BUILDKIT: '0' },
      })
    }
    rmSync(context, { recursive: true })
  }

  const hash = (value: string) => createHash('sha256').update(value).digest('hex')

  async function printed(service: string): Promise<readonly string[]> {
    for (let attempt = 0; attempt < 150; attempt++, await sleep(200)) {
      const lines = docker('compose', 'logs', '--no-log-prefix', service).trim().split('\n')
      if (lines.at(-1) === 'ready') return lines.slice(-2)
    }
    throw new Error(`${service} does not start: ${docker('compose', 'logs')}`)
  }

  it('services read by shim and by file form what stood in the file, as another user than root too', async () => {
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
    const applied = JSON.parse(
      secretscan(
        ...['migrate', 'apply', '--to', 'vault', '--vault-path', 'shop', '--vault-delivery', 'agent'],
        ...['--vault-agent-image', 'local/openbao:1', '--vault-agent-auth', 'approle-wrapped', '--yes', '--json'],
      ),
    ) as { readonly stored: readonly unknown[] }
    assert.equal(applied.stored.length, 1)
    assert.doesNotMatch(readFileSync(join(project, 'compose.yaml'), 'utf8'), /Summer/)
    assert.match(readFileSync(join(project, '.secretscan', '.gitignore'), 'utf8'), /^!agent\.hcl$/m)

    writeFileSync(join(project, 'policy.hcl'), 'path "secret/data/shop/*" { capabilities = ["read"] }')
    bao('policy', 'write', 'shop-agent', 'policy.hcl')
    bao('auth', 'enable', 'approle')
    bao('write', 'auth/approle/role/shop-agent', 'token_policies=shop-agent')
    secretscan('migrate', 'agent-login', '--vault-path', 'shop')
    const credential = join(project, '.secretscan', 'vault-secret-id')
    assert.equal(statSync(credential).mode & 0o777, 0o600)
    const kept = readFileSync(credential, 'utf8')

    docker('compose', 'up', '-d')
    for (const service of ['shim', 'files']) assert.equal((await printed(service))[0], hash(VALUE), service)
    assert.throws(() => bao('unwrap', kept), /.*/, 'what lies on the disk is worth nothing now')
    const ids = docker('compose', 'ps', '-q').trim().split('\n')
    assert.doesNotMatch(docker('inspect', ...ids), /Summer/)
  })

  it('a rotation arrives with the command that it prints', async () => {
    const done = JSON.parse(
      run(
        ...engine.inside('sh', [
          '-c',
          'printf Winter25 | "$0" "$1" rotate app_password --from-stdin --json',
          process.execPath,
          join(packageRoot(), 'bin', 'run.js'),
        ]),
        { env: env(), cwd: project },
      ).toString('utf8'),
    ) as { readonly commands: readonly string[] }
    assert.deepEqual(done.commands, [
      'secretscan migrate agent-login',
      'docker compose up -d --force-recreate vault-agent files shim',
    ])
    secretscan('migrate', 'agent-login', '--vault-path', 'shop')
    docker('compose', 'up', '-d', '--force-recreate', 'vault-agent', 'files', 'shim')
    for (const service of ['shim', 'files']) assert.equal((await printed(service))[0], hash('Winter25'), service)
  })

  it('a secret that is missing starts nothing: the agent gives up and says so', async () => {
    docker('compose', 'down', '-v')
    bao('kv', 'metadata', 'delete', 'secret/shop/app_password')
    secretscan('migrate', 'agent-login', '--vault-path', 'shop')
    assert.throws(() => docker('compose', 'up', '-d'), /unhealthy|exited|dependency failed/)
    const running = docker('compose', 'ps', '--services', '--filter', 'status=running')
    assert.doesNotMatch(running, /shim|files/)
    docker('compose', 'down', '-v')
  })
})
