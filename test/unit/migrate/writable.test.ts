import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { applyPlan, resumeMigration } from '../../../src/migrate/apply.js'
import { Journal } from '../../../src/migrate/journal.js'
import { rollback } from '../../../src/migrate/rollback.js'
import type { MigrationPlan } from '../../../src/migrate/types.js'
import { openWorkspace } from '../../../src/migrate/workspace.js'
import { AFTER, BEFORE, makeContext, makePlan, makeProject } from './project.js'

const NOBODY = 65534
const isRoot = process.geteuid?.() === 0

describe('migrate: a project of another user', () => {
  it('is still theirs when root migrates it and takes that back: they can read and remove all that was made', async () => {
    const project = makeProject()
    for (const path of ['', 'compose.yaml', '.env']) if (isRoot) chownSync(join(project, path), NOBODY, NOBODY)
    const { uid } = statSync(project)
    const others = () =>
      readdirSync(project, { recursive: true, encoding: 'utf8' }).filter(
        (path) => statSync(join(project, path)).uid !== uid,
      )
    const { id } = await applyPlan(makePlan(project), makeContext())
    assert.deepEqual(others(), [])
    assert.equal(statSync(join(project, 'secrets')).mode & 0o777, 0o700)
    assert.equal(statSync(join(project, 'secrets', 'pw')).mode & 0o777, 0o600)
    await rollback(project, id, { keepSecrets: true, openStore: makeContext().openStore })
    assert.deepEqual(others(), [])
    rmSync(project, { recursive: true })
  })
})

describe('migrate: a folder that cannot be written', () => {
  let project: string
  let plan: MigrationPlan
  beforeEach(() => {
    project = makeProject()
    const made = makePlan(project)
    mkdirSync(join(project, 'infra'))
    renameSync(join(project, '.env'), join(project, 'infra', '.env'))
    const moved = (path: string) => (path === '.env' ? 'infra/.env' : path)
    plan = {
      ...made,
      inputs: made.inputs.map((input) => ({ ...input, path: moved(input.path) })),
      steps: made.steps.map((step) =>
        step.do === 'stage'
          ? { ...step, path: moved(step.path) }
          : step.do === 'swap'
            ? { ...step, paths: step.paths.map(moved) }
            : step,
      ),
    }
    for (const path of ['', 'compose.yaml', 'infra', 'infra/.env'])
      if (isRoot) chownSync(join(project, path), NOBODY, NOBODY)
    // Root may write everywhere.
    if (isRoot) process.seteuid?.(NOBODY)
  })
  afterEach(() => {
    if (isRoot) process.seteuid?.(0)
    rmSync(project, { recursive: true, force: true })
  })

  const close = () => chmodSync(join(project, 'infra'), 0o555)
  const open = () => chmodSync(join(project, 'infra'), 0o755)
  const texts = () => ['compose.yaml', 'infra/.env'].map((path) => readFileSync(join(project, path), 'utf8'))
  const before = [BEFORE['compose.yaml'], BEFORE['.env']]
  const after = [AFTER['compose.yaml'], AFTER['.env']]
  const refused = {
    exitCode: 2,
    message: 'infra/.env cannot be written (EACCES).',
    hint: /permissions of \S+\/infra\. Nothing was changed\./,
  }

  it('is told before the first write: no file is changed, no secret made, no run begun', async () => {
    close()
    await assert.rejects(applyPlan(plan, makeContext()), refused)
    assert.deepEqual(texts(), before)
    assert.equal(existsSync(join(project, 'secrets')), false)
    assert.deepEqual(await Journal.list(await openWorkspace(project)), [])
  })

  it('is told by a run that goes on, and by a rollback, both of which are done once it can be', async () => {
    const broken = makeContext({ checkStaged: () => Promise.reject(new Error('the power went')) })
    await assert.rejects(applyPlan(plan, broken))
    const [id = ''] = await Journal.list(await openWorkspace(project))
    close()
    await assert.rejects(resumeMigration(project, id, makeContext()), refused)
    assert.deepEqual(texts(), before)
    open()
    await resumeMigration(project, id, makeContext())
    assert.deepEqual(texts(), after)
    close()
    const { openStore } = makeContext()
    await assert.rejects(rollback(project, id, { keepSecrets: false, openStore }), refused)
    assert.deepEqual(texts(), after)
    assert.deepEqual(
      readdirSync(join(project, 'secrets')).filter((name) => name.startsWith('pw')),
      ['pw', 'pw2'],
    )
    open()
    await rollback(project, id, { keepSecrets: false, openStore })
    assert.deepEqual(texts(), before)
    assert.deepEqual(readdirSync(join(project, 'infra')), ['.env'])
  })
})
