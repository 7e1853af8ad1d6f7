// Slots of a registry that workers share: nobody waits long for a share, and nobody has more than all.
import assert from 'node:assert/strict'
import type { Database } from '../../../src/sweep/store/database.js'
import { HostSlots } from '../../../src/sweep/work/slots.js'
import { memoryStore } from '../../fixtures/memory-store.js'

const HOST = 'registry.example'
const MOST = 5

describe('slots of a registry', function () {
  this.timeout(60_000)
  let database: Database
  before(async () => {
    database = await memoryStore()
  })
  after(() => database.close())
  beforeEach(() => database.query('DELETE FROM slot'))

  const worker = (name: string): HostSlots => new HostSlots(database, name, [HOST], MOST)
  const never = new AbortController().signal

  it('go over to a worker that comes, as soon as the one that has them looks', async () => {
    const [first, second] = [worker('first'), worker('second')]
    await first.renew(1)
    assert.equal(first.held(HOST), MOST)
    await second.renew(2)
    assert.equal(second.held(HOST), 0)
    await first.rebalance(2)
    await second.rebalance(2)
    assert.deepEqual([first.held(HOST), second.held(HOST)], [3, 2])
  })

  it('are taken again by whoever waits for one when another worker has gone', async () => {
    const [first, second] = [worker('first'), worker('second')]
    await first.renew(2)
    await second.renew(2)
    await second.release()
    let running = 0
    const ends: (() => void)[] = []
    const tasks = Array.from({ length: MOST }, () =>
      first.use(HOST, never, () => {
        running++
        return new Promise<void>((resolve) => ends.push(resolve))
      }),
    )
    await first.rebalance(1)
    await new Promise(setImmediate)
    assert.equal(running, MOST)
    for (const end of ends) end()
    await Promise.all(tasks)
  })

  it('are not lost on a task that was cancelled while it waited', async () => {
    const slots = worker('only')
    await slots.renew(MOST)
    assert.equal(slots.held(HOST), 1)
    let end = () => {}
    const running = slots.use(HOST, never, () => new Promise<void>((resolve) => (end = resolve)))
    const cancelled = new AbortController()
    const given = slots.use(HOST, cancelled.signal, async () => {})
    const waiting = slots.use(HOST, never, async () => 'done')
    cancelled.abort()
    await assert.rejects(given, { name: 'AbortError' })
    end()
    await running
    assert.equal(await waiting, 'done')
  })
})
