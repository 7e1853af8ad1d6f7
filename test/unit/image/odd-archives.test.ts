import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { CorruptImageError, LimitExceededError, NotAnImageError } from '../../../src/support/errors.js'
import {
  buildArchive,
  buildImage,
  digestOf,
  type Entry,
  hexOf,
  type ImageSpec,
  json,
  type Layout,
  tarOf,
} from '../../fixtures/image-builder.js'
import { codes, readArchive, tryArchive } from './read-source.js'

const LAYOUTS: readonly Layout[] = ['docker-legacy', 'docker-legacy-symlinks', 'oci', 'hybrid', 'crane']

const app: ImageSpec = {
  env: ['MODE=test'],
  layers: [{ files: { 'etc/os-release': 'ID=none' } }, { files: { b: 'b'.repeat(70_000) } }, { files: { c: 'c' } }],
}

const text = (value: string): Entry => ({ bytes: Buffer.from(value) })

/** Where a layout keeps the config. */
function configPath(layout: Layout, digest: string): string {
  if (layout === 'crane') return digest
  return layout === 'oci' || layout === 'hybrid' ? `blobs/sha256/${hexOf(digest)}` : `${hexOf(digest)}.json`
}

describe('image archives that are not as they should be', () => {
  it('I01: a layer whose bytes are not its digest is given and reported', async () => {
    const [layer] = (await buildImage(app)).layers
    assert.ok(layer)
    const changed = Buffer.from(layer.bytes)
    changed.write('ID=evil', changed.indexOf('ID=none'))
    const edit = (entries: Map<string, Entry>): void =>
      void entries.set(`blobs/sha256/${hexOf(layer.digest)}`, { bytes: changed })
    const source = await readArchive(await buildArchive({ layout: 'oci', images: [app], edit }))
    assert.deepEqual(codes(source), ['DIGEST_MISMATCH partial'])
    assert.equal(source.end.coverage[0]?.blobId, layer.digest)
    assert.ok(Buffer.from(source.blobs.get(layer.digest)?.bytes ?? []).includes('ID=evil'))
  })

  for (const layout of LAYOUTS) {
    it(`I01: a config whose bytes are not its digest is refused (${layout})`, async () => {
      const path = configPath(layout, (await buildImage(app)).configDigest)
      const edit = (entries: Map<string, Entry>): void => {
        assert.ok(entries.has(path))
        entries.set(path, { bytes: json({ os: 'linux', config: { Env: ['A=changed'] } }) })
      }
      const source = await tryArchive(await buildArchive({ layout, images: [app], edit }))
      assert.ok(source.error instanceof CorruptImageError)
      assert.equal(source.blobs.size, 3, 'the layers were given before')
    })
  }

  it('I12: paths in manifest.json stay inside the archive', async () => {
    const archive = await tarOf([
      [
        'c.json',
        { bytes: json({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: [`sha256:${'0'.repeat(64)}`] } }) },
      ],
      ['manifest.json', { bytes: json([{ Config: '/./c.json', Layers: ['../../etc/passwd'] }]) }],
    ])
    const source = await readArchive(archive)
    assert.deepEqual(codes(source), ['MISSING_BLOB skipped'])
    assert.equal(source.blobs.size, 0)
  })

  it('I12: links that run in a circle end', async () => {
    const edit = (entries: Map<string, Entry>): void => {
      const [first = '', second = ''] = [...entries.keys()].filter((path) => path.endsWith('layer.tar'))
      entries.set(first, { symlink: `../${second}` })
      entries.set(second, { symlink: `../${first}` })
    }
    const source = await readArchive(await buildArchive({ layout: 'docker-legacy', images: [app], edit }))
    assert.deepEqual(codes(source), ['MISSING_BLOB skipped', 'MISSING_BLOB skipped'])
    assert.equal(source.blobs.size, 1)
  })

  it('I12: of two manifest.json the last counts, as it does when an engine unpacks the archive', async () => {
    const config = (name: string): Entry => ({
      bytes: json({ config: { Env: [`N=${name}`] }, rootfs: { diff_ids: [] } }),
    })
    const archive = await tarOf([
      ['a.json', config('a')],
      ['b.json', config('b')],
      ['manifest.json', { bytes: json([{ Config: 'a.json', Layers: [] }]) }],
      ['manifest.json', { bytes: json([{ Config: 'b.json', Layers: [] }]) }],
    ])
    const source = await readArchive(archive)
    assert.deepEqual(
      source.end.images.map(({ config: { env } }) => env),
      [['N=b']],
    )
    assert.equal(source.blobs.get('a.json')?.role, 'unknown', 'the other config is scanned as it is')
  })

  it('I12: of two layers with one path both are given, and the last is the layer', async () => {
    const layer = await tarOf([['used', text('used')]])
    const hidden = await tarOf([['hidden', text('hidden')]])
    const archive = await tarOf([
      ['l.tar', { bytes: hidden }],
      ['l.tar', { bytes: layer }],
      ['c.json', { bytes: json({ rootfs: { diff_ids: [digestOf(layer)] } }) }],
      ['manifest.json', { bytes: json([{ Config: 'c.json', Layers: ['l.tar'] }]) }],
    ])
    const source = await readArchive(archive)
    const used = source.end.images[0]?.image.layers[0]?.blobId ?? ''
    assert.deepEqual(source.blobs.get(used)?.bytes, layer)
    assert.equal(source.blobs.size, 2)
    assert.deepEqual(codes(source), ['UNREFERENCED_BLOB note'])
  })

  it('I12: a hybrid archive whose two manifests name different images gives both', async () => {
    const other = await buildImage({ env: ['N=docker'], layers: [{ files: { d: 'd' } }] })
    const edit = (entries: Map<string, Entry>): void => {
      entries.set('c.json', { bytes: other.config })
      entries.set('l.tar', { bytes: other.layers[0]?.bytes ?? new Uint8Array() })
      entries.set('manifest.json', { bytes: json([{ Config: 'c.json', RepoTags: ['b:1'], Layers: ['l.tar'] }]) })
    }
    const { end } = await readArchive(await buildArchive({ layout: 'hybrid', images: [app], edit }))
    const ids = end.images.map(({ image }) => image.imageId)
    assert.deepEqual(ids, [(await buildImage(app)).configDigest, other.configDigest])
  })

  for (const layout of LAYOUTS) {
    it(`I05: a missing layer is reported and the others are given (${layout})`, async () => {
      const layers = (app.layers ?? []).map((layer, index) => (index === 1 ? { ...layer, missing: true } : layer))
      const source = await readArchive(await buildArchive({ layout, images: [{ ...app, layers }] }))
      assert.deepEqual(codes(source), ['MISSING_BLOB skipped'])
      assert.equal(source.blobs.size, 2)
    })
  }

  it('what no manifest names is given and noted', async () => {
    const stray = await tarOf([['stray', text('stray')]])
    const edit = (entries: Map<string, Entry>): void => {
      entries.set(`blobs/sha256/${hexOf(digestOf(stray))}`, { bytes: stray })
      entries.set('notes.txt', text('some text'))
    }
    const source = await readArchive(await buildArchive({ layout: 'oci', images: [app], edit }))
    assert.deepEqual(codes(source), ['UNREFERENCED_BLOB note', 'UNREFERENCED_BLOB note'])
    assert.equal(source.blobs.get(digestOf(stray))?.role, 'layer')
    assert.equal(source.blobs.get('notes.txt')?.role, 'unknown')
  })

  it('T24: a layer is read as what it is, whatever its media type says', async () => {
    const type = 'application/vnd.oci.image.layer.v1.tar'
    const layers = [
      { files: { a: 'a' }, mediaType: `${type}+gzip` },
      { files: { b: 'b' }, compression: 'gzip' as const, mediaType: type },
      { raw: Buffer.from('no tar at all'), mediaType: type },
      { files: { c: 'c' }, mediaType: 'application/x-whatever' },
    ]
    const source = await readArchive(await buildArchive({ layout: 'oci', images: [{ layers }] }))
    const mismatches = Array.from({ length: 3 }, () => 'MEDIA_TYPE_MISMATCH note')
    assert.deepEqual(codes(source), mismatches)
    assert.deepEqual(
      [...source.blobs.values()].map(({ role }) => role),
      ['layer', 'layer', 'layer', 'layer'],
    )
  })

  for (const outer of ['none', 'gzip'] as const) {
    it(`a cut archive gives what came before the cut and says that the manifest is missing (${outer})`, async () => {
      const archive = await buildArchive({ layout: 'oci', images: [app], outer })
      const source = await readArchive(archive.subarray(0, Math.floor(archive.length * 0.6)))
      assert.deepEqual(source.end.images, [])
      assert.ok(codes(source).includes('NO_MANIFEST partial'))
      assert.ok(source.blobs.size > 0)
    })
  }

  it('a cut archive whose config is behind the cut gives its layers, without an image', async () => {
    const archive = await buildArchive({ layout: 'docker-legacy', images: [app], order: 'manifest-first' })
    const cut = Buffer.from(archive).indexOf('MODE=test')
    const source = await readArchive(archive.subarray(0, cut))
    assert.deepEqual(source.end.images, [])
    assert.ok(codes(source).includes('CORRUPT_IMAGE skipped'))
  })

  it('names of blobs are printable in reports', async () => {
    const edit = (entries: Map<string, Entry>): void => void entries.set('a\u001b[2Jb', text('x'))
    const source = await readArchive(await buildArchive({ layout: 'oci', images: [app], edit }))
    assert.match(source.end.coverage[0]?.detail ?? '', /^a\\x1b\[2Jb is in/)
  })

  it('a cut archive says which layer was cut, and not that it was changed', async () => {
    const archive = await buildArchive({ layout: 'oci', images: [app] })
    const middle = Buffer.from(archive).indexOf('b'.repeat(70_000)) + 35_000
    const source = await readArchive(archive.subarray(0, middle))
    const cut = digestOf((await buildImage(app)).layers[1]?.bytes ?? new Uint8Array())
    const about = source.end.coverage.filter(({ blobId }) => blobId === cut)
    assert.deepEqual(
      about.map(({ code, effect }) => [code, effect]),
      [['BLOB_TRUNCATED', 'partial']],
    )
    assert.ok((source.blobs.get(cut)?.bytes.length ?? 0) > 35_000)
  })

  it('a cut archive gives the config to be scanned as it is', async () => {
    const archive = await buildArchive({ layout: 'docker-legacy', images: [app] })
    const cut = archive.subarray(0, Buffer.from(archive).indexOf('manifest.json'))
    const source = await readArchive(Buffer.concat([cut, Buffer.from('damage')]))
    const configs = [...source.blobs.values()].filter(({ bytes }) => Buffer.from(bytes).includes('MODE=test'))
    assert.deepEqual(
      configs.map(({ role }) => role),
      ['unknown'],
    )
  })

  it('I08: a config over the limit is refused after the layers, and scanned as it is', async () => {
    const env = [`PAD=${'x'.repeat(5000)}`]
    const archive = await buildArchive({ layout: 'docker-legacy', images: [{ ...app, env }] })
    const source = await tryArchive(archive, { maxManifestSize: 4000 })
    assert.ok(source.error instanceof LimitExceededError)
    assert.match(source.error.hint ?? '', /--max-manifest-size/)
    const roles = [...source.blobs.values()].map(({ role }) => role)
    assert.deepEqual(roles.sort(), ['layer', 'layer', 'layer', 'unknown'])
  })

  it('small files that are too many to keep are given at once, and the manifests still count', async function () {
    this.timeout(30_000)
    const junk = Buffer.alloc(4 * 1024 * 1024, 'x')
    const edit = (entries: Map<string, Entry>): void => {
      for (let at = 0; at < 18; at++) entries.set(`zz${at}`, { bytes: junk })
    }
    const first = await readArchive(await buildArchive({ layout: 'oci', images: [app], edit }))
    assert.equal(first.end.images.length, 1)
    assert.equal([...first.blobs.keys()].filter((blobId) => blobId.startsWith('zz')).length, 18)
    const last = await tryArchive(await buildArchive({ layout: 'oci', images: [app], edit, order: 'reverse' }))
    assert.ok(last.error instanceof LimitExceededError, 'the config was not kept')
    assert.equal([...last.blobs.keys()].filter((blobId) => blobId.startsWith('zz')).length, 18)
  })

  it('says what a file is that is no image archive', async () => {
    const rootfs = await tarOf(['bin/sh', 'etc/passwd', 'usr/bin/env'].map((path) => [path, text('x')] as const))
    const large = await tarOf(Array.from({ length: 200 }, (_, at) => [`usr/lib/${at}`, text('x')] as const))
    const cases: readonly (readonly [Uint8Array, RegExp])[] = [
      [rootfs, /docker export/],
      [large, /docker export/],
      [await tarOf([['readme', text('x')]]), /neither manifest\.json nor index\.json/],
      [await tarOf([['repositories', text('{}')]]), /before version 1\.10/],
      [await tarOf([]), /holds nothing/],
      [new Uint8Array(), /holds nothing/],
      [Buffer.from('{"not": "an archive"}'.repeat(100)), /no tar archive/],
      [gzipSync('hello'.repeat(500)), /no tar archive/],
    ]
    for (const [bytes, message] of cases) {
      await assert.rejects(readArchive(bytes), (error) => {
        assert.ok(error instanceof NotAnImageError)
        assert.match(error.message, message)
        assert.ok(error.hint)
        return true
      })
    }
  })
})
