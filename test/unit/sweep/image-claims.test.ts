// Images that workers die of while they put them together.
import assert from 'node:assert/strict'
import type { Database } from '../../../src/sweep/store/database.js'
import { claimImages, reclaimImages, releaseImages } from '../../../src/sweep/work/image-claims.js'
import { memoryStore } from '../../fixtures/memory-store.js'

describe('images whose workers die', function () {
  this.timeout(60_000)
  let database: Database
  beforeEach(async () => {
    database = await memoryStore()
    await database.script(`
      INSERT INTO worker (id, host, pid) VALUES ('here', 'h', 1), ('there', 'h', 2);
      INSERT INTO layer (digest, rules, size, status) VALUES ('done', 'r', 1, 'done'), ('open', 'r', 1, 'pending');
      INSERT INTO image (digest, image_id, platform, description, config, bytes, rules, waiting_for)
        VALUES ('a', 'a', 'p', '{}', '', 1, 'r', NULL), ('b', 'b', 'p', '{}', '', 1, 'r', 'done'), ('c', 'c', 'p', '{}', '', 1, 'r', 'open')`)
  })
  afterEach(() => database.close())

  const claim = (worker: string, suspicious = false, which: Parameters<typeof claimImages>[1] = 'freed') =>
    claimImages(database, which, { worker, rules: 'r', most: 10, suspicious })
  const die = async (worker: string) => {
    await claim(worker)
    await claim(worker, true)
    await reclaimImages(database, [worker])
  }

  it('are those whose layers are done, each with one worker', async () => {
    assert.deepEqual(await claim('here'), [1, 2])
    assert.deepEqual(await claim('there'), [])
    assert.deepEqual(await claim('here'), [1, 2], 'a try that failed is taken up again')
    assert.deepEqual(await claim('there', false, { layer: 'open' }), [3])
    await releaseImages(database, 'here')
    assert.deepEqual(await claim('there'), [1, 2])
  })

  it('are taken again by others after a death, and by others than the living ones not at all', async () => {
    await claim('here')
    await reclaimImages(database, [])
    assert.deepEqual(await claim('there'), [])
    await reclaimImages(database, ['here'])
    assert.deepEqual(await claim('there'), [1, 2])
    await database.query(`DELETE FROM worker WHERE id = 'there'`)
    await reclaimImages(database, [])
    assert.deepEqual(await claim('here'), [1, 2], 'of a worker that is no longer known')
  })

  it('come alone after three deaths, and are given up after twenty, with the reason', async () => {
    for (let death = 0; death < 3; death++) await die('here')
    assert.deepEqual(await claim('here'), [])
    assert.deepEqual(
      await claimImages(database, 'freed', { worker: 'here', rules: 'r', most: 1, suspicious: true }),
      [1],
    )
    for (let death = 3; death < 20; death++) await die('here')
    const rows = await database.query(`SELECT digest, status, failure->>'code' AS code FROM image ORDER BY id`)
    assert.deepEqual(rows, [
      { digest: 'a', status: 'failed', code: 'WORKER_DIED' },
      { digest: 'b', status: 'failed', code: 'WORKER_DIED' },
      { digest: 'c', status: 'planned', code: null },
    ])
  })

  it('are put together again no more, where that is what kills', async () => {
    await database.query(`UPDATE image SET status = 'done', outdated = true, deaths = 19 WHERE digest = 'a'`)
    assert.deepEqual(await claim('here', true, 'outdated'), [1])
    await reclaimImages(database, ['here'])
    const [row] = await database.query(`SELECT status, outdated FROM image WHERE digest = 'a'`)
    assert.deepEqual(row, { status: 'failed', outdated: false })
  })
})
