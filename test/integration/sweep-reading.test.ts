// What people see of sweeps, on a real PostgreSQL: the same answers as from the embedded store, and one message each from many senders.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deliverDue } from '../../src/sweep/notify/deliver.js'
import { writeOutbox } from '../../src/sweep/notify/outbox.js'
import { outboxState } from '../../src/sweep/notify/outbox-state.js'
import type { Database } from '../../src/sweep/store/database.js'
import { MIGRATIONS } from '../../src/sweep/store/migrations.js'
import { openPostgres } from '../../src/sweep/store/postgres.js'
import { migrateSchema, schemaVersion } from '../../src/sweep/store/schema.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { checkMany, fillSmall, smallChecks } from '../fixtures/reading-checks.js'
import { startServer } from '../fixtures/scripted-server.js'
import { addImage, addMany, addSweep } from '../fixtures/sweep-store.js'
import { type Postgres, startPostgres } from './postgres-process.js'

const MANY = { images: 5000, teams: 20, repositories: 500, layers: 2500, shared: 20 }

describe('what people see of sweeps, on PostgreSQL', function () {
  this.timeout(600_000)
  let postgres: Postgres
  const opened: Database[] = []

  before(async () => {
    postgres = await startPostgres()
  })
  after(async () => {
    for (const database of opened) await database.close()
    postgres.stop()
  })
  /** An empty store, without what the test before has left. */
  const fresh = async (version?: number): Promise<Database> => {
    const database = await openPostgres(postgres.url)
    opened.push(database)
    await database.script('DROP SCHEMA IF EXISTS secretscan CASCADE')
    await migrateSchema(database, version)
    return database
  }

  for (let version = 1; version < MIGRATIONS.length; version++) {
    it(`keeps what version ${version} has written, where two workers of today's begin at once`, async () => {
      const old = await fresh(version)
      const other = await openPostgres(postgres.url)
      opened.push(other)
      await fillSmall(old)
      await Promise.all([migrateSchema(old), migrateSchema(other)])
      assert.equal(await schemaVersion(other), MIGRATIONS.length)
      for (const [, check] of smallChecks) await check(old)
    })
  }

  it('refuses what a later version has written', async () => {
    const database = await fresh()
    await database.query(`UPDATE meta SET value = '9999' WHERE key = 'schema'`)
    await assert.rejects(migrateSchema(database), /later version/)
  })

  describe('a few images', () => {
    let database: Database
    before(async () => {
      database = await fresh()
      await fillSmall(database)
    })
    for (const [sentence, check] of smallChecks) it(sentence, () => check(database))
  })

  it('is exact with a hundred thousand findings in images', async () => {
    const database = await fresh()
    await addMany(database, MANY)
    await checkMany(database, MANY)
  })

  it('is so in the embedded store', async () => {
    const database = await memoryStore()
    await addMany(database, MANY)
    await checkMany(database, MANY)
    await database.close()
  })

  it('four senders on connections of their own send each message once', async () => {
    const database = await fresh()
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-senders-'))
    writeFileSync(join(folder, 'key'), `made-up-${'key-of-the-test'}`)
    const server = await startServer((_, response) => setTimeout(() => response.end(), 20))
    const channel = {
      kind: 'webhook',
      name: 'hook',
      minSeverity: 'low',
      uncertain: 'give-up',
      secretFile: join(folder, 'key'),
    } as const
    const channels = [{ ...channel, address: { url: server.origin } }]
    for (let n = 0; n < 30; n++) {
      const sweep = await addSweep(database, '2026-01-01T03:00:00Z')
      const layers = [{ name: `layer-${n}`, instruction: 'COPY . /app' }]
      const findings = [{ fingerprint: `v1:${n}`, layer: 0 }]
      await addImage(database, sweep, { name: `image-${n}`, tags: [`reg.example.com/app:${n}`], layers, findings })
      await database.transaction((queries) => writeOutbox(queries, sweep, { channels, rules: new Map() }))
    }
    const senders = await Promise.all(Array.from({ length: 4 }, () => openPostgres(postgres.url)))
    const signal = new AbortController().signal
    const sent = await Promise.all(senders.map((sender) => deliverDue(sender, { channels, signal })))
    assert.equal(
      sent.reduce((sum, one) => sum + one.sent, 0),
      30,
    )
    assert.equal(server.seen.length, 30)
    assert.equal(new Set(server.seen.map(({ headers }) => headers['idempotency-key'])).size, 30)
    assert.equal((await outboxState(database)).sent, 30)
    for (const sender of senders) await sender.close()
    await server.close()
    rmSync(folder, { recursive: true })
  })
})
