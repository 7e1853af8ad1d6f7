import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openSource } from '../../../../src/image/sources/index.js'
import { openStdin } from '../../../../src/image/sources/stdin.js'
import type { BlobIdentity, OpenSource } from '../../../../src/image/types.js'
import { NotAnImageError, NotFoundError, UsageError } from '../../../../src/support/errors.js'
import {
  buildArchive,
  buildImage,
  chunked,
  type Entry,
  hexOf,
  type ImageSpec,
  tarOf,
} from '../../../fixtures/image-builder.js'
import { codes, contents, drain, sourceOptions } from '../read-source.js'

const app: ImageSpec = {
  tags: ['app:1'],
  env: ['A=1'],
  layers: [{ files: { a: 'a' } }, { files: { b: 'b'.repeat(100_000) } }],
}

describe('archives by path and by pipe', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secretscan-archive-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('give the same', async () => {
    const bytes = await buildArchive({ layout: 'hybrid', images: [app], compression: 'gzip' })
    const path = join(folder, 'app.tar')
    await writeFile(path, bytes)
    const file = await openSource({ kind: 'archive', path }, sourceOptions)
    const pipe = openStdin(sourceOptions, Readable.from(chunked(bytes, 1000)))
    assert.equal(await pipe.describe(), undefined)
    const [fromFile, fromPipe] = [
      await drain(file.layers(async () => true)),
      await drain(pipe.layers(async () => true)),
    ]
    assert.deepEqual(await contents(fromPipe), await contents(fromFile))
    assert.deepEqual([codes(fromFile), codes(fromPipe)], [[], []])
    assert.deepEqual(await pipe.describe(), fromPipe.end.images)
    assert.deepEqual([file.origin, pipe.origin], [`archive ${path}`, 'standard input'])
    await Promise.all([file.close(), pipe.close()])
  })

  it('offer their blobs with what was computed of them where asked, and never with what they claim', async () => {
    const [first, second] = (await buildImage(app)).layers
    assert.ok(first && second)
    const edit = (entries: Map<string, Entry>): void =>
      void entries.set(`blobs/sha256/${hexOf(first.digest)}`, { bytes: second.tar })
    const bytes = await buildArchive({ layout: 'oci', images: [app], edit })
    const path = join(folder, 'app.tar')
    await writeFile(path, bytes)
    const offered = async (source: OpenSource): Promise<Record<string, string | undefined>> => {
      const digests: Record<string, string | undefined> = {}
      const want = async ({ blobId, blobDigest }: BlobIdentity): Promise<boolean> => {
        digests[blobId] = blobDigest
        return false
      }
      await drain(source.layers(want))
      return digests
    }
    const hashed = await openSource({ kind: 'archive', path }, { ...sourceOptions, hashFirst: true })
    assert.deepEqual(await offered(hashed), { [first.digest]: second.digest, [second.digest]: second.digest })
    const plain = await openSource({ kind: 'archive', path }, sourceOptions)
    assert.deepEqual(await offered(plain), { [first.digest]: undefined, [second.digest]: undefined })
    const pipe = openStdin({ ...sourceOptions, hashFirst: true }, Readable.from(chunked(bytes)))
    assert.deepEqual(await offered(pipe), { [first.digest]: undefined, [second.digest]: undefined })
  })

  it('give the same where blobs are hashed first, broken or not', async () => {
    const whole = await buildArchive({ layout: 'docker-legacy', images: [app] })
    const path = join(folder, 'app.tar')
    for (const bytes of [whole, whole.subarray(0, whole.length * 0.7), whole.subarray(0, 100), await tarOf([])]) {
      await writeFile(path, bytes)
      const read = async (hashFirst: boolean): Promise<unknown> => {
        const source = await openSource({ kind: 'archive', path }, { ...sourceOptions, hashFirst })
        const { blobs, end, error } = await drain(source.layers(async () => true))
        return [blobs, end, String(error)]
      }
      assert.deepEqual(await read(true), await read(false))
    }
  })

  it('stop when the run is interrupted', async () => {
    const controller = new AbortController()
    const bytes = await buildArchive({ layout: 'oci', images: [app] })
    const pipe = openStdin({ ...sourceOptions, signal: controller.signal }, Readable.from(chunked(bytes, 1000)))
    const layers = pipe.layers(async () => true)
    await layers.next()
    controller.abort(new Error('interrupted'))
    await assert.rejects(layers.next(), /interrupted/)
  })

  it('say what is wrong with a path', async () => {
    const open = (path: string): Promise<unknown> => openSource({ kind: 'archive', path }, sourceOptions)
    await assert.rejects(
      open(join(folder, 'nowhere.tar')),
      (error) => error instanceof NotFoundError && /There is no file/.test(error.message),
    )
    await assert.rejects(open(folder), (error) => error instanceof NotAnImageError && /oci:/.test(error.hint ?? ''))
    await writeFile(join(folder, 'file'), '')
    await assert.rejects(open(join(folder, 'file', 'x.tar')), NotFoundError)
  })

  it('refuse a platform that is none, index or not', async () => {
    const path = join(folder, 'app.tar')
    await writeFile(path, await buildArchive({ layout: 'docker-legacy', images: [app] }))
    for (const platform of ['linux', 'linux/', 'a/b/c/d', '']) {
      await assert.rejects(openSource({ kind: 'archive', path }, { ...sourceOptions, platform }), UsageError)
    }
    await openSource({ kind: 'archive', path }, { ...sourceOptions, platform: 'all' })
  })

  it('say so where a file may not be read', async () => {
    const path = join(folder, 'closed.tar')
    await writeFile(path, await buildArchive({ layout: 'oci', images: [app] }))
    await chmod(path, 0)
    const source = await openSource({ kind: 'archive', path }, sourceOptions).catch((error: unknown) => error)
    // Root reads everything, so only what others see can be told apart.
    if (process.getuid?.() === 0) assert.ok(!(source instanceof Error))
    else assert.ok(source instanceof NotFoundError && /may not be read/.test(source.message))
  })

  it('refuse a terminal as standard input', () => {
    const terminal = Object.assign(Readable.from([]), { isTTY: true })
    assert.throws(() => openStdin(sourceOptions, terminal), UsageError)
  })
})
