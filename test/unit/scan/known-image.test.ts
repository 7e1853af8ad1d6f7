import assert from 'node:assert/strict'
import { join } from 'node:path'
import { openDockerEngine } from '../../../src/image/sources/docker-engine.js'
import { scanSource } from '../../../src/scan/scan-image.js'
import { openSession } from '../../../src/scan/session.js'
import type { TargetReport } from '../../../src/scan/types.js'
import { type FakeEngine, type FakeImage, fakeImage, startFakeEngine } from '../../fixtures/fake-engine.js'
import { buildImage, type ImageSpec } from '../../fixtures/image-builder.js'
import { inFolder, scanContext, scanOptions, token } from './scan-fixture.js'

const app: ImageSpec = {
  tags: ['shop/app:1'],
  env: [`KEY=${token('env')}`],
  layers: [
    { files: { a: `x ${token('a')}`, b: token('b') }, createdBy: 'COPY a b /' },
    { delete: ['b'], createdBy: 'RUN rm b' },
  ],
}

/** Kept apart: what differs between a first scan and a cached one. */
const result = ({ cachedLayers: _, stats, ...report }: TargetReport) => ({ ...report, files: stats.files })

describe('a second scan of an image of an engine', () => {
  async function withEngine(use: (scan: Scan, engine: FakeEngine) => Promise<void>): Promise<void> {
    await inFolder(async (folder) => {
      const engine = await startFakeEngine(join(folder, 'engine.sock'))
      const scan: Scan = async (more = {}) => {
        const options = await scanOptions({ cache: true, cacheFolder: join(folder, 'cache'), ...more })
        const context = scanContext()
        const session = await openSession(options, 1)
        const address = { engine: 'docker', kind: 'socket', path: engine.host } as const
        try {
          const sourceOptions = { ...options.sourceOptions, signal: context.signal }
          const source = await openDockerEngine('shop/app:1', 'docker', sourceOptions, [address])
          const [report] = await scanSource(source, 'shop/app:1', options, session, context)
          assert.ok(report !== undefined)
          return report
        } finally {
          await session.close()
        }
      }
      try {
        await use(scan, engine)
      } finally {
        await engine.close()
      }
    })
  }
  type Scan = (more?: Parameters<typeof scanOptions>[0]) => Promise<TargetReport>

  const stores: Readonly<Record<string, () => Promise<FakeImage>>> = {
    '20.10': () => fakeImage(app, { layout: 'docker-legacy' }),
    '29, overlay2': () => fakeImage(app),
    '29, containerd store, with an attestation': async () => {
      const spec = { ...app, attestations: [{ predicate: {} }] }
      const { manifestDigest } = await buildImage(app, 'gzip')
      const list = [
        {
          Kind: 'image',
          Available: true,
          Descriptor: { digest: manifestDigest },
          ImageData: { Platform: { os: 'linux', architecture: 'amd64' } },
        },
      ]
      const inspected = {
        Id: `sha256:${'d'.repeat(64)}`,
        Descriptor: { mediaType: 'application/vnd.oci.image.index.v1+json' },
        Manifests: list,
      }
      return fakeImage(spec, { layout: 'hybrid', compression: 'gzip' }, inspected)
    },
  }
  for (const [store, image] of Object.entries(stores)) {
    it(`asks for no export and reports the same: ${store}`, () =>
      withEngine(async (scan, engine) => {
        engine.images.set('shop/app:1', await image())
        const first = await scan()
        assert.equal(first.findings.length, 3)
        assert.equal(engine.exports().length, 1)
        const second = await scan()
        assert.equal(engine.exports().length, 1)
        assert.deepEqual(result(second), result(first))
        assert.deepEqual(second.cachedLayers, [0, 1])
        assert.equal(second.coverage.length, store.includes('attestation') ? 1 : 0)
      }))
  }

  it('asks again when the name stands for another image', () =>
    withEngine(async (scan, engine) => {
      engine.images.set('shop/app:1', await fakeImage(app))
      await scan()
      engine.images.set('shop/app:1', await fakeImage({ ...app, env: [`KEY=${token('new')}`] }))
      const report = await scan()
      assert.equal(engine.exports().length, 2)
      assert.ok(report.findings.some(({ secret }) => secret.shown.endsWith(token('new').slice(-4))))
    }))

  it('asks again when the engine lists other layers under the same ID', () =>
    withEngine(async (scan, engine) => {
      const image = await fakeImage(app)
      engine.images.set('shop/app:1', image)
      await scan()
      const RootFS = { Layers: [`sha256:${'0'.repeat(64)}`] }
      engine.images.set('shop/app:1', { ...image, inspection: { ...image.inspection, RootFS } })
      await scan()
      assert.equal(engine.exports().length, 2)
    }))

  it('asks again under other options, and without the cache', () =>
    withEngine(async (scan, engine) => {
      engine.images.set('shop/app:1', await fakeImage(app))
      await scan()
      await scan({ maxDecodeDepth: 1 })
      await scan({ cache: false })
      assert.equal(engine.exports().length, 3)
    }))

  it('asks again after an export that broke off', () =>
    withEngine(async (scan, engine) => {
      const image = await fakeImage(app)
      engine.images.set('shop/app:1', image)
      engine.giveExport = (_, response, { archive }) => {
        response.writeHead(200, { 'content-length': String(archive.length) })
        response.write(archive.subarray(0, archive.length - 1024), () => response.destroy())
      }
      assert.ok((await scan()).failed !== undefined)
      engine.giveExport = (_, response, { archive }) => void response.end(archive)
      const whole = await scan()
      assert.equal(engine.exports().length, 2)
      assert.equal(whole.failed, undefined)
      assert.equal(whole.findings.length, 3)
    }))

  it('reads the config of a known image without its layers', () =>
    withEngine(async (scan, engine) => {
      engine.images.set('shop/app:1', await fakeImage(app))
      await scan()
      const report = await scan({ skipLayers: true })
      assert.equal(engine.exports().length, 1)
      assert.deepEqual(
        report.findings.map(({ place }) => place.kind),
        ['env'],
      )
    }))
})
