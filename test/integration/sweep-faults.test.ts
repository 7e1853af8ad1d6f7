// What sweeps stand on goes away in the middle and comes back: the registry, the disk, the network to PostgreSQL. Compared with single
// scans of each image, which nothing disturbed.
import assert from 'node:assert/strict'
import { appendFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPostgres } from '../../src/sweep/store/postgres.js'
import { StoreAwayError } from '../../src/sweep/store/told-failure.js'
import { storedFindings } from '../fixtures/sweep-setup.js'
import { startPostgres } from './postgres-process.js'
import { run } from './programs.js'
import { deliveries, freshDatabase, inStore, NEWS, postgresStore, startSweep, waitFor } from './sweep-process.js'
import { sweptRegistry } from './swept-registry.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'

const FINDINGS = 1
const UNREACHABLE = 4
const A_LAYER_IS_DONE = `SELECT 1 FROM layer WHERE status = 'done'`
/** A clock that jumps by hours and days, ahead and back, many times a sweep. */
const JUMPING = `const Real = Date
const jumps = [0, 7200e3, -86400e3, 259200e3, -3600e3, 40e3, -40e3]
const now = () => Real.now() + jumps[Math.floor(performance.now() / 300) % jumps.length]
globalThis.Date = class extends Real {
  constructor(...parts) { if (parts.length === 0) super(now()); else super(...parts) }
  static now() { return now() }
}`
/** A clock that is two years ahead. */
const YEARS_AHEAD = `const Real = Date
const now = () => Real.now() + 730 * 86400e3
globalThis.Date = class extends Real {
  constructor(...parts) { if (parts.length === 0) super(now()); else super(...parts) }
  static now() { return now() }
}`
/** A clock on which a minute takes six seconds; the same in each process. */
const FAST = `const Real = Date
const now = () => Math.floor((Real.now() - 1.76e12) * 10 + 1.76e12)
globalThis.Date = class extends Real {
  constructor(...parts) { if (parts.length === 0) super(now()); else super(...parts) }
  static now() { return now() }
}`

/** Writes until there is no room for another block. */
function fillUp(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(4096))
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  }
}

async function inPostgres(url: string, sql: string): Promise<readonly unknown[]> {
  const database = await openPostgres(url)
  return database.query(sql).finally(() => database.close())
}

/** Cuts the network for a while, `times` times, each time after some more layers have been done. */
async function cutAndMend(network: TcpProxy, url: string, times: number): Promise<void> {
  for (let cut = 0; cut < times; cut++) {
    await waitFor(url, `SELECT 1 FROM layer WHERE status = 'done' HAVING count(*) > ${cut * 8}`)
    network.cut()
    await sleep(1500)
    network.mend()
  }
}

describe('sweeps whose ground gives way', function () {
  this.timeout(300_000)
  const swept = sweptRegistry()

  it('go on when the registry is killed and comes back', async () => {
    const url = await freshDatabase(swept.postgres.url, 'registry_killed')
    const place = swept.folderFor(postgresStore(url), NEWS)
    const sweep = startSweep(place, ['run'])
    await waitFor(url, A_LAYER_IS_DONE)
    await swept.registry.kill()
    await sleep(2000)
    await swept.registry.start()
    const { code, output } = await sweep.ended
    assert.equal(code, FINDINGS, output)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected)
    const told = deliveries(place.folder)
    assert.equal(new Set(told).size, told.length, 'no message twice')
    const [left] = await inStore(url, (database) =>
      database.query(`SELECT 1 FROM layer WHERE status <> 'done' UNION ALL SELECT 1 FROM image WHERE status <> 'done'`),
    )
    assert.equal(left, undefined)
  })

  it('wait for a PostgreSQL that starts together with them', async () => {
    const late = await startPostgres()
    const place = swept.folderFor(postgresStore(late.url))
    try {
      late.kill()
      const processes = [startSweep(place, ['worker']), startSweep(place, ['run'])]
      for (const { said } of processes) await said(/does not answer.*waited for/)
      late.start()
      const [worker, sweep] = processes
      assert.equal((await sweep?.ended)?.code, FINDINGS)
      assert.deepEqual(await inStore(late.url, storedFindings), swept.expected)
      worker?.child.kill('SIGTERM')
      assert.match((await worker?.ended)?.output ?? '', /waits for sweeps/)
    } finally {
      late.stop()
    }
  })

  it('are told before they begin whether the store takes their user and their key', async () => {
    const url = await freshDatabase(swept.postgres.url, 'tried_out')
    const admin = await openPostgres(url)
    await admin.query('CREATE ROLE guest LOGIN')
    await admin.close()
    const tried = async (address: string) => {
      const { ended } = startSweep(swept.folderFor(address), ['validate', '--connect'])
      return ended
    }
    const guest = url.replace('postgres@', 'guest@')
    const refused = await tried(postgresStore(guest))
    assert.equal(refused.code, UNREACHABLE)
    assert.match(
      refused.output,
      /✖ store: .* does not allow its user what a store needs .*\n.*GRANT CREATE ON DATABASE/,
    )
    const fitting = await tried(postgresStore(url))
    assert.equal(fitting.code, 0, fitting.output)
    assert.deepEqual(
      await inPostgres(url, `SELECT 1 FROM pg_namespace WHERE nspname IN ('secretscan', 'pgboss')`),
      [],
      'nothing is made',
    )
    await startSweep(swept.folderFor(postgresStore(url)), ['run']).ended
    assert.equal((await tried(postgresStore(url))).code, 0)
    const other = await tried(`{ url: "${url}", keyCommand: [printf, "${'6b'.repeat(32)}"] }`)
    assert.equal(other.code, UNREACHABLE)
    assert.match(other.output, /✖ store: The key is not this store's\./)
  })

  it('tell a connection that breaks between two statements from an error of their own', async () => {
    const url = await freshDatabase(swept.postgres.url, 'broken_transaction')
    const network = await startTcpProxy(Number(new URL(url).port))
    const through = new URL(url)
    through.port = String(network.port)
    const database = await openPostgres(through.href)
    try {
      const broken = database.transaction(async (queries) => {
        await queries.query('SELECT 1')
        network.cut()
        await sleep(200)
        await queries.query('SELECT 2')
      })
      await assert.rejects(broken, StoreAwayError)
      await assert.rejects(
        database.transaction(async () => {}),
        StoreAwayError,
      )
      await assert.rejects(database.query('SELECT nothing FROM nowhere'), StoreAwayError)
      network.mend()
      assert.equal((await database.query('SELECT 3 AS three')).length, 1)
      await assert.rejects(database.query('SELECT nothing FROM nowhere'), { code: '42P01' })
    } finally {
      await database.close()
      await network.stop()
    }
  })

  it('go on when the network to PostgreSQL is cut and mended, and find and tell everything once', async () => {
    const url = await freshDatabase(swept.postgres.url, 'network_cut')
    const network = await startTcpProxy(Number(new URL(url).port))
    const through = new URL(url)
    through.port = String(network.port)
    const place = swept.folderFor(postgresStore(through.href), NEWS)
    const worker = startSweep(place, ['worker', '--no-progress'])
    const sweep = startSweep(place, ['run'])
    await cutAndMend(network, url, 2)
    const { code, output } = await sweep.ended
    worker.child.kill('SIGTERM')
    const helped = await worker.ended
    await network.stop()
    assert.equal(code, FINDINGS, output)
    assert.equal(helped.code, 143, helped.output)
    assert.match(helped.output, /waits for sweeps/, 'said without progress too')
    assert.match(output + helped.output, /The database does not answer; waiting for it/)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected)
    const told = deliveries(place.folder)
    assert.equal(new Set(told).size, told.length, 'no message twice')
    assert.ok(told.length > 0)
  })

  it('go on when the network to the registry is cut and mended', async () => {
    const url = await freshDatabase(swept.postgres.url, 'registry_cut')
    const network = await startTcpProxy(Number(swept.registry.host.split(':')[1]))
    const place = swept.folderFor(postgresStore(url), NEWS, `127.0.0.1:${network.port}`)
    const sweep = startSweep(place, ['run'])
    await cutAndMend(network, url, 3)
    const { code, output } = await sweep.ended
    await network.stop()
    assert.equal(code, FINDINGS, output)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected)
    const told = deliveries(place.folder)
    assert.equal(new Set(told).size, told.length, 'no message twice')
  })

  it('go by no clock of their own, in a folder, and lose nothing when it jumps', async () => {
    const place = swept.folderFor(undefined, NEWS)
    const { code, output } = await startSweep(place, ['run', '--no-progress'], JUMPING).ended
    assert.equal(code, FINDINGS, output)
    const store = join(place.folder, 'sweep-store')
    assert.deepEqual(await inStore(store, storedFindings), swept.expected)
    const told = deliveries(place.folder)
    assert.ok(told.length > 0)
    assert.equal(new Set(told).size, told.length, 'no message twice')
    const again = await startSweep(place, ['run', '--no-progress'], JUMPING).ended
    assert.equal(again.code, FINDINGS, again.output)
    assert.deepEqual(await inStore(store, storedFindings), swept.expected)
    assert.deepEqual(deliveries(place.folder), told, 'nothing is new')
  })

  it('forget nothing for the wrong clock of a worker', async () => {
    const url = await freshDatabase(swept.postgres.url, 'retention_clock')
    const place = swept.folderFor(postgresStore(url), 'retention: { findings: 400d }\n')
    await startSweep(place, ['run']).ended
    await inPostgres(url, `UPDATE sweep SET finished_at = now() - interval '300 days'`)
    const { code, output } = await startSweep(place, ['run'], YEARS_AHEAD).ended
    assert.equal(code, FINDINGS, output)
    assert.equal((await inPostgres(url, 'SELECT 1 FROM sweep')).length, 2, 'sweeps that ended 300 days ago are kept')
  })

  it('let a scheduler that starts while another process is at one wait for its own turn', async () => {
    const url = await freshDatabase(swept.postgres.url, 'busy')
    const place = swept.folderFor(postgresStore(url), `schedule: { cron: "0 0 1 1 *" }\n`)
    await startSweep(place, ['run', '--no-progress']).ended
    await inStore(url, (database) =>
      database.query(
        `INSERT INTO sweep (trigger, status, rules, owner, lease_until) VALUES ('run', 'running', '', 'elsewhere/1/x', now() + interval '50 seconds')`,
      ),
    )
    const started = startSweep(place, ['start', '--no-progress'])
    await started.said(/this one follows the schedule\nThe next sweep is at/)
    assert.equal(started.child.exitCode, null)
    started.child.kill('SIGTERM')
    await started.ended
  })

  it('are one where two schedulers follow one schedule, also when the one that sweeps is killed', async () => {
    const url = await freshDatabase(swept.postgres.url, 'schedulers')
    const place = swept.folderFor(postgresStore(url), `schedule: { cron: "* * * * *" }\n${NEWS}`)
    const both = [0, 1].map(() => startSweep(place, ['start', '--no-progress'], FAST))
    await waitFor(url, A_LAYER_IS_DONE)
    const [row] = await inStore(url, (database) => database.query<{ owner: string }>('SELECT owner FROM sweep'))
    const first = both.find(({ child }) => row?.owner.includes(`/${child.pid}/`))
    assert.ok(first !== undefined, row?.owner)
    first.child.kill('SIGKILL')
    await waitFor(url, `SELECT 1 FROM sweep WHERE status = 'done' AND id > 1`)
    for (const { child } of both) child.kill('SIGTERM')
    for (const { ended } of both) await ended
    assert.deepEqual(await inStore(url, storedFindings), swept.expected)
    const [counts] = await inStore(url, (database) =>
      database.query<{ open: number; found: number }>(
        `SELECT (SELECT count(*) FROM sweep WHERE id = 1 AND status <> 'done') AS open,
           (SELECT count(*) FROM sweep WHERE (counts->>'newFindings')::int > 0) AS found`,
      ),
    )
    assert.deepEqual(counts, { open: 0, found: 1 }, 'the sweep that was begun was taken up')
    const told = deliveries(place.folder)
    assert.ok(told.length > 0)
    assert.equal(new Set(told).size, told.length, 'no message twice')
  })

  it('go on after the disk of PostgreSQL was full', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'secretscan-disk-'))
    swept.folders.push(disk)
    run('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk])
    chmodSync(disk, 0o755)
    const server = await startPostgres(disk)
    try {
      const place = swept.folderFor(postgresStore(server.url), NEWS)
      const sweep = startSweep(place, ['run', '--no-progress'])
      await waitFor(server.url, A_LAYER_IS_DONE)
      fillUp(join(disk, 'filler'))
      await sleep(4000)
      rmSync(join(disk, 'filler'))
      server.start()
      const full = await sweep.ended
      assert.doesNotMatch(full.output, /bug|Internal/)
      assert.ok(full.code === FINDINGS || full.code === UNREACHABLE, full.output)
      const { code, output } = await startSweep(place, ['run', '--no-progress']).ended
      assert.equal(code, FINDINGS, output)
      assert.deepEqual(await inStore(server.url, storedFindings), swept.expected)
      const told = deliveries(place.folder)
      assert.equal(new Set(told).size, told.length, 'no message twice')
    } finally {
      server.stop()
      run('umount', ['--lazy', disk])
    }
  })

  it('end with a clear error when the disk of the store is full, and go on when there is room', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'secretscan-disk-'))
    swept.folders.push(disk)
    run('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'tmpfs', disk])
    try {
      const store = join(disk, 'store')
      const place = swept.folderFor(store, NEWS)
      const sweep = startSweep(place, ['run', '--no-progress'])
      await waitFor(store, `SELECT 1 FROM image`)
      fillUp(join(disk, 'filler'))
      const full = await sweep.ended
      assert.equal(full.code, UNREACHABLE, full.output)
      assert.match(full.output, /The disk of the store is full/)
      assert.doesNotMatch(full.output, /bug|Internal/)
      rmSync(join(disk, 'filler'))
      const { code, output } = await startSweep(place, ['run', '--no-progress']).ended
      assert.equal(code, FINDINGS, output)
      assert.match(output, /Sweep 1 goes on where it was/)
      assert.deepEqual(await inStore(store, storedFindings), swept.expected)
      assert.equal(new Set(deliveries(place.folder)).size, deliveries(place.folder).length)
    } finally {
      run('umount', ['--lazy', disk])
    }
  })
})
