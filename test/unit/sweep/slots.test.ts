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
    assert.deepEqual([first.held(HOST), second.held(HOST)], [2, 3])
  })

  it('are no more than a share, whatever plan the database chooses', async () => {
    // A LIMIT in a condition is worked out anew for each row of a nested loop.
    const others = ['hashjoin', 'mergejoin', 'hashagg', 'sort', 'material', 'indexscan', 'bitmapscan'].map(
      (name) => `enable_${name}`,
    )
    await database.script(others.map((name) => `SET ${name} = off;`).join(''))
    const [first, second] = [worker('first'), worker('second')]
    await first.renew(2)
    await second.renew(2)
    await database.script(others.map((name) => `RESET ${name};`).join(''))
    assert.deepEqual([first.held(HOST), second.held(HOST)], [2, 3])
  })

  it('reach each of three workers, though the first two had divided all of them', async () => {
    const workers = [new HostSlots(database, 'a', [HOST], 4), new HostSlots(database, 'b', [HOST], 4)]
    for (const each of workers) await each.renew(2)
    const late = new HostSlots(database, 'c', [HOST], 4)
    await late.renew(3)
    assert.equal(late.held(HOST), 0)
    for (const each of workers) await each.renew(3)
    await late.rebalance(3)
    assert.ok(late.held(HOST) > 0)
    for (const each of [...workers, late]) assert.ok(each.held(HOST) > 0)
  })

  it('are left by a worker with nothing to do where another has none', async () => {
    const [idle, busy] = [new HostSlots(database, 'a', [HOST], 1), new HostSlots(database, 'b', [HOST], 1)]
    await idle.renew(2, true)
    await busy.renew(2)
    assert.deepEqual([idle.held(HOST), busy.held(HOST)], [1, 0])
    await idle.renew(2, true)
    await busy.rebalance(2)
    assert.deepEqual([idle.held(HOST), busy.held(HOST)], [0, 1])
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
