// What a line of the history holds, in images that share the layer which it made.
import assert from 'node:assert/strict'
import { memoryStore } from '../fixtures/memory-store.js'
import { startRegistryDouble } from '../fixtures/registry-double.js'
import { token } from '../fixtures/sweep-corpus.js'
import { openTestSweep, registryConfig, singleFindings, storedFindings } from '../fixtures/sweep-setup.js'

describe('a value in the history of several images', function () {
  this.timeout(60_000)

  it('is told with the other places of each image, and of no other image', async () => {
    const database = await memoryStore()
    const registry = await startRegistryDouble()
    const layer = { createdBy: `RUN |1 TOKEN=${token(5)} /bin/sh -c build`, files: { 'srv/built': 'x\n' } }
    const images = [
      { repository: 'a/once', tag: '1' },
      { repository: 'b/twice', tag: '1' },
      { repository: 'c/once', tag: '1' },
    ]
    await registry.push('b/twice', ['1'], { layers: [layer, layer] })
    const sweep = await openTestSweep(database, [registryConfig(registry.host)])
    try {
      await sweep.run()
      await registry.push('a/once', ['1'], { layers: [layer] })
      await registry.push('c/once', ['1'], { layers: [layer], env: ['X=1'] })
      await sweep.run()
      const expected = await singleFindings(registry.host, images)
      assert.ok(expected.length >= images.length)
      assert.deepEqual(await storedFindings(database), expected)
    } finally {
      await sweep.close()
      await registry.close()
      await database.close()
    }
  })
})
