import assert from 'node:assert/strict'
import { listFindings } from '../../../src/sweep/reading/findings.js'
import { pruneStore } from '../../../src/sweep/retention.js'
import type { Database } from '../../../src/sweep/store/database.js'
import { memoryStore } from '../../fixtures/memory-store.js'
import { fillSmall, fp } from '../../fixtures/reading-checks.js'

const signal = new AbortController().signal
const now = new Date('2026-06-01T00:00:00Z')

describe('sweep/retention', function () {
  this.timeout(60_000)
  let database: Database
  before(async () => {
    database = await memoryStore()
    await fillSmall(database)
    await database.script(`UPDATE image SET gone_at = '2026-01-02' WHERE gone_at IS NOT NULL;
      INSERT INTO resolved (digest, platforms, resolved_at) SELECT digest, 'all', '2026-01-01' FROM image;
      INSERT INTO layer (digest, rules, status, size, scanned_at) SELECT DISTINCT digest, 'rules', 'done', 1, '2026-01-01'::timestamptz FROM image_layer;
      UPDATE finding SET last_seen_at = '2026-01-02'; UPDATE secret SET first_seen_at = '2026-01-01';
      INSERT INTO notification (sweep_id, channel, batch, payload) VALUES (1, 'hook', 1, '{}')`)
  })
  after(() => database.close())

  const counts = async () => {
    const [row] = await database.query<Record<string, number>>(
      `SELECT (SELECT count(*) FROM finding) AS findings, (SELECT count(*) FROM image) AS images, (SELECT count(*) FROM layer) AS layers,
         (SELECT count(*) FROM resolved) AS resolved, (SELECT count(*) FROM secret) AS secrets, (SELECT count(*) FROM sweep) AS sweeps,
         (SELECT count(*) FROM occurrence) AS occurrences`,
    )
    return row
  }
  const all = { findings: 5, images: 4, layers: 4, resolved: 4, secrets: 4, sweeps: 2, occurrences: 5 }

  it('forgets nothing where no number of days is given, and nothing that is young', async () => {
    assert.deepEqual(await pruneStore(database, {}, { signal, now }), { findings: 0, images: 0, layers: 0, sweeps: 0 })
    await pruneStore(database, { findingsDays: 400 }, { signal, now })
    assert.deepEqual(await counts(), all)
  })

  it('forgets what has been gone for long, with its layers and values, and nothing that is there', async () => {
    const pruned = await pruneStore(database, { findingsDays: 30 }, { signal, now })
    assert.deepEqual(pruned, { findings: 1, images: 1, layers: 1, sweeps: 0 })
    const { findings, images, layers, resolved, secrets, sweeps, occurrences } = all
    assert.deepEqual(await counts(), {
      findings: findings - 1,
      images: images - 1,
      layers: layers - 1,
      resolved: resolved - 1,
      secrets: secrets - 1,
      sweeps,
      occurrences: occurrences - 1,
    })
    const left = await listFindings(database, { acknowledged: true, gone: true }, { limit: 10 })
    assert.deepEqual(left.map(({ fingerprint }) => fingerprint).sort(), [
      fp('accepted'),
      fp('env'),
      fp('leak'),
      fp('new'),
    ])
  })

  it('keeps what images still hold where only its rule is gone', async () => {
    const [leak] = await database.query<{ fingerprint: string }>(
      `UPDATE finding SET gone_at = '2026-01-02', gone_because = 'rule-removed' WHERE fingerprint = $1 RETURNING fingerprint`,
      [fp('leak')],
    )
    assert.ok(leak !== undefined)
    await pruneStore(database, { findingsDays: 30 }, { signal, now })
    const left = await database.query('SELECT FROM finding WHERE fingerprint = $1', [fp('leak')])
    assert.equal(left.length, 1)
  })

  it('keeps a sweep whose messages are not sent, and the latest', async () => {
    await database.query(`UPDATE notification SET status = 'sent'`)
    assert.equal((await pruneStore(database, { findingsDays: 30 }, { signal, now })).sweeps, 1)
    const sweeps = await database.query<{ id: number }>('SELECT id FROM sweep')
    assert.deepEqual(sweeps, [{ id: 2 }])
  })
})
