// What sweeps cannot see stands in their reports: layers that lie elsewhere, images that are broken, tags that are no images.
import assert from 'node:assert/strict'
import { reportTargets } from '../../src/sweep/reading/images.js'
import { sweepStatus } from '../../src/sweep/reading/status.js'
import { unseenTargets } from '../../src/sweep/reading/unseen.js'
import type { Database } from '../../src/sweep/store/database.js'
import { type BuiltImage, buildImage, digestOf, json } from '../fixtures/image-builder.js'
import type { MemoryRegistry } from '../fixtures/memory-registry.js'
import { token } from '../fixtures/sweep-corpus.js'
import { openSwept, type Swept, type TestSweep } from '../fixtures/sweep-setup.js'

const FOREIGN = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
const app = { files: { 'app/.env': `GITHUB_TOKEN=${token(1)}\n` } }

/** The image with another configuration document. */
function withConfig(image: BuiltImage, config: Uint8Array, mediaType: string): BuiltImage {
  const manifest = JSON.parse(Buffer.from(image.manifest).toString())
  const changed = json({ ...manifest, config: { mediaType, digest: digestOf(config), size: config.length } })
  return { ...image, config, configDigest: digestOf(config), manifest: changed, manifestDigest: digestOf(changed) }
}

describe('what a sweep cannot see', function () {
  this.timeout(60_000)
  let swept: Swept
  let database: Database
  let registry: MemoryRegistry
  let sweep: TestSweep
  const broken = { repository: 'a', tag: 'broken' }

  before(async () => {
    const image = await buildImage({ layers: [app] }, 'gzip')
    const elsewhere = { files: { w: 'x' }, mediaType: FOREIGN, urls: ['https://example.com/w'] }
    swept = await openSwept([
      { repository: 'a', tag: 'foreign', image: await buildImage({ layers: [elsewhere, app] }, 'gzip') },
      { ...broken, image: withConfig(image, Buffer.from('no json'), 'application/vnd.oci.image.config.v1+json') },
      { repository: 'a', tag: 'chart', image: withConfig(image, json({}), 'application/vnd.cncf.helm.config.v1+json') },
    ])
    ;({ database, registry, sweep } = swept)
  })
  after(() => swept.close())

  it('makes it partial, and is named with the reason', async () => {
    const { status, counts } = await sweep.run()
    assert.equal(status, 'partial')
    assert.equal(counts.failedTags, 1)
    const { failures } = await sweepStatus(database, 10)
    assert.deepEqual(
      failures.map(({ what, name, code }) => [what, name, code]),
      [['tag', `${registry.host}/a:broken`, 'CORRUPT_IMAGE']],
    )
  })

  it('stands in the report: with the image, or as a target of its own', async () => {
    const images = []
    for await (const target of reportTargets(database, { all: true })) images.push(target)
    assert.deepEqual(
      images.map(({ reference, coverage }) => [reference, coverage.map(({ code }) => code)]),
      [[`${registry.host}/a:foreign`, ['FOREIGN_LAYER']]],
    )
    const others = await unseenTargets(database)
    assert.deepEqual(
      others.map(({ reference, failed, coverage }) => [reference, failed?.code, coverage.map(({ code }) => code)]),
      [
        [`${registry.host}/a:broken`, 'CORRUPT_IMAGE', []],
        [`${registry.host}/a:chart`, undefined, ['NOT_A_CONTAINER_IMAGE']],
      ],
    )
  })

  it('says that there is more than a report names', async () => {
    const codes = async () => (await unseenTargets(database)).map(({ failed }) => failed?.code)
    assert.ok(!(await codes()).includes('LIMIT_FAILURES'))
    await database.query(
      `INSERT INTO tag (repository_id, name, digest, failure)
       SELECT repository_id, 'many' || n, digest, '{"code":"X","message":"Made up."}' FROM tag, generate_series(1, 10000) AS n
       WHERE tag.name = 'foreign'`,
    )
    try {
      assert.equal((await codes()).filter((code) => code === 'LIMIT_FAILURES').length, 1)
    } finally {
      await database.query(`DELETE FROM tag WHERE name LIKE 'many%'`)
    }
  })

  it('says that more tags are no images than a report names', async () => {
    const codes = async () =>
      (await unseenTargets(database)).flatMap(({ coverage }) => coverage.map(({ code }) => code))
    assert.deepEqual(await codes(), ['NOT_A_CONTAINER_IMAGE'])
    await database.query(
      `INSERT INTO tag (repository_id, name, digest)
       SELECT repository_id, 'many' || n, digest FROM tag, generate_series(1, 10000) AS n WHERE tag.name = 'chart'`,
    )
    try {
      const all = await codes()
      assert.equal(all.length, 10_001)
      assert.equal(all.at(-1), 'LIMIT_NOTES')
    } finally {
      await database.query(`DELETE FROM tag WHERE name LIKE 'many%'`)
    }
  })

  it('is asked for again by the next sweep, which sees what was mended', async () => {
    const whole = registry.images.find(({ tag }) => tag === 'broken')
    assert.ok(whole !== undefined)
    registry.requests.length = 0
    await sweep.run()
    const asked = registry.requests.filter((request) => /^GET .*manifests/.test(request))
    assert.equal(asked.length, 1, 'the broken one')
    assert.match(asked[0] ?? '', new RegExp(whole.image.manifestDigest))
    registry.images.splice(registry.images.indexOf(whole), 1, {
      ...broken,
      image: await buildImage({ layers: [app] }, 'gzip'),
    })
    const { status, counts } = await sweep.run()
    assert.equal(status, 'done')
    assert.equal(counts.failedTags, 0)
    assert.deepEqual(
      (await unseenTargets(database)).map(({ failed }) => failed),
      [undefined],
    )
  })
})
