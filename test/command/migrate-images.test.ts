// A migration that starts from what the project's images hold: scanned first (--images), or from a report, on an engine of the test's.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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

  it('with a Dockerfile and no Compose file says for each finding which line makes it, what to write, and how to check', async () => {
    rmSync(join(project, 'compose.yaml'))
    const dockerfile = 'FROM scratch\nWORKDIR /app\nENV STRIPE_KEY=x\nARG NPM_TOKEN\nCOPY . .\n'
    writeFileSync(join(project, 'Dockerfile'), dockerfile)
    const location = (more: object) => ({ target: 0, offset: 0, ...more })
    const finding = (more: object, index: number) => ({
      fingerprint: `v1:${index}`,
      title: 'Made-up token',
      remediation: 'Revoke it at example.com/tokens.',
      origin: 'own',
      location: location(more),
    })
    const copied = { layer: { index: 1, createdBy: 'COPY . . # buildkit' } }
    const findings = [
      { kind: 'env', key: 'STRIPE_KEY' },
      { kind: 'build-arg', key: 'NPM_TOKEN' },
      { kind: 'file', path: 'app/conf/live.env', ...copied },
      { kind: 'git', path: 'app/.git/ab12', ...copied },
    ].map(finding)
    const report = (
      of: readonly object[],
      image = { input: 'shop/app:1', reference: 'shop/app:1', source: 'docker' },
    ) => JSON.stringify({ schemaVersion: 1, targets: [{ kind: 'image', ...image }], findings: of })
    mkdirSync(join(project, '.git'))
    writeFileSync(join(project, '.git', 'HEAD'), 'ref: refs/heads/main\n')
    writeFileSync(join(project, 'report.json'), report(findings))
    const { code, stdout, stderr } = await run('migrate', 'plan', '--from-report', 'report.json')
    assert.equal(code, 0, stderr)
    for (const said of [
      /shop\/app:1 env STRIPE_KEY\n +ENV in line 3 .*\n +To do: Take it out of that line\..*--env-file FILE/,
      /shop\/app:1 build-arg NPM_TOKEN\n +ARG in line 4 .*\n +To do: .*docker build --secret id=npm_token,env=NPM_TOKEN \./,
      /conf\/live\.env\n +COPY in line 5 .* brings conf\/live\.env along\.\n +To do: Add \/conf\/live\.env to \.dockerignore/,
      /COPY in line 5 .* brings \.git along, .*\n +To do: Add \.git to \.dockerignore/,
      /Made-up token: Revoke it at example\.com/,
      /docker build -t shop\/app:1 \.\n[\s\S]*secretscan image shop\/app:1 --base-image auto --origin own\n/,
    ])
      assert.match(stdout, said)
    const { left } = await planned('--from-report', 'report.json')
    assert.equal(left.length, 4)
    const archive = { input: 'app.tar', reference: 'app.tar', source: 'archive' }
    writeFileSync(join(project, 'report.json'), report(findings, archive))
    assert.match((await run('migrate', 'plan', '--from-report', 'report.json')).stdout, /docker build -t IMAGE \.\n/)
    writeFileSync(join(project, 'report.json'), report([]))
    assert.match((await run('migrate', 'plan', '--from-report', 'report.json')).stdout, /The report has no finding/)
    rmSync(join(project, 'Dockerfile'))
    const nothing = await run('migrate', 'plan', '--from-report', 'report.json')
    assert.equal(nothing.code, 4)
    assert.match(
      nothing.stderr,
      /no Compose file .* and no Dockerfile there[\s\S]*folder of the Compose file, or of the Dockerfile/,
    )
  })

  it('a report is explained only where the flags and the environment find no project', async () => {
    await build()
    await run('image', 'shop/app:1', '--format', 'json', '--output', 'report.json')
    const plan = async (...flags: string[]) => (await planned('--from-report', 'report.json', ...flags)).steps.length
    const steps = await plan()
    assert.ok(steps > 0)
    mkdirSync(join(project, 'deploy'))
    renameSync(join(project, 'compose.yaml'), join(project, 'deploy', 'shop.yaml'))
    writeFileSync(join(project, 'deploy', 'shop.yaml'), COMPOSE.replace('build: .', 'build: ..'))
    assert.equal(await plan(), 0)
    assert.equal(await plan('-f', 'deploy/shop.yaml'), steps)
    writeFileSync(join(project, 'prod.env'), 'COMPOSE_FILE=deploy/shop.yaml\n')
    assert.equal(await plan('--env-file', 'prod.env'), steps)
    renameSync(join(project, 'prod.env'), join(project, '.env'))
    assert.equal(await plan(), steps)
  })

  it('flags about a plan are refused where there is none to make, so that nobody waits for its file', async () => {
    await build()
    await run('image', 'shop/app:1', '--format', 'json', '--output', 'report.json')
    rmSync(join(project, 'compose.yaml'))
    for (const flags of [
      ['--out', 'plan.json'],
      ['--to', 'vault', '--write-policy', 'shop.hcl'],
      ['--select', 'app.STRIPE_KEY'],
    ]) {
      const { code, stdout, stderr } = await run('migrate', 'plan', '--from-report', 'report.json', ...flags)
      assert.deepEqual([code, stdout], [2, ''], flags.join(' '))
      assert.match(stderr, new RegExp(`${flags.at(-2)} is of a plan, and there is none.*no Compose file in `))
      assert.match(stderr, /Name the Compose file with -f, or leave it out/)
    }
    assert.deepEqual(
      readdirSync(project).filter((name) => /plan|hcl/.test(name)),
      [],
    )
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
