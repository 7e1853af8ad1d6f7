// What a sweep says and keeps where sweep.yaml asks for less than before: platforms, globs that take nothing.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { emptyText, incompleteText, sweepExitCode, unmatchedText } from '../../src/commands/shared/sweep-outcome.js'
import { sweepStatus } from '../../src/sweep/reading/status.js'
import { unseenTargets } from '../../src/sweep/reading/unseen.js'
import type { Database } from '../../src/sweep/store/database.js'
import { tryOut } from '../../src/sweep/try-out.js'
import type { SweepRegistry } from '../../src/sweep/types.js'
import type { SweepEvent } from '../../src/sweep/work/tools.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type RegistryDouble, startRegistryDouble } from '../fixtures/registry-double.js'
import { token } from '../fixtures/sweep-corpus.js'
import { openTestSweep, registryConfig } from '../fixtures/sweep-setup.js'

describe('a selection that changes between sweeps', function () {
  this.timeout(120_000)
  let database: Database
  let registry: RegistryDouble
  const said: string[] = []
  beforeEach(async () => {
    said.length = 0
    database = await memoryStore()
    registry = await startRegistryDouble()
  })
  afterEach(async () => {
    await registry.close()
    await database.close()
  })

  const sweep = async (changes: Partial<SweepRegistry> = {}) => (await outcomeOf(changes)).counts
  const outcomeOf = async (changes: Partial<SweepRegistry>) => {
    const on = (event: SweepEvent) => void (event.type === 'trouble' && said.push(event.message))
    const opened = await openTestSweep(database, [registryConfig(registry.host, changes)], { on })
    try {
      return await opened.run()
    } finally {
      await opened.close()
    }
  }
  const imageFor = (platform: string, n: number) => ({
    layers: [{ createdBy: 'COPY . /srv', files: { [`srv/${n}.env`]: `GITHUB_TOKEN=${token(n)}\n` } }],
    platform,
  })
  /** Both platforms under one tag. */
  const pushBoth = async () => {
    const manifests = []
    for (const [n, architecture] of ['amd64', 'arm64'].entries()) {
      const digest = await registry.push('team/app', [], imageFor(`linux/${architecture}`, n))
      const { mediaType } = JSON.parse(Buffer.from(registry.blob(digest)).toString())
      manifests.push({
        mediaType: mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
        digest,
        size: registry.blob(digest).length,
        platform: { os: 'linux', architecture },
      })
    }
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    registry.pushDocument('team/app', '1', Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })))
  }

  it('lets the images of a platform that it leaves out be gone with their findings, and back when it takes them in', async () => {
    await pushBoth()
    const both = await sweep()
    assert.deepEqual([both.images, both.findings], [2, 2])
    const one = await sweep({ platforms: ['linux/amd64'] })
    assert.deepEqual([one.images, one.findings, one.goneFindings], [1, 1, 1])
    const [left] = await database.query('SELECT platform FROM image WHERE gone_at IS NULL')
    assert.deepEqual(left, { platform: 'linux/amd64' })
    const again = await sweep()
    assert.deepEqual([again.images, again.findings, again.newFindings, again.layersScanned], [2, 2, 0, 0])
  })

  it('keeps an image that the narrower selection could not look for', async () => {
    await pushBoth()
    await sweep()
    registry.intercept = ({ method, url }, response) => {
      if (method !== 'GET' || !url.includes('/manifests/')) return false
      response.writeHead(200, { 'content-type': 'application/json' }).end('{')
      return true
    }
    const counts = await sweep({ platforms: ['linux/amd64'] })
    assert.deepEqual([counts.images, counts.findings], [2, 2])
    assert.ok(counts.failedTags > 0)
  })

  it('takes all but what it takes out, where it does nothing else', async () => {
    await registry.push('good/app', ['1'], imageFor('linux/amd64', 1))
    await registry.push('evil/app', ['1'], imageFor('linux/amd64', 2))
    const counts = await sweep({ repositories: ['!evil/*'] })
    assert.deepEqual([counts.repositories, counts.findings, counts.emptyRegistries], [1, 1, 0])
    assert.deepEqual(said, [])
  })

  it('says so where it takes no repository', async () => {
    await registry.push('good/app', ['1'], imageFor('linux/amd64', 1))
    await sweep()
    const outcome = await outcomeOf({ repositories: ['good-typo/*'] })
    const { counts } = outcome
    const none = { critical: 0, high: 0, medium: 0, low: 0, total: 0 }
    const settings = { 'fail-on': 'low', 'allow-incomplete': false, 'min-confidence': 'medium', newOnly: true } as const
    assert.equal(sweepExitCode(outcome, none, settings), 3)
    assert.equal(sweepExitCode(outcome, none, { ...settings, 'allow-incomplete': true }), 0)
    assert.deepEqual(outcome.unmatched, [])
    assert.deepEqual([counts.images, counts.emptyRegistries, counts.goneFindings], [0, 1, 1])
    assert.equal(said.length, 1)
    assert.match(said[0] ?? '', /No repository of 127\.0\.0\.1:\d+ is among those that sweep\.yaml asks for/)
    assert.match(emptyText(counts).join(), /No repository was taken of 1 registry/)
    const codes = async () => (await unseenTargets(database)).map(({ reference, failed }) => [reference, failed?.code])
    assert.deepEqual(await codes(), [[registry.host, 'NO_REPOSITORY']], 'nor does the report say "none found"')
    await outcomeOf({ repositories: ['good/*'] })
    assert.deepEqual(await codes(), [])
  })

  it('says which names and globs found nothing beside others that did, of repositories and of tags, and not what takes out', async () => {
    await registry.push('good/app', ['1', 'rc-2'], imageFor('linux/amd64', 1))
    await registry.push('good/web', ['1'], imageFor('linux/amd64', 2))
    const repositories = ['good/*', 'tema/*', '!good/old', '!good/w*', 'good/app']
    const tags = { include: ['/^\\d+$/', 'v*'], exclude: ['rc-*', '*-dev'] }
    const outcome = await outcomeOf({ repositories, tags })
    const { host } = registry
    assert.deepEqual(outcome.unmatched, [{ host, repositories: ['tema/*'], tags: ['v*'] }])
    assert.deepEqual(unmatchedText(outcome.unmatched), [
      `No repository of ${host} matches tema/*: is sweep.yaml right?`,
      `No tag of ${host} matches v*: is sweep.yaml right?`,
    ])
    assert.deepEqual(said, [])
    assert.deepEqual((await sweepStatus(database, 10)).unmatched, outcome.unmatched)
    assert.deepEqual((await outcomeOf({ repositories: ['good/*'] })).unmatched, [])
  })

  it('calls a tag pattern mistyped only where no repository has such a tag', async () => {
    await registry.push('good/app', ['1'], imageFor('linux/amd64', 1))
    await registry.push('good/web', ['v1'], imageFor('linux/amd64', 2))
    await registry.push('good/zoo', ['v2', '1'], imageFor('linux/amd64', 3))
    const { unmatched } = await outcomeOf({ tags: { include: ['1', 'v*'], exclude: [] } })
    assert.deepEqual(unmatched, [])
  })

  it('says when a registry is tried which globs match nothing there', async () => {
    await registry.push('good/app', ['1'], imageFor('linux/amd64', 1))
    const told = async (...repositories: string[]) => {
      const tools = await openTestSweep(database, [registryConfig(registry.host, { repositories })])
      const config = { ...tools.tools.config, store: { kind: 'folder' as const, folder: tmpdir() } }
      await tools.close()
      const tried = []
      for await (const one of tryOut(config, new AbortController().signal, false)) tried.push(one)
      return tried.at(-1)
    }
    assert.match(
      (await told('good/*', 'tema/*'))?.message ?? '',
      /good\/app:1 can be read; no repository there matches tema\/\*$/,
    )
    assert.match((await told('good/*', 'good/app'))?.message ?? '', /good\/app:1 can be read$/)
  })

  it('says how many images were not seen whole, but for those that were not read at all', () => {
    assert.deepEqual(incompleteText('secretscan', { incompleteImages: 3, failedImages: 1 }), [
      '2 images were not seen whole: secretscan sweep findings says what was not scanned',
    ])
    assert.deepEqual(incompleteText('secretscan', { incompleteImages: 1, failedImages: 1 }), [])
  })
})
