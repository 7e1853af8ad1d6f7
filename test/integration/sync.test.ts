// Swarm secrets that follow Vault, on a real Swarm and a real Vault-compatible server: first filled, then brought up to each change.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { startVault, type VaultServer } from './vault-process.js'

describe('migrate sync', function () {
  this.timeout(400_000)
  let engine: Engine
  let vault: VaultServer
  let project: string
  const docker = (...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: engine.env, cwd: project }).toString('utf8')

  function secretscan(...parameters: string[]) {
    const result = spawnSync(process.execPath, [join(packageRoot(), 'bin', 'run.js'), 'migrate', ...parameters], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, ...vault.env, ...engine.env },
    })
    assert.doesNotMatch(`${result.stdout}${result.stderr}`, /Summer|Winter/, 'no value is printed')
    return result
  }
  function json(...parameters: string[]): Readonly<Record<string, unknown>> {
    const result = secretscan(...parameters, '--json')
    assert.equal(result.status, 0, result.stderr + result.stdout)
    return JSON.parse(result.stdout) as Readonly<Record<string, unknown>>
  }
  const sync = (...more: string[]) => json('sync', '-f', 'stack.yaml', ...more)
  const put = (name: string, value: string) => vault.bao('kv', 'put', `secret/shop/${name}`, `value=${value}`)

  before(async () => {
    ;[engine, vault] = await Promise.all([startEngine('20.10 overlay2'), startVault()])
    project = mkdtempSync(join(tmpdir(), 'secretscan-sync-'))
    docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377')
    copyFileSync(systemProgram('busybox'), join(project, 'busybox'))
    const dockerfile = 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n'
    writeFileSync(join(project, 'Dockerfile'), dockerfile)
    run(systemProgram('docker'), ['build', '-q', '--network', 'none', '-t', 'shop/app:1', project], {
      env: { ...engine.env, DOCKER_BUILDKIT: '0' },
    })
    writeFileSync(
      join(project, 'stack.yaml'),
      'version: "3.8"\nservices:\n  app:\n    image: shop/app:1\n    command: ["sh", "-c", "trap exit TERM; while :; do sleep 1; done"]\n    environment:\n      APP_PASSWORD: Summer24\n      API_TOKEN: Summer-token-25\n',
    )
  })
  after(async () => {
    await engine?.stop()
    await vault?.stop()
    rmSync(project, { recursive: true, force: true })
  })

  async function environment(): Promise<string> {
    for (let attempt = 0; attempt < 150; attempt++, await sleep(200)) {
      const [id] = docker('ps', '-q', '--filter', 'label=com.docker.swarm.service.name=shop_app').trim().split('\n')
      if (id)
        return docker(
          'exec',
          id,
          'sh',
          '-c',
          'tr "\\0" "\\n" </proc/1/environ | grep -E "APP_PASSWORD|API_TOKEN" | sort',
        )
    }
    throw new Error(`the service does not start: ${docker('service', 'ps', '--no-trunc', 'shop_app')}`)
  }

  it('fills a Swarm from Vault, where a migration with that delivery has put the values', async () => {
    json('apply', '-f', 'stack.yaml', '--to', 'vault', '--vault-path', 'shop', '--vault-delivery', 'swarm', '--yes')
    assert.match(
      readFileSync(join(project, 'stack.yaml'), 'utf8'),
      /app_password:\n {4}external: true\n {4}name: app_password_v1\n/,
    )
    assert.deepEqual(sync('--dry-run')['changed'], ['app_password', 'api_token'])
    assert.equal(docker('secret', 'ls', '-q').trim(), '', 'a dry run writes nothing')
    assert.deepEqual(sync()['changed'], ['app_password', 'api_token'])
    docker('stack', 'deploy', '--resolve-image', 'never', '-c', 'stack.yaml', 'shop')
    assert.equal(await environment(), 'API_TOKEN=Summer-token-25\nAPP_PASSWORD=Summer24\n')
  })

  it('does nothing the second time, and one new version for one change', async () => {
    assert.deepEqual([sync()['applied'], docker('secret', 'ls', '-q').trim().split('\n').length], [false, 2])
    put('app_password', 'Winter25')
    const done = sync()
    assert.deepEqual(
      [done['changed'], done['unchanged'], done['moved']],
      [['app_password'], ['api_token'], ['shop_app']],
    )
    assert.match(readFileSync(join(project, 'stack.yaml'), 'utf8'), /app_password_v2[\s\S]*api_token_v1/)
    assert.equal(await environment(), 'API_TOKEN=Summer-token-25\nAPP_PASSWORD=Winter25\n')
    assert.equal(sync()['applied'], false)
  })

  it('old versions stay until --keep, and a rollback brings the one before back', async () => {
    put('app_password', 'Winter26')
    const done = sync('--keep', '1')
    assert.deepEqual(done['removed'], ['app_password_v1'])
    json('rollback', String(done['id']), '-f', 'stack.yaml', '--yes')
    assert.equal(await environment(), 'API_TOKEN=Summer-token-25\nAPP_PASSWORD=Winter25\n')
    assert.match(readFileSync(join(project, 'stack.yaml'), 'utf8'), /app_password_v2/)
  })

  it('a value that is gone from Vault stops it before anything is written, with exit code 4', () => {
    vault.bao('kv', 'delete', 'secret/shop/api_token')
    const { status, stderr } = secretscan('sync', '-f', 'stack.yaml')
    assert.equal(status, 4, stderr)
    assert.match(stderr, /secret\/shop\/api_token/)
    const names = docker('secret', 'ls', '--format', '{{.Name}}').trim().split('\n').sort()
    assert.deepEqual(names, ['api_token_v1', 'app_password_v2'])
  })
})
