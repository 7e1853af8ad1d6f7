// Sweeps over a real registry, with a real PostgreSQL and in a folder: agreement with single scans, whatever is killed on the way.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { storedFindings } from '../fixtures/sweep-setup.js'
import {
  deliveries,
  freshDatabase,
  inStore,
  killedWithin,
  NEWS,
  postgresStore,
  startSweep,
  waitFor,
} from './sweep-process.js'
import { sweptRegistry } from './swept-registry.js'

const FINDINGS = 1

describe('sweeps over a real registry', function () {
  this.timeout(900_000)
  const swept = sweptRegistry()

  const layers = () => new Set(swept.corpus.flatMap(({ image }) => image.layers.map(({ digest }) => digest)))
  const fetchesOf = (from: number) =>
    swept.registry
      .requests()
      .slice(from)
      .filter((request) => request.includes('/blobs/sha256'))
      .map((request) => request.slice(request.lastIndexOf('/') + 1))
  it('agree with single scans, in a folder, and answer while they run', async () => {
    const place = swept.folderFor()
    const from = swept.registry.requests().length
    const run = startSweep(place, ['run', '--quiet'])
    let seen = ''
    while (run.child.exitCode === null && !seen.includes('running')) {
      await sleep(300)
      const status = await startSweep(place, ['status', '--format', 'json']).ended
      if (status.code === 0) seen += status.output
    }
    const { code, output } = await run.ended
    assert.equal(code, FINDINGS, output)
    assert.match(seen, /"status": "running"/)
    assert.deepEqual(await inStore(join(place.folder, 'sweep-store'), storedFindings), swept.expected)
    const fetched = fetchesOf(from)
    for (const digest of layers()) assert.equal(fetched.filter((name) => name === digest).length, 1, digest)
  })

  it('agree with single scans with two workers on PostgreSQL, and fetch each layer once', async () => {
    const url = await freshDatabase(swept.postgres.url, 'two_workers')
    const place = swept.folderFor(postgresStore(url))
    const from = swept.registry.requests().length
    const helper = startSweep(place, ['worker', '--no-progress'])
    const { code, output } = await startSweep(place, ['run', '--quiet']).ended
    assert.equal(code, FINDINGS, output)
    helper.child.kill('SIGTERM')
    const helped = await helper.ended
    assert.equal(helped.code, 143, helped.output)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected)
    const fetched = fetchesOf(from)
    for (const digest of layers()) assert.equal(fetched.filter((name) => name === digest).length, 1, digest)
  })

  it('lose and double nothing when workers are killed at random, and tell what is new once', async () => {
    const url = await freshDatabase(swept.postgres.url, 'storm')
    const place = swept.folderFor(postgresStore(url), NEWS)
    let kills = 0
    let ended = await startSweep(place, ['validate']).ended
    for (let round = 0; round < 200; round++) {
      const sweep = startSweep(place, ['run', '--no-progress'])
      const worker = startSweep(place, ['worker', '--no-progress'])
      const last = kills >= 50
      // At first anywhere in the work; later also at its end, where messages are written and sent.
      const window = kills < 30 ? 1200 : 3500
      const killed = last ? [] : [killedWithin(sweep, /^Sweep \d/m, window), killedWithin(worker, /waits for/, window)]
      ended = await sweep.ended
      for (const isKilled of await Promise.all(killed)) if (isKilled) kills++
      worker.child.kill('SIGKILL')
      await worker.ended
      if (last && ended.code !== null && ended.code !== 6) break
    }
    assert.ok(kills >= 50, `${kills} kills`)
    assert.equal(ended.code, FINDINGS, ended.output)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected)
    const [counts] = await inStore(url, (database) =>
      database.query<{ sweeps: number; sent: number; batches: number }>(
        `SELECT (SELECT count(*) FROM sweep WHERE (counts->>'newFindings')::int > 0) AS sweeps,
           (SELECT count(*) FROM notification WHERE status = 'sent') AS sent, (SELECT count(*) FROM notification) AS batches`,
      ),
    )
    assert.equal(counts?.sweeps, 1, 'one sweep found everything')
    assert.ok((counts?.batches ?? 0) > 0)
    // A process that was killed after it had taken the message and before it sent it leaves none: that one is told of after minutes.
    const told = existsSync(join(place.folder, 'news')) ? deliveries(place.folder) : []
    assert.equal(new Set(told).size, told.length, 'no message twice')
    assert.ok(told.length >= (counts?.sent ?? 0))
  })

  it('go on when PostgreSQL is killed and comes back', async () => {
    const url = await freshDatabase(swept.postgres.url, 'database_killed')
    const place = swept.folderFor(postgresStore(url))
    const run = startSweep(place, ['run'])
    await waitFor(url, `SELECT 1 FROM layer WHERE status = 'done'`)
    swept.postgres.kill()
    await sleep(2000)
    swept.postgres.start()
    const { code, output } = await run.ended
    assert.equal(code, FINDINGS, output)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected)
  })

  it('refuse to run twice at a time', async () => {
    const url = await freshDatabase(swept.postgres.url, 'twice')
    const place = swept.folderFor(postgresStore(url))
    const elsewhere = (seconds: number) =>
      inStore(url, (database) =>
        database.query(
          `INSERT INTO sweep (trigger, status, rules, owner, lease_until)
           VALUES ('run', 'running', 'r', 'other-machine/1/ab', now() + make_interval(secs => $1))
           ON CONFLICT ((true)) WHERE status = 'running' DO UPDATE SET lease_until = excluded.lease_until`,
          [seconds],
        ),
      )
    await elsewhere(55)
    const { code, output } = await startSweep(place, ['run', '--quiet']).ended
    assert.equal(code, 6, output)
    await elsewhere(-1)
    const after = await startSweep(place, ['run']).ended
    assert.match(after.output, /goes on where it was/, 'the other machine is gone')
  })

  it('stop at SIGTERM and go on where they were', async () => {
    const url = await freshDatabase(swept.postgres.url, 'stopped')
    const place = swept.folderFor(postgresStore(url))
    const first = startSweep(place, ['run', '--no-progress'])
    await waitFor(url, `SELECT 1 FROM layer WHERE status = 'done'`)
    first.child.kill('SIGTERM')
    const stopped = await first.ended
    assert.equal(stopped.code, 143)
    assert.match(stopped.output, /What was scanned is kept; the next secretscan sweep run goes on from there\./)
    const [state] = await inStore(url, (database) =>
      database.query<{ status: string; leased: number }>(
        `SELECT status, (SELECT count(*) FROM layer WHERE status = 'leased') AS leased FROM sweep`,
      ),
    )
    assert.deepEqual(state, { status: 'interrupted', leased: 0 })
    const { code, output } = await startSweep(place, ['run']).ended
    assert.equal(code, FINDINGS, output)
    assert.match(output, /goes on where it was/)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected)
  })

  it('refuse another key', async () => {
    const url = await freshDatabase(swept.postgres.url, 'other_key')
    const place = swept.folderFor(postgresStore(url))
    await startSweep(place, ['run', '--quiet']).ended
    writeFileSync(join(place.folder, 'store.key'), '6b'.repeat(32), { mode: 0o600 })
    const { code, output } = await startSweep(place, ['run', '--quiet']).ended
    assert.equal(code, 2)
    assert.match(output, /key is not this store's/)
  })
})
