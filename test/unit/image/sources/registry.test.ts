import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { openSource } from '../../../../src/image/sources/index.js'
import { openRegistry } from '../../../../src/image/sources/registry.js'
import type { OpenSource } from '../../../../src/image/types.js'
import { NotFoundError, UnreachableError } from '../../../../src/support/errors.js'
import { makeCertificate } from '../../../fixtures/certificate.js'
import { buildImage, type ImageSpec } from '../../../fixtures/image-builder.js'
import { serveImage } from '../../../fixtures/image-server.js'
import { startTunnelProxy } from '../../../fixtures/tunnel-proxy.js'
import { codes, drain, type ReadSource, sourceOptions } from '../read-source.js'

describe('images in a registry', () => {
  let config: string
  const before = process.env['DOCKER_CONFIG']
  beforeEach(async () => {
    config = await mkdtemp(join(tmpdir(), 'secretscan-registry-'))
    process.env['DOCKER_CONFIG'] = config
  })
  afterEach(async () => {
    await rm(config, { recursive: true })
    if (before === undefined) delete process.env['DOCKER_CONFIG']
    else process.env['DOCKER_CONFIG'] = before
  })

  const read = async (spec: ImageSpec, options: Partial<typeof sourceOptions> = {}): Promise<ReadSource> => {
    const server = await serveImage(spec)
    try {
      const source = await openRegistry(`${server.host}/team/app:1`, { ...sourceOptions, offline: false, ...options })
      const read = await drain(source.layers(async () => true))
      await source.close()
      if (read.error !== undefined) throw read.error
      return read
    } finally {
      await server.close()
    }
  }

  const amd64: ImageSpec = {
    platform: 'linux/amd64',
    env: ['ARCH=amd64'],
    layers: [{ files: { a: 'a' } }, { files: { b: 'b' } }],
  }
  const arm64: ImageSpec = { platform: 'linux/arm64', env: ['ARCH=arm64'], layers: [{ files: { c: 'c' } }] }

  it('give config and layers as they were pushed', async () => {
    const built = await buildImage(amd64, 'gzip')
    const { end, blobs } = await read(amd64)
    assert.equal(end.images[0]?.image.imageId, built.configDigest)
    assert.equal(end.images[0]?.image.manifestDigest, built.manifestDigest)
    for (const layer of built.layers) assert.deepEqual(blobs.get(layer.digest)?.bytes, layer.bytes)
    assert.deepEqual(end.coverage, [])
  })

  it('are chosen by platform, and no blob of another is asked for', async () => {
    const { end, blobs } = await read({ platforms: [amd64, arm64] }, { platform: 'linux/arm64' })
    assert.deepEqual(
      end.images.map(({ config: { env } }) => env),
      [['ARCH=arm64']],
    )
    assert.equal(blobs.size, 1)
  })

  it('are asked for by HEAD at Docker Hub, which is not counted, and pulled by the digest that it tells', async () => {
    const { manifestDigest } = await buildImage(amd64, 'gzip')
    const server = await serveImage(amd64)
    const certificate = makeCertificate('registry-1.docker.io')
    const withTls = createTlsServer(certificate, (socket) => {
      const plain = connect(Number(server.host.split(':')[1]), '127.0.0.1')
      socket.pipe(plain).pipe(socket)
      for (const end of [socket, plain]) end.on('error', () => end.destroy())
    })
    await new Promise<void>((resolve) => withTls.listen(0, '127.0.0.1', resolve))
    const proxy = await startTunnelProxy(`127.0.0.1:${(withTls.address() as AddressInfo).port}`)
    try {
      const options = { ...sourceOptions, offline: false, registryCa: certificate.file }
      await (await openRegistry('shop:1', options)).close()
      assert.deepEqual([...new Set(proxy.tunnels)], ['registry-1.docker.io:443'])
      const asked = server.seen.map(({ method, url }) => `${method} ${url}`)
      assert.deepEqual(
        asked.filter((line) => line.includes('/manifests/')),
        ['HEAD /v2/library/shop/manifests/1', `GET /v2/library/shop/manifests/${manifestDigest}`],
      )
    } finally {
      await proxy.close()
      withTls.close()
      await server.close()
      await rm(certificate.folder, { recursive: true })
    }
  })

  describe('without an engine', () => {
    const host = process.env['DOCKER_HOST']
    beforeEach(() => {
      process.env['DOCKER_HOST'] = `unix://${config}/no-engine.sock`
    })
    afterEach(() => {
      if (host === undefined) delete process.env['DOCKER_HOST']
      else process.env['DOCKER_HOST'] = host
    })
    const open = (kind: 'docker' | 'engine-or-registry', reference: string): Promise<OpenSource> =>
      openSource({ kind, reference }, { ...sourceOptions, offline: false })

    it('are read from the registry, which the origin says', async () => {
      const server = await serveImage(amd64)
      try {
        const source = await open('engine-or-registry', `${server.host}/team/app:1`)
        assert.equal(source.kind, 'registry')
        assert.ok(source.origin.includes(server.host))
        await source.close()
      } finally {
        await server.close()
      }
    })

    it('are not looked for in a registry where docker: was written, or an ID', async () => {
      const server = await serveImage(amd64)
      try {
        await assert.rejects(open('docker', `${server.host}/team/app:1`), UnreachableError)
        await assert.rejects(open('engine-or-registry', `sha256:${'a'.repeat(64)}`), /no-engine\.sock/)
        assert.deepEqual(server.seen, [])
      } finally {
        await server.close()
      }
    })

    it('say why neither gave them', async () => {
      const server = await serveImage(amd64)
      try {
        await assert.rejects(open('engine-or-registry', `${server.host}/team/app:2`), (error) => {
          assert.ok(error instanceof NotFoundError)
          assert.match(error.message, /no-engine\.sock/)
          assert.ok(error.message.includes(server.host))
          return true
        })
      } finally {
        await server.close()
      }
    })
  })

  it('I10: give attestations where asked', async () => {
    const attestations = [{ predicateType: 'https://slsa.dev/provenance/v1' }]
    assert.deepEqual(codes(await read({ ...amd64, attestations })), ['ATTESTATION_SKIPPED note'])
    const source = await read({ ...amd64, attestations }, { includeAttestations: true })
    assert.deepEqual(
      [...source.blobs.values()].map(({ role }) => role),
      ['layer', 'layer', 'attestation'],
    )
  })

  it('I06: a foreign layer is not fetched, and addresses alone do not make a layer foreign', async () => {
    const urls = ['http://169.254.169.254/latest']
    const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
    const foreign = await read({ layers: [{ files: { a: 'a' }, urls, mediaType }, { files: { b: 'b' } }] })
    assert.deepEqual(codes(foreign), ['FOREIGN_LAYER note'])
    assert.equal(foreign.blobs.size, 1)
    const named = await read({ layers: [{ files: { a: 'a' }, urls, present: true }] })
    assert.deepEqual(codes(named), [])
    assert.equal(named.blobs.size, 1)
  })
})
