import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { applyPlan, resumeMigration } from '../../../src/migrate/apply.js'
import { clean } from '../../../src/migrate/clean.js'
import { Journal } from '../../../src/migrate/journal.js'
import { rollback, rollbackTarget } from '../../../src/migrate/rollback.js'
import { migrationStatus } from '../../../src/migrate/status.js'
import { openComposeFileStore } from '../../../src/migrate/stores/compose-file.js'
import type { MigrationPlan } from '../../../src/migrate/types.js'
import { workspaceOf } from '../../../src/migrate/workspace.js'
import { type MigrationStoppedError, StoreError, UnreachableError } from '../../../src/support/errors.js'
import { AFTER, BEFORE, contents, makeContext, makePlan, makeProject, modeOf, VALUE } from './project.js'

const { openStore } = makeContext()
const migrated = { ...AFTER, pw: VALUE, pw2: VALUE }
const untouched = { ...BEFORE, pw: undefined, pw2: undefined }

/** `plan` with the secret declared in the Compose file. */
function declaring(plan: MigrationPlan): MigrationPlan {
  const declared = { start: 22, end: 22, insert: 'secrets: {pw: {file: ./secrets/pw}}\n' }
  const steps = plan.steps.map((step) =>
    step.do === 'stage' && step.path === 'compose.yaml' ? { ...step, edits: [...step.edits, declared] } : step,
  )
  return { ...plan, steps }
}

describe('migrate/apply', () => {
  let project: string
  beforeEach(() => {
    project = makeProject()
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  const apply = (overrides = {}) => applyPlan(makePlan(project), makeContext(overrides))
  /** Writes a .gitignore, too. */
  const ignoringPlan = () => {
    const plan = makePlan(project)
    const steps = plan.steps.flatMap((step): typeof plan.steps => {
      if (step.do === 'swap') return [{ ...step, paths: ['.gitignore', ...step.paths] }]
      if (step.do !== 'check') return [step]
      return [{ do: 'stage', path: '.gitignore', edits: [{ start: 0, end: 0, insert: 'secrets/\n' }] }, step]
    })
    return { ...plan, steps }
  }
  const takeBack = (id: string, keepSecrets = false) => rollback(project, id, { keepSecrets, openStore })

  it('writes the exact bytes, swaps the files, and rolls back to the byte', async () => {
    const { id } = await apply()
    assert.deepEqual(contents(project), migrated)
    assert.equal(modeOf(join(project, 'secrets')), '700')
    assert.equal(modeOf(join(project, 'secrets', 'pw')), '600')
    const result = await takeBack(id)
    assert.deepEqual(contents(project), untouched)
    assert.deepEqual(result.removed, ['pw', 'pw2'])
  })

  it('tells whether docker read the edited files before they were swapped', async () => {
    const first = await apply({ checkStaged: async () => '✔ valid (docker compose config)' })
    assert.equal(first.engineWord, '✔ valid (docker compose config)')
    await takeBack(first.id)
    assert.equal((await apply()).engineWord, undefined)
  })

  const full = (code: string) => Object.assign(new Error(`${code}: write`), { code })

  for (const code of ['ENOSPC', 'EDQUOT']) {
    it(`a disk without room (${code}) is told, of a run that goes on once there is some and of a rollback`, async () => {
      await assert.rejects(apply({ checkStaged: () => Promise.reject(full(code)) }), {
        exitCode: 5,
        message: new RegExp(`^Migration \\S+ stopped: .*\\(${code}\\)`),
        hint: /^Make room on the disk that \S+ is on .*\. Finish it with secretscan migrate apply --resume/,
      })
      const [{ id = '' } = {}] = await migrationStatus(project)
      await resumeMigration(project, id, makeContext())
      const failing: typeof openStore = async (workspace, hasher) => ({
        ...(await openStore(workspace, hasher)),
        remove: () => Promise.reject(full(code)),
      })
      await assert.rejects(rollback(project, id, { keepSecrets: false, openStore: failing }), {
        exitCode: 5,
        message: new RegExp(`^Migration ${id} is not taken back yet: .*\\(${code}\\)`),
        hint: new RegExp(`^Make room on the disk that ${project} is on .*secretscan migrate rollback ${id}`),
      })
      await takeBack(id)
      assert.deepEqual(contents(project), untouched)
    })
  }

  it('swaps no file where one of them cannot be', async () => {
    let inTheWay = ''
    const on = ({ id, step }: { readonly id: string; readonly step: { readonly do: string } }) => {
      if (step.do !== 'swap') return
      inTheWay = join(project, '.secretscan', 'migrations', id, 'originals', '5')
      mkdirSync(inTheWay)
    }
    await assert.rejects(apply({ on }), { exitCode: 5 })
    assert.deepEqual(contents(project), { ...BEFORE, pw: VALUE, pw2: VALUE })
    rmSync(inTheWay, { recursive: true })
    const [{ id = '' } = {}] = await migrationStatus(project)
    await resumeMigration(project, id, makeContext())
    assert.deepEqual(contents(project), migrated)
  })

  it('a disk without room for the first secret leaves no run behind', async () => {
    const failing: typeof openStore = async (workspace, hasher) => ({
      ...(await openStore(workspace, hasher)),
      put: () => Promise.reject(full('ENOSPC')),
    })
    await assert.rejects(apply({ openStore: failing }), {
      exitCode: 2,
      message: `Nothing more can be written to ${project}: the disk is full (ENOSPC).`,
      hint: new RegExp(`Make room on the disk that ${project} is on`),
    })
    assert.deepEqual(await migrationStatus(project), [])
    assert.deepEqual(contents(project), untouched)
  })

  for (const [what, from] of [
    ['is away', 0],
    ['goes away in the middle', 1],
  ] as const) {
    it(`a rollback whose store ${what} is exit code 5, and finished by another one`, async () => {
      const { id } = await apply()
      let calls = 0
      const failing: typeof openStore = async (workspace, hasher) => {
        const store = await openStore(workspace, hasher)
        const remove: typeof store.remove = async (stored) => {
          if (calls++ >= from) throw new UnreachableError('Nothing listens there.', { hint: 'Start it' })
          await store.remove(stored)
        }
        return { ...store, remove }
      }
      await assert.rejects(rollback(project, id, { keepSecrets: false, openStore: failing }), {
        exitCode: 5,
        message: /taken back in part: the files are as they were before.*Nothing listens there/,
        hint: new RegExp(`^Start it\\. Then finish it: secretscan migrate rollback ${id}`),
      })
      const there = contents(project)
      assert.deepEqual({ ...there, pw: undefined, pw2: undefined }, untouched)
      assert.deepEqual([there.pw !== undefined, there.pw2 !== undefined], [from === 0, true])
      const closed: typeof openStore = () => Promise.reject(new UnreachableError('Nothing listens there.'))
      await assert.rejects(rollback(project, id, { keepSecrets: false, openStore: closed }), (error: Error) => {
        assert.match(error.message, /taken back in part/)
        assert.doesNotMatch(`${error.message} ${(error as UnreachableError).hint}`, /Nothing was changed/)
        return true
      })
      await takeBack(id)
      assert.deepEqual(contents(project), untouched)
    })
  }

  it('a rollback whose store cannot be opened changes nothing; the files come back with --keep-secrets', async () => {
    const { id } = await apply()
    const applied = contents(project)
    const closed: typeof openStore = () =>
      Promise.reject(new UnreachableError('Nothing listens there.', { hint: 'Is it running?' }))
    await assert.rejects(rollback(project, id, { keepSecrets: false, openStore: closed }), {
      exitCode: 4,
      hint: /^Is it running\? Nothing was changed\. \(--keep-secrets/,
    })
    assert.deepEqual(contents(project), applied)
    const { kept } = await rollback(project, id, { keepSecrets: true, openStore: closed })
    assert.deepEqual(
      kept.map(({ reason }) => reason),
      ['--keep-secrets', '--keep-secrets'],
    )
    const there = contents(project)
    assert.deepEqual({ ...there, pw: undefined, pw2: undefined }, untouched)
  })

  describe('in a project that was copied or moved since', () => {
    let other: string
    beforeEach(() => {
      other = makeProject()
      rmSync(other, { recursive: true })
    })
    afterEach(() => rmSync(other, { recursive: true, force: true }))
    const takeBackThere = (id: string, keepSecrets = false) => rollback(other, id, { keepSecrets, openStore })

    it('rollback changes the copy and nothing of the original', async () => {
      const { id } = await apply()
      cpSync(project, other, { recursive: true, preserveTimestamps: true })
      await takeBackThere(id)
      assert.deepEqual(contents(other), untouched)
      assert.deepEqual(contents(project), migrated)
      await takeBack(id)
      assert.deepEqual(contents(project), untouched)
    })

    it('rollback finds the files where they are now', async () => {
      const { id } = await apply()
      renameSync(project, other)
      await takeBackThere(id)
      assert.deepEqual(contents(other), untouched)
    })

    for (const isNamed of ['absolutely', 'from the project'])
      it(`secrets that the original uses too, in a folder named ${isNamed}, are not removed by its copy`, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'secretscan-elsewhere-'))
        const elsewhere = isNamed === 'absolutely' ? folder : relative(project, folder)
        const shared = makeContext({
          openStore: async ({ projectDir }, hasher) =>
            openComposeFileStore({ projectDir, secretsDir: elsewhere, hasher }),
        })
        const plan = makePlan(project)
        const to = { store: 'compose-file' as const, options: { 'secrets-dir': elsewhere } }
        const { id } = await applyPlan({ ...plan, to }, shared)
        cpSync(project, other, { recursive: true })
        const there = (keepSecrets: boolean) => rollback(other, id, { keepSecrets, openStore: shared.openStore })
        await assert.rejects(
          there(false),
          (error: Error & { exitCode?: number }) => error.exitCode === 2 && error.message.includes(project),
        )
        assert.equal(contents(other)['compose.yaml'], AFTER['compose.yaml'])
        await there(true)
        assert.equal(contents(other)['compose.yaml'], BEFORE['compose.yaml'])
        assert.deepEqual(
          readdirSync(folder)
            .filter((name) => name !== '.gitignore')
            .sort(),
          ['pw', 'pw2'],
        )
        rmSync(folder, { recursive: true })
      })
  })

  it('M08: the plan and the journal hold no value, and everything kept is private', async () => {
    const { id } = await apply()
    const folder = join(project, '.secretscan', 'migrations', id)
    for (const name of ['plan.json', 'journal.jsonl']) {
      assert.equal(modeOf(join(folder, name)), '600')
      assert.ok(!readFileSync(join(folder, name), 'utf8').includes('Summer24'))
    }
    for (const name of ['originals', 'staged']) {
      assert.equal(modeOf(join(folder, name)), '700')
      for (const file of readdirSync(join(folder, name))) assert.equal(modeOf(join(folder, name, file)), '600')
    }
    assert.equal(modeOf(join(project, '.secretscan', 'key')), '600')
  })

  it('M02: each secret is written and read back, then copies are made and checked, then files change', async () => {
    const seen: string[] = []
    const noted = <T>(what: string, work: () => Promise<T>): Promise<T> => {
      seen.push(`${what}${contents(project)['compose.yaml'] === BEFORE['compose.yaml'] ? '' : ' after the swap'}`)
      return work()
    }
    const { openStore } = makeContext()
    await applyPlan(
      makePlan(project),
      makeContext({
        openStore: async (workspace, hasher) => {
          const store = await openStore(workspace, hasher)
          return {
            ...store,
            put: (name, ...more) => noted(`put ${name}`, () => store.put(name, ...more)),
            verify: (stored, value) => noted(`verify ${stored.name}`, () => store.verify(stored, value)),
          }
        },
        checkStaged: async (what, staged) =>
          noted(`check ${what} of ${[...staged.keys()].join()}`, async () => undefined),
      }),
    )
    assert.deepEqual(seen, ['put pw', 'put pw2', 'verify pw', 'verify pw2', 'check model of compose.yaml,.env'])
    assert.deepEqual(contents(project), migrated)
  })

  it('what a killed write left beside a file or a secret goes with the next run, and with the way back', async () => {
    const left = ['.compose.yaml.0123456789ab.tmp', 'secrets/.pw.0123456789ab.tmp']
    const leave = () => {
      mkdirSync(join(project, 'secrets'), { recursive: true })
      for (const name of left) writeFileSync(join(project, name), VALUE)
    }
    const there = () => left.filter((name) => existsSync(join(project, name)))
    leave()
    writeFileSync(join(project, '.other.0123456789ab.tmp'), 'of somebody else')
    const { id } = await applyPlan(makePlan(project), makeContext())
    assert.deepEqual(there(), [])
    leave()
    await takeBack(id)
    assert.deepEqual(there(), [])
    assert.ok(existsSync(join(project, '.other.0123456789ab.tmp')))
  })

  it('stops on drift before anything is written', async () => {
    const plan = makePlan(project)
    writeFileSync(join(project, '.env'), 'PW=x\r\nOTHER=2')
    await assert.rejects(
      applyPlan(plan, makeContext()),
      (error: Error & { exitCode?: number }) => error.exitCode === 2 && /\.env has changed/.test(error.message),
    )
    assert.equal(contents(project).pw, undefined)
  })

  it('a value changed in place since the plan is read anew, not refused', async () => {
    const plan = makePlan(project)
    writeFileSync(join(project, 'compose.yaml'), BEFORE['compose.yaml'].replace('x', 'y'))
    await applyPlan(plan, makeContext())
    assert.deepEqual(contents(project), migrated)
  })

  it('M02: a failed check leaves the project as it was and says how to go on (exit 5)', async () => {
    const failing = {
      checkStaged: async () => {
        throw new StoreError('the staged copy means something else')
      },
    }
    const error = await apply(failing).then(
      () => assert.fail('it should have stopped'),
      (thrown: Error & { exitCode: number; hint: string }) => thrown,
    )
    assert.equal(error.exitCode, 5)
    assert.match(error.hint, /--resume \d{4}-\d\d-\d\d-[0-9a-f]{4}, or take it back with secretscan migrate rollback/)
    assert.deepEqual({ ...contents(project), pw: undefined, pw2: undefined }, untouched)
    const [status] = await migrationStatus(project)
    assert.equal(status?.state, 'started')
    await resumeMigration(project, status?.id ?? '', makeContext())
    assert.deepEqual(contents(project), migrated)
  })

  for (const [what, landed, code] of [
    ['has landed', true, 5],
    ['was refused', false, 4],
  ] as const) {
    it(`a first write that ${what} and ends in an error: exit code ${code}, and rollback leaves nothing`, async () => {
      const failing: typeof openStore = async (workspace, hasher) => {
        const store = await openStore(workspace, hasher)
        return {
          ...store,
          put: async (...parameters) => {
            if (landed) await store.put(...parameters)
            throw new StoreError('The answer was lost.')
          },
        }
      }
      await assert.rejects(apply({ openStore: failing }), { exitCode: code })
      assert.equal(contents(project).pw !== undefined, landed)
      const [status, ...others] = await migrationStatus(project)
      assert.deepEqual([status !== undefined, others], [landed, []], 'what came to nothing is not kept')
      if (status !== undefined) await takeBack(status.id)
      assert.deepEqual(contents(project), untouched)
      assert.ok(landed || !existsSync(join(project, 'secrets')))
    })
  }

  it('a store that is lost in the first write, and gone since, may hold it: exit code 5', async () => {
    let lost = false
    const failing: typeof openStore = async (workspace, hasher) => {
      const store = await openStore(workspace, hasher)
      const away = async () => {
        lost = true
        throw new UnreachableError('The store is away.')
      }
      return { ...store, put: away, inspect: (names) => (lost ? away() : store.inspect(names)) }
    }
    await assert.rejects(apply({ openStore: failing }), { exitCode: 5, hint: /rollback/ })
  })

  it('never overwrites a secret that holds another value; an equal one is taken and not removed by rollback', async () => {
    mkdirSync(join(project, 'secrets'))
    writeFileSync(join(project, 'secrets', 'pw'), 'other')
    await assert.rejects(apply(), /another value/)
    writeFileSync(join(project, 'secrets', 'pw'), VALUE)
    const { id } = await apply()
    const { kept, removed } = await takeBack(id)
    assert.deepEqual(removed, ['pw2'])
    assert.deepEqual(
      kept.map(({ name }) => name),
      ['pw'],
    )
    assert.deepEqual(contents(project), { ...BEFORE, pw: VALUE, pw2: undefined })
  })

  it('M10: a secret changed since is kept by rollback, and --keep-secrets keeps all', async () => {
    const first = await apply()
    writeFileSync(join(project, 'secrets', 'pw'), 'rotated')
    const { kept, hidden } = await takeBack(first.id)
    assert.deepEqual(
      kept.map(({ name }) => name),
      ['pw'],
    )
    assert.deepEqual(hidden, [join('secrets', '.gitignore')])
    execFileSync('git', ['init', '-q'], { cwd: project })
    const seenByGit = execFileSync('git', ['status', '--short', '-uall'], { cwd: project, encoding: 'utf8' })
    assert.ok(seenByGit.includes('compose.yaml') && !seenByGit.includes('secrets'), seenByGit)
    rmSync(join(project, '.git'), { recursive: true })
    rmSync(join(project, 'secrets'), { recursive: true })
    const second = await apply()
    assert.deepEqual((await takeBack(second.id, true)).removed, [])
    assert.equal(contents(project).pw2, VALUE)
  })

  it("M10: a later migration's secret, beside those that a rollback takes back, stays out of git", async () => {
    const { id } = await applyPlan(ignoringPlan(), makeContext())
    writeFileSync(join(project, 'secrets', 'later'), VALUE)
    const { kept, removed, hidden } = await takeBack(id)
    assert.deepEqual([kept, removed, hidden], [[], ['pw', 'pw2'], [join('secrets', '.gitignore')]])
    execFileSync('git', ['init', '-q'], { cwd: project })
    const seenByGit = execFileSync('git', ['status', '--short', '-uall'], { cwd: project, encoding: 'utf8' })
    assert.ok(seenByGit.includes('compose.yaml') && !seenByGit.includes('secrets'), seenByGit)
  })

  it('M10: a file that was in the folder before is seen by git as before, behind a rollback', async () => {
    mkdirSync(join(project, 'secrets'))
    writeFileSync(join(project, 'secrets', 'mine'), 'sample')
    const { id } = await applyPlan(ignoringPlan(), makeContext())
    assert.deepEqual((await takeBack(id)).hidden, [])
    assert.deepEqual(readdirSync(join(project, 'secrets')), ['mine'])
    // Secrets that a rollback leaves are kept out of git until the last one goes.
    const second = await applyPlan(ignoringPlan(), makeContext())
    assert.deepEqual((await takeBack(second.id, true)).hidden, [join('secrets', '.gitignore')])
    rmSync(join(project, 'secrets', 'pw'))
    rmSync(join(project, 'secrets', 'pw2'))
    const third = await applyPlan(ignoringPlan(), makeContext())
    await takeBack(third.id)
    assert.deepEqual(readdirSync(join(project, 'secrets')), ['mine'])
  })

  it('M10: nothing is written where lines of .gitignore that stay name each secret beside files of the project', async () => {
    mkdirSync(join(project, 'secrets'))
    writeFileSync(join(project, 'secrets', 'mine'), 'sample')
    const own = (from: string, to: string) => {
      const { steps, ...plan } = makePlan(project)
      const named = steps.flatMap((step): typeof steps => {
        if (step.do === 'put' || step.do === 'verify') return [{ ...step, name: `${from}-${step.name}` }]
        return step.do === 'swap' ? [{ ...step, paths: ['.gitignore'] }] : []
      })
      const lines = ['pw', 'pw2'].map((name) => `secrets/${from}-${name}\n`).join('')
      const stage = {
        do: 'stage' as const,
        path: '.gitignore',
        edits: [{ start: to.length, end: to.length, insert: lines }],
      }
      return {
        plan: { ...plan, inputs: [], steps: [...named.slice(0, -1), stage, ...named.slice(-1)] },
        lines: to + lines,
      }
    }
    const first = own('a', '')
    await applyPlan(first.plan, makeContext())
    const second = await applyPlan(own('b', first.lines).plan, makeContext())
    assert.deepEqual((await takeBack(second.id)).hidden, [])
    assert.deepEqual(readdirSync(join(project, 'secrets')).sort(), ['a-pw', 'a-pw2', 'mine'])
  })

  for (const [what, edit, isLeft] of [
    ['goes with the last secret', undefined, false],
    ['stays once somebody edited it', '*\n!sample\n', true],
  ] as const)
    it(`M10: the .gitignore that a rollback wrote for what stayed ${what}`, async () => {
      const first = await apply()
      const ignore = join('secrets', '.gitignore')
      assert.deepEqual((await takeBack(first.id, true)).hidden, [ignore])
      // The secrets are there already, so the second migration takes them as they are; one is new.
      rmSync(join(project, 'secrets', 'pw'))
      const second = await apply()
      if (edit !== undefined) writeFileSync(join(project, ignore), edit)
      const half = await takeBack(second.id)
      assert.deepEqual([half.removed, half.deleted, half.restored.includes(ignore)], [['pw'], [], false])
      assert.ok(existsSync(join(project, ignore)), 'pw2 is still there')
      rmSync(join(project, 'secrets', 'pw2'))
      const third = await apply()
      const { deleted } = await takeBack(third.id)
      assert.deepEqual(deleted, isLeft ? [] : [ignore])
      assert.equal(existsSync(join(project, 'secrets')), isLeft)
      if (isLeft) assert.equal(readFileSync(join(project, ignore), 'utf8'), edit)
    })

  it("M10: a later migration's secret stays out of images, in the file of before and in one that the migration made", async () => {
    const plan = makePlan(project)
    writeFileSync(join(project, '.dockerignore'), 'dist\r\n.env')
    const insert = { '.dockerignore': '\r\n.secretscan/key\r\nsecrets/\r\n', 'api.dockerignore': 'x/secrets/\n' }
    const staged = Object.entries(insert).map(([path, text]) => {
      const at = path === '.dockerignore' ? 10 : 0
      return { do: 'stage' as const, path, edits: [{ start: at, end: at, insert: text }] }
    })
    const steps = plan.steps.flatMap((step): typeof plan.steps => {
      if (step.do === 'swap') return [{ ...step, paths: [...Object.keys(insert), ...step.paths] }]
      return step.do === 'check' ? [...staged, step] : [step]
    })
    const first = await applyPlan({ ...plan, steps }, makeContext())
    writeFileSync(join(project, 'secrets', 'later'), VALUE)
    const { hidden, deleted } = await takeBack(first.id)
    assert.deepEqual([hidden, deleted], [['.dockerignore', 'api.dockerignore'], []])
    const read = (path: string) => readFileSync(join(project, path), 'utf8')
    assert.equal(read('.dockerignore'), 'dist\r\n.env\r\nsecrets/\r\n')
    assert.equal(read('api.dockerignore'), 'x/secrets/\n')
    // Once nothing is left to be kept out, both are as before.
    rmSync(join(project, 'secrets', 'later'))
    const second = await apply()
    const after = await takeBack(second.id)
    assert.deepEqual([after.restored.includes('.dockerignore'), after.deleted], [true, ['api.dockerignore']])
    assert.equal(read('.dockerignore'), 'dist\r\n.env')
    assert.deepEqual(
      ['secrets', 'api.dockerignore'].filter((name) => existsSync(join(project, name))),
      [],
    )
  })

  it('a secret that a Compose file beside these uses is not taken back, unless that declares it itself', async () => {
    // As where Compose finds the project's files itself.
    const { id } = await applyPlan({ ...declaring(makePlan(project)), composeFiles: [] }, makeContext())
    const migratedFiles = contents(project)
    const override = join(project, 'compose.override.yaml')
    const grants = ['[pw]', '[{source: pw, target: x}]']
    for (const grant of grants) {
      writeFileSync(override, `services: {app: {secrets: ${grant}}}\n`)
      await assert.rejects(takeBack(id), {
        message: /override\.yaml gives the secret pw to app.*nothing was taken back/,
      })
      assert.deepEqual(contents(project), migratedFiles)
    }
    for (const [top, name] of [
      ['secrets', 'pw'],
      ['configs', 'other'],
    ] as const) {
      writeFileSync(override, `services: {app: {secrets: [pw]}}\n${top}: {${name}: {file: ./secrets/pw}}\n`)
      await assert.rejects(takeBack(id), {
        message: new RegExp(
          `override\\.yaml takes \\./secrets/pw as the ${top.slice(0, -1)} ${name}.*nothing was taken back`,
        ),
      })
    }
    writeFileSync(override, 'services: {app: {secrets: [pw]}}\nsecrets: {pw: {file: ./own}}\n')
    await takeBack(id)
    assert.deepEqual(contents(project), untouched)
  })

  it('a secret whose file a service mounts itself since is not taken back, unless the file stays', async () => {
    const plan = makePlan(project)
    const declared = { start: 22, end: 22, insert: 'secrets: {pw: {file: ./secrets/pw}}\n' }
    const steps = plan.steps.map((step) =>
      step.do === 'stage' && step.path === 'compose.yaml' ? { ...step, edits: [...step.edits, declared] } : step,
    )
    const planned = { ...plan, steps }
    const first = await applyPlan(planned, makeContext())
    const migratedFiles = contents(project)
    const override = join(project, 'compose.override.yaml')
    const mounts = [
      './secrets/pw:/etc/pw:ro',
      `${join(project, 'secrets', 'pw')}:/etc/pw`,
      '{type: bind, source: ./secrets/pw, target: /x}',
    ]
    for (const mount of mounts) {
      writeFileSync(override, `services: {app: {volumes: [${mount}]}}\n`)
      await assert.rejects(takeBack(first.id), {
        message: /override\.yaml mounts \S*secrets\/pw into app.*nothing was taken back/,
      })
      assert.deepEqual(contents(project), migratedFiles)
    }
    assert.deepEqual((await takeBack(first.id, true)).removed, [])
    assert.equal(contents(project).pw, VALUE)
    // Both were there before the second run, which therefore leaves them.
    const second = await applyPlan(planned, makeContext())
    assert.deepEqual((await takeBack(second.id)).removed, [])
    assert.equal(contents(project).pw, VALUE)
  })

  it('M10: lines that were edited after the migration are not overwritten by rollback', async () => {
    const { id } = await apply()
    const own = AFTER['compose.yaml'].replace('/run/secrets/pw', '/run/secrets/other')
    writeFileSync(join(project, '.env'), 'OTHER=3')
    for (const [text, where] of [
      [own, 'in line 2'],
      [own.replace('a: 1', '# mine\na: 1'), 'in line 3'],
      [own.replace('a: 1', 'a: 2').replace('z: 2', 'z: 3'), 'in lines 1 to 3'],
    ] as const) {
      writeFileSync(join(project, 'compose.yaml'), text)
      await assert.rejects(takeBack(id), (error: MigrationStoppedError) => {
        assert.match(error.message, new RegExp(`^compose\\.yaml was edited since the migration ${where}, `))
        assert.match(error.hint ?? '', /diff -u \S+staged\S+ \S+compose\.yaml/)
        return true
      })
      assert.equal(contents(project)['compose.yaml'], text)
      assert.equal(contents(project)['.env'], 'OTHER=3', 'nothing is taken back by half')
    }
    for (const name of ['compose.yaml', '.env'] as const) writeFileSync(join(project, name), AFTER[name])
    await takeBack(id)
    assert.deepEqual(contents(project), untouched)
  })

  it('other lines that were edited keep their edits, and the rest is as it was before', async () => {
    const { id } = await apply()
    writeFileSync(join(project, '.env'), 'OTHER=3')
    writeFileSync(join(project, 'compose.yaml'), `# mine\n${AFTER['compose.yaml'].replace('z: 2', 'y: 1\nz: 3')}`)
    const { restored, merged } = await takeBack(id)
    assert.deepEqual([restored, [...merged].sort()], [[], ['.env', 'compose.yaml']])
    assert.equal(contents(project)['compose.yaml'], '# mine\na: 1\npassword: x\ny: 1\nz: 3\n')
    assert.equal(contents(project)['.env'], 'PW=x\r\nOTHER=3')
    assert.equal(contents(project).pw, undefined)
  })

  it('a rollback around edits that was killed between two files is finished', async () => {
    const { id } = await apply()
    writeFileSync(join(project, '.env'), 'OTHER=3')
    writeFileSync(join(project, 'compose.yaml'), `# mine\n${AFTER['compose.yaml']}`)
    const folder = join(project, '.secretscan', 'migrations', id)
    const merged = '# mine\na: 1\npassword: x\nz: 2\n'
    mkdirSync(join(folder, 'merged'))
    writeFileSync(join(folder, 'merged', '4'), merged)
    writeFileSync(join(project, 'compose.yaml'), merged)
    appendFileSync(join(folder, 'journal.jsonl'), '{"type":"rolling-back"}\n')
    const result = await takeBack(id)
    assert.deepEqual(result.merged, ['.env'])
    assert.equal(contents(project)['compose.yaml'], merged)
    assert.equal(contents(project)['.env'], 'PW=x\r\nOTHER=3')
    assert.ok(!existsSync(join(folder, 'merged')))
  })

  it('what a crash cut off the journal is gone before the next line is written', async () => {
    const { id } = await apply()
    const journal = join(project, '.secretscan', 'migrations', id, 'journal.jsonl')
    appendFileSync(journal, '{"at":"2026-11-29T15:00:00.000Z","type":"rem')
    await takeBack(id)
    assert.deepEqual(contents(project), untouched)
    const [told] = await migrationStatus(project)
    assert.equal(told?.state, 'rolled-back')
    assert.ok(!readFileSync(journal, 'utf8').includes('"rem{'))
  })

  it('a journal that is empty or damaged is told, not taken for a run that did nothing', async () => {
    const { id } = await apply()
    const folder = join(project, '.secretscan', 'migrations', id)
    const text = readFileSync(join(folder, 'journal.jsonl'), 'utf8')
    for (const damaged of ['', '{"at', text.replace('\n', '\nx{')]) {
      writeFileSync(join(folder, 'journal.jsonl'), damaged)
      await assert.rejects(takeBack(id), { exitCode: 2, message: /is damaged/, hint: /originals.*move .* away/ })
      assert.deepEqual(contents(project), migrated)
    }
    writeFileSync(join(folder, 'journal.jsonl'), text)
    await takeBack(id)
    assert.deepEqual(contents(project), untouched)
  })

  it('git sees no value, from the first one written on, until .gitignore is swapped', async () => {
    const marker = join(project, 'secrets', '.gitignore')
    let ignored: string | undefined
    await apply({
      checkStaged: async () => {
        ignored = readFileSync(marker, 'utf8')
      },
    })
    assert.match(ignored ?? '', /^\*$/m)
    assert.ok(!existsSync(marker), "the folder is the user's again")
  })

  it('git sees none of a run that stopped either, and nothing of it stays behind its rollback', async () => {
    const stop = async () => {
      throw new StoreError('Stopped by the test.')
    }
    await assert.rejects(apply({ checkStaged: stop }), /Stopped by the test/)
    assert.ok(existsSync(join(project, 'secrets', '.gitignore')))
    const [told] = await migrationStatus(project)
    await takeBack(told?.id ?? '')
    assert.ok(!existsSync(join(project, 'secrets')))
  })

  it('git sees none in a folder that was there before either, and what is in it stays as it was', async () => {
    const folder = join(project, 'secrets')
    mkdirSync(folder, { mode: 0o700 })
    writeFileSync(join(folder, 'readme'), 'mine')
    const stop = async () => {
      throw new StoreError('Stopped by the test.')
    }
    await assert.rejects(apply({ checkStaged: stop }), /Stopped by the test/)
    assert.match(readFileSync(join(folder, '.gitignore'), 'utf8'), /^\*$/m)
    const [told] = await migrationStatus(project)
    await takeBack(told?.id ?? '')
    assert.deepEqual(readdirSync(folder), ['readme'])
    writeFileSync(join(folder, '.gitignore'), 'mine\n')
    await apply()
    assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), 'mine\n')
  })

  it('a file that has the name of the secrets folder is told before anything is written', async () => {
    writeFileSync(join(project, 'secrets'), 'mine')
    await assert.rejects(apply(), { exitCode: 2, message: /secrets is no folder/, hint: /--secrets-dir/ })
    assert.equal(readFileSync(join(project, 'secrets'), 'utf8'), 'mine')
    assert.deepEqual(await migrationStatus(project), [])
  })

  it('M06: the target of a symbolic link is rewritten, the link stays', async () => {
    writeFileSync(join(project, 'real.yaml'), BEFORE['compose.yaml'])
    rmSync(join(project, 'compose.yaml'))
    symlinkSync('real.yaml', join(project, 'compose.yaml'))
    await apply()
    assert.equal(readFileSync(join(project, 'real.yaml'), 'utf8'), AFTER['compose.yaml'])
  })

  it('a symbolic link to the Compose file in the folder is that file, of which a rollback asks nothing more', async () => {
    symlinkSync('compose.yaml', join(project, 'docker-compose.yml'))
    const { id } = await applyPlan(declaring(makePlan(project)), makeContext())
    await takeBack(id)
    assert.deepEqual(contents(project), untouched)
  })

  it('a secret is not written through a link', async () => {
    mkdirSync(join(project, 'secrets'))
    symlinkSync(join(project, 'elsewhere'), join(project, 'secrets', 'pw'))
    await assert.rejects(apply(), /no plain file/)
  })

  it('M05: a second run is told that the first holds the lock (exit 6)', async () => {
    const inner = apply({
      checkStaged: async () => {
        await assert.rejects(
          applyPlan(makePlan(project), makeContext()),
          (error: Error & { exitCode?: number }) => error.exitCode === 6,
        )
        return undefined
      },
    })
    await inner
  })

  it('clean removes the originals of ended migrations and ends the way back', async () => {
    const { id } = await apply()
    assert.deepEqual(await clean(project, undefined), [id])
    assert.deepEqual(readdirSync(join(project, '.secretscan', 'migrations', id)).sort(), ['journal.jsonl', 'plan.json'])
    await assert.rejects(takeBack(id), /removed by clean/)
    await assert.rejects(rollbackTarget(project, undefined), {
      hint: new RegExp(`originals of ${id} were removed by clean`),
    })
    assert.equal((await migrationStatus(project))[0]?.canRollBack, false)
  })

  it('clean on a full disk removes nothing, says so, and goes on once there is room', async () => {
    const { id } = await apply()
    const write = Journal.prototype.write
    Journal.prototype.write = () => Promise.reject(full('ENOSPC'))
    try {
      await assert.rejects(clean(project, undefined), {
        exitCode: 2,
        message: new RegExp(`originals of migration ${id} stay: the disk is full .*Nothing was removed`),
        hint: /Make room/,
      })
    } finally {
      Journal.prototype.write = write
    }
    await takeBack(id)
    assert.deepEqual(contents(project), untouched)
    assert.deepEqual(await clean(project, undefined), [id])
  })

  it('a rollback without the originals, or what was written, deletes and changes nothing, and says what is gone', async () => {
    const { id } = await apply()
    const folder = join(project, '.secretscan', 'migrations', id)
    cpSync(folder, `${folder}-kept`, { recursive: true })
    for (const [part, isCut] of [
      ['originals/4', false],
      ['originals/5', false],
      ['originals', false],
      ['originals/4', true],
      ['staged', false],
    ] as const) {
      if (isCut) writeFileSync(join(folder, part), '')
      else rmSync(join(folder, part), { recursive: true })
      await assert.rejects(takeBack(id), {
        exitCode: 5,
        message: new RegExp(
          `^${part}\\S* of .* ${isCut ? 'is not what it was' : 'is gone'}: nothing was taken back\\.`,
        ),
      })
      assert.deepEqual(contents(project), migrated)
      rmSync(folder, { recursive: true })
      cpSync(`${folder}-kept`, folder, { recursive: true })
    }
    rmSync(`${folder}-kept`, { recursive: true })
    await takeBack(id)
    assert.deepEqual(contents(project), untouched)
  })

  it('what a killed clean has left of the originals is told and removed by the next one, and no rollback takes it for all', async () => {
    const { id } = await apply()
    const journal = await Journal.open(workspaceOf(project), id)
    await journal.write({ type: 'cleaned' })
    rmSync(join(journal.folder, 'originals', '4'))
    assert.equal((await migrationStatus(project))[0]?.holdsOriginals, true)
    await assert.rejects(takeBack(id), /removed by clean/)
    assert.deepEqual(contents(project), migrated)
    assert.deepEqual(await clean(project, undefined), [id])
    assert.equal((await migrationStatus(project))[0]?.holdsOriginals, false)
    assert.deepEqual(await clean(project, undefined), [])
  })

  it('a run that was killed before it had a plan is none', async () => {
    mkdirSync(join(project, '.secretscan', 'migrations', '2026-01-01-abcd', 'originals'), { recursive: true })
    assert.deepEqual(await migrationStatus(project), [])
    const { id } = await apply()
    await takeBack(id)
    assert.deepEqual(await clean(project, undefined), [id])
  })
})
