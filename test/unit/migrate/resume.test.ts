// What a run that was interrupted finds when it goes on: files and values that somebody changed in between are not overwritten.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { applyPlan, resumeMigration } from '../../../src/migrate/apply.js'
import { rollback } from '../../../src/migrate/rollback.js'
import { apply, type MigrateRequest, prepare, resume as resumeRun } from '../../../src/migrate/run.js'
import { migrationStatus } from '../../../src/migrate/status.js'
import { openHasher, workspaceOf } from '../../../src/migrate/workspace.js'
import { Secret } from '../../../src/support/secret.js'
import { AFTER, BEFORE, contents, makeContext, makePlan, makeProject, VALUE } from './project.js'

const COUNT = 8
const migrated = { ...AFTER, pw: VALUE, pw2: VALUE }

describe('migrate/apply --resume', () => {
  let project: string
  beforeEach(() => {
    project = makeProject()
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  /** An apply that is interrupted in its step `at` (from 1), which it ends. @returns the run's ID */
  async function interrupted(at: number): Promise<string> {
    const { signal, abort } = abortable()
    const on = ({ index }: { readonly index: number }) => void (index === at - 1 && abort())
    await assert.rejects(applyPlan(makePlan(project), makeContext({ signal, on })))
    const [status] = await migrationStatus(project)
    assert.deepEqual([status?.state, status?.stepsDone], ['started', at])
    return status?.id ?? ''
  }
  const abortable = () => {
    const controller = new AbortController()
    return { signal: controller.signal, abort: () => controller.abort() }
  }
  const resume = (id: string, overrides = {}) => resumeMigration(project, id, makeContext(overrides))
  const compose = () => join(project, 'compose.yaml')

  for (let at = 1; at < COUNT; at++) {
    it(`interrupted at ${at}/${COUNT}: goes on where nothing was changed, and refuses an edit without writing`, async () => {
      const id = await interrupted(at)
      const edited = `${BEFORE['compose.yaml'].replace('a: 1', 'a: 2')}# mine\n`
      writeFileSync(compose(), edited)
      const before = contents(project)
      const journal = readFileSync(join(project, '.secretscan', 'migrations', id, 'journal.jsonl'), 'utf8')
      await assert.rejects(resume(id), {
        exitCode: 2,
        message: 'compose.yaml has changed since the plan was made.',
        hint: new RegExp(`secretscan migrate rollback ${id}, then migrate again`),
      })
      assert.deepEqual(contents(project), before)
      assert.equal(readFileSync(join(project, '.secretscan', 'migrations', id, 'journal.jsonl'), 'utf8'), journal)
      writeFileSync(compose(), BEFORE['compose.yaml'])
      await resume(id)
      assert.deepEqual(contents(project), migrated)
    })
  }

  it('a run whose staged copies are gone is not finished, and says that only the way back is left', async () => {
    const id = await interrupted(COUNT - 1)
    rmSync(join(project, '.secretscan', 'migrations', id, 'staged'), { recursive: true })
    await assert.rejects(resume(id), {
      exitCode: 5,
      message: /was to become is gone .* cannot be finished/,
      hint: `Take it back: secretscan migrate rollback ${id}`,
    })
    await rollback(project, id, { keepSecrets: false, openStore: makeContext().openStore })
    assert.deepEqual(contents(project), { ...BEFORE, pw: undefined, pw2: undefined })
  })

  it('a folder that takes no key is told as such', async () => {
    mkdirSync(join(project, '.secretscan'))
    symlinkSync(join(project, 'nowhere'), join(project, '.secretscan', 'key'))
    await assert.rejects(openHasher(workspaceOf(project)), { exitCode: 2, message: /cannot be written/ })
  })

  it('takes such a run back around the edit', async () => {
    const id = await interrupted(COUNT - 1)
    appendFileSync(compose(), '# mine\n')
    await rollback(project, id, { keepSecrets: false, openStore: makeContext().openStore })
    assert.deepEqual(contents(project), {
      ...BEFORE,
      'compose.yaml': `${BEFORE['compose.yaml']}# mine\n`,
      pw: undefined,
      pw2: undefined,
    })
  })

  it('a value that was changed in its own line once its copy was staged is not lost', async () => {
    const id = await interrupted(COUNT - 1)
    writeFileSync(compose(), BEFORE['compose.yaml'].replace('password: x', 'password: y'))
    await assert.rejects(resume(id), /compose\.yaml has changed since the plan was made/)
  })

  it('a value that was changed in its own line once it was written is not lost', async () => {
    const id = await interrupted(4)
    writeFileSync(compose(), BEFORE['compose.yaml'].replace('password: x', 'password: y'))
    await assert.rejects(resume(id, { readValue: async () => Secret.of(Buffer.from('changed since')) }), {
      exitCode: 2,
      message: /The value of pw has changed in the files since/,
    })
    assert.equal(contents(project).pw, VALUE)
  })

  for (const at of [4, COUNT - 1])
    for (const [what, change] of [
      ['has changed', (path: string) => writeFileSync(path, 'WRONG')],
      ['is gone', (path: string) => rmSync(path)],
    ] as const)
      it(`interrupted at ${at}/${COUNT}: a secret that ${what} since is told, nothing is swapped, and the way back is open`, async () => {
        const id = await interrupted(at)
        change(join(project, 'secrets', 'pw2'))
        await assert.rejects(resume(id), {
          exitCode: 2,
          message: `The secret pw2 (secrets/pw2) ${what} since it was written.`,
          hint: new RegExp(`secretscan migrate rollback ${id}`),
        })
        const { pw: _, pw2, ...files } = contents(project)
        assert.deepEqual(files, BEFORE)
        await rollback(project, id, { keepSecrets: false, openStore: makeContext().openStore })
        assert.deepEqual(contents(project), { ...BEFORE, pw: undefined, pw2 })
      })

  it('a secret that somebody changes while the copies are checked is told before the files are swapped', async () => {
    const checkStaged = async () => {
      writeFileSync(join(project, 'secrets', 'pw'), 'WRONG')
      return undefined
    }
    await assert.rejects(applyPlan(makePlan(project), makeContext({ checkStaged })), {
      exitCode: 5,
      message: /stopped: The secret pw \(secrets\/pw\) has changed since it was written/,
    })
    assert.equal(contents(project)['compose.yaml'], BEFORE['compose.yaml'])
  })

  it('without the key nothing is said to have changed: that it is gone is told, on the way on and on the way back', async () => {
    const id = await interrupted(COUNT - 1)
    rmSync(join(project, '.secretscan', 'key'))
    const gone = { exitCode: 2, message: /\.secretscan\/key is gone/, hint: /rollback .* --keep-secrets/ }
    await assert.rejects(resume(id), gone)
    const { openStore } = makeContext()
    await assert.rejects(rollback(project, id, { keepSecrets: false, openStore }), gone)
    const { kept } = await rollback(project, id, { keepSecrets: true, openStore })
    assert.deepEqual(kept.map(({ name }) => name).sort(), ['pw', 'pw2'])
  })

  it('a file that somebody edits while the copies are checked is not overwritten', async () => {
    const checkStaged = async () => {
      appendFileSync(compose(), '# mine\n')
      return undefined
    }
    await assert.rejects(applyPlan(makePlan(project), makeContext({ checkStaged })), {
      exitCode: 5,
      message: /stopped: compose\.yaml has changed since the plan was made/,
    })
    assert.equal(contents(project)['compose.yaml'], `${BEFORE['compose.yaml']}# mine\n`)
    assert.equal(contents(project)['.env'], BEFORE['.env'])
  })
})

describe('migrate/apply --resume of a Compose project', () => {
  const COMPOSE =
    'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: Summer24-db # keep\n'
  let folder: string
  let request: MigrateRequest
  before(async () => {
    const rules = await loadRuleSet({ packs: [], defaults: true, only: ['gitlab-personal-access-token'], skip: [] })
    request = {
      load: { files: [], profiles: [], env: {} },
      to: 'compose-file',
      storeOptions: { 'secrets-dir': './secrets' },
      select: [],
      images: false,
      scanFirst: false,
      scanImages: async () => '',
      vault: {} as MigrateRequest['vault'],
      rules,
      sourceOptions: {} as MigrateRequest['sourceOptions'],
      on: () => undefined,
    }
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-resume-'))
    writeFileSync(join(folder, 'compose.yaml'), COMPOSE)
    request = { ...request, load: { ...request.load, cwd: folder } }
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('ends as the run would have ended, wherever that was interrupted', async () => {
    const whole = await prepare(request)
    const wanted = [...whole.planned.staged].map(([file, bytes]) => [file, Buffer.from(bytes).toString()])
    const count = whole.planned.plan.steps.length
    for (let at = 0; at < count - 1; at++) {
      const controller = new AbortController()
      const { signal } = controller
      const onStep = ({ index }: { readonly index: number }) => void (index === at && controller.abort())
      await assert.rejects(apply(request, await prepare(request), { signal, onStep }))
      const [status] = await migrationStatus(folder)
      assert.equal(status?.stepsDone, at + 1)
      const options = { signal: new AbortController().signal, onStep: () => undefined }
      const { id } = await resumeRun(request, folder, status?.id ?? '', options)
      assert.deepEqual(
        wanted.map(([file = '']) => [file, readFileSync(file, 'utf8')]),
        wanted,
      )
      await rollback(folder, id, { keepSecrets: false, openStore: makeContext().openStore })
      rmSync(join(folder, '.secretscan'), { recursive: true })
    }
  })
})
