import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { gitHistory } from '../../../src/migrate/git-history.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

describe('migrate: since when git has a value', () => {
  let folder: string
  let project: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-history-'))
    project = join(folder, 'deploy')
    mkdirSync(project)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const git = (day: string, ...parameters: string[]) => gitIn(folder, day, ...parameters)
  const gitIn = (cwd: string, day: string, ...parameters: string[]) => {
    const date = `${day}T12:00:00Z`
    const who = {
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@example.org',
    }
    const env = {
      ...process.env,
      ...who,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      GIT_CONFIG_GLOBAL: '/dev/null',
    }
    execFileSync('git', parameters, { cwd, env, stdio: 'ignore' })
  }
  const compose = (token: string, mode: string) =>
    `services:\n  app:\n    image: shop/app\n    environment:\n      API_TOKEN: ${token}\n      DB_PASSWORD: postgres\n      MODE: ${mode}\n`
  const write = (text: string) => writeFileSync(join(project, 'compose.yaml'), text)
  const commit = (day: string, text: string) => {
    write(text)
    git(day, 'add', '-A')
    git(day, 'commit', '-m', 'x')
  }
  async function ask() {
    const loaded = await loadProject({ files: [], profiles: [], env: {}, cwd: project })
    return gitHistory(
      loaded,
      findCandidates(loaded, () => undefined),
    )
  }
  async function found() {
    const { committed, foreign } = await ask()
    assert.deepEqual([...(foreign ?? [])], [])
    return committed
  }
  const never = async () => [...((await ask()).neverCommitted ?? [])].sort()

  it('finds a value that was written with escapes, as now or in another way', async () => {
    git('2026-01-01', 'init', '-q')
    for (const [index, [before, now]] of [
      ['"first-m\\u00e4de-1"', '"first-m\\u00e4de-1"'],
      [`'it''s-made-up-2'`, `"it's-made-up-2"`],
      ['"made\\"up\\\\3"', `'made"up\\3'`],
    ].entries()) {
      const day = `2026-01-0${index + 2}`
      commit(day, compose(before ?? '', 'a'))
      write(compose(now ?? '', 'b'))
      assert.equal((await found()).get('app.API_TOKEN')?.since, day, now)
    }
  })

  it('counts the commits that left it in its file, from the first', async () => {
    git('2026-01-01', 'init', '-q')
    commit('2026-01-02', compose('first-made-up-1', 'a').replace('      DB_PASSWORD: postgres\n', ''))
    commit('2026-01-03', compose('second-made-up-$$2', 'a').replace('MODE', 'postgres: x\n      MODE'))
    commit('2026-01-04', compose('second-made-up-$$2', 'b'))
    write(compose('second-made-up-$$2', 'c'))
    assert.deepEqual(Object.fromEntries(await found()), {
      'app.API_TOKEN': { file: 'compose.yaml', commits: 2, since: '2026-01-03' },
      'app.DB_PASSWORD': { file: 'compose.yaml', commits: 2, since: '2026-01-03' },
    })
  })

  it('is silent of what was never committed, and where there is no repository', async () => {
    write(compose('made-up-token-1', 'a'))
    assert.deepEqual([...(await found())], [])
    git('2026-01-01', 'init', '-q')
    assert.deepEqual([...(await found())], [])
    commit('2026-01-02', compose('made-up-token-0', 'a').replaceAll('postgres', 'other-made-up'))
    write(compose('made-up-token-1', 'a'))
    assert.deepEqual([...(await found())], [])
  })

  it('counts for files beyond the folder, in the same repository', async () => {
    const value = ['made', 'up-token-9'].join('-')
    writeFileSync(join(folder, 'shared.env'), `API_TOKEN=${value}\n`)
    git('2026-01-01', 'init', '-q')
    commit('2026-01-02', 'services:\n  app:\n    image: shop/app\n    env_file: ../shared.env\n')
    assert.deepEqual([...(await found()).values()], [{ file: '../shared.env', commits: 1, since: '2026-01-02' }])
  })

  it('is told in the plan, values of one commit together', async () => {
    const base = await gathered(compose('made-up-token-1', 'a'))
    const of = { file: 'compose.yaml', commits: 3, since: '2026-01-03' }
    const committed = new Map([
      ['app.API_TOKEN', of],
      ['app.DB_PASSWORD', of],
    ])
    const { plan } = makePlan({ ...base, history: { committed } })
    assert.ok(
      plan.notes.includes(
        'app.API_TOKEN, app.DB_PASSWORD: in 3 commits of compose.yaml since 2026-01-03, so everyone who has the git repository has the value.',
      ),
    )
  })

  it('knows of which files git has no version, so that no history holds their values', async () => {
    const text =
      'services:\n  app:\n    image: shop/app\n    env_file: own.env\n    environment:\n      API_TOKEN: made-up-1\n'
    write(text)
    writeFileSync(join(project, 'own.env'), 'DB_PASSWORD=made-up-2\n')
    const all = ['app.API_TOKEN', 'app.DB_PASSWORD']
    assert.deepEqual(await never(), all, 'no repository')
    git('2026-01-01', 'init', '-q')
    assert.deepEqual(await never(), all)
    git('2026-01-02', 'add', 'deploy/compose.yaml')
    assert.deepEqual(await never(), ['app.DB_PASSWORD'])
    git('2026-01-02', 'commit', '-m', 'x')
    git('2026-01-03', 'rm', '-q', '--cached', 'deploy/compose.yaml')
    git('2026-01-03', 'commit', '-m', 'y')
    assert.deepEqual(await never(), ['app.DB_PASSWORD'], 'what is tracked no more was committed')
  })

  describe('of files in other repositories than the project', () => {
    const other = { A_TOKEN: 'other/.env', B_TOKEN: 'other/[b].env' }
    const values = { A_TOKEN: ['made', 'up-a-1'].join('-'), B_TOKEN: ['made', 'up-b-1'].join('-') }
    const text = `services:\n  app:\n    image: shop/app\n    env_file: ['../other/.env', '../other/[b].env']\n`
    const at = (path: string) => join(folder, path)
    beforeEach(() => {
      mkdirSync(at('other'))
      write(text)
      for (const [name, value] of Object.entries(values))
        writeFileSync(at(other[name as keyof typeof other]), `${name}=${value}\n`)
    })
    const A = { file: '../other/.env', commits: 1, since: '2026-01-05' }

    it('asks the one of the file: beside a project that has its own, or none', async () => {
      gitIn(at('other'), '2026-01-01', 'init', '-q')
      gitIn(at('other'), '2026-01-05', 'add', '.env')
      gitIn(at('other'), '2026-01-05', 'commit', '-m', 'x')
      const told = async (message: string) => {
        assert.deepEqual([...(await found())], [['app.A_TOKEN', A]], message)
        assert.deepEqual(await never(), ['app.B_TOKEN'], message)
      }
      await told('the project is in none')
      gitIn(project, '2026-01-01', 'init', '-q')
      await told('the project is one of its own')
    })

    it('asks the nested one, whose files the one around it does not have', async () => {
      git('2026-01-01', 'init', '-q')
      gitIn(at('other'), '2026-01-01', 'init', '-q')
      assert.deepEqual(await never(), ['app.A_TOKEN', 'app.B_TOKEN'])
      gitIn(at('other'), '2026-01-05', 'add', '.env')
      gitIn(at('other'), '2026-01-05', 'commit', '-m', 'x')
      assert.deepEqual([...(await found())], [['app.A_TOKEN', A]])
      assert.deepEqual(await never(), ['app.B_TOKEN'])
    })

    it('asks the repository of a submodule', async () => {
      const origin = mkdtempSync(join(tmpdir(), 'secretscan-origin-'))
      try {
        gitIn(origin, '2026-01-01', 'init', '-q')
        writeFileSync(join(origin, '.env'), `A_TOKEN=${values.A_TOKEN}\n`)
        gitIn(origin, '2026-01-05', 'add', '-A')
        gitIn(origin, '2026-01-05', 'commit', '-m', 'x')
        rmSync(at('other'), { recursive: true })
        git('2026-01-01', 'init', '-q')
        git('2026-01-06', '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin, 'other')
        writeFileSync(at('other/[b].env'), `B_TOKEN=${values.B_TOKEN}\n`)
        git('2026-01-06', 'add', 'deploy')
        git('2026-01-06', 'commit', '-m', 'x')
        assert.deepEqual([...(await found())], [['app.A_TOKEN', A]])
        assert.deepEqual(await never(), ['app.B_TOKEN'])
        rmSync(at('.git/modules'), { recursive: true })
        assert.deepEqual(await never(), [], 'what a repository that is gone had is not known')
      } finally {
        rmSync(origin, { recursive: true, force: true })
      }
    })

    it('follows links to where the file is', async () => {
      gitIn(at('other'), '2026-01-01', 'init', '-q')
      writeFileSync(at('other/stack.yaml'), text.replace("'../other/.env'", 'linked/.env'))
      gitIn(at('other'), '2026-01-05', 'add', '.env', 'stack.yaml')
      gitIn(at('other'), '2026-01-05', 'commit', '-m', 'x')
      symlinkSync('../other', join(project, 'linked'))
      rmSync(join(project, 'compose.yaml'))
      symlinkSync('../other/stack.yaml', join(project, 'compose.yaml'))
      assert.deepEqual([...(await found())], [['app.A_TOKEN', { ...A, file: 'linked/.env' }]])
      assert.deepEqual(await never(), ['app.B_TOKEN'])
      const compose = `services:\n  app:\n    image: shop/app\n    environment: { C_TOKEN: ${values.B_TOKEN} }\n`
      writeFileSync(at('other/stack.yaml'), compose)
      gitIn(at('other'), '2026-01-06', 'commit', '-am', 'x')
      assert.deepEqual((await found()).get('app.C_TOKEN')?.since, '2026-01-06')
      assert.deepEqual(await never(), [])
    })
  })

  it('says so where git does not tell, since the repository belongs to another user', async () => {
    git('2026-01-01', 'init', '-q')
    commit('2026-01-02', compose('made-up-token-1', 'a'))
    // As git's own tests have it: nobody need be root, and whatever this machine trusts does not count.
    const other = { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
    const before = { ...process.env }
    Object.assign(process.env, other)
    try {
      const history = await ask()
      assert.deepEqual([...history.committed], [])
      assert.deepEqual(await never(), [])
      const base = await gathered(compose('made-up-token-1', 'a'))
      const notesOf = (told: typeof history) => makePlan({ ...base, history: told }).plan.notes
      const [note] = notesOf(history).filter((each) => each.includes("git's history has the values is not known"))
      assert.match(note ?? '', /repository of another user.*Plan as its owner.*safe\.directory \S*secretscan-history-/)
      const [[id, repository] = ['', '']] = history.foreign ?? []
      const some = notesOf({ ...history, foreign: new Map([[id, repository]]) }).join('\n')
      assert.ok(some.includes(`Whether git's history has the values of ${id} is not known: `))
    } finally {
      process.env = before
    }
  })
})
