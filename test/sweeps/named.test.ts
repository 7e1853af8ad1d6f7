// Sweeps of named repositories alone (--repos-from): what they were not asked to look at stays as it was.
import assert from 'node:assert/strict'
import { countFindings } from '../../src/sweep/reading/findings.js'
import { sweepStatus } from '../../src/sweep/reading/status.js'
import { unseenTargets } from '../../src/sweep/reading/unseen.js'
import type { Database } from '../../src/sweep/store/database.js'
import { type MemoryRegistry, serveImages } from '../fixtures/memory-registry.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type CorpusImage, sweepCorpus } from '../fixtures/sweep-corpus.js'
import {
  openTestSweep,
  registryConfig,
  singleFindings,
  storedFindings,
  type TestSweep,
  type TestSweepOptions,
} from '../fixtures/sweep-setup.js'

describe('a sweep of named repositories', function () {
  this.timeout(60_000)
  let corpus: readonly CorpusImage[]
  let expected: string[]
  let database: Database
  let registry: MemoryRegistry
  const opened: TestSweep[] = []

  before(async () => {
    corpus = await sweepCorpus(10)
    const served = await serveImages(corpus)
    expected = await singleFindings(served.host, corpus)
    await served.close()
  })
  beforeEach(async () => {
    database = await memoryStore()
    registry = await serveImages(corpus)
  })
  afterEach(async () => {
    for (const sweep of opened.splice(0)) await sweep.close()
    await registry.close()
    await database.close()
  })

  const first = 'team-0/app-0'
  const named = (...repositories: string[]) => new Map([[registry.host, repositories]])

  async function open(options: TestSweepOptions = {}): Promise<TestSweep> {
    const sweep = await openTestSweep(database, [registryConfig(registry.host)], options)
    opened.push(sweep)
    return sweep
  }

  /** A sweep that is stopped before it has done anything. */
  async function interrupted(...parameters: Parameters<TestSweep['run']>): Promise<void> {
    const controller = new AbortController()
    controller.abort()
    await assert.rejects((await open({ signal: controller.signal })).run(...parameters))
  }

  it('asks for these only, and leaves everything else open', async () => {
    const sweep = await open()
    await sweep.run()
    const before = await countFindings(database, {})
    registry.requests.length = 0
    const { counts, status } = await sweep.run('all', named(first))
    assert.ok(registry.requests.length > 0)
    assert.deepEqual(
      registry.requests.filter((request) => !request.includes(`/${first}/`) && !request.endsWith('/v2/')),
      [],
    )
    assert.equal(status, 'done')
    assert.equal(counts.repositories, 1)
    assert.equal(counts.goneFindings, 0)
    assert.deepEqual(await countFindings(database, {}), before)
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('marks what is gone from these only; the next sweep of all finds the rest', async () => {
    const sweep = await open()
    await sweep.run()
    const stays = (image: CorpusImage) => image.repository !== 'team-1/app-1'
    registry.images.splice(0, registry.images.length, ...corpus.filter((image) => stays(image) && image.tag !== 'v0'))
    await sweep.run('all', named(first))
    const lines = (images: readonly CorpusImage[]) => singleLines(expected, images)
    assert.deepEqual(await storedFindings(database), lines(corpus.filter(({ tag }) => tag !== 'v0')))
    await sweep.run()
    assert.deepEqual(await storedFindings(database), lines(registry.images))
  })

  it('lets workers with the whole configuration help', async () => {
    const sweep = await open()
    await sweep.run()
    await interrupted('all', named('team-0/*'))
    // Taken up by a process that was given no list, as a worker or a scheduler is.
    registry.requests.length = 0
    const { counts } = await (await open()).resume()
    assert.equal(counts.goneFindings, 0)
    assert.deepEqual(
      registry.requests.filter((request) => request.includes('/team-1/')),
      [],
    )
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('becomes one of all where it was interrupted and all is asked for', async () => {
    await interrupted('all', named(first))
    const { resumed, counts } = await (await open()).run()
    assert.equal(resumed, true)
    assert.equal(counts.repositories, new Set(corpus.map(({ repository }) => repository)).size)
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('is refused where a sweep of all is not finished', async () => {
    await interrupted()
    await assert.rejects((await open()).run('all', named(first)), /Sweep 1 was interrupted.*not of these repositories/)
    assert.equal((await (await open()).run()).resumed, true)
  })

  it('does not hide what an earlier sweep could not read elsewhere', async () => {
    registry.answer = (request, response) => {
      if (!request.includes('/team-1/app-1/tags/')) return false
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"NAME_UNKNOWN"}]}')
      return true
    }
    const sweep = await open()
    assert.equal((await sweep.run()).status, 'partial')
    const { status, counts } = await sweep.run('all', named(first))
    assert.deepEqual([status, counts.failedRepositories], ['partial', 1])
    const lost = `${registry.host}/team-1/app-1`
    assert.deepEqual(
      (await sweepStatus(database, 10)).failures.map(({ what, name }) => [what, name]),
      [['repository', lost]],
    )
    assert.deepEqual(
      (await unseenTargets(database)).map(({ reference, failed }) => [reference, failed?.exitCode]),
      [[lost, 3]],
    )
    registry.answer = undefined
    assert.equal((await sweep.run('failed')).status, 'done')
    assert.deepEqual((await sweepStatus(database, 10)).failures, [])
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('does not make a registry that could not be listed whole again', async () => {
    registry.answer = (request, response) => {
      if (!request.includes('_catalog')) return false
      response.writeHead(403).end()
      return true
    }
    const sweep = await open()
    assert.equal((await sweep.run()).status, 'failed')
    const { status } = await sweep.run('all', named(first))
    assert.equal(status, 'partial')
    assert.deepEqual(
      (await sweepStatus(database, 10)).failures.map(({ what, name }) => [what, name]),
      [['registry', registry.host]],
    )
    registry.answer = undefined
    assert.equal((await sweep.run('failed')).status, 'done')
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('leaves a registry that is no longer in the configuration to a sweep of all, which says that it is gone', async () => {
    const other = await serveImages(await sweepCorpus(2))
    try {
      const both = await openTestSweep(database, [
        registryConfig(registry.host),
        registryConfig(other.host, { repositories: ['**', 'team-9/never-there'] }),
      ])
      opened.push(both)
      const { counts: before } = await both.run()
      const sweep = await open()
      const partial = await sweep.run('all', named(first))
      assert.deepEqual([partial.counts.leftOutRepositories, partial.counts.tags], [0, before.tags])
      await sweep.run('failed')
      const { counts } = await sweep.run()
      assert.equal(counts.leftOutRepositories, 2, 'without the one that never was there')
      assert.deepEqual(await storedFindings(database), expected)
      assert.equal(counts.findings, (await countFindings(database, { minConfidence: 'medium' })).total)
      assert.equal((await sweep.run()).counts.leftOutRepositories, 0, 'it is said once')
      const back = await both.run()
      assert.deepEqual([back.counts.tags, back.counts.newFindings, back.counts.layersScanned], [before.tags, 0, 0])
      other.answer = (_, response) => {
        response.writeHead(403).end()
        return true
      }
      const { counts: kept } = await both.run()
      assert.deepEqual([kept.leftOutRepositories, kept.tags], [0, before.tags], 'one that lets nobody in is not gone')
    } finally {
      await other.close()
    }
  })

  it('leaves layers of other registries that failed to these', async () => {
    const other = await serveImages(await sweepCorpus(2))
    try {
      other.answer = (request, response) => {
        if (!request.includes('/blobs/') || request.startsWith('HEAD')) return false
        response.writeHead(404).end()
        return true
      }
      const hosts = [registryConfig(registry.host), registryConfig(other.host)]
      const sweep = await openTestSweep(database, hosts)
      opened.push(sweep)
      await sweep.run()
      other.answer = undefined
      await sweep.run('all', named(first))
      const { failures } = await sweepStatus(database, 10)
      assert.deepEqual(
        failures.filter(({ code }) => code === 'REGISTRY_LEFT_OUT'),
        [],
      )
    } finally {
      await other.close()
    }
  })
})

/** The lines of the images that are still there. */
function singleLines(lines: readonly string[], images: readonly CorpusImage[]): string[] {
  const names = new Set(images.map(({ repository, tag }) => `${repository}:${tag}`))
  return lines.filter((line) => names.has(line.slice(0, line.indexOf(' '))))
}
