import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { digestStream, matchesDigest, parseDigest, sha256 } from '../../../src/image/digest.js'
import { CorruptImageError } from '../../../src/support/errors.js'
import { chunked } from '../../fixtures/image-builder.js'

describe('digests', () => {
  for (const text of [
    'sha256:../../x',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    `sha256:${'a'.repeat(65)}`,
    `sha512:${'a'.repeat(64)}`,
    `md5:${'a'.repeat(32)}`,
    `sha256:${'g'.repeat(64)}`,
    'sha256:',
    ':',
    '',
    'a'.repeat(64),
    `SHA256:${'a'.repeat(64)}`,
    `sha256:${'a'.repeat(64)}\n`,
    `sha256:${'a'.repeat(64)}/..`,
    undefined,
    null,
    7,
    {},
  ]) {
    it(`I02: refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseDigest(text), CorruptImageError)
    })
  }

  it('takes the registered algorithms', () => {
    for (const algorithm of ['sha256', 'sha384', 'sha512']) {
      const digest = `${algorithm}:${createHash(algorithm).update('x').digest('hex')}`
      assert.equal(parseDigest(digest), digest)
      assert.ok(matchesDigest(Buffer.from('x'), parseDigest(digest)))
      assert.ok(!matchesDigest(Buffer.from('y'), parseDigest(digest)))
    }
  })
})

describe('digestStream', () => {
  const bytes = Buffer.from('0123456789'.repeat(1000))

  it('passes bytes on and knows their digest and size', async () => {
    const stream = digestStream(chunked(bytes, 999), 'sha256')
    const seen: Uint8Array[] = []
    for await (const chunk of stream.bytes) seen.push(chunk)
    assert.deepEqual(Buffer.concat(seen), bytes)
    assert.deepEqual(await stream.finish(), { digest: sha256(bytes), size: bytes.length })
  })

  it('hashes what the reader left, too', async () => {
    const stream = digestStream(chunked(bytes, 999), 'sha256')
    for await (const _ of stream.bytes) break
    assert.deepEqual(await stream.finish(), { digest: sha256(bytes), size: bytes.length })
  })

  it('opens nothing before the first read', () => {
    const stream = digestStream(
      {
        [Symbol.asyncIterator]: () => assert.fail('opened'),
      },
      'sha256',
    )
    assert.equal(stream.started(), false)
    stream.bytes[Symbol.asyncIterator]()
    assert.equal(stream.started(), false)
  })
})
