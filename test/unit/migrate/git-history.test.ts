import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

  const git = (day: string, ...parameters: string[]) => {
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
    execFileSync('git', parameters, { cwd: folder, env, stdio: 'ignore' })
  }
  const compose = (token: string, mode: string) =>
    `services:\n  app:\n    image: shop/app\n    environment:\n      API_TOKEN: ${token}\n      DB_PASSWORD: postgres\n      MODE: ${mode}\n`
  const write = (text: string) => writeFileSync(join(project, 'compose.yaml'), text)
  const commit = (day: string, text: string) => {
    write(text)
    git(day, 'add', '-A')
    git(day, 'commit', '-m', 'x')
  }
  async function found() {
    const loaded = await loadProject({ files: [], profiles: [], env: {}, cwd: project })
    const history = await gitHistory(
      loaded,
      findCandidates(loaded, () => undefined),
    )
    assert.equal(history.unread, undefined)
    return history.committed
  }

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
    const never = async () => {
      const loaded = await loadProject({ files: [], profiles: [], env: {}, cwd: project })
      const own = findCandidates(loaded, () => undefined)
      return [...((await gitHistory(loaded, own)).neverCommitted ?? [])].sort()
    }
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

  it('says so where git does not tell, since the repository belongs to another user', async () => {
    git('2026-01-01', 'init', '-q')
    commit('2026-01-02', compose('made-up-token-1', 'a'))
    // As git's own tests have it: nobody need be root, and whatever this machine trusts does not count.
    const other = { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
    const before = { ...process.env }
    Object.assign(process.env, other)
    try {
      const loaded = await loadProject({ files: [], profiles: [], env: {}, cwd: project })
      const history = await gitHistory(
        loaded,
        findCandidates(loaded, () => undefined),
      )
      assert.deepEqual([...history.committed], [])
      const { plan } = makePlan({ ...(await gathered(compose('made-up-token-1', 'a'))), history })
      const [note] = plan.notes.filter((each) => each.includes("git's history has the values is not known"))
      assert.match(note ?? '', /repository of another user.*Plan as its owner.*safe\.directory \S*secretscan-history-/)
    } finally {
      process.env = before
    }
  })
})
