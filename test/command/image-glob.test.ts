// secretscan image with globs, on the built program and an engine of the test's.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FakeEngine, fakeImage, startFakeEngine } from '../fixtures/fake-engine.js'
import { reportIn } from '../fixtures/report.js'
import { runCommand } from '../fixtures/run-command.js'

/** Made up. */
const TOKEN = ['sk', '_live_', '7Kd2LmXw4RtZ8vBnC3hYjP1q'].join('')

describe('secretscan image with a glob', function () {
  this.timeout(60_000)
  let folder: string
  let engine: FakeEngine

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-glob-'))
    engine = await startFakeEngine(join(folder, 'engine.sock'))
    const env = { 'team/clean:1': 'A=1', 'team/leaky:1': `KEY=${TOKEN}`, 'other/leaky:1': `KEY=${TOKEN}` }
    for (const [name, variable] of Object.entries(env))
      engine.images.set(name, await fakeImage({ tags: [name], env: [variable], layers: [{ files: { [name]: '' } }] }))
  })
  afterEach(async () => {
    await engine.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const scan = async (...globs: readonly string[]) => {
    const env = { DOCKER_HOST: `unix://${join(folder, 'engine.sock')}` }
    const { code, stdout, stderr } = await runCommand(['image', ...globs, '--format', 'json', '--no-cache'], {
      cwd: folder,
      env,
    })
    return { code, report: reportIn(stdout), stderr }
  }

  it('scans what matches, each image once, the worst first', async () => {
    const { code, report, stderr } = await scan('team/*', '*/clean')
    assert.equal(code, 1)
    assert.match(stderr, /^2 images: 1\/2 [\s\S]*^2 images: 2\/2 /m)
    assert.deepEqual(
      report.targets.map(({ reference }) => reference),
      ['team/leaky:1', 'team/clean:1'],
    )
    assert.deepEqual(
      report.findings.map(({ location }) => location.target),
      [0],
    )
  })

  it('takes what was pulled by its digest for an image with a name, and tells all names of one', async () => {
    const digest = `pinned/app@sha256:${'d'.repeat(64)}`
    engine.images.set(digest, await fakeImage({ env: ['B=2'] }))
    engine.images.set('many/a:1', await fakeImage({ tags: ['many/a:1', 'many/b:1'], env: ['C=3'] }))
    const { report } = await scan('pinned/*', 'many/*')
    const targets = report.targets as readonly { readonly reference: string; readonly names?: readonly string[] }[]
    assert.deepEqual(
      targets.map(({ reference, names }) => [reference, names]),
      [
        [digest, undefined],
        ['many/a:1', ['many/a:1', 'many/b:1']],
      ],
    )
    const all = await scan('--all')
    assert.ok(all.report.targets.some(({ reference }) => reference === digest))
  })

  it('says that nothing is there rather than that nothing was found', async () => {
    engine.images.clear()
    const { code, report } = await scan('--all')
    assert.equal(code, 0)
    assert.deepEqual(
      report.skipped.map((entry) => entry.code),
      ['NOTHING_THERE'],
    )
  })

  it('fails where nothing matches, and scans the rest', async () => {
    const { code, report } = await scan('tema/*', 'team/clean*')
    assert.equal(code, 4)
    const [clean, failed] = [...report.targets].sort((a, b) => (a.reference < b.reference ? -1 : 1))
    assert.equal(clean?.reference, 'team/clean:1')
    assert.equal((failed as { failed?: { code: string } }).failed?.code, 'NOT_FOUND')
  })
})
