// Jobs on pg-boss in an embedded store.
import assert from 'node:assert/strict'
import type { JobEngine } from '../../../src/sweep/jobs/engine.js'
import { openJobs } from '../../../src/sweep/jobs/pg-boss.js'
import type { Database } from '../../../src/sweep/store/database.js'
import { memoryStore } from '../../fixtures/memory-store.js'

describe('sweep jobs', function () {
  this.timeout(60_000)
  let database: Database
  let jobs: JobEngine
  beforeEach(async () => {
    database = await memoryStore()
    jobs = await openJobs(database)
  })
  afterEach(() => database.close())

  const repository = (key: string) => ({ key, payload: { repository: key } })
  /** Time goes by. */
  const later = (seconds: number) =>
    database.query(
      `UPDATE pgboss.job SET started_on = started_on - make_interval(secs => $1), start_after = start_after - make_interval(secs => $1)`,
      [seconds],
    )

  it('puts a job once, also after it was done', async () => {
    await jobs.put('repository', [repository('1/a'), repository('1/b')])
    await jobs.put('repository', [repository('1/a')])
    const taken = await jobs.take('repository', 10)
    assert.deepEqual(taken.map(({ payload }) => payload.repository).sort(), ['1/a', '1/b'])
    for (const job of taken) await jobs.done(job)
    await jobs.put('repository', [repository('1/a')])
    assert.deepEqual(await jobs.take('repository', 10), [])
  })

  it('gives the job of a process that died to another, not one that is renewed', async () => {
    await jobs.put('repository', [repository('1/a'), repository('1/b')])
    const [dying, living] = await jobs.take('repository', 2)
    assert.ok(dying !== undefined && living !== undefined)
    await later(120)
    await jobs.renew([living])
    await jobs.tidy()
    await later(30)
    const again = await jobs.take('repository', 10)
    assert.deepEqual(
      again.map(({ id }) => id),
      [dying.id],
    )
  })

  it('tries a failed job again, later and later, and lists it with the reason when it gives up', async () => {
    await jobs.put('repository', [repository('1/a')])
    let tries = 0
    for (let again = true; again; tries++) {
      const [job] = await jobs.take('repository', 1)
      assert.ok(job !== undefined, `try ${tries}`)
      again = await jobs.fail(job, `the registry is away (${tries})`)
      assert.deepEqual(await jobs.take('repository', 1), [], 'not at once')
      await later(1000)
    }
    assert.ok(tries > 3)
    const [dead] = await jobs.dead()
    assert.equal(dead?.name, 'repository')
    assert.deepEqual(dead?.payload, { repository: '1/a' })
    assert.equal(dead?.reason, `the registry is away (${tries - 1})`)
  })
})
