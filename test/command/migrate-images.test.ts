// A migration that starts from what the project's images hold: scanned first (--images), or from a report, on an engine of the test's.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MigrationPlan } from '../../src/migrate/types.js'
import { type FakeEngine, fakeImage, startFakeEngine } from '../fixtures/fake-engine.js'
import { runCommand } from '../fixtures/run-command.js'

/** Made up. */
const TOKEN = ['sk', '_live_', '7Kd2LmXw4RtZ8vBnC3hYjP1q'].join('')
const SETTINGS = `STRIPE_KEY=${TOKEN}\n`
const DOCKERFILE = 'FROM scratch\nWORKDIR /app\nCOPY . .\nCMD ["/app/serve"]\n'
const COMPOSE = 'services:\n  app:\n    build: .\n    image: shop/app:1\n'

describe('secretscan migrate, from what images hold', function () {
  this.timeout(120_000)
  let project: string
  let engine: FakeEngine

  beforeEach(async () => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-migrate-images-'))
    mkdirSync(join(project, 'conf'))
    for (const [name, text] of Object.entries({ 'compose.yaml': COMPOSE, Dockerfile: DOCKERFILE }))
      writeFileSync(join(project, name), text)
    writeFileSync(join(project, 'conf', 'live.env'), SETTINGS)
    engine = await startFakeEngine(join(project, 'engine.sock'))
  })
  afterEach(async () => {
    await engine.close()
    rmSync(project, { recursive: true, force: true })
  })

  const build = async (name = 'shop/app:1') => {
    const layer = {
      files: { 'app/conf/live.env': SETTINGS, 'bin/sh': '', 'bin/cat': '' },
      createdBy: 'COPY . . # buildkit',
    }
    engine.images.set(name, await fakeImage({ tags: [name], layers: [layer], cmd: ['/app/serve'] }))
  }
  const run = async (...parameters: string[]) => {
    const env = { DOCKER_HOST: `unix://${join(project, 'engine.sock')}` }
    const result = await runCommand(parameters, { cwd: project, env })
    assert.ok(!`${result.stdout}${result.stderr}`.includes(TOKEN), 'no value is ever printed')
    return result
  }
  const planned = async (...parameters: string[]): Promise<MigrationPlan> =>
    JSON.parse((await run('migrate', 'plan', '--json', ...parameters)).stdout)

  it('--images plans what --from-report plans, and apply takes the plan', async () => {
    await build()
    const scanned = await planned('--images', '--out', 'plan.json')
    assert.equal(scanned.scanned, true)
    await run('image', 'shop/app:1', '--format', 'json', '--output', 'report.json')
    const reported = await planned('--from-report', 'report.json')
    for (const key of ['steps', 'inputs', 'left', 'notes', 'services'] as const)
      assert.deepEqual(scanned[key], reported[key], key)
    assert.deepEqual((await planned()).steps, [], 'nothing in the files themselves')
    const { code } = await run('migrate', 'apply', 'plan.json', '--yes')
    assert.equal(code, 0)
    assert.match(readFileSync(join(project, 'compose.yaml'), 'utf8'), /target: \/app\/conf\/live\.env/)
    const [put] = scanned.steps
    assert.equal(readFileSync(join(project, 'secrets', put?.do === 'put' ? put.name : ''), 'utf8'), SETTINGS)
  })

  it('an image that is not built yet is said, and the rest is planned', async () => {
    const { code, stdout } = await run('migrate', 'plan', '--images')
    assert.equal(code, 0)
    assert.match(stdout, /shop\/app:1: not built yet.*docker compose build, then plan again/)
  })

  it('an engine that cannot be reached is exit code 4 and says what to do', async () => {
    await engine.close()
    const { code, stderr } = await run('migrate', 'plan', '--images')
    assert.equal(code, 4)
    assert.match(stderr, /shop\/app:1 cannot be scanned[\s\S]*leave out --images/i)
  })

  it('--images goes with neither --from-report nor --no-images', async () => {
    for (const other of [['--from-report', 'r.json'], ['--no-images']])
      assert.equal((await run('migrate', 'plan', '--images', ...other)).code, 2)
  })
})
