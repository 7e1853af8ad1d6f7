// A sweep of the newest tags alone: what is passed over is looked at once, and not again in the next sweep.
import assert from 'node:assert/strict'
import type { Database } from '../../src/sweep/store/database.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type RegistryDouble, startRegistryDouble } from '../fixtures/registry-double.js'
import { openTestSweep, registryConfig, type TestSweep } from '../fixtures/sweep-setup.js'

describe('a sweep of the newest tags', function () {
  this.timeout(120_000)
  let database: Database
  let registry: RegistryDouble
  let sweep: TestSweep

  before(async () => {
    registry = await startRegistryDouble()
    for (const day of ['01', '02', '03', '04'])
      await registry.push('team/app', [`day-${day}`], {
        layers: [{ files: { 'a.txt': day } }],
        config: {
          created: `2026-01-${day}T00:00:00Z`,
          architecture: 'amd64',
          os: 'linux',
          config: {},
          rootfs: { type: 'layers', diff_ids: [] },
        },
      })
    database = await memoryStore()
    sweep = await openTestSweep(database, [
      registryConfig(registry.host, { tags: { include: ['*'], exclude: [], newest: 2 } }),
    ])
  })
  after(async () => {
    await sweep.close()
    await registry.close()
    await database.close()
  })

  it('takes those, and asks in the next sweep by HEAD alone', async () => {
    const first = await sweep.run()
    assert.equal(first.counts.tags, 2)
    assert.equal(first.counts.images, 2)
    const names = await database.query<{ name: string }>('SELECT name FROM tag ORDER BY name')
    assert.deepEqual(
      names.map(({ name }) => name),
      ['day-03', 'day-04'],
    )
    registry.seen.length = 0
    const second = await sweep.run()
    assert.equal(second.counts.tags, 2)
    assert.deepEqual(registry.asked(/^GET .*(?:manifests|blobs)/), [])
    assert.equal(registry.asked(/^HEAD .*manifests/).length, 4)
  })
})
