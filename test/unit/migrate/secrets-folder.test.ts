// A folder of secrets that was there before and that others may enter: closed for secrets that all may read in it, and as it was after a rollback.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyPlan } from '../../../src/migrate/apply.js'
import { makePlan as planOf } from '../../../src/migrate/plan.js'
import { rollback } from '../../../src/migrate/rollback.js'
import { openFolder } from '../../../src/migrate/secrets-folder.js'
import { openComposeFileStore } from '../../../src/migrate/stores/compose-file.js'
import type { MigrationPlan } from '../../../src/migrate/types.js'
import { gathered } from './in-memory.js'
import { BEFORE, contents, makeContext, makePlan, makeProject, modeOf, VALUE } from './project.js'

describe('migrate: an open folder of secrets', () => {
  let project: string
  let secrets: string
  beforeEach(() => {
    project = makeProject()
    secrets = join(project, 'secrets')
    mkdirSync(secrets)
    chmodSync(secrets, 0o755)
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  const readableByAll = (): MigrationPlan => {
    const plan = makePlan(project)
    const steps = plan.steps.map((step) => (step.do === 'put' ? { ...step, access: { mode: 0o444 } } : step))
    return { ...plan, steps }
  }
  const takeBack = (id: string) => rollback(project, id, { keepSecrets: false, openStore: makeContext().openStore })

  for (const keeps of [[], ['.gitkeep']])
    it(`is closed, and open again after the rollback (${keeps.length === 0 ? 'empty' : keeps})`, async () => {
      for (const name of keeps) writeFileSync(join(secrets, name), '')
      const { id } = await applyPlan(readableByAll(), makeContext())
      assert.deepEqual([modeOf(secrets), modeOf(join(secrets, 'pw'))], ['700', '444'])
      await takeBack(id)
      assert.equal(modeOf(secrets), '755')
      assert.deepEqual(readdirSync(secrets), keeps)
    })

  it('stays closed while it holds secrets of another run', async () => {
    const { id } = await applyPlan(readableByAll(), makeContext())
    // Of other files, so that the first one can be taken back.
    const steps = readableByAll().steps.flatMap((step) =>
      step.do === 'put' || step.do === 'verify' ? [{ ...step, name: `later-${step.name}` }] : [],
    )
    const later = await applyPlan({ ...readableByAll(), inputs: [], steps }, makeContext())
    await takeBack(id)
    assert.deepEqual([modeOf(secrets), readdirSync(secrets)], ['700', ['later-pw', 'later-pw2']])
    await takeBack(later.id)
    assert.deepEqual(readdirSync(secrets), [])
    assert.equal(modeOf(secrets), '755')
  })

  it('is not closed over what else is in it: refused before anything is written', async () => {
    writeFileSync(join(secrets, 'server.crt'), 'for all')
    await assert.rejects(applyPlan(readableByAll(), makeContext()), {
      exitCode: 2,
      message: /secrets is open to other users \(0755\), and pw, pw2 would be readable.*it holds server\.crt, too/,
      hint: /chmod 700 \.\/secrets$/,
    })
    assert.deepEqual(contents(project), { ...BEFORE, pw: undefined, pw2: undefined })
    assert.equal(modeOf(secrets), '755')
    assert.deepEqual(readdirSync(join(project, '.secretscan', 'migrations')), [], 'no run stands half-way')
  })

  it('stays as it is for secrets that only their owner may read', async () => {
    writeFileSync(join(secrets, 'server.crt'), 'for all')
    await applyPlan(makePlan(project), makeContext())
    assert.deepEqual([modeOf(secrets), contents(project).pw], ['755', VALUE])
  })

  it('the plan says what becomes of it', async () => {
    const text = 'services:\n  web:\n    image: shop/own\n    user: "1000"\n    environment: {A_TOKEN: Plum-7-tree}\n'
    const all = await gathered(text)
    const notes = (holds: readonly string[]) =>
      planOf({ ...all, openFolder: { path: './secrets', mode: 0o755, holds } }).plan.notes.join('\n')
    assert.match(notes([]), /\.\/secrets is open to other users \(0755\): applying the plan closes it/)
    assert.match(
      notes(['server.crt']),
      /holds server\.crt, too: apply refuses that\. Close it \(chmod 700 \.\/secrets\)/,
    )
  })

  it('what else is in it is what no migration put there, whatever it is called', async () => {
    writeFileSync(join(secrets, 'a_token'), 'a service of its own')
    const to = { store: 'compose-file', options: { 'secrets-dir': './secrets' } } as const
    const holds = async () => (await openFolder({ projectDir: project, to }, []))?.holds
    assert.deepEqual(await holds(), ['a_token'])
    await applyPlan(makePlan(project), makeContext())
    assert.deepEqual(await holds(), ['a_token'])
  })

  it('one beside the project stands in the Compose file as it was given', () => {
    const entryIn = (secretsDir: string) =>
      openComposeFileStore({ projectDir: project, secretsDir, hasher: { hmac: () => '' } }).composeEntry({
        name: 'a',
        version: 1,
      })
    assert.deepEqual(entryIn('./secrets'), { file: './secrets/a' })
    assert.deepEqual(entryIn('../x'), { file: '../x/a' })
    assert.deepEqual(entryIn('/srv/x'), { file: '/srv/x/a' })
  })
})

describe('migrate: a write of the .gitignore of the secrets that was killed', () => {
  let project: string
  beforeEach(() => {
    project = makeProject()
    mkdirSync(join(project, 'secrets'))
    writeFileSync(join(project, 'secrets', '..gitignore.0123456789ab.tmp'), '')
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  it('leaves nothing behind the next run', async () => {
    const { id } = await applyPlan(makePlan(project), makeContext())
    assert.deepEqual(readdirSync(join(project, 'secrets')), ['pw', 'pw2'])
    await rollback(project, id, { keepSecrets: false, openStore: makeContext().openStore })
    assert.deepEqual(contents(project), { ...BEFORE, pw: undefined, pw2: undefined })
  })

  it('nor behind a rollback that comes first, with the folder', async () => {
    const hasher = { hmac: () => '' }
    await openComposeFileStore({ projectDir: project, secretsDir: './secrets', hasher }).tidy?.('pw')
    assert.equal(existsSync(join(project, 'secrets')), false)
  })
})
