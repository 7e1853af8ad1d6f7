import assert from 'node:assert/strict'
import { readImageArchive } from '../../../src/image/archive-reader.js'
import {
  buildArchive,
  buildImage,
  chunked,
  digestOf,
  type ImageSpec,
  type Layout,
} from '../../fixtures/image-builder.js'
import { codes, contents, drain, readArchive, sourceOptions } from './read-source.js'

const LAYOUTS: readonly Layout[] = ['docker-legacy', 'docker-legacy-symlinks', 'oci', 'hybrid', 'crane']

const app: ImageSpec = {
  tags: ['app:1'],
  env: ['PATH=/bin', 'MODE=test'],
  layers: [
    { files: { 'etc/os-release': 'ID=none' }, createdBy: '/bin/sh -c #(nop) ADD file:1 in / ' },
    { files: { 'app/.env': 'A=1', 'app/x': 'x'.repeat(70_000) }, createdBy: 'COPY . /app # buildkit' },
    { delete: ['app/.env'], createdBy: 'RUN /bin/sh -c rm app/.env # buildkit' },
  ],
  emptyHistory: ['CMD ["sh"]'],
}

/** The image as the plainest archive gives it. */
const expected = async (): Promise<unknown> =>
  contents(await readArchive(await buildArchive({ layout: 'oci', images: [app] })))

describe('image archives', () => {
  it('describe layers lowest first, with history line, diffID and config', async () => {
    const built = await buildImage(app)
    const { end, blobs } = await readArchive(await buildArchive({ layout: 'docker-legacy', images: [app] }))
    const [opened] = end.images
    assert.equal(opened?.image.imageId, built.configDigest)
    assert.equal(opened?.image.reference, 'app:1')
    assert.equal(opened?.image.platform, 'linux/amd64')
    assert.deepEqual(opened?.config.env, ['PATH=/bin', 'MODE=test'])
    assert.deepEqual(
      opened?.image.layers.map(({ createdBy, diffId }) => [createdBy, diffId]),
      [
        ['/bin/sh -c #(nop) ADD file:1 in / ', built.layers[0]?.diffId],
        ['COPY . /app # buildkit', built.layers[1]?.diffId],
        ['RUN /bin/sh -c rm app/.env # buildkit', built.layers[2]?.diffId],
      ],
    )
    assert.deepEqual(
      opened?.image.layers.map(({ blobId }) => digestOf(blobs.get(blobId)?.bytes ?? new Uint8Array())),
      built.layers.map(({ digest }) => digest),
    )
    assert.deepEqual(end.coverage, [])
  })

  for (const layout of LAYOUTS) {
    for (const order of ['name', 'manifest-first', 'reverse'] as const) {
      it(`give the same image from ${layout} with entries in order: ${order}`, async () => {
        const source = await readArchive(await buildArchive({ layout, images: [app], order }))
        assert.deepEqual(await contents(source), await expected())
        assert.deepEqual(source.end.coverage, [])
        for (const { role } of source.blobs.values()) assert.equal(role, 'layer')
      })
    }
  }

  it('may be gzipped, with gzipped layers', async () => {
    const archive = await buildArchive({ layout: 'hybrid', images: [app], compression: 'gzip', outer: 'gzip' })
    assert.deepEqual(await contents(await readArchive(archive)), await expected())
  })

  it('give the same however the bytes are cut into chunks', async () => {
    const archive = await buildArchive({ layout: 'hybrid', images: [app] })
    for (const size of [511, 4096, archive.length]) {
      const options = { ...sourceOptions, name: 'The archive' }
      const source = await drain(readImageArchive(chunked(archive, size), async () => true, options))
      assert.deepEqual(await contents(source), await expected())
    }
  })

  it('give every image', async () => {
    const other: ImageSpec = { tags: ['other:2'], layers: app.layers?.slice(0, 1) ?? [], env: ['X=1'] }
    const { end, blobs } = await readArchive(await buildArchive({ layout: 'hybrid', images: [app, other] }))
    assert.deepEqual(
      end.images.map(({ image }) => image.reference),
      ['app:1', 'other:2'],
    )
    assert.equal(blobs.size, 3, 'the shared layer once')
  })

  it('give an image with several tags once', async () => {
    const images = [{ ...app, tags: ['app:1', 'app:2'] }]
    for (const layout of LAYOUTS) {
      const { end } = await readArchive(await buildArchive({ layout, images }))
      assert.deepEqual(
        end.images.map(({ image }) => image.reference),
        ['app:1'],
        layout,
      )
    }
  })

  it('hand out no blob that is not wanted', async () => {
    const archive = await buildArchive({ layout: 'oci', images: [app] })
    const options = { ...sourceOptions, name: 'The archive' }
    const source = await drain(readImageArchive(chunked(archive), async () => false, options))
    assert.equal(source.blobs.size, 0)
    assert.equal(source.end.images[0]?.image.layers.length, 3)
    assert.deepEqual(codes(source), [])
  })

  it('go on to the next blob where one was left early', async () => {
    const archive = await buildArchive({ layout: 'oci', images: [app] })
    const layers = readImageArchive(chunked(archive, 1000), async () => true, { ...sourceOptions, name: 'The archive' })
    let count = 0
    let next = await layers.next()
    for (; next.done !== true; next = await layers.next()) {
      count++
      for await (const _ of next.value.bytes) break
    }
    assert.equal(count, 3)
    assert.deepEqual(next.value.coverage, [])
  })

  it('close their bytes where reading is given up', async () => {
    const archive = await buildArchive({ layout: 'oci', images: [app] })
    let closed = false
    async function* bytes(): AsyncGenerator<Uint8Array> {
      try {
        yield* chunked(archive, 1000)
      } finally {
        closed = true
      }
    }
    const layers = readImageArchive(bytes(), async () => true, { ...sourceOptions, name: 'The archive' })
    await layers.next()
    await layers.return({ images: [], coverage: [] })
    assert.equal(closed, true)
  })
})
