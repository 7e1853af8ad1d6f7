import assert from 'node:assert/strict'
import { constants, deflateRawSync, gzipSync } from 'node:zlib'
import type { Issue } from '../../../src/support/issue.js'
import { type Compression, decompress, peek, sniffCompression } from '../../../src/unpack/compression.js'
import { gather, inPieces } from '../../fixtures/streams.js'
import { codesOf } from '../../fixtures/tar-reading.js'

/** `'secret '.repeat(40_000)` as packed by the reference programs (xz 5.4, bzip2 1.0.8, zstd 1.5). */
const PLAIN = Buffer.from('secret '.repeat(40_000))
const PACKED: Readonly<Record<Exclude<Compression, 'none'>, Buffer>> = {
  gzip: gzipSync(PLAIN),
  xz: Buffer.from(
    '/Td6WFoAAATm1rRGAgAhAQwAAACPmEGc5EW/AHVdADmZSJHuut86JcLDDSxEOL6rXIPmeAQkxmkWFLafkjqbkK6Fl3A3dq/+16+b2/pmFQQhXT9QCG8ph8uY28j84HltIcAVN5Tw6GrjRK5t2n9GX1dt7puTpPyn88REss+sxiHeNmAxbnCepyNf7CjLhdEgsilCAAAAAAAA1jGhWdS68wABkQHAixEA/AH74LHEZ/sCAAAAAARZWg==',
    'base64',
  ),
  bzip2: Buffer.from(
    'QlpoMTFBWSZTWe4mXukAp2CRgEAACgAcACAAUGACaqjPUxKBOEoExKBMSgTEoExKBOkoE8YoKyTKaz3Ey90gFOwSMAgAAUADgAQACgwATVUZ6mJQJwlAmJQJiUCYlAmJQJ0lAnjFBWSZTWVJfXz0Ahf2RgEAACgAcACAAQFKoz1BgGSSKcSSKZJIpkkimSSKZJIp1JIp4XckU4UJA2iplJA=',
    'base64',
  ),
  zstd: Buffer.from('KLUv/QRofAAAOHNlY3JldCABAPb/yosRRAAAAAEA/f/KCxA9AAAAAQC9xQ6AcadmIg==', 'base64'),
}
const FORMATS = Object.entries(PACKED)

async function unpack(
  bytes: Uint8Array,
  options: { limit?: number; pieces?: number } = {},
): Promise<{ plain: Buffer; issues: Issue[] }> {
  const issues: Issue[] = []
  const limit = options.limit === undefined ? {} : { limit: options.limit }
  const plain = await gather(
    decompress(inPieces(bytes, options.pieces), { on: (issue) => issues.push(issue), ...limit }),
  )
  return { plain, issues }
}

/** Text that packs badly, so that a cut falls where there is something to lose. */
function noise(length: number): Buffer {
  const text = Buffer.alloc(length)
  let state = 1
  for (let at = 0; at < length; at++) {
    state = (state * 48_271) % 2_147_483_647
    text[at] = 0x20 + (state % 95)
  }
  return text
}

describe('decompression', () => {
  for (const [format, packed] of FORMATS) {
    describe(format, () => {
      it('is told by its first bytes', () => assert.equal(sniffCompression(packed), format))

      it('gives the plain bytes', async () => {
        const { plain, issues } = await unpack(packed)
        assert.ok(plain.equals(PLAIN))
        assert.deepEqual(issues, [])
      })

      it('T04 gives the bytes of every member', async () => {
        const { plain, issues } = await unpack(Buffer.concat([packed, packed, packed]))
        assert.ok(plain.equals(Buffer.concat([PLAIN, PLAIN, PLAIN])))
        assert.deepEqual(issues, [])
      })

      it('T05 passes over zero padding, and reads a member behind it or the end', async () => {
        const { plain, issues } = await unpack(Buffer.concat([packed, Buffer.alloc(2048)]))
        assert.ok(plain.equals(PLAIN))
        assert.deepEqual(issues, [])
      })

      it('T05 gives trailing bytes as they are, all of them, with a note', async () => {
        const tail = Buffer.concat([Buffer.alloc(64), Buffer.from('trailing secret '.repeat(5000))])
        const { plain, issues } = await unpack(Buffer.concat([packed, tail]))
        assert.ok(plain.subarray(0, PLAIN.length).equals(PLAIN))
        assert.equal(plain.subarray(PLAIN.length).toString(), 'trailing secret '.repeat(5000))
        assert.deepEqual(codesOf(issues), ['TRAILING_BYTES note'])
      })

      it('T06 cut off: gives what there is and says so', async () => {
        const { plain, issues } = await unpack(packed.subarray(0, packed.length - 3))
        assert.ok(PLAIN.subarray(0, plain.length).equals(plain))
        assert.deepEqual(codesOf(issues), ['CORRUPT_STREAM partial'])
      })

      it('T06 damaged: ends with an Issue at every flipped byte, or gives the same', async () => {
        for (let at = 0; at < packed.length; at += 7) {
          const damaged = Buffer.from(packed)
          damaged[at] = (damaged[at] ?? 0) ^ 0xff
          const { plain, issues } = await unpack(damaged)
          assert.ok(plain.equals(PLAIN) || issues.length > 0 || sniffCompression(damaged) === 'none', `byte ${at}`)
        }
      })

      it('T01 T02 stops at the limit and says so; a limit that just fits is none', async () => {
        const cut = await unpack(packed, { limit: 100_000 })
        assert.ok(cut.plain.equals(PLAIN.subarray(0, 100_000)))
        assert.deepEqual(codesOf(cut.issues), ['LIMIT_LAYER_SIZE partial'])
        assert.deepEqual((await unpack(packed, { limit: PLAIN.length })).issues, [])
      })
    })
  }

  it('T24 gives plain bytes as they are', async () => {
    assert.equal(sniffCompression(Buffer.from('plain')), 'none')
    assert.equal((await unpack(Buffer.from('plain'))).plain.toString(), 'plain')
    assert.equal((await unpack(Buffer.alloc(0))).plain.length, 0)
  })

  it('never gives more than 1 MiB at once', async () => {
    const sizes: number[] = []
    for await (const chunk of decompress(inPieces(Buffer.alloc(5_000_000), 5_000_000), { on: () => {} }))
      sizes.push(chunk.length)
    assert.equal(Math.max(...sizes), 1024 * 1024)
  })

  it('throws what the source throws, having given what came before', async () => {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield PACKED.gzip.subarray(0, 500)
      throw new Error('connection lost')
    }
    await assert.rejects(gather(decompress(source(), { on: () => {} })), /connection lost/)
  })

  it('ends the source when the loop is left', async () => {
    let ended = false
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        while (true) yield gzipSync(noise(300_000))
      } finally {
        ended = true
      }
    }
    for await (const _ of decompress(source(), { on: () => {} })) break
    assert.ok(ended)
  })
})

describe('gzip', () => {
  it('T04 fifty thousand empty members, then one with a secret', async () => {
    const empty = gzipSync('')
    const members = Buffer.concat([...Array.from({ length: 50_000 }, () => empty), gzipSync('secret')])
    assert.equal((await unpack(members)).plain.toString(), 'secret')
  })

  it('T04 a large member behind a small one', async () => {
    const large = noise(700_000)
    const { plain, issues } = await unpack(Buffer.concat([gzipSync('first '), gzipSync(large), gzipSync(' last')]), {
      pieces: 1000,
    })
    assert.ok(plain.equals(Buffer.concat([Buffer.from('first '), large, Buffer.from(' last')])))
    assert.deepEqual(issues, [])
  })

  it('T05 a second, plain archive behind the gzip', async () => {
    const { plain } = await unpack(Buffer.concat([gzipSync('one'), noise(400_000)]))
    assert.ok(plain.equals(Buffer.concat([Buffer.from('one'), noise(400_000)])))
  })

  it('T06 loses less than 1 KiB in front of the damage', async () => {
    const text = noise(200_000)
    const sound = deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH })
    // Bits of one: a block of a type that does not exist.
    const damaged = Buffer.concat([gzipSync('').subarray(0, 10), sound, Buffer.alloc(100, 0xff)])
    for (const pieces of [1_000_000, 64 * 1024]) {
      const { plain, issues } = await unpack(damaged, { pieces })
      assert.ok(plain.length > 199_000, `only ${plain.length} bytes`)
      assert.ok(text.subarray(0, plain.length).equals(plain))
      assert.deepEqual(codesOf(issues), ['CORRUPT_STREAM partial'])
    }
  })

  it('T06 a wrong checksum and a wrong length', async () => {
    for (const back of [8, 1]) {
      const damaged = gzipSync('secret')
      damaged[damaged.length - back] = (damaged[damaged.length - back] ?? 0) ^ 1
      const { plain, issues } = await unpack(damaged)
      assert.equal(plain.toString(), 'secret')
      assert.deepEqual(codesOf(issues), ['CORRUPT_STREAM partial'])
    }
  })

  it('leaves a wrong checksum to whoever compares a digest, not a wrong length', async () => {
    const codes = async (damaged: number, isHashed: boolean) => {
      const packed = Buffer.from(PACKED.gzip)
      packed.writeUInt8(packed.readUInt8(packed.length - damaged) ^ 1, packed.length - damaged)
      const issues: Issue[] = []
      const plain = await gather(decompress(inPieces(packed), { on: (issue) => issues.push(issue), isHashed }))
      assert.ok(plain.equals(PLAIN))
      return codesOf(issues)
    }
    assert.deepEqual(await codes(8, false), ['CORRUPT_STREAM partial'])
    assert.deepEqual(await codes(8, true), [])
    assert.deepEqual(await codes(4, true), ['CORRUPT_STREAM partial'])
  })

  it('headers with an extra field, a name, a comment and a header checksum', async () => {
    const plain = gzipSync('secret')
    const fixed = Buffer.from(plain.subarray(0, 10))
    fixed[3] = 2 | 4 | 8 | 16
    const packed = Buffer.concat([
      fixed,
      Buffer.from([3, 0, 1, 2, 3]),
      Buffer.from('name\0comment\0'),
      Buffer.from([0, 0]),
      plain.subarray(10),
    ])
    for (const pieces of [1, 64]) assert.equal((await unpack(packed, { pieces })).plain.toString(), 'secret')
  })

  it('a header that is cut off', async () => {
    for (const length of [3, 9, 10]) {
      assert.deepEqual(
        codesOf((await unpack(gzipSync('secret').subarray(0, length))).issues),
        ['CORRUPT_STREAM partial'],
        String(length),
      )
    }
  })

  it('a stored block counts too', async () => {
    const stored = deflateRawSync('secret', { level: 0 })
    const packed = gzipSync('secret')
    const { plain } = await unpack(Buffer.concat([packed.subarray(0, 10), stored, packed.subarray(-8)]))
    assert.equal(plain.toString(), 'secret')
  })
})

describe('zstd', () => {
  const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 5, 0, 0, 0]), Buffer.from('{toc}')])

  it('T25 skippable frames in front, between and behind (zstd:chunked)', async () => {
    const { plain, issues } = await unpack(Buffer.concat([skippable, PACKED.zstd, skippable, PACKED.zstd, skippable]))
    assert.ok(plain.equals(Buffer.concat([PLAIN, PLAIN])))
    assert.deepEqual(issues, [])
  })

  it('T02 refuses a window above 128 MiB', async () => {
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3]), Buffer.from([1, 0, 0])])
    const { issues } = await unpack(frame)
    assert.match(issues[0]?.detail ?? '', /window above 128 MiB/)
  })

  it('T06 garbage behind the magic number ends', async () => {
    const { issues } = await unpack(Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), noise(100_000)]))
    assert.deepEqual(codesOf(issues), ['CORRUPT_STREAM partial'])
  })
})

describe('bzip2', () => {
  it('undoes runs of every length', async () => {
    const packed = Buffer.from('QlpoOTFBWSZTWZYVVY4AAAJBgcAAPgAAEACAAAggACGQZNCDJiFDeAGJsvoeArxdyRThQkJYVVY4', 'base64')
    assert.equal((await unpack(packed)).plain.toString(), `${'a'.repeat(1000)}bcd${'z'.repeat(255)}eeee`)
  })
})

describe('looking at the first bytes', () => {
  it('gives them, and then all bytes', async () => {
    for (const pieces of [1, 3, 100]) {
      const { head, bytes } = await peek(inPieces(Buffer.from('abcdef'), pieces), 4)
      assert.equal(Buffer.from(head).toString(), 'abcd')
      assert.equal((await gather(bytes)).toString(), 'abcdef')
    }
    assert.equal((await peek(inPieces(Buffer.from('ab')), 4)).head.length, 2)
  })
})
