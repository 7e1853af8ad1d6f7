import assert from 'node:assert/strict'
import { mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openOciLayout } from '../../../../src/image/sources/oci-layout.js'
import type { SourceOptions } from '../../../../src/image/types.js'
import {
  CorruptImageError,
  LimitExceededError,
  NotAnImageError,
  NotFoundError,
  PlatformNotFoundError,
} from '../../../../src/support/errors.js'
import { buildImage, digestOf, hexOf, type ImageSpec, json, writeLayout } from '../../../fixtures/image-builder.js'
import { codes, drain, type ReadSource, sourceOptions } from '../read-source.js'

const amd64: ImageSpec = {
  platform: 'linux/amd64',
  env: ['ARCH=amd64'],
  layers: [{ files: { a: 'a' } }, { files: { b: 'b' } }],
}
const arm64: ImageSpec = {
  platform: 'linux/arm64',
  env: ['ARCH=arm64'],
  layers: [{ files: { a: 'a' } }, { files: { c: 'c' } }],
}
const windows: ImageSpec = { platform: 'windows/amd64', env: ['ARCH=windows'], layers: [{ files: { d: 'd' } }] }

describe('OCI layout folders', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secretscan-layout-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const read = async (tag?: string, options: Partial<SourceOptions> = {}): Promise<ReadSource> => {
    const source = await openOciLayout(folder, tag, { ...sourceOptions, ...options })
    const read = await drain(source.layers(async () => true))
    if (read.error !== undefined) throw read.error
    assert.deepEqual(read.end.images, await source.describe())
    return read
  }
  const envs = ({ end }: ReadSource): unknown => end.images.map(({ config }) => config.env[0])
  const blobPath = (digest: string): string => join(folder, 'blobs', 'sha256', hexOf(digest))
  const writeBlob = async (bytes: Uint8Array): Promise<{ digest: string; size: number }> => {
    const digest = digestOf(bytes)
    await writeFile(blobPath(digest), bytes)
    return { digest, size: bytes.length }
  }
  const writeIndex = (manifests: readonly unknown[]): Promise<void> =>
    writeFile(join(folder, 'index.json'), json({ schemaVersion: 2, manifests }))
  const indexType = 'application/vnd.oci.image.index.v1+json'
  const manifestType = 'application/vnd.oci.image.manifest.v1+json'

  it('are described before a layer is read, and give each layer once', async () => {
    await writeLayout(folder, [{ ...amd64, tags: ['1'] }])
    const built = await buildImage(amd64, 'gzip')
    const source = await openOciLayout(folder, undefined, sourceOptions)
    const [opened] = (await source.describe()) ?? []
    assert.equal(opened?.image.imageId, built.configDigest)
    assert.equal(opened?.image.manifestDigest, built.manifestDigest)
    assert.equal(opened?.image.reference, '1')
    const { blobs, end } = await read()
    assert.deepEqual(
      [...blobs.keys()],
      built.layers.map(({ digest }) => digest),
    )
    for (const layer of built.layers) assert.deepEqual(blobs.get(layer.digest)?.bytes, layer.bytes)
    assert.deepEqual(end.coverage, [])
  })

  it('choose by tag', async () => {
    await writeLayout(folder, [
      { ...amd64, tags: ['1'] },
      { ...arm64, tags: ['2', 'latest'] },
    ])
    assert.deepEqual(envs(await read('2')), ['ARCH=arm64'])
    assert.deepEqual(envs(await read('latest')), ['ARCH=arm64'])
    assert.deepEqual(envs(await read()), ['ARCH=amd64', 'ARCH=arm64'])
    await assert.rejects(read('3'), (error) => error instanceof NotFoundError && /1, 2, latest/.test(error.message))
  })

  it('choose by platform from an index, also a nested one', async () => {
    await writeLayout(folder, [{ platforms: [amd64, arm64, windows], nested: 2 }])
    assert.deepEqual(envs(await read(undefined, { platform: 'linux/arm64' })), ['ARCH=arm64'])
    assert.deepEqual(envs(await read(undefined, { platform: 'linux/arm64/v8' })), ['ARCH=arm64'])
    assert.deepEqual(envs(await read(undefined, { platform: 'windows/x86_64' })), ['ARCH=windows'])
    assert.deepEqual(envs(await read(undefined, { platform: 'all' })), ['ARCH=amd64', 'ARCH=arm64', 'ARCH=windows'])
    const own = process.arch === 'arm64' ? 'ARCH=arm64' : 'ARCH=amd64'
    assert.deepEqual(envs(await read()), [own])
  })

  it('I11: list what there is where the platform is not', async () => {
    await writeLayout(folder, [{ platforms: [amd64, arm64, windows] }])
    for (const platform of ['linux/riscv64', 'linux/arm64/v9']) {
      await assert.rejects(read(undefined, { platform }), (error) => {
        assert.ok(error instanceof PlatformNotFoundError)
        assert.match(error.message, /linux\/amd64, linux\/arm64, windows\/amd64/)
        return true
      })
    }
  })

  it('give a lone image whatever its platform', async () => {
    await writeLayout(folder, [{ platforms: [windows] }])
    assert.deepEqual(envs(await read()), ['ARCH=windows'])
  })

  it('I14: give a layer that several images share once', async () => {
    const images = Array.from({ length: 20 }, (_, at) => ({ ...amd64, env: [`N=${at}`], tags: [`${at}`] }))
    await writeLayout(folder, images)
    const source = await read()
    assert.equal(source.end.images.length, 20)
    assert.equal(source.blobs.size, 2)
  })

  it('I10: pass over attestations with a note, and give their statements where asked', async () => {
    const statement = { predicateType: 'https://slsa.dev/provenance/v1', predicate: { args: { 'build-arg:T': 'x' } } }
    await writeLayout(folder, [{ ...amd64, attestations: [statement] }])
    const without = await read()
    assert.deepEqual(codes(without), ['ATTESTATION_SKIPPED note'])
    assert.deepEqual(envs(without), ['ARCH=amd64'])
    const source = await read(undefined, { includeAttestations: true, platform: 'linux/amd64' })
    assert.deepEqual(codes(source), [])
    const given = source.blobs.get(digestOf(json(statement)))
    assert.equal(given?.role, 'attestation')
    assert.deepEqual(given?.bytes, json(statement))
  })

  it('I10: note Helm charts and other artifacts', async () => {
    await writeLayout(folder, [{ ...amd64, tags: ['1'] }])
    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'))
    const artifact = async (type: string): Promise<object> => {
      const config = { mediaType: type, ...(await writeBlob(json({ name: type }))) }
      const layer = { mediaType: 'application/octet-stream', ...(await writeBlob(Buffer.from(type))) }
      return { mediaType: manifestType, ...(await writeBlob(json({ schemaVersion: 2, config, layers: [layer] }))) }
    }
    const chart = await artifact('application/vnd.cncf.helm.config.v1+json')
    await writeIndex([...index.manifests, chart, await artifact('application/vnd.oci.empty.v1+json')])
    const source = await read()
    assert.deepEqual(envs(source), ['ARCH=amd64'])
    assert.deepEqual(codes(source), ['NOT_A_CONTAINER_IMAGE note', 'NOT_A_CONTAINER_IMAGE note'])
    await writeIndex([chart])
    await assert.rejects(read(), (error) => error instanceof NotAnImageError && /Helm chart/.test(error.message))
  })

  it('I03: end with an index that names itself through others', async () => {
    // No bytes have a digest that they name themselves, so such a cycle is always a lie about digests.
    await writeLayout(folder, [amd64])
    const digests = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`)
    for (const [at, digest] of digests.entries()) {
      const next = { mediaType: indexType, digest: digests[(at + 1) % 3] }
      await writeFile(blobPath(digest), json({ manifests: [next] }))
    }
    await writeIndex([{ mediaType: indexType, digest: digests[0] }])
    await assert.rejects(read(), CorruptImageError)
  })

  it('I03: follow indexes four deep and say where more was left', async () => {
    await writeLayout(folder, [{ ...amd64, nested: 4 }])
    assert.deepEqual(envs(await read()), ['ARCH=amd64'])
    await writeLayout(folder, [
      { ...amd64, tags: ['a'] },
      { ...arm64, nested: 50, tags: ['deep'] },
    ])
    const source = await read()
    assert.deepEqual(envs(source), ['ARCH=amd64'])
    assert.deepEqual(codes(source), ['LIMIT_INDEX_DEPTH skipped'])
  })

  it('I03: follow at most 1,000 entries over all indexes', async () => {
    await writeLayout(folder, [amd64])
    const [real] = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')).manifests
    const attestation = (at: number): object => ({
      ...real,
      digest: digestOf(Buffer.from(String(at))),
      platform: { os: 'unknown', architecture: 'unknown' },
    })
    const inner = async (from: number): Promise<object> => {
      const manifests = Array.from({ length: 600 }, (_, at) => attestation(from + at))
      return { mediaType: indexType, ...(await writeBlob(json({ manifests }))) }
    }
    await writeIndex([
      real,
      { mediaType: indexType, ...(await writeBlob(json({ manifests: [await inner(0), await inner(600)] }))) },
    ])
    const source = await read()
    assert.equal(source.end.coverage.filter(({ code }) => code === 'ATTESTATION_SKIPPED').length, 998)
    assert.equal(source.end.coverage.filter(({ code }) => code === 'LIMIT_INDEX_ENTRIES').length, 1)
  })

  it('I01: report a layer of another digest or size, and refuse a manifest or config', async () => {
    await writeLayout(folder, [amd64])
    const built = await buildImage(amd64, 'gzip')
    const [layer] = built.layers
    assert.ok(layer)
    await writeFile(blobPath(layer.digest), Buffer.concat([layer.bytes, Buffer.from('x')]))
    const source = await read()
    assert.deepEqual(codes(source), ['DIGEST_MISMATCH partial', 'SIZE_MISMATCH partial'])
    assert.equal(source.blobs.size, 2)
    for (const digest of [built.configDigest, built.manifestDigest]) {
      await writeLayout(folder, [amd64])
      await writeFile(blobPath(digest), json({ config: {} }))
      await assert.rejects(read(), CorruptImageError)
      await rm(blobPath(digest))
      await assert.rejects(read(), CorruptImageError)
    }
  })

  for (const off of [-1, 1]) {
    it(`I01: report a size that is ${off} off where the digest is right`, async () => {
      await writeLayout(folder, [amd64])
      const built = await buildImage(amd64, 'gzip')
      const manifest = JSON.parse(Buffer.from(built.manifest).toString())
      manifest.layers[0].size += off
      await writeIndex([{ mediaType: manifestType, ...(await writeBlob(json(manifest))) }])
      assert.deepEqual(codes(await read()), ['SIZE_MISMATCH partial'])
      manifest.layers[0].size -= off
      manifest.config.size += off
      await writeIndex([{ mediaType: manifestType, ...(await writeBlob(json(manifest))) }])
      await assert.rejects(read(), CorruptImageError)
    })
  }

  it('I01: one broken image does not take the others with it', async () => {
    await writeLayout(folder, [
      { ...amd64, tags: ['good'] },
      { ...arm64, tags: ['bad'] },
    ])
    await writeFile(blobPath((await buildImage(arm64, 'gzip')).manifestDigest), 'broken')
    const source = await read()
    assert.deepEqual(envs(source), ['ARCH=amd64'])
    assert.deepEqual(codes(source), ['CORRUPT_IMAGE skipped'])
  })

  it('offer layers with what was computed of them where asked', async () => {
    await writeLayout(folder, [amd64])
    const [first, second] = (await buildImage(amd64, 'gzip')).layers
    assert.ok(first && second)
    await writeFile(blobPath(first.digest), second.bytes)
    for (const hashFirst of [true, false]) {
      const source = await openOciLayout(folder, undefined, { ...sourceOptions, hashFirst })
      const offered: unknown[] = []
      await drain(source.layers(async (blob) => offered.push(blob) === 0))
      const computed: { blobDigest?: string } = hashFirst ? { blobDigest: second.digest } : {}
      assert.deepEqual(offered, [
        { blobId: first.digest, ...computed },
        { blobId: second.digest, ...computed },
      ])
    }
  })

  it('I05: report a missing layer and give the others', async () => {
    await writeLayout(folder, [{ ...amd64, layers: [{ files: { a: 'a' }, missing: true }, { files: { b: 'b' } }] }])
    const source = await read()
    assert.deepEqual(codes(source), ['MISSING_BLOB skipped'])
    assert.equal(source.blobs.size, 1)
  })

  it('I06: note a foreign layer that is not here, and an encrypted one', async () => {
    const foreign = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'
    const urls = ['http://169.254.169.254/latest']
    const encrypted = 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted'
    await writeLayout(folder, [
      {
        layers: [
          { files: { a: 'a' }, mediaType: foreign, urls },
          { raw: Buffer.from('???'), mediaType: encrypted },
        ],
      },
    ])
    const source = await read()
    assert.deepEqual(codes(source), ['ENCRYPTED_LAYER note', 'FOREIGN_LAYER note'])
    assert.equal(source.blobs.size, 0)
  })

  it('I06: a layer is not foreign because it names addresses', async () => {
    await writeLayout(folder, [{ layers: [{ files: { a: 'a' }, urls: ['https://example.com'] }] }])
    assert.deepEqual(codes(await read()), ['MISSING_BLOB skipped'])
  })

  it('I13: refuse a blob that is a link to a place outside, unless links are followed', async () => {
    await writeLayout(folder, [amd64])
    const built = await buildImage(amd64, 'gzip')
    const digest = built.layers[0]?.digest ?? ''
    const outside = await mkdtemp(join(tmpdir(), 'secretscan-outside-'))
    try {
      await rename(blobPath(digest), join(outside, 'blob'))
      await symlink(join(outside, 'blob'), blobPath(digest))
      const source = await read()
      assert.deepEqual(codes(source), ['LINK_OUTSIDE skipped'])
      assert.equal(source.blobs.size, 1)
      assert.equal((await read(undefined, { followLinks: true })).blobs.size, 2)
      await rename(blobPath(built.configDigest), join(outside, 'config'))
      await symlink(join(outside, 'config'), blobPath(built.configDigest))
      await assert.rejects(read(), CorruptImageError)
      await writeFile(join(outside, 'index.json'), json({ manifests: [] }))
      await rm(join(folder, 'index.json'))
      await symlink(join(outside, 'index.json'), join(folder, 'index.json'))
      await assert.rejects(read(), CorruptImageError)
    } finally {
      await rm(outside, { recursive: true })
    }
  })

  it('I02: refuse a digest that is a path', async () => {
    await writeLayout(folder, [amd64])
    await writeIndex([{ mediaType: manifestType, digest: 'sha256:../../../etc/passwd', size: 1 }])
    await assert.rejects(read(), CorruptImageError)
  })

  it('I08: refuse a manifest over the limit, with the flag that raises it', async () => {
    await writeLayout(folder, [amd64])
    await assert.rejects(read(undefined, { maxManifestSize: 10 }), (error) => {
      assert.ok(error instanceof LimitExceededError)
      assert.match(error.hint ?? '', /--max-manifest-size/)
      return true
    })
  })

  it('say what a folder is that is no layout', async () => {
    await assert.rejects(read(), (error) => error instanceof NotAnImageError && /secretscan dir/.test(error.hint ?? ''))
    await assert.rejects(openOciLayout(join(folder, 'nowhere'), undefined, sourceOptions), NotFoundError)
    await writeIndex([])
    await assert.rejects(read(), NotAnImageError)
  })
})
