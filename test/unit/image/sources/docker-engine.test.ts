import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineAddress } from '../../../../src/image/sources/docker-connection.js'
import { openDockerEngine } from '../../../../src/image/sources/docker-engine.js'
import type { SourceOptions } from '../../../../src/image/types.js'
import {
  CorruptImageError,
  NotFoundError,
  PlatformNotFoundError,
  UnreachableError,
} from '../../../../src/support/errors.js'
import { type FakeEngine, fakeImage, startFakeEngine } from '../../../fixtures/fake-engine.js'
import { buildArchive, buildImage, type ImageSpec } from '../../../fixtures/image-builder.js'
import { drain, sourceOptions } from '../read-source.js'

const app: ImageSpec = {
  tags: ['shop/app:1'],
  env: ['A=b'],
  layers: [{ files: { 'etc/a': 'one' } }, { files: { 'etc/b': 'two' } }],
}
const INDEX = 'application/vnd.oci.image.index.v1+json'

describe('images of an engine', () => {
  let folder: string
  let engine: FakeEngine
  const addresses = (): readonly EngineAddress[] => [{ engine: 'docker', kind: 'socket', path: engine.host }]
  const open = (reference: string, more: Partial<SourceOptions> = {}) =>
    openDockerEngine(reference, 'docker', { ...sourceOptions, ...more }, addresses())
  const read = async (reference: string, more: Partial<SourceOptions> = {}) =>
    drain((await open(reference, more)).layers(async () => true))

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-fake-engine-'))
    engine = await startFakeEngine(join(folder, 'docker.sock'))
  })
  afterEach(async () => {
    await engine.close()
    await rm(folder, { recursive: true })
  })

  it('gives the layers of the export and the image under the name that the engine has for it', async () => {
    engine.images.set('shop/app:latest', await fakeImage({ ...app, tags: ['shop/app:latest'] }))
    const source = await read('shop/app')
    assert.equal(source.error, undefined)
    const [opened] = source.end.images
    assert.equal(opened?.image.reference, 'shop/app:latest')
    assert.equal(opened?.image.imageId, engine.images.get('shop/app:latest')?.inspection['Id'])
    assert.deepEqual(opened?.config.env, ['A=b'])
    assert.equal(source.blobs.size, 2)
  })

  it('exports by ID, since a bare name stands for every tag of its repository', async () => {
    const image = await fakeImage(app)
    engine.images.set('shop/app:1', image)
    await read('shop/app:1')
    assert.deepEqual(engine.exports(), [`/images/${image.inspection['Id']}/get`])
  })

  it('N10: exports nothing before a layer is asked for, and tells config and diffIDs without it', async () => {
    const image = await fakeImage({ ...app, history: [{ created_by: 'COPY a' }, { created_by: 'COPY b' }] })
    engine.images.set('shop/app:1', image)
    const { inspected } = await open('shop/app:1')
    const built = await buildImage(app)
    assert.deepEqual(
      inspected?.diffIds,
      built.layers.map(({ diffId }) => diffId),
    )
    const config = await inspected?.config()
    assert.deepEqual(config?.env, ['A=b'])
    assert.deepEqual(
      config?.history.map(({ createdBy }) => createdBy),
      ['COPY a', 'COPY b'],
    )
    assert.deepEqual(engine.exports(), [])
  })

  it('offers a plain layer with its diffID, since the engine has verified it, and asks before it is read', async () => {
    engine.images.set('shop/app:1', await fakeImage(app))
    const offered: unknown[] = []
    const source = await drain(
      (await open('shop/app:1')).layers(async (blob) => {
        offered.push(blob.diffId)
        return false
      }),
    )
    const built = await buildImage(app)
    assert.deepEqual(new Set(offered), new Set(built.layers.map(({ diffId }) => diffId)))
    assert.equal(source.blobs.size, 0)
    assert.equal(source.end.images.length, 1)
  })

  it('says that an export broke off, after what came before it', async () => {
    engine.images.set('shop/app:1', await fakeImage(app))
    engine.giveExport = (_, response, { archive }) => {
      response.writeHead(200, { 'content-length': String(archive.length) })
      response.write(archive.subarray(0, archive.length / 2), () => response.destroy())
    }
    const source = await read('shop/app:1')
    assert.ok(source.error instanceof UnreachableError)
    assert.match(source.error.message, /broke off/)
  })

  it('ends with the reason of an aborted signal', async () => {
    engine.images.set('shop/app:1', await fakeImage(app))
    const controller = new AbortController()
    const reason = new Error('interrupted')
    engine.giveExport = (_, response, { archive }) => {
      response.write(archive.subarray(0, 512), () => controller.abort(reason))
    }
    assert.equal((await read('shop/app:1', { signal: controller.signal })).error, reason)
  })

  it('refuses an export that is another image than the engine named', async () => {
    const image = await fakeImage(app)
    const other = await buildArchive({ layout: 'hybrid', images: [{ ...app, env: ['A=other'] }] })
    engine.images.set('shop/app:1', { ...image, archive: other })
    const { error, blobs } = await read('shop/app:1')
    assert.ok(error instanceof CorruptImageError)
    assert.equal(blobs.size, 2)
  })

  it('names images that are near where there is none', async () => {
    engine.images.set('shop/classic:1', await fakeImage(app))
    engine.images.set('other:1', await fakeImage(app))
    await assert.rejects(open('shop/clasic:1'), (error: unknown) => {
      assert.ok(error instanceof NotFoundError)
      assert.match(error.message, /has no image shop\/clasic:1/)
      assert.equal(error.hint, 'It has shop/classic:1.')
      return true
    })
  })

  it('survives an engine that hangs up in the middle of an answer', async () => {
    engine.images.set('shop/app:1', await fakeImage(app))
    engine.answer = (request, response) => {
      if (request.url === '/_ping') response.end('OK')
      else {
        response.writeHead(200, { 'content-length': '1000' })
        response.write('{"Id":', () => response.destroy())
      }
    }
    await assert.rejects(open('shop/app:1'), UnreachableError)
  })

  describe('with several platforms in its store', () => {
    const manifest = (architecture: string, more: object = {}) => ({
      Descriptor: { digest: `sha256:${architecture.padEnd(64, '0').replace(/[^0-9a-f]/g, 'a')}` },
      Kind: 'image',
      Available: true,
      ImageData: { Platform: { os: 'linux', architecture } },
      ...more,
    })
    const multi = async (manifests: readonly unknown[], mediaType = INDEX) => {
      const built = await buildImage(app)
      const own = { ...manifest('amd64'), Descriptor: { digest: built.manifestDigest } }
      const image = await fakeImage(
        app,
        { layout: 'hybrid' },
        {
          Id: `sha256:${'d'.repeat(64)}`,
          Descriptor: { mediaType },
          Manifests: [own, ...manifests],
        },
      )
      engine.images.set('shop/app:1', image)
    }
    const asked = () => new URL(`http://engine${engine.exports()[0]}`).searchParams.get('platform')

    it('asks for the one that is wanted', async () => {
      await multi([manifest('arm64')])
      await read('shop/app:1', { platform: 'linux/arm64' })
      assert.deepEqual(JSON.parse(asked() ?? ''), { os: 'linux', architecture: 'arm64' })
    })

    it('asks for the one that the engine itself prefers where none is wanted', async () => {
      await multi([manifest('arm64')])
      assert.equal((await read('shop/app:1')).error, undefined)
      assert.deepEqual(JSON.parse(asked() ?? ''), { os: 'linux', architecture: 'amd64' })
    })

    it('asks for none where all are wanted, or where there is one beside its attestation or beside what was not pulled', async () => {
      await multi([manifest('arm64')])
      await read('shop/app:1', { platform: 'all' })
      assert.equal(asked(), null)
      engine.seen.length = 0
      await multi([manifest('unknown', { Kind: 'attestation' }), manifest('arm64', { Available: false })])
      await read('shop/app:1')
      assert.equal(asked(), null)
    })

    it('asks for all where attestations are wanted, which an export of one platform leaves out', async () => {
      await multi([manifest('arm64')])
      await read('shop/app:1', { includeAttestations: true })
      assert.equal(asked(), null)
    })

    it('says what there is where the wanted one is not', async () => {
      await multi([manifest('arm64')])
      await assert.rejects(open('shop/app:1', { platform: 'linux/s390x' }), (error: unknown) => {
        assert.ok(error instanceof PlatformNotFoundError)
        assert.match(error.message, /linux\/amd64, linux\/arm64/)
        return true
      })
    })

    it('gives what is there where there is no index to choose from', async () => {
      await multi([], 'application/vnd.oci.image.manifest.v1+json')
      assert.equal((await read('shop/app:1', { platform: 'linux/s390x' })).blobs.size, 2)
    })
  })
})
