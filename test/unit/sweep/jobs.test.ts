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
    jobs = await openJobs(database, 'here')
  })
  afterEach(() => database.close())

  const repository = (key: string) => ({ key, payload: { repository: key } })
  /** Time goes by. */
  const later = async (seconds: number) => {
    await database.query(
      `UPDATE pgboss.job SET started_on = started_on - make_interval(secs => $1), start_after = start_after - make_interval(secs => $1)`,
      [seconds],
    )
    await database.query('UPDATE job_holder SET lease_until = lease_until - make_interval(secs => $1)', [seconds])
  }
  /** What pg-boss has counted against any job. */
  const counted = async () => {
    const [row] = await database.query<{ tries: number }>(
      `SELECT max(retry_count) AS tries FROM pgboss.job WHERE name = 'repository'`,
    )
    return row?.tries
  }

  it('puts a job once, also after it was done', async () => {
    await jobs.put('repository', [repository('1/a'), repository('1/b')])
    await jobs.put('repository', [repository('1/a')])
    const taken = await jobs.take('repository', 10, false)
    assert.deepEqual(taken.map(({ payload }) => payload.repository).sort(), ['1/a', '1/b'])
    await jobs.done(taken)
    await jobs.put('repository', [repository('1/a')])
    assert.deepEqual(await jobs.take('repository', 10, false), [])
  })

  it('gives the job of a worker that died to another as soon as its lease has ended, not one that is renewed', async () => {
    await jobs.put('repository', [repository('1/a'), repository('1/b')])
    const [dying, living] = await jobs.take('repository', 2, false)
    assert.ok(dying !== undefined && living !== undefined)
    await later(15)
    await jobs.renew([living])
    await jobs.reclaim([], [])
    assert.deepEqual(await jobs.take('repository', 10, false), [], 'not yet')
    await later(10)
    await jobs.reclaim([], [])
    const again = await jobs.take('repository', 10, false)
    assert.deepEqual(
      again.map(({ id }) => id),
      [dying.id],
    )
  })

  it('is due when the clock is set back, and a lease does not become longer by it', async () => {
    await jobs.put('repository', [repository('1/a'), repository('1/b')])
    await later(-86_400)
    const [first, second] = await jobs.take('repository', 2, false)
    assert.ok(first !== undefined && second !== undefined)
    await later(-86_400)
    await jobs.reclaim([], [first])
    const again = await jobs.take('repository', 10, false)
    assert.deepEqual(
      again.map(({ id }) => id),
      [second.id],
    )
  })

  it('does not wait for a time that a clock of next year has named', async () => {
    await jobs.put('repository', [repository('1/a')])
    const [job] = await jobs.take('repository', 1, false)
    assert.ok(job !== undefined && (await jobs.fail(job, 'It is away.')))
    await later(-400 * 86_400)
    await jobs.tidy()
    assert.equal((await jobs.take('repository', 1, false)).length, 1)
  })

  it('leaves a job alone that another worker has taken since, whatever becomes of it here', async () => {
    const other = await openJobs(database, 'there')
    await jobs.put('repository', [repository('1/a')])
    const [lost] = await jobs.take('repository', 1, false)
    assert.ok(lost !== undefined)
    await later(25)
    await other.reclaim([], [])
    assert.equal((await other.take('repository', 1, false)).length, 1)
    const states = () => database.query(`SELECT state::text FROM pgboss.job WHERE name = 'repository'`)
    await jobs.postpone(lost)
    assert.deepEqual(await states(), [{ state: 'active' }])
    assert.equal(await jobs.fail(lost, 'The database was away.'), 'others')
    assert.deepEqual(await states(), [{ state: 'active' }])
  })

  it('gives back at once what a worker held that is known to be dead, and nothing of others', async () => {
    const other = await openJobs(database, 'there')
    await jobs.put('repository', [repository('1/a'), repository('1/b')])
    const [mine] = await jobs.take('repository', 1, false)
    const [theirs] = await other.take('repository', 1, false)
    assert.ok(mine !== undefined && theirs !== undefined)
    await jobs.reclaim(['there'], [])
    const freed = await jobs.take('repository', 10, false)
    assert.deepEqual(
      freed.map(({ id }) => id),
      [theirs.id],
    )
  })

  it('does not count a death as a failure: no later, and no try less', async () => {
    await jobs.put('repository', [repository('1/a')])
    for (let death = 1; death < 20; death++) {
      const [job] = await jobs.take('repository', 1, true)
      assert.equal(job?.deaths, death - 1)
      await jobs.reclaim(['here'], [])
      await jobs.tidy()
    }
    const [job] = await jobs.take('repository', 1, true)
    assert.ok(job !== undefined, 'at once')
    assert.equal(await counted(), 0)
    assert.deepEqual(await jobs.dead(), [])
  })

  it('gives up what kills every worker, and says of what it died', async () => {
    await jobs.put('repository', [repository('1/a')])
    let deaths = 0
    for (; deaths < 100; deaths++) {
      const [job] = await jobs.take('repository', 1, true)
      if (job === undefined) break
      await jobs.reclaim(['here'], [])
    }
    assert.equal(deaths, 20)
    const [dead] = await jobs.dead()
    assert.deepEqual(dead?.payload, { repository: '1/a' })
    assert.equal(dead?.code, 'WORKER_DIED')
    assert.equal(dead?.reason, 'Workers died 20 times while they listed its tags.')
  })

  it('counts deaths anew where a job has come further', async () => {
    await jobs.put('repository', [repository('1/a')])
    for (let death = 0; death < 50; death++) {
      const [job] = await jobs.take('repository', 1, true)
      assert.ok(job !== undefined, `death ${death}`)
      if (death % 15 === 14) await jobs.progressed(job)
      await jobs.reclaim(['here'], [])
    }
    assert.deepEqual(await jobs.dead(), [])
  })

  it('hands out what workers die of last, alone, and to nobody who holds something else', async () => {
    await jobs.put('repository', [repository('1/killer')])
    for (let death = 0; death < 3; death++) {
      assert.equal((await jobs.take('repository', 4, false)).length, 1)
      await jobs.reclaim(['here'], [])
    }
    await jobs.put('repository', [repository('1/a'), repository('1/b')])
    const first = await jobs.take('repository', 4, true)
    assert.deepEqual(first.map(({ payload }) => payload.repository).sort(), ['1/a', '1/b'])
    assert.deepEqual(await jobs.take('repository', 4, false), [])
    await jobs.done(first)
    const [killer] = await jobs.take('repository', 4, true)
    assert.equal(killer?.payload.repository, '1/killer')
    assert.equal(await counted(), 0)
  })

  it('takes a job that is given back at once, or not before its time, without counting a try', async () => {
    await jobs.put('repository', [repository('1/a')])
    const [job] = await jobs.take('repository', 1, false)
    assert.ok(job !== undefined)
    await jobs.postpone(job)
    const [again] = await jobs.take('repository', 1, false)
    assert.equal(again?.id, job.id)
    await jobs.postpone(job, new Date(Date.now() + 600_000))
    assert.deepEqual(await jobs.take('repository', 1, false), [])
    await later(601)
    assert.equal((await jobs.take('repository', 1, false)).length, 1)
    assert.equal(await counted(), 0)
  })

  for (const [few, most, span] of [
    [false, 9, [510, 1020]],
    [true, 5, [30, 60]],
  ] as const)
    it(`tries a failed job again${few ? ', a few times only' : ''}, later and later, and lists it with the reason when it gives up`, async () => {
      await jobs.put('repository', [repository('1/a')])
      let tries = 0
      let waited = 0
      for (let again = true; again; tries++) {
        const [job] = await jobs.take('repository', 1, false)
        assert.ok(job !== undefined, `try ${tries}`)
        const retry = await jobs.fail(job, `the registry is away (${tries})`, few)
        assert.ok(retry !== 'others')
        again = retry !== undefined
        assert.equal(retry?.failed ?? most, tries + 1)
        assert.ok(retry === undefined || (retry.seconds > 0 && retry.most === most))
        assert.deepEqual(retry?.span ?? span, span)
        waited += retry?.seconds ?? 0
        assert.deepEqual(await jobs.take('repository', 1, false), [], 'not at once')
        await later(1000)
        await jobs.reclaim(['here'], [])
      }
      assert.equal(tries, most, 'a failure is no death')
      assert.ok(waited > span[0] - 10 && waited < span[1] + 10, `as long as people are told, not ${waited} s`)
      const [dead] = await jobs.dead()
      assert.equal(dead?.name, 'repository')
      assert.deepEqual(dead?.payload, { repository: '1/a' })
      assert.equal(dead?.code, 'JOB_DEAD')
      assert.equal(dead?.reason, `the registry is away (${tries - 1})`)
    })
})
