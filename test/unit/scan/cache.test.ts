import assert from 'node:assert/strict'
import { chmod, lstat, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '../../../src/image/types.js'
import { type CacheOptions, cacheInfo, clearCache, openLayerCache } from '../../../src/scan/cache.js'
import { valueTag } from '../../../src/scan/fingerprint.js'
import { maskTagged } from '../../../src/scan/scan-config.js'
import { scanImage } from '../../../src/scan/scan-image.js'
import type { LayerResult, ScanEvent } from '../../../src/scan/types.js'
import { buildArchive, tarOf, writeLayout } from '../../fixtures/image-builder.js'
import { fileFinding, findingOf, imageOf, layerOf } from './fixtures.js'
import { inFolder, scanContext, scanOptions, token } from './scan-fixture.js'

const digest = (character: string): Digest => `sha256:${character.repeat(64)}`
const options = (folder: string, more: Partial<CacheOptions> = {}): CacheOptions => ({
  rules: { digest: 'sha256:rules' },
  maxDecodeDepth: 3,
  maxArchiveDepth: 4,
  maxSize: 1e9,
  folder: join(folder, 'cache'),
  ...more,
})

function layer(more: Partial<LayerResult> = {}): LayerResult {
  const known = { diffId: digest('a'), blobDigest: digest('b') }
  return {
    ...layerOf(['app/', 'app/.env', 'x => app/.env', '!gone', 'old/*'], [fileFinding('app/.env')]),
    ...known,
    ...more,
  }
}

async function files(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

describe('the layer cache', () => {
  it('gives back what was kept, by diffID and by the blob digest it has seen', () =>
    inFolder(async (folder) => {
      await (await openLayerCache(options(folder)))?.keepLayer(layer())
      const cache = await openLayerCache(options(folder))
      assert.deepEqual(await cache?.layer({ diffId: digest('a') }), layer())
      assert.deepEqual(await cache?.layer({ blobDigest: digest('b') }), layer())
      assert.equal(await cache?.layer({ blobDigest: digest('c') }), undefined)
      assert.equal(await cache?.layer({}), undefined)
    }))

  it('gives nothing under other rules or options', () =>
    inFolder(async (folder) => {
      await (await openLayerCache(options(folder)))?.keepLayer(layer())
      for (const other of [
        { rules: { digest: 'sha256:other' } },
        { maxDecodeDepth: 1 },
        { maxArchiveDepth: 1 },
        { maxFileSize: 9 },
      ]) {
        const cache = await openLayerCache(options(folder, other))
        assert.equal(await cache?.layer({ diffId: digest('a') }), undefined)
      }
    }))

  it('keeps no layer that is incomplete, depends on time, or has a secret in a name', () =>
    inFolder(async (folder) => {
      const cache = await openLayerCache(options(folder))
      const { diffId: _, ...cut } = layer()
      await cache?.keepLayer(cut)
      await cache?.keepLayer(layer({ coverage: [{ code: 'SCAN_DEADLINE', effect: 'partial', detail: '' }] }))
      await cache?.keepLayer(layer({ findings: [findingOf({ place: { kind: 'file-name', path: '****' } })] }))
      await cache?.keepLayer(layer({ plainPaths: new Map([['****', 'plain']]) }))
      assert.deepEqual(await files(join(folder, 'cache')), [])
    }))

  it('O06: has files for its owner alone and refuses a folder that others may enter or that is a link', () =>
    inFolder(async (folder) => {
      await (await openLayerCache(options(folder)))?.keepLayer(layer())
      for (const file of await files(join(folder, 'cache'))) assert.equal((await lstat(file)).mode & 0o777, 0o600)
      assert.equal((await lstat(join(folder, 'cache', 'layers'))).mode & 0o777, 0o700)
      await chmod(join(folder, 'cache'), 0o777)
      assert.equal(await openLayerCache(options(folder)), undefined)
      await chmod(join(folder, 'cache'), 0o700)
      await symlink(join(folder, 'cache'), join(folder, 'link'))
      assert.equal(await openLayerCache(options(folder, { folder: join(folder, 'link') })), undefined)
    }))

  it('takes a damaged entry for none', () =>
    inFolder(async (folder) => {
      const cache = await openLayerCache(options(folder))
      await cache?.keepLayer(layer())
      for (const file of await files(join(folder, 'cache', 'layers')))
        await writeFile(file, (await readFile(file)).subarray(0, -3))
      assert.equal(await cache?.layer({ diffId: digest('a') }), undefined)
    }))

  it('drops what was not used for longest when it grows too big', () =>
    inFolder(async (folder) => {
      const cache = await openLayerCache(options(folder, { maxSize: 4000 }))
      const names = ['1', '2', '3', '4', '5', '6', '7', '8']
      for (const name of names) {
        await cache?.keepLayer(layer({ diffId: digest(name), blobDigest: digest(name) }))
        await new Promise((resolve) => setTimeout(resolve, 5))
        assert.ok((await cache?.layer({ diffId: digest('1') })) !== undefined)
      }
      await cache?.close()
      assert.ok(((await cacheInfo(join(folder, 'cache')))?.bytes ?? 0) <= 4000)
      assert.ok((await cache?.layer({ diffId: digest('1') })) !== undefined, 'the one in use stays')
      assert.equal(await cache?.layer({ diffId: digest('2') }), undefined)
    }))

  it('tells its size and is emptied', () =>
    inFolder(async (folder) => {
      await (await openLayerCache(options(folder)))?.keepLayer(layer())
      const known = await cacheInfo(join(folder, 'cache'))
      assert.equal(known?.entries, 2)
      assert.equal(await clearCache(join(folder, 'cache')), known?.bytes)
      assert.deepEqual(await cacheInfo(join(folder, 'cache')), { folder: join(folder, 'cache'), entries: 0, bytes: 0 })
    }))
})

describe('the cache in a scan', () => {
  it('holds no plain value, and is left alone under --show-secrets', () =>
    inFolder(async (folder) => {
      const strong = token('cached')
      const weak = 'Winter' + '25!y'
      const archive = join(folder, 'image.tar')
      const spec = {
        env: [`DB_PASSWORD=${weak}`],
        labels: { a: strong },
        emptyHistory: [`ENV X=${strong}`],
        layers: [{ files: { a: `password=${weak} ${strong}` }, createdBy: `RUN echo ${strong} ${weak}` }],
      }
      await writeFile(archive, await buildArchive({ layout: 'oci', images: [spec] }))
      const cacheFolder = join(folder, 'cache')
      await scanImage(archive, await scanOptions({ cache: true, cacheFolder, showSecrets: true }), scanContext())
      await assert.rejects(readdir(cacheFolder))
      await scanImage(archive, await scanOptions({ cache: true, cacheFolder }), scanContext())
      const kept = Buffer.concat(await Promise.all((await files(cacheFolder)).map((file) => readFile(file)))).toString(
        'latin1',
      )
      assert.match(kept, /test-token/)
      for (const value of [strong, weak]) assert.ok(!kept.includes(value))
    }))

  it('still lets instructions be masked by the tags of a layer it knew', () => {
    const value = token('layer')
    const image = { ...imageOf(1), annotations: { note: `"${value}"` } }
    const [entry] = image.layers
    const plain = { ...image, layers: [{ ...entry, index: 0, blobId: '0', createdBy: `RUN echo ${value} > /a` }] }
    const masked = maskTagged(plain, new Set([valueTag(Buffer.from(value))]))
    assert.deepEqual([masked.layers[0]?.createdBy, masked.annotations], ['RUN echo **** > /a', { note: '"****"' }])
  })

  it('spares the layers of an archive and of a layout that were scanned before, and of no other file', () =>
    inFolder(async (folder) => {
      const spec = (text: string) => ({
        layers: [{ files: { a: `key ${token(text)}\nDB_PASSWORD=${'Winter' + '25!y'}\n` } }, { files: { b: 'plain' } }],
      })
      const path = join(folder, 'image.tar')
      const layout = join(folder, 'layout')
      await writeFile(path, await buildArchive({ layout: 'docker-legacy', images: [spec('one')] }))
      await writeLayout(layout, [spec('three')])
      const scan = async (input: string) => {
        const cached: boolean[] = []
        const on = (event: ScanEvent) => void (event.type === 'layer' && cached.push(event.cached))
        const options = await scanOptions({ cache: true, cacheFolder: join(folder, 'cache') })
        const [report] = await scanImage(input, options, scanContext({ on }))
        return { cached, findings: report?.findings.map(({ fingerprint }) => fingerprint) }
      }
      for (const input of [path, `oci:${layout}`]) {
        const first = await scan(input)
        assert.deepEqual(first.cached, [false, false])
        const second = await scan(input)
        assert.deepEqual(second.cached, [true, true])
        assert.deepEqual(second.findings, first.findings)
      }
      await writeFile(path, await buildArchive({ layout: 'docker-legacy', images: [spec('two')] }))
      const other = await scan(path)
      assert.equal(other.findings?.length, 2)
      assert.ok(other.cached.includes(false))
    }))

  it('is not filled by an image that claims another layer’s diffID', () =>
    inFolder(async (folder) => {
      const dirty = await tarOf([['a', { bytes: Buffer.from(token('dirty')) }]])
      const archive = join(folder, 'image.tar')
      const lie = { layers: [{ files: { clean: 'nothing' }, raw: dirty }] }
      await writeFile(archive, await buildArchive({ layout: 'docker-legacy', images: [lie] }))
      const cacheFolder = join(folder, 'cache')
      await scanImage(archive, await scanOptions({ cache: true, cacheFolder }), scanContext())
      assert.deepEqual(await files(join(cacheFolder, 'layers')), [])
    }))
})
