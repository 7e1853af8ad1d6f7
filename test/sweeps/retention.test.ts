// A process that is killed while it forgets: what comes back afterwards is found as if it had never been away.
import assert from 'node:assert/strict'
import { pruneStore } from '../../src/sweep/retention.js'
import type { Database } from '../../src/sweep/store/database.js'
import type { MemoryRegistry } from '../fixtures/memory-registry.js'
import { sweepCorpus } from '../fixtures/sweep-corpus.js'
import { openSwept, type Swept, singleFindings, storedFindings, type TestSweep } from '../fixtures/sweep-setup.js'

const signal = new AbortController().signal

/** The database of a process that is killed after so many statements. */
function dyingAfter(database: Database, statements: number): Database {
  let left = statements
  return {
    ...database,
    query: async (sql, parameters) => {
      if (left-- === 0) throw new Error('killed')
      return database.query(sql, parameters)
    },
  }
}

describe('a process that is killed while it forgets', function () {
  this.timeout(180_000)
  let swept: Swept
  let database: Database
  let registry: MemoryRegistry
  let sweep: TestSweep

  before(async () => {
    swept = await openSwept(await sweepCorpus(3))
    ;({ database, registry, sweep } = swept)
  })
  after(() => swept.close())

  it('loses nothing of an image that comes back', async () => {
    const corpus = [...registry.images]
    const expected = await singleFindings(registry.host, corpus)
    await sweep.run()
    // The time, and what is deleted.
    const statements = 10
    for (let survived = 0; survived <= statements; survived++) {
      registry.images.splice(0, registry.images.length, ...corpus.filter(({ tag }) => tag !== 'v1'))
      await sweep.run()
      for (const table of ['image', 'tag', 'repository', 'finding'])
        await database.query(`UPDATE ${table} SET gone_at = now() - interval '500 days' WHERE gone_at IS NOT NULL`)
      const forgetting = pruneStore(dyingAfter(database, survived), { findingsDays: 400 }, { signal })
      if (survived < statements) await assert.rejects(forgetting, /killed/)
      else assert.equal((await forgetting).images, 1)
      registry.images.splice(0, registry.images.length, ...corpus)
      await sweep.run()
      assert.deepEqual(await storedFindings(database), expected, `killed after ${survived} statements`)
    }
  })

  it('forgets no image to which a sweep that runs meanwhile has found a tag again', async () => {
    await database.query(`UPDATE image SET gone_at = now() - interval '500 days'`)
    const { images } = await pruneStore(database, { findingsDays: 400 }, { signal })
    assert.equal(images, 0)
  })
})
