// What a sweep does where a registry fails, where rules change, and where it is stopped.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeText } from '../../src/commands/shared/sweep-outcome.js'
import { loadRuleSet, ruleSetOf } from '../../src/detect/rule-set.js'
import { beginSweep } from '../../src/sweep/plan/sweeps.js'
import { sweepStatus } from '../../src/sweep/reading/status.js'
import type { Database } from '../../src/sweep/store/database.js'
import { DATABASE_AWAY } from '../../src/sweep/store/surely.js'
import { StoreAwayError } from '../../src/sweep/store/told-failure.js'
import type { SweepEvent } from '../../src/sweep/work/tools.js'
import { runWorker } from '../../src/sweep/work/worker.js'
import { makeCertificate } from '../fixtures/certificate.js'
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

describe('a sweep that meets trouble', function () {
  this.timeout(180_000)
  let database: Database
  let registry: MemoryRegistry
  let corpus: CorpusImage[]
  let expected: string[]
  const opened: TestSweep[] = []

  before(async () => {
    corpus = await sweepCorpus(6)
    registry = await serveImages(corpus)
    expected = await singleFindings(registry.host, corpus)
  })
  beforeEach(async () => {
    database = await memoryStore()
    registry.answer = undefined
    registry.requests.length = 0
  })
  afterEach(async () => {
    for (const sweep of opened.splice(0)) await sweep.close()
    await database.close()
  })
  after(() => registry.close())

  const open = async (options?: TestSweepOptions): Promise<TestSweep> => {
    const sweep = await openTestSweep(database, [registryConfig(registry.host)], options)
    opened.push(sweep)
    return sweep
  }
  /** Digest of the layer that only image n has. */
  const ownLayer = (n: number): string => corpus.find(({ tag }) => tag === `v${n}`)?.image.layers[2]?.digest ?? ''

  it('lists a layer that nobody has, keeps the findings of the others, and asks again in the next sweep', async () => {
    const lost = ownLayer(3)
    registry.answer = (request, response) => {
      if (!request.includes(lost)) return false
      response.writeHead(404).end('{}')
      return true
    }
    const sweep = await open()
    const first = await sweep.run()
    assert.equal(first.status, 'partial')
    assert.equal(first.counts.failedImages, 1)
    const { failures } = await sweepStatus(database, 10)
    const image = corpus.find(({ tag }) => tag === 'v3')
    // Once: the layer's failure is the image's.
    assert.deepEqual(
      failures.map(({ what, name, reference, code }) => [what, name, reference, code]),
      [['image', image?.image.manifestDigest, `${registry.host}/${image?.repository}:v3`, 'NOT_FOUND']],
    )
    registry.answer = undefined
    const second = await sweep.run()
    assert.equal(second.status, 'done')
    assert.equal(second.counts.layersScanned, 1)
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('lists a tag that is broken and goes on; --only-failed asks for it alone', async () => {
    registry.answer = (request, response) => {
      if (!request.startsWith('GET') || !request.includes(`/manifests/${corpus[0]?.image.manifestDigest}`)) return false
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }).end('{"broken":')
      return true
    }
    const sweep = await open()
    const first = await sweep.run()
    assert.equal(first.status, 'partial')
    assert.ok(first.counts.failedTags > 0)
    registry.answer = undefined
    registry.requests.length = 0
    const second = await sweep.run('failed')
    assert.equal(second.status, 'done')
    assert.ok(!registry.requests.some((request) => request.includes('_catalog')))
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('bears a registry that lists repositories and tags twice, or none with null', async () => {
    const names = [...new Set(corpus.map(({ repository }) => repository))]
    registry.answer = (request, response) => {
      const answer = (value: unknown) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
        return true
      }
      if (request.includes('_catalog')) return answer({ repositories: [...names, 'empty', ...names, 'empty'] })
      if (request.includes('/empty/tags/list')) return answer({ name: 'empty', tags: null })
      const [, name] = /\/v2\/(.+)\/tags\/list/.exec(request) ?? []
      if (name === undefined) return false
      const tags = corpus.filter(({ repository }) => repository === name).map(({ tag }) => tag)
      return answer({ name, tags: [...tags, ...tags] })
    }
    const sweep = await open()
    const { status, counts } = await sweep.run()
    assert.deepEqual([status, counts.repositories, counts.tags], ['done', names.length + 1, corpus.length])
    assert.deepEqual(await storedFindings(database), expected)
    const { counts: again } = await sweep.run()
    assert.deepEqual([again.newFindings, again.goneFindings, again.tags], [0, 0, corpus.length])
    registry.answer = (request, response) => {
      if (!request.includes('_catalog')) return false
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"repositories":null}')
      return true
    }
    assert.equal((await sweep.run()).counts.tags, 0)
  })

  it('asks again where the registry is away for a moment', async () => {
    const broken = new Set<string>()
    registry.answer = (request, response) => {
      if (broken.has(request)) return false
      broken.add(request)
      response.destroy()
      return true
    }
    const { status } = await (await open()).run()
    assert.equal(status, 'done')
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('waits for a database that goes away in the moment in which it begins', async () => {
    let away = 0
    const shaky: Database = {
      ...database,
      transaction: async (work) => {
        if (away-- > 0) throw new StoreAwayError('ECONNRESET')
        return database.transaction(work)
      },
    }
    const said: string[] = []
    const on = (event: SweepEvent) => void (event.type === 'trouble' && said.push(event.message))
    const sweep = await openTestSweep(shaky, [registryConfig(registry.host)], { on })
    opened.push(sweep)
    away = 1
    assert.equal((await sweep.run()).status, 'done')
    assert.deepEqual(said, [DATABASE_AWAY])
    assert.deepEqual(await storedFindings(database), expected)
  })

  /** What a sweep of a registry says of its trouble before it is stopped, as soon as it says something. */
  async function firstTrouble(host: string): Promise<readonly string[]> {
    const controller = new AbortController()
    const said: string[] = []
    const on = (event: SweepEvent) => {
      if (event.type !== 'trouble') return
      said.push(event.message)
      controller.abort()
    }
    const sweep = await openTestSweep(database, [registryConfig(host)], { signal: controller.signal, on })
    opened.push(sweep)
    await assert.rejects(sweep.run(), { name: 'AbortError' })
    return said
  }

  it('says at once, and once, that nobody answers where a registry should be, before it is asked again', async () => {
    const said = await firstTrouble('127.0.0.1:9')
    assert.equal(said.length, 1)
    assert.match(
      said[0] ?? '',
      /127\.0\.0\.1:9.* It is asked again in \d s, and up to 3 times more, over up to a minute\.$/,
    )
  })

  it('is patient for minutes with a registry of which something was read before, in an earlier sweep too', async () => {
    const going = await serveImages(corpus.slice(0, 1))
    const seen = await openTestSweep(database, [registryConfig(going.host)])
    opened.push(seen)
    await seen.run()
    await going.close()
    const said = await firstTrouble(going.host)
    assert.match(said.join(), /ECONNREFUSED.* and up to 7 times more, over 8 to 17 minutes\.$/)
  })

  it('says at each try, to somebody who looks on, that a registry of which nothing was read still does not answer', async () => {
    for (const repositories of [['**'], ['team/app', 'team/web']]) {
      const controller = new AbortController()
      const said: string[] = []
      const on = (event: SweepEvent) => {
        if (event.type !== 'retry') return
        said.push(event.message)
        controller.abort()
      }
      const setup = { signal: controller.signal, on }
      const closed = await openTestSweep(database, [registryConfig('127.0.0.1:9', { repositories })], setup)
      opened.push(closed)
      await assert.rejects(closed.run(), { name: 'AbortError' })
      assert.equal(said.length, 1)
      assert.match(said[0] ?? '', /127\.0\.0\.1:9.* Failed 2 of 5 times; asked again in \d+ s\.$/)
    }
  })

  it('says of a registry with an unknown certificate why it was not read, and which keys of sweep.yaml mend that', async () => {
    const certificate = makeCertificate()
    const server = createServer({ key: certificate.key, cert: certificate.cert }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const host = `localhost:${(server.address() as AddressInfo).port}`
    try {
      const closed = await openTestSweep(database, [registryConfig(host, { insecure: false })])
      opened.push(closed)
      const ended = outcomeText('secretscan', await closed.run())
      assert.match(ended, new RegExp(`^${host} could not be read: Cannot reach ${host}: .+\\.$`, 'm'))
      assert.match(
        ended,
        /^ {2}If this host has .* name it as "ca" in sweep\.yaml; "insecure: true" for localhost:\d+ /m,
      )
      assert.doesNotMatch(ended, /--|status says why/)
      const [failure] = (await sweepStatus(database, 5)).failures
      assert.match(failure?.hint ?? '', /"ca" in sweep\.yaml/)
    } finally {
      server.close()
      rmSync(certificate.folder, { recursive: true })
    }
  })

  it('ends where it goes on with fewer registries: what was to be listed of the others has failed', async () => {
    const elsewhere = 'registry.example.com'
    const controller = new AbortController()
    controller.abort()
    const both = [registryConfig(registry.host), registryConfig(elsewhere)]
    const stopped = await openTestSweep(database, both, { signal: controller.signal })
    opened.push(stopped)
    await stopped.run().catch(() => {})
    const outcome = await (await open()).run()
    assert.deepEqual([outcome.resumed, outcome.status], [true, 'partial'])
    const { failures } = await sweepStatus(database, 10)
    assert.deepEqual(
      failures.map(({ name, code }) => [name, code]),
      [[elsewhere, 'REGISTRY_LEFT_OUT']],
    )
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('has a registry listed by those whose configuration names it, and by no others', async () => {
    const said: SweepEvent[] = []
    const controller = new AbortController()
    const other = await openTestSweep(database, [registryConfig('registry.example.com')], {
      signal: controller.signal,
      on: (event) => said.push(event),
    })
    opened.push(other)
    const main = await open()
    // The other one is the first to take a job.
    await beginSweep({ trigger: 'run', scope: 'all' }, main.tools)
    const helper = runWorker(other.tools, {})
    for (let tries = 0; tries < 1000 && !said.some(({ type }) => type === 'trouble'); tries++) await sleep(20)
    controller.abort()
    await helper.catch(() => {})
    assert.equal((await main.run()).status, 'done')
    assert.match(JSON.stringify(said), /does not name 127\.0\.0\.1:\d+: it leaves that registry to others\./)
    assert.deepEqual(await storedFindings(database), expected)
  })

  it('goes on where it was stopped, without reading a layer twice', async () => {
    const controller = new AbortController()
    const layers = corpus.flatMap(({ image }) => image.layers.map(({ digest }) => digest))
    let asked = 0
    registry.answer = (request) => {
      // Three are read at a time: at the seventh, some have been scanned, whichever order they came in.
      if (layers.some((digest) => request.includes(`/blobs/${digest}`)) && ++asked === 7) controller.abort()
      return false
    }
    await assert.rejects((await open({ signal: controller.signal })).run(), { name: 'AbortError' })
    const done = await database.query<{ digest: string }>(`SELECT digest FROM layer WHERE status = 'done'`)
    assert.ok(done.length > 0)
    registry.answer = undefined
    registry.requests.length = 0
    const second = await (await open()).run()
    assert.equal(second.resumed, true)
    for (const { digest } of done) assert.ok(!registry.requests.some((request) => request.includes(digest)), digest)
    assert.deepEqual(await storedFindings(database), expected)
  })

  /** All rules, one of which looks for something else. */
  const withOtherPattern = async () => {
    const { rules } = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
    return ruleSetOf(
      rules.map((rule) => (rule.id === 'github-personal-access-token' ? { ...rule, entropy: 0.5 } : rule)),
    )
  }

  it('looks at everything again with other rules where that is asked for', async () => {
    await (await open()).run()
    const rules = await withOtherPattern()
    const quiet = await (await open({ rules })).run()
    assert.equal(quiet.counts.layersScanned, 0, 'new rules are for new images')
    const again = await (await open({ rules, config: { rescanOnRuleChange: true } })).run()
    assert.equal(
      again.counts.layersScanned,
      new Set(corpus.flatMap(({ image }) => image.layers.map(({ digest }) => digest))).size,
    )
    assert.equal(again.counts.newFindings, 0)
    assert.deepEqual(await storedFindings(database), await singleFindings(registry.host, corpus, { rules }))
    assert.deepEqual(await database.query('SELECT DISTINCT rules FROM layer').then((rows) => rows.length), 1)
  })

  it('reads nothing again where only words of rules have changed, and the longest unseen first where rules have', async () => {
    const rules = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
    await (await open({ rules })).run()
    const reworded = rules.rules.map((rule) => ({
      ...rule,
      title: 'x',
      remediation: 'y',
      references: [],
      examples: [],
    }))
    const config = { rescanOnRuleChange: true }
    const same = await (await open({ rules: ruleSetOf(reworded), config })).run()
    assert.equal(same.counts.layersScanned, 0)
    const [oldest] = await database.query<{ digest: string }>(
      `UPDATE layer SET scanned_at = '2001-01-01' WHERE digest = $1 RETURNING digest`,
      [ownLayer(3)],
    )
    const again = await (await open({ rules: await withOtherPattern(), config })).run()
    assert.ok(again.counts.layersScanned > 0)
    const [first] = await database.query<{ digest: string }>('SELECT digest FROM layer ORDER BY priority LIMIT 1')
    assert.equal(first?.digest, oldest?.digest)
  })

  it('is not worked on by a worker with other rules, which says so, once', async () => {
    const stop = new AbortController()
    const told: string[] = []
    const on = (event: SweepEvent) => {
      if (event.type === 'trouble') told.push(event.message)
    }
    const { tools } = await open({ on, signal: stop.signal })
    await database.query(`INSERT INTO sweep (trigger, status, rules) VALUES ('run', 'running', 'others')`)
    const working = runWorker(tools, {})
    while (told.length === 0) await sleep(50)
    await sleep(1200)
    stop.abort()
    await working
    assert.equal(told.length, 1)
    assert.match(told[0] ?? '', /^Sweep 1 has other rules or limits than this worker, which waits/)
  })
})
