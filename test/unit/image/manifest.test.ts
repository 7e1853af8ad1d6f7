import assert from 'node:assert/strict'
import { digestOfBlobPath, parseManifest } from '../../../src/image/manifest.js'
import { CorruptImageError } from '../../../src/support/errors.js'
import { json } from '../../fixtures/image-builder.js'

const digest = `sha256:${'a'.repeat(64)}`
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 }
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: 3 }

describe('parseManifest', () => {
  it('reads a manifest', () => {
    const manifest = parseManifest(
      json({ schemaVersion: 2, config, layers: [layer, { ...layer, urls: ['https://example.com'] }] }),
    )
    assert.equal(manifest.kind, 'manifest')
    assert.deepEqual(manifest.kind === 'manifest' && manifest.layers.map(({ size, urls }) => [size, urls]), [
      [3, []],
      [3, ['https://example.com']],
    ])
  })

  it('reads an index', () => {
    const index = parseManifest(
      json({ manifests: [{ ...layer, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }] }),
    )
    assert.deepEqual(index.kind === 'index' && index.manifests[0]?.platform, {
      os: 'linux',
      architecture: 'arm',
      variant: 'v7',
    })
  })

  const indexType = 'application/vnd.oci.image.index.v1+json'
  const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'
  const refused: readonly (readonly [string, unknown, RegExp])[] = [
    ['I04: manifests and layers in one document', { manifests: [], config, layers: [layer] }, /two images/],
    ['I04: an index that calls itself a manifest', { mediaType: manifestType, manifests: [] }, /two images/],
    ['I04: a manifest that calls itself an index', { mediaType: indexType, config, layers: [] }, /two images/],
    ['I09: schema 1', { schemaVersion: 1, name: 'a', fsLayers: [], history: [] }, /schema 1/],
    ['I09: signed schema 1', { mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }, /schema 1/],
    ['I01: a negative size', { config, layers: [{ ...layer, size: -1 }] }, /impossible size/],
    ['I01: a broken size', { config, layers: [{ ...layer, size: 1.5 }] }, /impossible size/],
    ['I02: a digest that is a path', { config, layers: [{ ...layer, digest: 'sha256:../../x' }] }, /digest/],
    ['I03: 10,000 entries', { manifests: Array.from({ length: 10_000 }, () => layer) }, /10000 entries/],
    ['10,000 layers', { config, layers: Array.from({ length: 10_000 }, () => layer) }, /10000 layers/],
    ['no config', { layers: [layer] }, /digest/],
    ['an empty object', {}, /neither/],
    ['a list', [], /no JSON object/],
    ['null', null, /no JSON object/],
  ]
  for (const [name, document, message] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => parseManifest(json(document)),
        (error) => error instanceof CorruptImageError && message.test(error.message) && Boolean(error.hint),
      )
    })
  }
})

describe('digestOfBlobPath', () => {
  it('takes blobs of a layout only', () => {
    assert.equal(digestOfBlobPath(`blobs/sha256/${'a'.repeat(64)}`), digest)
    for (const path of [
      `blobs/sha256/${'a'.repeat(63)}`,
      `x/blobs/sha256/${'a'.repeat(64)}`,
      'blobs/sha256/../x',
      'layer.tar',
    ]) {
      assert.equal(digestOfBlobPath(path), undefined)
    }
  })
})
