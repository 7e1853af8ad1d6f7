// What the deaths of workers cost: nothing but the time until somebody else goes on. What kills whoever works on it is given up by name.
import assert from 'node:assert/strict'
import { storedFindings } from '../fixtures/sweep-setup.js'
import { type FaultProxy, startFaultProxy } from './fault-proxy.js'
import {
  deliveries,
  freshDatabase,
  inStore,
  killedWithin,
  NEWS,
  postgresStore,
  type SweepProcess,
  startSweep,
} from './sweep-process.js'
import { sweptRegistry } from './swept-registry.js'

const FINDINGS = 1

describe('sweeps whose workers die', function () {
  this.timeout(600_000)
  const swept = sweptRegistry()
  let proxy: FaultProxy

  before(async () => {
    proxy = await startFaultProxy(swept.registry.host)
  })
  after(() => proxy.stop())

  it('go on where three are killed in every round, and count no death as a failure', async () => {
    const url = await freshDatabase(swept.postgres.url, 'rounds')
    const place = swept.folderFor(postgresStore(url), NEWS, proxy.host)
    // Long enough that lists are killed, not only layers.
    proxy.plan = (request) => (/^HEAD .*manifests/.test(request) ? { do: 'delay', ms: 150 } : { do: 'pass' })
    const begin = () => [
      startSweep(place, ['run', '--no-progress']),
      startSweep(place, ['worker', '--no-progress']),
      startSweep(place, ['worker', '--no-progress']),
    ]
    let kills = 0
    for (let round = 0; round < 8; round++) {
      const killed = begin().map((each) =>
        killedWithin(each, /^Sweep \d|waits for/m, 1500).then(async (isKilled) => {
          await each.ended
          return isKilled
        }),
      )
      kills += (await Promise.all(killed)).filter(Boolean).length
    }
    const [sweep, ...workers] = begin()
    const { code, output } = (await sweep?.ended) ?? {}
    for (const { child } of workers) child.kill('SIGTERM')
    for (const { ended } of workers) await ended
    assert.ok(kills >= 18, `${kills} kills`)
    assert.equal(code, FINDINGS, output)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected)
    const [counted] = await inStore(url, (database) =>
      database.query<{ tries: number; failed: number; found: number }>(
        `SELECT (SELECT max(retry_count) FROM pgboss.job) AS tries,
           (SELECT count(*) FROM sweep WHERE status NOT IN ('done', 'interrupted')) AS failed,
           (SELECT count(*) FROM sweep WHERE (counts->>'newFindings')::int > 0) AS found`,
      ),
    )
    assert.deepEqual(counted, { tries: 0, failed: 0, found: 1 })
    const told = deliveries(place.folder)
    assert.ok(told.length > 0)
    assert.equal(new Set(told).size, told.length, 'no message twice')
  })

  it('end where a repository and a layer kill whoever works on them, and name these', async () => {
    const url = await freshDatabase(swept.postgres.url, 'killers')
    const place = swept.folderFor(postgresStore(url), NEWS, proxy.host)
    const layer = swept.corpus.find(({ tag }) => tag === 'v4')?.image.layers[2]?.digest ?? ''
    let current: SweepProcess | undefined
    proxy.plan = (request) => {
      if (!request.includes('/team-1/app-3/tags/list') && !request.includes(layer)) return { do: 'pass' }
      current?.child.kill('SIGKILL')
      return { do: 'cut', after: 0 }
    }
    let ended: Awaited<SweepProcess['ended']> | undefined
    let deaths = 0
    for (; deaths < 30; deaths++) {
      current = startSweep(place, ['run', '--no-progress'])
      ended = await current.ended
      if (ended.signal === null) break
      // As after many more deaths of the same kind, which would take minutes.
      await inStore(url, async (database) => {
        await database.query('UPDATE job_holder SET deaths = 17 WHERE deaths = 3')
        await database.query('UPDATE layer SET deaths = 17 WHERE deaths = 3')
      })
    }
    proxy.plan = () => ({ do: 'pass' })
    assert.equal(ended?.code, FINDINGS, ended?.output)
    assert.ok(deaths >= 8 && deaths < 20, `${deaths} deaths`)
    const status = await startSweep(place, ['status']).ended
    assert.match(status.output, /^Sweep 1 .*: partial/)
    assert.match(status.output, /team-1\/app-3.*\n?.*Workers died 20 times while they listed its tags/)
    assert.match(status.output, /Workers died 20 times while they read it/)
    const touched = (line: string) => line.startsWith('team-1/app-3:') || line.startsWith('team-0/app-4:v4 ')
    const found = await inStore(url, storedFindings)
    assert.deepEqual(
      found.filter((line) => !touched(line)),
      swept.expected.filter((line) => !touched(line)),
    )
    const again = await startSweep(place, ['run', '--no-progress']).ended
    assert.equal(again.code, FINDINGS, again.output)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected, 'the next sweep tries again')
  })

  it('end where an image kills whoever puts its layers together, and name it', async () => {
    const url = await freshDatabase(swept.postgres.url, 'killing_image')
    const place = swept.folderFor(postgresStore(url))
    const digest = swept.corpus.find(({ tag }) => tag === 'v4')?.image.manifestDigest ?? ''
    // Its texts are unsealed where it is put together, and nowhere else.
    const killer = `const parse = JSON.parse
      JSON.parse = (text, ...rest) => {
        if (typeof text === 'string' && text.includes('${digest}') && text.includes('createdBy')) process.kill(process.pid, 'SIGKILL')
        return parse(text, ...rest)
      }`
    let ended: Awaited<SweepProcess['ended']> | undefined
    let deaths = 0
    for (; deaths < 30; deaths++) {
      ended = await startSweep(place, ['run', '--no-progress'], killer).ended
      if (ended.signal === null) break
      await inStore(url, (database) => database.query('UPDATE image SET deaths = 17 WHERE deaths = 3'))
    }
    assert.equal(ended?.code, FINDINGS, ended?.output)
    assert.equal(deaths, 6)
    const status = await startSweep(place, ['status']).ended
    assert.match(
      status.output,
      new RegExp(
        `image .*/app-4:v4 \\(${digest}\\): WORKER_DIED Workers died 20 times while they put its layers together`,
      ),
    )
    const touched = (line: string) => line.startsWith('team-0/app-4:v4 ')
    const expected = swept.expected.filter((line) => !touched(line))
    assert.deepEqual(await inStore(url, storedFindings), expected)
    const again = await startSweep(place, ['run', '--no-progress']).ended
    assert.equal(again.code, FINDINGS, again.output)
    assert.deepEqual(await inStore(url, storedFindings), swept.expected, 'the next sweep tries again')
  })
})
