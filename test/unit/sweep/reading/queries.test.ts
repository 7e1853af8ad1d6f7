import type { Database } from '../../../../src/sweep/store/database.js'
import { memoryStore } from '../../../fixtures/memory-store.js'
import { checkMany, fillSmall, smallChecks } from '../../../fixtures/reading-checks.js'
import { addMany } from '../../../fixtures/sweep-store.js'

describe('sweep/reading', function () {
  this.timeout(120_000)
  let database: Database
  const open = async (): Promise<void> => {
    database = await memoryStore()
  }

  describe('a few images', () => {
    before(async () => {
      await open()
      await fillSmall(database)
    })
    after(() => database.close())
    for (const [sentence, check] of smallChecks) it(sentence, () => check(database))
  })

  it('is exact with ten thousand findings in images', async () => {
    const many = { images: 500, teams: 20, repositories: 100, layers: 250, shared: 20 }
    await open()
    await addMany(database, many)
    await checkMany(database, many)
    await database.close()
  })
})
