// What keeps an embedded store fast and small: statistics, vacuuming, and statements that look rows up by their keys without either.
import assert from 'node:assert/strict'
import { TOP_OPEN_LAYER } from '../../../src/sweep/plan/images.js'
import type { Database } from '../../../src/sweep/store/database.js'
import { keepUp } from '../../../src/sweep/store/upkeep.js'
import { untried } from '../../../src/sweep/work/elsewhere.js'
import { newMemoryStore } from '../../fixtures/memory-store.js'

describe('an embedded store that grows', function () {
  this.timeout(60_000)
  let database: Database
  before(async () => {
    database = await newMemoryStore()
    await database.script(
      `INSERT INTO layer (digest, rules, size) SELECT 'sha256:' || n, 'rules', 1 FROM generate_series(1, 3000) n`,
    )
  })
  after(() => database.close())

  const tableOf = async (name: string) => {
    const [row] = await database.query<{ rows: number; bytes: number; dead: number }>(
      `SELECT reltuples::bigint AS rows, pg_relation_size(oid) AS bytes, pg_stat_get_dead_tuples(oid) AS dead
       FROM pg_class WHERE relname = $1`,
      [name],
    )
    assert.ok(row !== undefined)
    return row
  }

  it("finds an image's open layers by their keys, with no statistics at all", async () => {
    const plan = await database.query<Record<string, string>>(
      `EXPLAIN ${TOP_OPEN_LAYER.replace('$1', '1').replace('$2', "'rules'")}`,
    )
    const text = plan.map((row) => row['QUERY PLAN']).join('\n')
    assert.match(text, /Index Scan using layer_pkey/)
    assert.doesNotMatch(text, /Seq Scan/)
  })

  it('finds another repository that holds a layer by keys, with no statistics at all', async () => {
    const plan = await database.query<Record<string, string>>(`EXPLAIN SELECT ${untried("'{r.example}'")} FROM layer`)
    const text = plan.map((row) => row['QUERY PLAN']).join('\n')
    for (const key of ['image_layer_digest', 'resolved_image_image', 'tag_digest', 'repository_pkey'])
      assert.match(text, new RegExp(`Scan (?:using|on) ${key}`))
    assert.doesNotMatch(text, /Seq Scan on (?:image_layer|resolved_image|tag|repository)/)
  })

  it('has statistics once much has changed, and does not grow by what is written again and again', async () => {
    await keepUp(database)
    assert.equal((await tableOf('layer')).rows, 3000)
    const sizes: number[] = []
    for (let sweep = 0; sweep < 6; sweep++) {
      await database.query('UPDATE layer SET attempt = $1', [sweep])
      await keepUp(database)
      const { dead, bytes } = await tableOf('layer')
      assert.equal(dead, 0)
      sizes.push(bytes)
    }
    assert.equal(sizes.at(-1), sizes[1], 'the space of old rows is used again')
  })

  it('leaves tables alone that have hardly changed', async () => {
    await database.query(`UPDATE layer SET attempt = 9 WHERE digest = 'sha256:7'`)
    await keepUp(database)
    await database.query('SELECT pg_stat_force_next_flush()')
    assert.equal((await tableOf('layer')).dead, 1)
  })
})
