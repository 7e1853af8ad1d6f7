// Every place at which a migration can be killed: a process of its own each time. The other tests of apply are in unit/migrate.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { resumeMigration } from '../../src/migrate/apply.js'
import { rollback } from '../../src/migrate/rollback.js'
import { migrationStatus } from '../../src/migrate/status.js'
import { AFTER, BEFORE, contents, makeContext, makeProject, VALUE } from '../unit/migrate/project.js'

const { openStore } = makeContext()
const migrated = { ...AFTER, pw: VALUE, pw2: VALUE }
const untouched = { ...BEFORE, pw: undefined, pw2: undefined }

describe('M01: a migration that is killed at every write of the journal', function () {
  this.timeout(300_000)
  let project: string
  beforeEach(() => {
    project = makeProject()
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  const child = fileURLToPath(new URL('../fixtures/migrate-crash-child.js', import.meta.url))
  const run = (...parameters: string[]) => spawnSync(process.execPath, [child, ...parameters], { encoding: 'utf8' })
  /** Kills an apply at the n-th write; undefined when it came to its end before. */
  const killed = async (at: number, when: string): Promise<string | undefined | false> => {
    const { signal, stderr } = run('apply', project, String(at), when)
    if (signal !== 'SIGKILL') {
      assert.equal(stderr, '')
      return false
    }
    return (await migrationStatus(project).catch(() => []))[0]?.id
  }

  for (const [when, then] of [
    ['before', 'rolled back'],
    ['before', 'resumed'],
    ['after', 'resumed'],
  ] as const) {
    it(`${when} each write: ${then}, to the byte`, async () => {
      let reached = 0
      for (let at = 2; ; at++) {
        const id = await killed(at, when)
        if (id === false) break
        reached = at
        assert.ok(id)
        if (then === 'resumed') {
          const state = (await migrationStatus(project))[0]?.state
          if (state === 'started') await resumeMigration(project, id, makeContext())
          assert.deepEqual(contents(project), migrated, `resumed after ${at}`)
        }
        await rollback(project, id, { keepSecrets: false, openStore })
        assert.deepEqual(contents(project), untouched, `rolled back after ${at}`)
        rmSync(project, { recursive: true })
        project = makeProject()
      }
      assert.ok(reached > 20, 'every step was killed')
    })
  }
})
