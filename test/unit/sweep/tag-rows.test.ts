// Tags of a repository as rows: what changed, what stayed untouched, what is gone, whatever number of names is kept in memory.
import assert from 'node:assert/strict'
import type { Digest } from '../../../src/image/types.js'
import { TagRows } from '../../../src/sweep/plan/tag-rows.js'
import type { Database } from '../../../src/sweep/store/database.js'
import { memoryStore } from '../../fixtures/memory-store.js'

const digest = (n: number): Digest => `sha256:${String(n).padStart(64, '0')}`
const tags = (names: string, n = 1) => [...names].map((tag) => ({ tag, digest: digest(n) }))

describe('sweep/plan/tag-rows', function () {
  this.timeout(60_000)
  let database: Database
  before(async () => {
    database = await memoryStore()
    await database.query(
      `INSERT INTO repository (host, name) VALUES ('reg.example.com', 'app'), ('reg.example.com', 'other')`,
    )
  })
  after(() => database.close())
  beforeEach(() => database.script('DELETE FROM tag'))

  const live = async (): Promise<string> => {
    const rows = await database.query<{ name: string }>(
      'SELECT name FROM tag WHERE repository_id = 1 AND gone_at IS NULL ORDER BY name',
    )
    return rows.map(({ name }) => name).join('')
  }
  const versions = async () =>
    new Map(
      (await database.query<{ name: string; at: string }>('SELECT name, xmin::text AS at FROM tag')).map((row) => [
        row.name,
        row.at,
      ]),
    )
  const sweep = async (number: number, batches: readonly ReturnType<typeof tags>[], most?: number): Promise<void> => {
    const rows = new TagRows(database, 1, number, most)
    for (const batch of batches) await rows.write(batch)
    await rows.leaveGone()
  }

  for (const most of [100, 3]) {
    const kept = `with ${most} names in memory`
    it(`marks what is gone, and what came back, ${kept}`, async () => {
      await new TagRows(database, 2, 1).write(tags('z'))
      await sweep(1, [tags('ab'), tags('cd'), tags('e')], most)
      assert.equal(await live(), 'abcde')
      await sweep(2, [tags('ab'), tags('ef')], most)
      assert.equal(await live(), 'abef')
      // As many as before, and others.
      await sweep(3, [tags('bcf'), tags('g')], most)
      assert.equal(await live(), 'bcfg')
      await sweep(4, [], most)
      assert.equal(await live(), '')
      const [other] = await database.query<{ gone_at: Date | null }>('SELECT gone_at FROM tag WHERE repository_id = 2')
      assert.equal(other?.gone_at, null)
    })
  }

  it('writes no row of a tag that stands as it did', async () => {
    await sweep(1, [tags('abc')])
    const before = await versions()
    await sweep(2, [[...tags('ab'), ...tags('c', 2)]])
    const after = await versions()
    assert.deepEqual(
      [...after].filter(([name, at]) => before.get(name) !== at).map(([name]) => name),
      ['c'],
    )
  })

  it('says that nothing is new where all stand as they did, and only there', async () => {
    const looked = { platforms: 'all', rescan: false, rules: 'r' }
    await database.script(
      `DELETE FROM resolved; INSERT INTO resolved (digest, platforms) VALUES ('${digest(1)}', 'all')`,
    )
    await sweep(1, [tags('abc')])
    const stands = async (listed: ReturnType<typeof tags>, conditions = looked) => {
      const rows = new TagRows(database, 1, 2)
      const answer = await rows.stand(listed, conditions)
      if (answer) await rows.leaveGone()
      return answer
    }
    assert.equal(await stands(tags('abc')), true)
    assert.equal(await live(), 'abc')
    assert.equal(await stands(tags('abcd')), false, 'a new name')
    assert.equal(await stands([...tags('ab'), ...tags('c', 2)]), false, 'another digest')
    assert.equal(await stands(tags('abc'), { ...looked, platforms: 'linux/amd64' }), false, 'not resolved so')
    assert.equal(await stands(tags('ab')), true)
    assert.equal(await live(), 'ab', 'what is listed no more is gone all the same')
    assert.equal(await stands(tags('abc')), false, 'one that is back')
    await database.query(`UPDATE tag SET failure = '{}' WHERE name = 'a'`)
    assert.equal(await stands(tags('ab')), false, 'one that could not be read')
  })

  it('keeps tags that cannot be read, with the reason, until they can', async () => {
    await sweep(1, [tags('ab')])
    const rows = new TagRows(database, 1, 2)
    await rows.write(tags('a'))
    await rows.writeFailed('b', { code: 'NOT_FOUND', message: 'None.' })
    await rows.leaveGone()
    assert.equal(await live(), 'ab')
    const failed = () =>
      database.query<{ name: string; digest: string }>('SELECT name, digest FROM tag WHERE failure IS NOT NULL')
    assert.deepEqual(await failed(), [{ name: 'b', digest: digest(1) }])
    await sweep(3, [tags('ab')])
    assert.deepEqual(await failed(), [])
  })

  it('takes a name that a registry lists twice once, as it came last', async () => {
    await sweep(1, [[...tags('ab'), ...tags('a', 2)], tags('b', 3)])
    const rows = await database.query('SELECT name, digest FROM tag ORDER BY name')
    assert.deepEqual(rows, [
      { name: 'a', digest: digest(2) },
      { name: 'b', digest: digest(3) },
    ])
  })
})
