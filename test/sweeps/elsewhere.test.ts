// A layer that one repository lacks, or has wrongly, and another one has.
import assert from 'node:assert/strict'
import type { Database } from '../../src/sweep/store/database.js'
import type { NamedRepositories } from '../../src/sweep/types.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type RegistryDouble, startRegistryDouble } from '../fixtures/registry-double.js'
import { token } from '../fixtures/sweep-corpus.js'
import { openTestSweep, registryConfig, storedFindings } from '../fixtures/sweep-setup.js'

const layerOf = (text: string) => ({ layers: [{ createdBy: 'COPY . /srv', files: { 'srv/.env': text } }] })

describe('a layer that another repository has', function () {
  this.timeout(120_000)
  let database: Database
  let registry: RegistryDouble
  let layer: string
  beforeEach(async () => {
    database = await memoryStore()
    registry = await startRegistryDouble()
    // The first repository of the store, which has the image only later.
    await registry.push('elsea', ['0'], layerOf('nothing\n'))
    await sweep()
    const digest = await registry.push('elsez', ['1'], layerOf(`GITHUB_TOKEN=${token(3)}\n`))
    await registry.push('elsea', ['1'], layerOf(`GITHUB_TOKEN=${token(3)}\n`))
    layer = JSON.parse(Buffer.from(registry.blob(digest)).toString()).layers[0].digest
  })
  afterEach(async () => {
    await registry.close()
    await database.close()
  })

  const sweep = async (...repositories: string[]) => {
    const opened = await openTestSweep(database, [registryConfig(registry.host)])
    const named: NamedRepositories = new Map([[registry.host, repositories]])
    try {
      return await (repositories.length === 0 ? opened.run() : opened.run('all', named))
    } finally {
      await opened.close()
    }
  }
  /** elsez answers for the layer in this way. */
  const spoil = (status: number, body: Uint8Array) => {
    registry.intercept = ({ url }, response) => {
      if (!url.startsWith(`/v2/elsez/blobs/${layer}`)) return false
      response.writeHead(status).end(body)
      return true
    }
  }
  const holders = async () => (await storedFindings(database)).map((line) => line.split(' ')[0])

  it('is read there by the sweep that finds that repository', async () => {
    spoil(404, Buffer.from('{}'))
    const first = await sweep('elsez')
    assert.deepEqual([first.status, first.counts.failedImages], ['partial', 1])
    const { status, counts } = await sweep()
    assert.deepEqual([status, counts.failedImages, counts.failedLayers], ['done', 0, 0])
    assert.deepEqual(await holders(), ['elsea:1', 'elsez:1'])
  })

  it('is read there where the bytes of the one are not those of its digest', async () => {
    spoil(200, Buffer.alloc(2048))
    const first = await sweep('elsez')
    assert.deepEqual([first.counts.incompleteImages, first.counts.findings], [1, 0])
    const { counts } = await sweep()
    assert.deepEqual([counts.incompleteImages, counts.findings], [0, 1])
    assert.deepEqual(await holders(), ['elsea:1', 'elsez:1'])
  })

  it('is asked for once at each repository where none has it', async () => {
    registry.intercept = ({ url }, response) => {
      if (!url.includes(`/blobs/${layer}`)) return false
      response.writeHead(404).end('{}')
      return true
    }
    registry.seen.length = 0
    const { status, counts } = await sweep()
    assert.deepEqual([status, counts.failedLayers], ['partial', 1])
    const asked = registry.asked(new RegExp(`/blobs/${layer}`))
    assert.deepEqual([...new Set(asked)].length, 2)
    assert.equal(asked.length, 2)
  })
})
