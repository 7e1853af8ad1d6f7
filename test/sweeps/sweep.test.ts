// A whole sweep in one process: a registry in memory, an embedded store, the real scan.
import assert from 'node:assert/strict'
import { countFindings, listFindings } from '../../src/sweep/reading/findings.js'
import { reportTargets } from '../../src/sweep/reading/images.js'
import type { Database } from '../../src/sweep/store/database.js'
import { buildImage } from '../fixtures/image-builder.js'
import type { MemoryRegistry } from '../fixtures/memory-registry.js'
import { type CorpusImage, sweepCorpus, token, WEAK_PASSWORD } from '../fixtures/sweep-corpus.js'
import { openSwept, type Swept, singleFindings, storedFindings, type TestSweep } from '../fixtures/sweep-setup.js'

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('a sweep', function () {
  this.timeout(180_000)
  let swept: Swept
  let database: Database
  let registry: MemoryRegistry
  let sweep: TestSweep
  let corpus: CorpusImage[]
  const blobRequests = () => registry.requests.filter((request) => request.includes('/blobs/'))

  before(async () => {
    corpus = await sweepCorpus(12)
    swept = await openSwept(corpus)
    ;({ database, registry, sweep } = swept)
  })
  after(() => swept.close())

  it('finds in each image what a scan of that image finds, and fetches each layer once', async () => {
    const outcome = await sweep.run()
    assert.equal(outcome.status, 'done')
    assert.equal(outcome.counts.images, 12)
    assert.equal(outcome.counts.tags, corpus.length)
    const layers = new Set(corpus.flatMap(({ image }) => image.layers.map(({ digest }) => digest)))
    const fetched = blobRequests().map((request) => request.slice(request.lastIndexOf('/') + 1))
    for (const digest of layers) assert.equal(fetched.filter((name) => name === digest).length, 1, digest)
    assert.equal(outcome.counts.layersScanned, layers.size)
    const expected = await singleFindings(registry.host, corpus)
    assert.ok(expected.length > 20)
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('keeps no value, and the same value once', async () => {
    const tables = [
      'image',
      'layer',
      'secret',
      'finding',
      'occurrence',
      'image_finding',
      'sweep',
      'tag',
      'repository',
      'meta',
    ]
    let seen = ''
    for (const table of tables) {
      const rows = await database.query<{ text: string }>(`SELECT ${table}::text AS text FROM ${table}`)
      for (const { text } of rows) {
        const bytes = text.replace(/\\\\x([0-9a-f]+)/g, (_, hex: string) => Buffer.from(hex, 'hex').toString('latin1'))
        seen += bytes
        for (const value of [token(1), token(100), token(1001), WEAK_PASSWORD]) assert.ok(!bytes.includes(value), table)
      }
    }
    assert.ok(seen.includes('"fileCount"') && seen.includes('acme_****'), 'results are read as well')
    const [row] = await database.query<{ images: number; secrets: number }>(
      `SELECT count(DISTINCT image_finding.image_id) AS images, count(DISTINCT finding.secret_id) AS secrets FROM image_finding
         JOIN occurrence ON occurrence.id = image_finding.occurrence_id JOIN finding USING (fingerprint)
       WHERE occurrence.document->'place'->>'path' = 'etc/token'`,
    )
    assert.deepEqual(row, { images: 12, secrets: 1 })
  })

  it('asks for nothing but lists and tags when nothing is new', async () => {
    registry.requests.length = 0
    const outcome = await sweep.run()
    assert.equal(outcome.counts.newFindings, 0)
    assert.equal(outcome.counts.layersScanned, 0)
    assert.deepEqual(
      registry.requests.filter((request) => !/^HEAD |tags\/list|_catalog|\/v2\/$/.test(request)),
      [],
    )
  })

  it('writes no row of what stands as it did, and knows when it was seen last all the same', async () => {
    const tables = ['repository', 'tag', 'resolved', 'image', 'image_layer', 'layer', 'secret', 'finding', 'occurrence']
    const rows = async () => {
      const versions: string[] = []
      for (const table of [...tables, 'image_finding'])
        for (const row of await database.query<{ version: string }>(
          `SELECT '${table} ' || ctid || ' ' || xmin AS version FROM ${table}`,
        ))
          versions.push(row.version)
      return versions.sort()
    }
    const before = await rows()
    const { finishedAt } = await sweep.run()
    assert.deepEqual(await rows(), before)
    const listed = await listFindings(database, {}, { limit: 1000 })
    assert.ok(listed.length > 10)
    assert.deepEqual(new Set(listed.map(({ lastSeenAt }) => lastSeenAt.getTime())), new Set([finishedAt.getTime()]))
  })

  it('tells what is new, what is gone and what came back', async () => {
    const files = { 'srv/new.env': `DB_PASSWORD=${WEAK_PASSWORD}\nGITHUB_TOKEN=${token(77)}\n` }
    const image = await buildImage({ layers: [{ createdBy: 'COPY . /srv', files }], platform: 'linux/amd64' }, 'gzip')
    const extra = { repository: 'team-0/app-0', tag: 'v13', image }
    const removed = registry.images.filter(({ tag }) => tag === 'v3')
    registry.images.splice(0, registry.images.length, ...corpus.filter(({ tag }) => tag !== 'v3'), extra)
    const [lastBefore] = await listFindings(database, {}, { limit: 1 })
    const changed = await sweep.run()
    assert.equal(changed.counts.newImages, 1)
    assert.equal(changed.counts.newFindings, 2)
    const { findings, findingImages, unsureFindings } = changed.counts
    const open = await countFindings(database, { minConfidence: 'medium' })
    assert.deepEqual([findings, findings + unsureFindings], [open.total, (await countFindings(database, {})).total])
    const targets = await collected(reportTargets(database, {}))
    const likely = targets.filter((target) => target.findings.some(({ confidence }) => confidence !== 'low'))
    assert.equal(findingImages, likely.length)
    const gone = await database.query<{ fingerprint: string }>(
      'SELECT fingerprint FROM finding WHERE gone_at IS NOT NULL',
    )
    assert.ok(gone.length > 0)
    const all = await listFindings(database, { gone: true }, { limit: 1000 })
    assert.deepEqual(
      new Set(all.filter(({ goneAt }) => goneAt !== null).map(({ lastSeenAt }) => lastSeenAt.getTime())),
      new Set([lastBefore?.lastSeenAt.getTime()]),
      'seen last by the sweep before',
    )
    registry.images.push(...removed)
    const back = await sweep.run()
    assert.equal(back.counts.newFindings, 0, 'what was seen before is not new')
    assert.equal(back.counts.layersScanned, 0)
    assert.deepEqual(await database.query('SELECT fingerprint FROM finding WHERE gone_at IS NOT NULL'), [])
  })
})
