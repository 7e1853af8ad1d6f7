// Ctrl-C before a migration or a rotation writes: it says that nothing was changed, and no question is left standing there.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interruptOn } from '../fixtures/interrupt-at.js'
import { runCommand } from '../fixtures/run-command.js'

const COMPOSE = 'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: Made-up-db-1\n'

describe('Ctrl-C before anything is written', function () {
  this.timeout(120_000)
  let project: string
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-interrupted-'))
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  const run = (args: readonly string[], preload?: string, env: NodeJS.ProcessEnv = {}) =>
    runCommand(args, { cwd: project, ...(preload === undefined ? {} : { preload }), env })
  const untouched = () => {
    assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), COMPOSE)
    assert.ok(!existsSync(join(project, 'secrets', 'postgres_password')))
  }

  const places = [
    ['while it reads the project', 'stderr', /Reading the project/],
    ['just before a question', 'stdout', /1 hard-coded value/],
  ] as const
  for (const [when, stream, text] of places)
    it(`of the guided way, ${when}: no question comes up any more`, async () => {
      const preload = interruptOn(project, stream, text, { terminal: true })
      const { code, stderr } = await run(['migrate', '--no-images'], preload, { TERM: 'dumb' })
      assert.equal(code, 130)
      assert.match(stderr, /Interrupted: stopping.*\n(?:.*\n)*.*Nothing was changed\./)
      assert.doesNotMatch(stderr, /Which values shall move/)
      untouched()
    })

  it('of apply, once the plan is shown', async () => {
    const preload = interruptOn(project, 'stdout', /1 secret to files/)
    const { code, stderr } = await run(['migrate', 'apply', '--no-images', '--yes'], preload)
    assert.equal(code, 130)
    assert.match(stderr, /Interrupted: stopping.*\nNothing was changed\.\n$/)
    untouched()
    assert.equal((await run(['migrate', 'status'])).stdout.trim(), `No migrations in ${project}.`)
  })

  it('and not where it has written: that is told', async () => {
    const preload = interruptOn(project, 'stderr', / 2\/\d+ /)
    const { stderr } = await run(['migrate', 'apply', '--no-images', '--yes'], preload)
    assert.match(stderr, /was interrupted: \d of \d+ steps are done/)
    assert.doesNotMatch(stderr, /Nothing was changed/)
  })

  it('and is found again where only an env file names the Compose file', async () => {
    mkdirSync(join(project, 'deploy'))
    renameSync(join(project, 'compose.yaml'), join(project, 'deploy', 'shop.yaml'))
    writeFileSync(join(project, '.env'), 'COMPOSE_FILE=deploy/shop.yaml\n')
    const preload = interruptOn(project, 'stderr', / 2\/\d+ /)
    await run(['migrate', 'apply', '--no-images', '--yes'], preload)
    const again = async (...flags: string[]) => {
      const { code, stderr } = await run(['migrate', 'plan', '--no-images', ...flags])
      assert.notEqual(code, 0)
      assert.match(stderr, /migrate apply --resume/)
    }
    await again()
    renameSync(join(project, '.env'), join(project, 'prod.env'))
    await again('--env-file', 'prod.env')
    const { stdout } = await run(['migrate', 'rollback', '--yes', '--env-file', 'prod.env'])
    assert.match(stdout, /taken back/)
    assert.equal(readFileSync(join(project, 'deploy', 'shop.yaml'), 'utf8'), COMPOSE)
  })
})
