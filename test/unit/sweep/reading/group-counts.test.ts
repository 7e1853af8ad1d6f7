// Counts by team, repository and rule: true after everything that changes them, and not counted again where nothing has.
import assert from 'node:assert/strict'
import { acknowledge, withdraw } from '../../../../src/sweep/acknowledge.js'
import { findingsByGroup } from '../../../../src/sweep/reading/groups.js'
import type { Database } from '../../../../src/sweep/store/database.js'
import { memoryStore } from '../../../fixtures/memory-store.js'
import { fillSmall, fp } from '../../../fixtures/reading-checks.js'
import { addImage, addSweep } from '../../../fixtures/sweep-store.js'

const A = 'reg.example.com/team-a'
const B = 'reg.example.com/team-b'

describe('sweep/reading/group-counts', function () {
  this.timeout(60_000)
  let store: Database
  /** The store, counting its transactions: each is a counting. */
  let database: Database
  let counted = 0

  beforeEach(async () => {
    store = await memoryStore()
    await fillSmall(store)
    counted = 0
    database = {
      ...store,
      transaction: (work) => {
        counted++
        return store.transaction(work)
      },
    }
  })
  afterEach(() => store.close())

  const totals = async (kind: 'team' | 'repository' | 'rule') =>
    Object.fromEntries((await findingsByGroup(database, kind, 100)).map(({ name, total }) => [name, total]))

  it('are counted once, whoever looks how often', async () => {
    for (const kind of ['team', 'rule', 'repository', 'team'] as const) await totals(kind)
    assert.equal(counted, 1)
  })

  it('follow an acknowledgement, its end and its withdrawal, in all groups that hold the finding', async () => {
    assert.deepEqual(await totals('team'), { [A]: 2, [B]: 2 })
    await acknowledge(database, { fingerprint: fp('leak'), reason: 'a test key', until: new Date(Date.now() + 1e9) })
    assert.deepEqual(await totals('team'), { [A]: 1, [B]: 1 })
    assert.deepEqual(await totals('rule'), { 'npm-token': 2 })
    assert.deepEqual(await totals('repository'), { [`${A}/api`]: 1, [`${B}/sub/db`]: 1 })
    await database.query('UPDATE acknowledgement SET until = now() WHERE fingerprint = $1', [fp('leak')])
    assert.deepEqual(await totals('team'), { [A]: 2, [B]: 2 })
    await withdraw(database, fp('accepted'))
    assert.deepEqual(await totals('repository'), { [`${A}/api`]: 2, [`${A}/web`]: 2, [`${B}/sub/db`]: 2 })
    assert.equal(counted, 4)
  })

  it('are those of the last sweep that ended while another is at work, and follow when it ends', async () => {
    await totals('team')
    const sweep = await addSweep(database, '2026-01-03T03:00:00Z', 'running')
    await addImage(database, sweep, {
      name: 'fresh',
      tags: ['reg.example.com/team-b/fresh:1'],
      layers: [{ name: 'fresh', instruction: 'COPY . .' }],
      findings: [{ fingerprint: fp('fresh'), layer: 0 }],
    })
    assert.deepEqual(await totals('team'), { [A]: 2, [B]: 2 })
    await database.query(`UPDATE sweep SET status = 'done', finished_at = now() WHERE id = $1`, [sweep])
    assert.deepEqual(await totals('team'), { [A]: 2, [B]: 3 })
  })

  it('are there during the first sweep too', async () => {
    await database.query(
      `UPDATE sweep SET finished_at = NULL, status = CASE WHEN id = 1 THEN 'running' ELSE 'interrupted' END`,
    )
    assert.deepEqual(await totals('team'), { [A]: 2, [B]: 2 })
  })
})
