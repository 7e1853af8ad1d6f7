// The store's tables on PGlite: versions, types of values, transactions.
import assert from 'node:assert/strict'
import type { Database } from '../../src/sweep/store/database.js'
import { openEmbedded } from '../../src/sweep/store/embedded.js'
import { MIGRATIONS } from '../../src/sweep/store/migrations.js'
import { migrateSchema, schemaVersion } from '../../src/sweep/store/schema.js'
import { fillSmall, smallChecks } from '../fixtures/reading-checks.js'

describe('sweep store', function () {
  this.timeout(60_000)
  let database: Database
  before(async () => {
    database = await openEmbedded()
  })
  after(() => database.close())
  /** Nothing of the store is left; making a database anew for each would take seconds. */
  const drop = () => database.script('DROP SCHEMA IF EXISTS secretscan CASCADE')

  it('is brought up to date, and again without harm', async () => {
    await migrateSchema(database)
    await migrateSchema(database)
    assert.ok((await schemaVersion(database)) >= 1)
    const tables = await database.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'secretscan'`,
    )
    for (const name of ['sweep', 'tag', 'image', 'layer', 'finding', 'occurrence', 'image_finding', 'notification']) {
      assert.ok(
        tables.some((table) => table.name === name),
        name,
      )
    }
  })

  for (let version = 1; version < MIGRATIONS.length; version++) {
    it(`keeps what version ${version} has written, and answers from it`, async () => {
      await drop()
      await migrateSchema(database, version)
      assert.equal(await schemaVersion(database), version)
      await fillSmall(database)
      await migrateSchema(database)
      assert.equal(await schemaVersion(database), MIGRATIONS.length)
      for (const [, check] of smallChecks) await check(database)
    })
  }

  it('refuses what a later version has written', async () => {
    const version = await schemaVersion(database)
    await database.query(`UPDATE meta SET value = '9999' WHERE key = 'schema'`)
    await assert.rejects(migrateSchema(database), /later version/)
    await database.query(`UPDATE meta SET value = $1 WHERE key = 'schema'`, [String(version)])
  })

  it('says so where its tables are not those of its version, as after a restore that was cut short', async () => {
    await database.query(`DELETE FROM meta WHERE key = 'schema'`)
    await assert.rejects(migrateSchema(database), /^StoreError: The store is not whole: .* \(42P07\)\.$/)
    await drop()
    await migrateSchema(database)
  })

  it('gives numbers, dates, documents and bytes', async () => {
    const [row] = await database.query<{
      count: unknown
      at: unknown
      document: unknown
      bytes: unknown
      many: unknown
    }>(`SELECT count(*) AS count, now() AS at, $1::jsonb AS document, $2::bytea AS bytes, $3::text[] AS many`, [
      JSON.stringify({ list: [1] }),
      Uint8Array.of(0, 255),
      ['a', 'b"c'],
    ])
    assert.equal(row?.count, 1)
    assert.ok(row?.at instanceof Date)
    assert.deepEqual(row?.document, { list: [1] })
    assert.deepEqual(Buffer.from(row?.bytes as Uint8Array).toString('hex'), '00ff')
    assert.deepEqual(row?.many, ['a', 'b"c'])
  })

  it('undoes a transaction that fails, and lets no other statement into it', async () => {
    const failing = database.transaction(async (queries) => {
      await queries.query(`INSERT INTO meta VALUES ('inside', 'x')`)
      throw new Error('no')
    })
    const outside = database.query(`INSERT INTO meta VALUES ('outside', 'x')`)
    await assert.rejects(failing, /no/)
    await outside
    const rows = await database.query<{ key: string }>(`SELECT key FROM meta WHERE value = 'x'`)
    assert.deepEqual(rows, [{ key: 'outside' }])
  })

  it('lets one sweep run at a time', async () => {
    const start = () => database.query(`INSERT INTO sweep (trigger, status, rules) VALUES ('run', 'running', 'r')`)
    await start()
    await assert.rejects(start(), /sweep_running/)
  })
})
