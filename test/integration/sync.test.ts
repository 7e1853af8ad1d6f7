// Swarm secrets that follow Vault, on a real Swarm and a real Vault-compatible server: first filled, then brought up to each change.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { jsonOf, secretscanIn } from './project-command.js'
import { buildBusybox, startSwarm } from './swarm-project.js'
import { startVault, type VaultServer } from './vault-process.js'

describe('migrate sync', function () {
  this.timeout(400_000)
  let engine: Engine
  let vault: VaultServer
  let project: string
  const docker = (...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: engine.env, cwd: project }).toString('utf8')

  const secretscan = (...parameters: string[]) =>
    secretscanIn({ cwd: project, env: { ...vault.env, ...engine.env }, never: /Summer|Winter/ }, [
      'migrate',
      ...parameters,
    ])
  const json = (...parameters: string[]) => jsonOf(secretscan(...parameters, '--json'))
  const sync = (...more: string[]) => json('sync', '-f', 'stack.yaml', ...more)
  const put = (name: string, value: string) => vault.bao('kv', 'put', `secret/shop/${name}`, `value=${value}`)

  before(async () => {
    ;[engine, vault] = await Promise.all([startEngine('20.10 overlay2'), startVault()])
    project = mkdtempSync(join(tmpdir(), 'secretscan-sync-'))
    startSwarm(engine)
    buildBusybox(engine, 'shop/app:1')
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
