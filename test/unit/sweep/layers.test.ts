// Layers that their workers die of, or with.
import assert from 'node:assert/strict'
import type { Database } from '../../../src/sweep/store/database.js'
import { type LayerQueue, layerQueue } from '../../../src/sweep/work/layers.js'
import { memoryStore } from '../../fixtures/memory-store.js'

describe('layers whose workers die', function () {
  this.timeout(60_000)
  let database: Database
  let queue: LayerQueue
  beforeEach(async () => {
    database = await memoryStore()
    queue = layerQueue({ database, rules: 'r', worker: 'here', sealKey: new Uint8Array(32), registries: new Map() })
    await database.query(`INSERT INTO repository (host, name) VALUES ('host', 'a')`)
    await database.query(
      `INSERT INTO layer (digest, rules, repository_id, size, priority)
       SELECT digest, 'r', 1, 10, n FROM (VALUES ('killer', 1), ('other', 2)) AS l (digest, n)`,
    )
  })
  afterEach(() => database.close())

  const die = () => queue.reclaim(['here'], [])
  const names = (layers: readonly { readonly digest: string }[]) => layers.map(({ digest }) => digest)

  it('are taken again at once, with others', async () => {
    await queue.lease(10, ['host'])
    await die()
    assert.deepEqual(names(await queue.lease(10, ['host'])), ['killer', 'other'])
  })

  it('are found by their leases, also where the clock was set back, but not what is in good hands', async () => {
    const held = await queue.lease(10, ['host'])
    await queue.reclaim([], held)
    await database.query(`UPDATE layer SET lease_until = now() - interval '1 second'`)
    await queue.reclaim([], held)
    assert.deepEqual(await queue.lease(10, ['host']), [])
    await database.query(`UPDATE layer SET lease_until = now() + interval '1 day' WHERE digest = 'other'`)
    await queue.reclaim([], [])
    assert.deepEqual(names(await queue.lease(10, ['host'])), ['killer', 'other'])
  })

  it('do not wait for a time that a clock of next year has named', async () => {
    const [layer] = await queue.lease(1, ['host'])
    assert.ok(layer !== undefined)
    await queue.postpone(layer, new Date(Date.now() + 3_600_000))
    assert.ok(!names(await queue.lease(10, ['host'])).includes(layer.digest), 'an hour is waited for')
    await database.query(`UPDATE layer SET not_before = not_before + interval '400 days'`)
    assert.deepEqual(names(await queue.lease(10, ['host'])), [layer.digest])
  })

  it('are taken alone after three deaths, so that the innocent ones are done', async () => {
    for (let death = 0; death < 3; death++) {
      await queue.lease(10, ['host'])
      await die()
    }
    assert.deepEqual(await queue.lease(10, ['host']), [])
    const [first] = await queue.leaseSuspicious(['host'])
    assert.equal(first?.digest, 'killer')
    assert.deepEqual(names(await queue.leaseSuspicious(['host'])), ['other'])
  })

  it('are given up after twenty, with the reason', async () => {
    for (let death = 0; death < 19; death++) {
      const taken = death < 3 ? await queue.lease(1, ['host']) : await queue.leaseSuspicious(['host'])
      assert.deepEqual(names(taken), ['killer'], `death ${death}`)
      await die()
    }
    await queue.leaseSuspicious(['host'])
    await die()
    const rows = await database.query(
      `SELECT digest, status, failure->>'code' AS code, failure->>'message' AS message FROM layer ORDER BY digest`,
    )
    assert.deepEqual(rows, [
      { digest: 'killer', status: 'failed', code: 'WORKER_DIED', message: 'Workers died 20 times while they read it.' },
      { digest: 'other', status: 'pending', code: null, message: null },
    ])
  })
})
