// A project that is migrated again, as values are added to it: runs that build on each other, taken back and finished later.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FakeEngine, fakeImage, startFakeEngine } from '../fixtures/fake-engine.js'
import { interruptAt } from '../fixtures/interrupt-at.js'
import { runCommand } from '../fixtures/run-command.js'

const COMPOSE = `services:
  app:
    image: shop/app:1
    environment:
      LOG: debug
      A_TOKEN: Made-up-a-1
`

describe('secretscan migrate, a second time', function () {
  this.timeout(120_000)
  let project: string
  let engine: FakeEngine

  beforeEach(async () => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-migrate-again-'))
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
    engine = await startFakeEngine(join(project, 'engine.sock'))
    const layer = { files: { 'bin/sh': '', 'bin/cat': '' }, createdBy: 'COPY . . # buildkit' }
    const image = await fakeImage({ tags: ['shop/app:1'], layers: [layer], cmd: ['/app/serve'] })
    engine.images.set('shop/app:1', image)
  })
  afterEach(async () => {
    await engine.close()
    rmSync(project, { recursive: true, force: true })
  })

  const migrate = async (parameters: readonly string[], preload?: string) => {
    const env = { DOCKER_HOST: `unix://${join(project, 'engine.sock')}` }
    const options = { cwd: project, env, ...(preload === undefined ? {} : { preload }) }
    const result = await runCommand(['migrate', ...parameters], options)
    assert.ok(!/Made-up-/.test(`${result.stdout}${result.stderr}`), 'no value is ever printed')
    return result
  }
  const compose = () => readFileSync(join(project, 'compose.yaml'), 'utf8')
  const add = (entry: string) =>
    writeFileSync(join(project, 'compose.yaml'), compose().replace('LOG: debug\n', `LOG: debug\n      ${entry}\n`))

  it('extends the shim, and taking the later run back gives the earlier one, byte by byte', async () => {
    assert.equal((await migrate(['apply', '--yes'])).code, 0)
    add('B_TOKEN: Made-up-b-2')
    const before = compose()
    assert.equal((await migrate(['apply', '--yes'])).code, 0)
    assert.equal(compose().match(/secretscan-shim/g)?.length, 1)
    assert.match(compose(), /export A_TOKEN=.*\n.*export B_TOKEN=/)
    assert.equal((await migrate(['rollback', '--yes'])).code, 0)
    assert.equal(compose(), before)
    const { stderr } = await migrate(['apply', '--yes'], interruptAt(project, 2))
    const id = /Migration (\S+) was interrupted/.exec(stderr)?.[1] ?? assert.fail(stderr)
    assert.equal((await migrate(['apply', '--resume', id])).code, 0)
    assert.equal(compose().match(/secretscan-shim/g)?.length, 1)
    assert.match(compose(), /export A_TOKEN=.*\n.*export B_TOKEN=/)
  })
})
