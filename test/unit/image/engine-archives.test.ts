import assert from 'node:assert/strict'
import {
  buildArchive,
  buildImage,
  digestOf,
  type Entry,
  hexOf,
  type ImageSpec,
  json,
  tarOf,
} from '../../fixtures/image-builder.js'
import { codes, readArchive } from './read-source.js'

const amd64: ImageSpec = { platform: 'linux/amd64', env: ['ARCH=amd64'], layers: [{ files: { a: 'a' } }] }
const arm64: ImageSpec = { platform: 'linux/arm64', env: ['ARCH=arm64'], layers: [{ files: { b: 'b' } }] }
const statement = { predicateType: 'https://slsa.dev/provenance/v1', predicate: { token: 'in-provenance' } }

/** What engines and tools write besides the plain forms that archive-reader.test.ts holds against each other. */
describe('archives as engines write them', () => {
  it('containerd store: an index with an attestation gives one image and a note', async () => {
    const images = [{ ...amd64, tags: ['app:1', 'app:2'], attestations: [statement] }]
    const source = await readArchive(await buildArchive({ layout: 'hybrid', images, compression: 'gzip' }))
    assert.equal(source.end.images.length, 1)
    assert.equal(source.end.images[0]?.image.reference, 'app:1')
    assert.deepEqual(codes(source), ['ATTESTATION_SKIPPED note'])
    assert.deepEqual(
      [...source.blobs.values()].map(({ role }) => role),
      ['layer'],
    )
  })

  it('containerd store: attestations are given where asked, whether before or after the manifest', async () => {
    for (const order of ['name', 'manifest-first', 'reverse'] as const) {
      const images = [{ ...amd64, attestations: [statement] }]
      const archive = await buildArchive({ layout: 'hybrid', images, order })
      const source = await readArchive(archive, { includeAttestations: true })
      const given = source.blobs.get(digestOf(json(statement)))
      assert.equal(given?.role, 'attestation')
      assert.ok(Buffer.from(given?.bytes ?? []).includes('in-provenance'))
      assert.deepEqual(codes(source), [])
    }
  })

  it('containerd store: platforms that the index names and the engine does not hold are passed over', async () => {
    const [own, other] = process.arch === 'arm64' ? [arm64, amd64] : [amd64, arm64]
    const absent = await buildImage(own)
    const edit = (entries: Map<string, Entry>): void => {
      for (const digest of [absent.manifestDigest, absent.configDigest, absent.layers[0]?.digest ?? '']) {
        assert.ok(entries.delete(`blobs/sha256/${hexOf(digest)}`))
      }
      entries.set('manifest.json', { bytes: json([]) })
    }
    const images = [{ platforms: [own, other] }]
    const source = await readArchive(await buildArchive({ layout: 'hybrid', images, edit }))
    assert.deepEqual(
      source.end.images.map(({ image }) => image.platform),
      [other.platform],
    )
    assert.deepEqual(codes(source), [])
  })

  it('containerd store: manifest.json does not bring back a platform that was not chosen', async () => {
    const archive = await buildArchive({ layout: 'hybrid', images: [{ platforms: [amd64, arm64] }] })
    for (const [platform, count] of [
      ['linux/arm64', 1],
      ['all', 2],
    ] as const) {
      const source = await readArchive(archive, { platform })
      assert.equal(source.end.images.length, count)
      assert.deepEqual(codes(source), [])
    }
  })

  it('graph drivers since 25: metadata of the first image format beside every layer is no layer and no stray', async () => {
    const legacy = json({
      id: 'a'.repeat(64),
      parent: 'b'.repeat(64),
      created: '1970-01-01T00:00:00Z',
      container_config: {},
    })
    const edit = (entries: Map<string, Entry>): void => {
      entries.set(`blobs/sha256/${hexOf(digestOf(legacy))}`, { bytes: legacy })
      entries.set('repositories', { bytes: json({ app: { 1: 'x' } }) })
    }
    const source = await readArchive(await buildArchive({ layout: 'hybrid', images: [amd64], edit }))
    assert.equal(source.blobs.size, 1)
    assert.deepEqual(codes(source), [])
  })

  it('podman and skopeo: layers named by diffID at the top, with links beside them', async () => {
    const image = await buildImage(amd64)
    const [layer] = image.layers
    assert.ok(layer)
    const file = `${hexOf(layer.diffId)}.tar`
    const id = 'c'.repeat(64)
    const archive = await tarOf([
      [file, { bytes: layer.bytes }],
      [`${id}/VERSION`, { bytes: Buffer.from('1.0') }],
      [`${id}/layer.tar`, { symlink: `../${file}` }],
      [`${id}/json`, { bytes: json({ id, created: '1970-01-01T00:00:00Z', container_config: {} }) }],
      [`${hexOf(image.configDigest)}.json`, { bytes: image.config }],
      ['repositories', { bytes: json({}) }],
      [
        'manifest.json',
        {
          bytes: json([{ Config: `${hexOf(image.configDigest)}.json`, RepoTags: ['localhost/app:1'], Layers: [file] }]),
        },
      ],
    ])
    const source = await readArchive(archive)
    assert.equal(source.end.images[0]?.image.reference, 'localhost/app:1')
    assert.equal(source.end.images[0]?.image.layers[0]?.blobId, file)
    assert.deepEqual([...source.blobs.keys()], [file])
    assert.deepEqual(codes(source), [])
  })

  it('docker save of a multi-tagged image and hard links for equal layers', async () => {
    const image = await buildImage({ layers: [{ files: { a: 'a' } }, { files: { a: 'a' } }] })
    const archive = await tarOf([
      ['x/layer.tar', { bytes: image.layers[0]?.bytes ?? new Uint8Array() }],
      ['y/layer.tar', { hardlink: 'x/layer.tar' }],
      ['c.json', { bytes: image.config }],
      [
        'manifest.json',
        { bytes: json([{ Config: 'c.json', RepoTags: ['a:1', 'a:2'], Layers: ['x/layer.tar', 'y/layer.tar'] }]) },
      ],
    ])
    const source = await readArchive(archive)
    assert.deepEqual(
      source.end.images.map(({ image: { reference, layers } }) => [reference, layers.map(({ blobId }) => blobId)]),
      [['a:1', ['x/layer.tar', 'x/layer.tar']]],
    )
    assert.deepEqual(codes(source), [])
  })

  it('I07: images without layers, without history and with history that does not fit', async () => {
    for (const [spec, notes] of [
      [{ layers: [] }, []],
      [{ ...amd64, history: undefined }, []],
      [{ ...amd64, history: [{ created_by: 'RUN a' }, { created_by: 'RUN b' }] }, ['HISTORY_MISMATCH note']],
      [{ ...amd64, history: [{ created_by: 'ENV A=1', empty_layer: true }] }, ['HISTORY_MISMATCH note']],
      [{ ...amd64, config: { os: 'linux', rootfs: { diff_ids: [] } } }, ['LAYER_COUNT_MISMATCH note']],
      [{ ...amd64, config: {} }, ['LAYER_COUNT_MISMATCH note']],
    ] as const) {
      for (const layout of ['oci', 'docker-legacy'] as const) {
        const source = await readArchive(await buildArchive({ layout, images: [spec] }))
        assert.deepEqual(
          source.end.images[0]?.image.layers.map(({ createdBy }) => createdBy),
          spec.layers?.map(() => undefined),
        )
        assert.deepEqual(codes(source), notes)
      }
    }
  })
})
