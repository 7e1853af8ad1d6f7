// From a registry to what people see: a real sweep, its report, its message, its page.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outcomeText } from '../../src/commands/shared/sweep-outcome.js'
import { notificationPayload } from '../../src/sweep/notify/payload.js'
import { exportLines } from '../../src/sweep/reading/export.js'
import { countFindings } from '../../src/sweep/reading/findings.js'
import { layersToFix } from '../../src/sweep/reading/groups.js'
import { reportTargets } from '../../src/sweep/reading/images.js'
import { secretSpread } from '../../src/sweep/reading/spread.js'
import type { Database } from '../../src/sweep/store/database.js'
import { type MemoryRegistry, serveImages } from '../fixtures/memory-registry.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type ScriptedServer, startServer } from '../fixtures/scripted-server.js'
import { type CorpusImage, sweepCorpus, token, WEAK_PASSWORD } from '../fixtures/sweep-corpus.js'
import { openTestSweep, registryConfig, type TestSweep } from '../fixtures/sweep-setup.js'

describe('news of a sweep', function () {
  this.timeout(180_000)
  let database: Database
  let registry: MemoryRegistry
  let receiver: ScriptedServer
  let sweep: TestSweep
  let corpus: CorpusImage[]
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-news-'))
    writeFileSync(join(folder, 'key'), `made-up-${'key-of-the-test'}`)
    receiver = await startServer((_, response) => response.end())
    corpus = await sweepCorpus(6)
    registry = await serveImages(corpus)
    database = await memoryStore()
    const notify = [
      {
        kind: 'webhook',
        name: 'hook',
        minSeverity: 'low',
        uncertain: 'give-up',
        address: { url: receiver.origin },
        secretFile: join(folder, 'key'),
      },
    ] as const
    sweep = await openTestSweep(database, [registryConfig(registry.host)], { config: { notify } })
    await sweep.run()
    await sweep.run()
    // As if the checksums of the made-up tokens fitted.
    await database.query(`UPDATE finding SET confidence = 'high'`)
  })
  after(async () => {
    await sweep.close()
    await registry.close()
    await receiver.close()
    await database.close()
    rmSync(folder, { recursive: true })
  })

  it('are told once, all of them, and without a value', async () => {
    assert.equal(receiver.seen.length, 1)
    const body = receiver.seen[0]?.body ?? ''
    const { totals, findings } = notificationPayload.parse(JSON.parse(body))
    // The base's token, one of each runtime, one of each image, and the weak password that all have.
    const amount = 1 + 3 + 6 + 1
    assert.deepEqual([totals.new, totals.listed, findings.length], [amount, amount, amount])
    assert.ok(
      findings.some(({ instruction, place }) => instruction === 'COPY . /app' && place.startsWith('app/.env:2:')),
    )
    for (const value of [WEAK_PASSWORD, ...Array.from({ length: 6 }, (_, n) => token(1000 + n)), token(1)])
      assert.ok(!body.includes(value))
  })

  it('stand in the report of each image, with exposure, layers and amounts', async () => {
    const targets = []
    for await (const target of reportTargets(database, { all: true })) targets.push(target)
    assert.equal(targets.length, 6)
    const first = targets.find(({ reference }) => reference.endsWith('/team-0/app-0:stable-0'))
    assert.equal(first?.stats.layers, 4)
    assert.ok((first?.stats.files ?? 0) > 3)
    const deleted = first?.findings.filter(({ exposure }) => exposure === 'deleted') ?? []
    assert.ok(deleted.length > 0)
    for (const { removedBy, layer } of deleted) assert.deepEqual([layer?.index, removedBy?.index], [2, 3])
    assert.ok(targets.every(({ findings }) => findings.length > 0))
  })

  it('name first the layer that all images are built on', async () => {
    const [layer] = await layersToFix(database, 1)
    assert.deepEqual([layer?.images, layer?.instruction], [6, 'ADD base.tar /'])
  })

  it('tell where the value of the base layer is: in every image and under every tag', async () => {
    const [layer] = await layersToFix(database, 1)
    const [row] = await database.query<{ fingerprint: string }>(
      'SELECT fingerprint FROM occurrence WHERE subject = $1 LIMIT 1',
      [layer?.digest ?? ''],
    )
    const spread = await secretSpread(database, row?.fingerprint ?? '', 100)
    assert.equal(spread.images, 6)
    assert.equal(new Set(spread.places.map(({ reference }) => reference)).size, corpus.length)
  })

  it('are exported once each', async () => {
    let text = ''
    for await (const lines of exportLines(database, {})) text += lines
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { fingerprint: string })
    assert.equal(lines.length, (await countFindings(database, {})).total)
    assert.equal(new Set(lines.map(({ fingerprint }) => fingerprint)).size, lines.length)
  })
})

describe('news that a receiver does not take', function () {
  this.timeout(60_000)

  it('are told of by the sweep that could not send them, and by no later one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-unsent-'))
    writeFileSync(join(folder, 'key'), `made-up-${'key-of-the-test'}`)
    const receiver = await startServer(({ url }, response) => response.writeHead(url === '/gone' ? 404 : 503).end())
    const channel = (name: string) =>
      ({
        kind: 'webhook',
        name,
        minSeverity: 'low',
        uncertain: 'give-up',
        address: { url: `${receiver.origin}/${name}` },
        secretFile: join(folder, 'key'),
      }) as const
    const registry = await serveImages(await sweepCorpus(1))
    const database = await memoryStore()
    const config = { notify: [channel('gone'), channel('busy')] }
    const sweep = await openTestSweep(database, [registryConfig(registry.host)], { config })
    let giveUp: Promise<unknown> | undefined
    try {
      const first = await sweep.run()
      assert.deepEqual(first.messages, { notSent: 1, waiting: 1 })
      assert.deepEqual(
        outcomeText('secretscan', first)
          .split('\n')
          .filter((line) => line.includes('message')),
        [
          '1 message was not sent: secretscan sweep status says why',
          '1 message is still to be sent: secretscan sweep status says why',
        ],
      )
      assert.deepEqual((await sweep.run()).messages, { notSent: 0, waiting: 1 })
      // As the deliveries of "sweep start" do, which say so themselves.
      registry.answer = () => {
        giveUp ??= database.query(`UPDATE notification SET status = 'dead' WHERE channel = 'busy'`)
        return false
      }
      assert.deepEqual((await sweep.run()).messages, { notSent: 0, waiting: 0 }, 'given up by others meanwhile')
      assert.notEqual(giveUp, undefined)
    } finally {
      await sweep.close()
      await registry.close()
      await receiver.close()
      await database.close()
      rmSync(folder, { recursive: true })
    }
  })
})
