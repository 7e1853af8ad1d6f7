// Schedules: time zones, downtime, clocks that jump, two schedulers on one store.
import assert from 'node:assert/strict'
import { LockedError, UsageError } from '../../../src/support/errors.js'
import { followSchedule } from '../../../src/sweep/schedule.js'
import type { Database } from '../../../src/sweep/store/database.js'
import { StoreAwayError } from '../../../src/sweep/store/told-failure.js'
import { memoryStore } from '../../fixtures/memory-store.js'

const BERLIN = { cron: '0 3 * * *', timeZone: 'Europe/Berlin' }

/** A clock that the test moves: waiting lets it go on, or jump. */
class Clock {
  time: number
  readonly #jumps: number[]

  constructor(start: string, jumps: readonly number[] = []) {
    this.time = Date.parse(start)
    this.#jumps = [...jumps]
  }

  readonly now = () => new Date(this.time)
  readonly wait = async (ms: number) => {
    // Real timers run between, so that another scheduler gets its turn.
    await new Promise(setImmediate)
    this.time += this.#jumps.shift() ?? ms
  }
}

describe('a schedule', function () {
  this.timeout(60_000)
  let database: Database
  before(async () => {
    database = await memoryStore()
  })
  after(() => database.close())
  beforeEach(() => database.query(`DELETE FROM meta WHERE key = 'scheduled'`))

  /** The times of sweeps until `end`, as the clock shows them. */
  async function follow(
    clock: Clock,
    end: string,
    sweep: (controller: AbortController) => Promise<void> = async () => {},
    say: (line: string) => void = () => {},
  ): Promise<string[]> {
    const controller = new AbortController()
    const times: string[] = []
    await followSchedule({
      schedule: BERLIN,
      database,
      signal: controller.signal,
      say,
      now: clock.now,
      step: 1_800_000,
      wait: async (ms) => {
        await clock.wait(ms)
        if (clock.time >= Date.parse(end)) controller.abort()
      },
      sweep: async (claim) => {
        await database.transaction(async (queries) => {
          if (claim !== undefined && !(await claim(queries))) throw new LockedError('Another process has begun it.')
          const [row] = await queries.query<{ value: string }>(`SELECT value FROM meta WHERE key = 'scheduled'`)
          times.push(row?.value ?? '')
          await sweep(controller)
        })
      },
    })
    return times
  }

  it('says of a sweep that fails why, and what to do: nobody else does until the next time', async () => {
    const said: string[] = []
    const fail = async () => {
      throw new UsageError('The file ci.password cannot be read.', { hint: 'Check its permissions.' })
    }
    await follow(new Clock('2026-03-01T00:00:00Z'), '2026-03-01T12:00:00Z', fail, (line) => said.push(line))
    assert.ok(
      said.includes('The sweep failed: The file ci.password cannot be read. Check its permissions.'),
      said.join('\n'),
    )
  })

  it('keeps to the local time when summer time begins', async () => {
    const times = await follow(new Clock('2026-03-28T00:00:00Z'), '2026-03-30T12:00:00Z')
    assert.deepEqual(times, ['2026-03-28T02:00:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-30T01:00:00.000Z'])
  })

  it('makes all times that were missed good by one sweep', async () => {
    await follow(new Clock('2026-01-01T00:00:00Z'), '2026-01-02T00:00:00Z')
    const times = await follow(new Clock('2026-01-09T12:00:00Z'), '2026-01-10T12:00:00Z')
    assert.deepEqual(times, ['2026-01-09T02:00:00.000Z', '2026-01-10T02:00:00.000Z'])
  })

  it('begins with the next time where there was none before', async () => {
    assert.deepEqual(await follow(new Clock('2026-01-01T12:00:00Z'), '2026-01-01T20:00:00Z'), [])
  })

  it('sweeps no time twice when the clock is set back', async () => {
    const clock = new Clock('2026-01-01T01:59:00Z', [90_000, -3_600_000])
    assert.deepEqual(await follow(clock, '2026-01-01T12:00:00Z'), ['2026-01-01T02:00:00.000Z'])
  })

  it('goes on by the clock of today where a wrong one was years ahead for a while', async () => {
    await follow(new Clock('2030-01-01T01:00:00Z'), '2030-01-01T03:00:00Z')
    const times = await follow(new Clock('2026-01-01T12:00:00Z'), '2026-01-03T12:00:00Z')
    assert.deepEqual(times, ['2026-01-02T02:00:00.000Z', '2026-01-03T02:00:00.000Z'])
  })

  it('sweeps once when the clock jumps ahead over several times', async () => {
    const clock = new Clock('2026-01-01T01:00:00Z', [3 * 86_400_000])
    assert.deepEqual(await follow(clock, '2026-01-04T01:30:00Z'), ['2026-01-03T02:00:00.000Z'])
  })

  it('lets one of two schedulers have each time', async () => {
    const both = await Promise.all([
      follow(new Clock('2026-01-01T00:00:00Z'), '2026-01-04T00:00:00Z'),
      follow(new Clock('2026-01-01T00:00:05Z'), '2026-01-04T00:00:00Z'),
    ])
    assert.deepEqual(both.flat().sort(), [
      '2026-01-01T02:00:00.000Z',
      '2026-01-02T02:00:00.000Z',
      '2026-01-03T02:00:00.000Z',
    ])
  })

  it('loses no time where a process dies while it begins a sweep', async () => {
    const dies = async (controller: AbortController) => {
      controller.abort()
      throw new Error('killed')
    }
    await follow(new Clock('2026-01-01T00:00:00Z'), '2026-01-02T00:00:00Z', dies)
    const times = await follow(new Clock('2026-01-01T05:00:00Z'), '2026-01-02T00:00:00Z')
    assert.deepEqual(times, ['2026-01-01T02:00:00.000Z'])
  })

  it('goes on after a sweep that is still running elsewhere', async () => {
    const times = await follow(new Clock('2026-01-01T00:00:00Z'), '2026-01-03T00:00:00Z', async () => {
      throw new LockedError('Another sweep is running.')
    })
    assert.equal(times.length, 2)
  })

  it('waits for a database that goes away between two sweeps, and says so once', async () => {
    const said: string[] = []
    const controller = new AbortController()
    let asked = 0
    const flaky: Database = {
      ...database,
      query: async (sql, parameters) => {
        asked++
        if (asked === 2 || asked === 3) throw new StoreAwayError('57P01')
        return database.query(sql, parameters)
      },
    }
    await followSchedule({
      schedule: BERLIN,
      database: flaky,
      signal: controller.signal,
      say: (line) => void said.push(line),
      now: () => new Date('2026-01-01T00:00:00Z'),
      wait: async () => controller.abort(),
      sweep: async () => assert.fail('nothing is due'),
    })
    assert.deepEqual(said, [
      'The database does not answer; waiting for it.',
      'The next sweep is at 2026-01-01 02:00 UTC',
    ])
  })

  it('does not lose a sweep for which the database went away: it is begun again', async () => {
    let tries = 0
    const times = await follow(new Clock('2026-01-01T00:00:00Z'), '2026-01-01T12:00:00Z', async () => {
      tries++
      if (tries === 1) throw new StoreAwayError('ECONNRESET')
    })
    assert.equal(tries, 2)
    assert.equal(times.at(-1), '2026-01-01T02:00:00.000Z')
  })
})
