// What one image's manifest says of a blob takes nothing from the other images that hold it.
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { reportTargets } from '../../src/sweep/reading/images.js'
import type { Database } from '../../src/sweep/store/database.js'
import { MIGRATIONS } from '../../src/sweep/store/migrations.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type RegistryDouble, startRegistryDouble } from '../fixtures/registry-double.js'
import { token } from '../fixtures/sweep-corpus.js'
import { openTestSweep, registryConfig, singleFindings, storedFindings } from '../fixtures/sweep-setup.js'

interface Manifest {
  config: { digest: string; size: number; mediaType: string }
  layers: { digest: string; size: number; mediaType: string }[]
}

describe('a blob that one manifest describes wrongly', function () {
  this.timeout(120_000)
  let database: Database
  let registry: RegistryDouble
  beforeEach(async () => {
    database = await memoryStore()
    registry = await startRegistryDouble()
  })
  afterEach(async () => {
    await registry.close()
    await database.close()
  })

  const sweep = async () => {
    const opened = await openTestSweep(database, [registryConfig(registry.host, { includeAttestations: true })])
    try {
      return await opened.run()
    } finally {
      await opened.close()
    }
  }
  const victim = {
    layers: [{ createdBy: 'COPY . /srv', files: { 'srv/.env': `GITHUB_TOKEN=${token(7)}\n` } }],
  }
  const manifestOf = (digest: string): Manifest => JSON.parse(Buffer.from(registry.blob(digest)).toString())
  const put = (repository: string, tag: string, document: unknown): string =>
    registry.pushDocument(repository, tag, Buffer.from(JSON.stringify(document)))
  const found = async (repository: string) =>
    (await storedFindings(database)).filter((line) => line.startsWith(`${repository}:`))
  const single = (repository: string) => singleFindings(registry.host, [{ repository, tag: '1' }])

  it('as an attestation of another image is read again as the layer that it is', async () => {
    const digest = await registry.push('b/victim', [], victim)
    const layer = manifestOf(digest).layers[0]
    assert.ok(layer !== undefined)
    const other = await registry.push('a/evil', ['0'], {
      layers: [{ createdBy: 'COPY . /', files: { x: 'nothing\n' } }],
      attestations: [{ predicate: {} }],
    })
    const index = JSON.parse(Buffer.from(registry.blob(other)).toString())
    const [entry] = index.manifests.slice(-1)
    const statement = manifestOf(entry.digest)
    statement.layers = [{ ...layer, mediaType: 'application/vnd.in-toto+json' }]
    const bytes = Buffer.from(JSON.stringify(statement))
    entry.digest = registry.pushDocument('a/evil', '0', bytes)
    entry.size = bytes.length
    put('a/evil', '0', index)
    const first = await sweep()
    assert.equal(first.counts.layersScanned, 2)
    await registry.push('b/victim', ['1'], victim)
    const second = await sweep()
    assert.equal(second.counts.layersScanned, 1)
    assert.equal(second.counts.findings, 1)
    assert.deepEqual(await found('b/victim'), await single('b/victim'))
    assert.equal((await found('b/victim')).length, 1)
    assert.equal((await sweep()).counts.layersScanned, 0)
  })

  it('as an attestation and was read as that by an earlier version is read again', async () => {
    await registry.push('b/victim', ['1'], victim)
    await sweep()
    const role = MIGRATIONS.findIndex((sql) => sql.includes(`role = 'layer', verified = false`))
    assert.ok(role > 0)
    await database.query(`UPDATE layer SET role = 'attestation'`)
    await database.transaction((queries) => queries.script(MIGRATIONS[role] ?? ''))
    assert.equal((await sweep()).counts.layersScanned, 1)
    assert.equal((await sweep()).counts.layersScanned, 0)
    assert.equal((await found('b/victim')).length, 1)
  })

  for (const wrong of [30, 1e15])
    it(`as ${wrong} bytes long is read to its end all the same; that is the fault of the image that says so alone`, async () => {
      const manifest = manifestOf(await registry.push('b/right', ['1'], victim))
      const [layer] = manifest.layers
      assert.ok(layer !== undefined)
      const liar = put('a/wrong', '1', { ...manifest, layers: [{ ...layer, size: wrong }] })
      const { counts, status } = await sweep()
      assert.deepEqual([status, counts.layersScanned, counts.bytesScanned, counts.findings], ['done', 1, layer.size, 1])
      assert.deepEqual(await found('b/right'), await single('b/right'))
      assert.equal((await found('b/right')).length, 1)
      const coverage = await database.query(
        `SELECT digest, entry->>'code' AS code FROM image, jsonb_array_elements(coverage) AS entry`,
      )
      assert.deepEqual(coverage, [{ digest: liar, code: 'SIZE_MISMATCH' }])
      assert.equal((await sweep()).counts.layersScanned, 0)
    })

  it('as longer than any is, in a report no more than a number holds', async () => {
    await registry.push('b/right', ['1'], { layers: [...victim.layers, { createdBy: 'COPY', files: { a: 'b' } }] })
    await sweep()
    await database.query('UPDATE layer SET bytes = $1', [Number.MAX_SAFE_INTEGER])
    for await (const { stats } of reportTargets(database, { all: true }))
      assert.deepEqual([stats.layers, stats.bytes], [2, Number.MAX_SAFE_INTEGER])
  })

  it('whose wrong bytes cannot be read again keeps what was found in them, until it can', async () => {
    const manifest = manifestOf(await registry.push('b/right', ['1'], victim))
    const digest = manifest.layers[0]?.digest ?? ''
    const right = registry.blob(digest)
    let answer: ((response: ServerResponse) => void) | undefined = (response) =>
      response.end(Buffer.concat([right, Buffer.from('more')]))
    registry.intercept = ({ url }, response) => {
      if (!url.includes(digest) || answer === undefined) return false
      answer(response)
      return true
    }
    const first = await sweep()
    assert.deepEqual([first.counts.findings, first.counts.incompleteImages], [1, 1])
    answer = (response) => response.writeHead(404).end('{}')
    const second = await sweep()
    assert.deepEqual([second.counts.findings, second.counts.goneFindings], [1, 0])
    assert.deepEqual([second.counts.incompleteImages, second.counts.failedLayers], [1, 1])
    assert.equal((await found('b/right')).length, 1)
    answer = undefined
    const third = await sweep()
    assert.deepEqual([third.counts.layersScanned, third.counts.incompleteImages, third.counts.findings], [1, 0, 1])
  })

  it('whose bytes were not those of its digest is read again by the next sweep', async () => {
    const manifest = manifestOf(await registry.push('b/right', ['1'], victim))
    const digest = manifest.layers[0]?.digest ?? ''
    registry.intercept = ({ url }, response) => {
      if (!url.includes(digest)) return false
      response.end(Buffer.alloc(1024))
      return true
    }
    const first = await sweep()
    assert.deepEqual([first.counts.findings, first.counts.incompleteImages], [0, 1])
    registry.intercept = () => false
    const second = await sweep()
    assert.deepEqual([second.counts.layersScanned, second.counts.incompleteImages], [1, 0])
    assert.deepEqual(await found('b/right'), await single('b/right'))
    assert.equal(second.counts.findings, 1)
    assert.equal((await sweep()).counts.layersScanned, 0)
  })
})
