// Images of a registry that misbehaves: what can be read is scanned, what cannot is said (rows I01, I05, I06, I09 of the bad inputs).
import assert from 'node:assert/strict'
import { type ScanOptions, scanImage } from '../../../src/scan/scan-image.js'
import type { TargetReport } from '../../../src/scan/types.js'
import { type BuiltImage, buildImage, type ImageSpec } from '../../fixtures/image-builder.js'
import { json, type ScriptedServer, startServer } from '../../fixtures/scripted-server.js'
import { scanOptions, token } from './scan-fixture.js'

const context = { signal: new AbortController().signal, on: () => undefined, concurrency: 1 }
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

describe('scanImage: a registry', () => {
  let registry: ScriptedServer
  let image: BuiltImage

  const spec: ImageSpec = {
    layers: [{ files: { 'a.env': `A=${token('lower')}` } }, { files: { 'b.env': `B=${token('upper')}` } }],
    env: [`API=${token('env')}`],
  }

  beforeEach(async () => {
    broken = () => false
    image = await buildImage(spec)
    registry = await startServer((request, response) => serve(request.url, response))
  })
  afterEach(() => registry.close())

  /** A faithful registry, but for what `broken` answers by itself. */
  let broken: (digest: string, response: Parameters<typeof json>[0]) => boolean = () => false
  function serve(url: string, response: Parameters<typeof json>[0]): void {
    const digest = url.split('/').at(-1) ?? ''
    if (url === '/v2/') json(response, 200, {})
    else if (!broken(digest, response)) serveContent(url, digest, response)
  }

  function serveContent(url: string, digest: string, response: Parameters<typeof json>[0]): void {
    if (url.includes('/manifests/')) {
      response
        .writeHead(200, { 'content-type': MANIFEST, 'docker-content-digest': image.manifestDigest })
        .end(image.manifest)
      return
    }
    const blob =
      digest === image.configDigest ? image.config : image.layers.find((layer) => layer.digest === digest)?.bytes
    if (blob === undefined) json(response, 404, {})
    else response.end(blob)
  }

  async function online(): Promise<ScanOptions> {
    const options = await scanOptions()
    return { ...options, sourceOptions: { ...options.sourceOptions, offline: false } }
  }

  async function scan(): Promise<TargetReport> {
    const options = await online()
    const [report] = await scanImage(`registry:${registry.host}/team/app:1`, options, context)
    assert.ok(report)
    return report
  }
  const paths = ({ findings }: TargetReport) =>
    findings.map(({ place }) => ('path' in place ? place.path : place.kind)).sort()
  const serious = ({ coverage }: TargetReport) =>
    coverage.filter(({ effect }) => effect !== 'note').map(({ code }) => code)

  it('is read like any other source', async () => {
    const report = await scan()
    assert.deepEqual(paths(report), ['a.env', 'b.env', 'env'])
    assert.deepEqual(serious(report), [])
  })

  for (const status of [404, 403]) {
    it(`I05: a layer that is answered with ${status} is listed, the others are scanned`, async () => {
      broken = (digest, response) => {
        if (digest !== image.layers[0]?.digest) return false
        json(response, status, {})
        return true
      }
      const report = await scan()
      assert.equal(report.failed, undefined)
      assert.deepEqual(paths(report), ['b.env', 'env'])
      assert.ok(serious(report).includes(status === 404 ? 'NOT_FOUND' : 'UNAUTHORIZED'))
      assert.equal(report.coverage.find(({ effect }) => effect === 'skipped')?.blobId, image.layers[0]?.digest)
    })
  }

  it('I01: a layer of other bytes than its digest is reported, what it held is not hidden', async () => {
    const other = await buildImage({ layers: [{ files: { 'c.env': `C=${token('other')}` } }] })
    broken = (digest, response) => {
      if (digest !== image.layers[0]?.digest) return false
      response.end(other.layers[0]?.bytes)
      return true
    }
    const report = await scan()
    assert.deepEqual(paths(report), ['b.env', 'c.env', 'env'])
    assert.deepEqual(serious(report), ['DIGEST_MISMATCH'], 'once, though its stored and its plain bytes differ')
  })

  it('I01: a manifest of other bytes than the digest that was asked for ends the target', async () => {
    const options = await online()
    const [report] = await scanImage(`registry:${registry.host}/team/app@sha256:${'0'.repeat(64)}`, options, context)
    assert.equal(report?.failed?.code, 'CORRUPT_IMAGE')
    assert.equal(report?.failed?.exitCode, 4)
  })

  it('I06: a foreign layer is not fetched, and listed as a note', async () => {
    image = await buildImage({
      ...spec,
      layers: [
        {
          files: { 'a.env': 'A=1' },
          urls: [`http://${registry.host}/steal`],
          mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
        },
        { files: { 'b.env': `B=${token('upper')}` } },
      ],
    })
    const report = await scan()
    assert.ok(registry.seen.every(({ url }) => !url.includes('steal')))
    assert.ok(report.coverage.some(({ code, effect }) => code === 'FOREIGN_LAYER' && effect === 'note'))
  })

  it('I09: a manifest of schema 1 is refused with what to do', async () => {
    broken = (_, response) => {
      response
        .writeHead(200, { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' })
        .end('{"schemaVersion":1,"fsLayers":[]}')
      return true
    }
    const report = await scan()
    assert.match(report.failed?.message ?? '', /schema 1/)
  })
})
