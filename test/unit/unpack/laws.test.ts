// What holds for every input: where the bytes are cut does not matter, archives survive a round trip, and no input makes a reader throw.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import type { Issue } from '../../../src/support/issue.js'
import { decompress } from '../../../src/unpack/compression.js'
import { NestedBudget, openNested, sniffNested } from '../../../src/unpack/nested.js'
import { readTar } from '../../../src/unpack/tar.js'
import { cutAt, gather, inOnePlace, inPieces } from '../../fixtures/streams.js'
import { archive, entry, gnuLong, pax } from '../../fixtures/tar-builder.js'
import { readArchive } from '../../fixtures/tar-reading.js'
import { zip } from '../../fixtures/zip-builder.js'

const ODD_TAR = archive(
  entry({ name: 'a' }, 'x'.repeat(1300)),
  gnuLong('L', 'long/'.repeat(40)),
  entry({ name: 'b', type: '2', linkName: 'a' }),
  pax([['SCHILY.xattr.user.note', 'an attribute']]),
  pax([
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.realsize', '4096'],
    ['GNU.sparse.name', 'sparse'],
  ]),
  entry({ name: 'c' }, Buffer.concat([Buffer.from('2\n0\n3\n4000\n3\n'.padEnd(512, '\0')), Buffer.from('onetwo')])),
  pax([['comment', 'before what is no header']]),
  Buffer.from('not a header'.repeat(100)),
)

async function entriesOf(bytes: AsyncIterable<Uint8Array>): Promise<string[]> {
  const seen: string[] = []
  for await (const { path, type, body, xattrs } of readTar(bytes, { on: ({ code }) => seen.push(code) })) {
    const text = (await gather(body)).toString('latin1')
    seen.push(`${type} ${path} ${[...xattrs.values()].map((value) => Buffer.from(value).toString('latin1'))} ${text}`)
  }
  return seen
}

/** What the nested archive gives, and its issues. */
async function openedOf(path: string, bytes: Uint8Array, cuts: readonly number[] = []): Promise<string[]> {
  const kind = sniffNested(path, bytes.subarray(0, 512))
  const seen: string[] = []
  if (kind === undefined) return seen
  const on = ({ code }: Issue): void => void seen.push(code)
  const budget = new NestedBudget({ bytes: 10_000_000 })
  for await (const inner of openNested(kind, cutAt(bytes, cuts), { on, budget, path })) {
    seen.push(`${inner.path} ${(await gather(inner.body)).toString('latin1')}`)
  }
  return seen
}

/** The same numbers on every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

/** `bytes` with a few bytes changed, taken out, or doubled. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Buffer {
  let mutated = Buffer.from(bytes)
  for (let change = 0; change <= random(4); change++) {
    const at = random(mutated.length)
    const length = random(40)
    const kind = random(4)
    if (kind === 0) mutated[at] = random(256)
    else if (kind === 1) mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + length)])
    else if (kind === 2)
      mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(at, at + length), mutated.subarray(at)])
    else mutated.subarray(at, at + length).fill(random(2) * 255)
    if (mutated.length === 0) return mutated
  }
  return mutated
}

describe('laws of unpacking', () => {
  const cuts = (length: number): fc.Arbitrary<number[]> =>
    fc.array(fc.integer({ min: 1, max: length - 1 }), { maxLength: 12 })

  it('cuts in a tar archive do not matter, nor whether its pieces lie in the same memory', async () => {
    const expected = await entriesOf(inPieces(ODD_TAR, ODD_TAR.length))
    assert.equal(expected.length, 5)
    await fc.assert(
      fc.asyncProperty(cuts(ODD_TAR.length), async (places) =>
        assert.deepEqual(await entriesOf(inOnePlace(cutAt(ODD_TAR, places))), expected),
      ),
      { numRuns: 60 },
    )
    for (const size of [1, 512, 700]) assert.deepEqual(await entriesOf(inOnePlace(inPieces(ODD_TAR, size))), expected)
  })

  it('cuts in compressed bytes do not matter', async () => {
    const packed = Buffer.concat([gzipSync('first '.repeat(500)), gzipSync('second'), Buffer.from('tail')])
    const expected = await gather(decompress(inPieces(packed), { on: () => {} }))
    await fc.assert(
      fc.asyncProperty(cuts(packed.length), async (places) => {
        assert.deepEqual(await gather(decompress(cutAt(packed, places), { on: () => {} })), expected)
      }),
      { numRuns: 60 },
    )
  })

  it('cuts in nested archives do not matter', async () => {
    const bytes = zip([
      { name: 'a', body: 'one', method: 8 },
      { name: 'b', body: 'two', localOnly: true },
      { name: 'c', body: 'three', sizesFollow: true, method: 8 },
    ])
    const expected = await openedOf('a.zip', bytes)
    await fc.assert(
      fc.asyncProperty(cuts(bytes.length), async (places) =>
        assert.deepEqual(await openedOf('a.zip', bytes, places), expected),
      ),
      { numRuns: 60 },
    )
  })

  it('what tar-stream writes is what is read', async () => {
    const file = fc.record({
      name: fc.stringMatching(/^[a-z\u00e0-\u00ff]{1,40}(?:\/[a-z0-9._-]{1,60}){0,3}$/),
      body: fc.uint8Array({ maxLength: 3000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 8 }), async (files) => {
        const packing = pack()
        for (const { name, body } of files) packing.entry({ name }, Buffer.from(body))
        packing.finalize()
        const { entries, issues } = await readArchive(await gather(packing as AsyncIterable<Uint8Array>))
        assert.deepEqual(
          entries.map(({ path, body }) => [path, body]),
          files.map(({ name, body }) => [name, Buffer.from(body).toString('latin1')]),
        )
        assert.deepEqual(issues, [])
      }),
      { numRuns: 60 },
    )
  })

  const SAMPLES: Readonly<Record<string, Buffer>> = {
    'a.tar': ODD_TAR,
    'a.zip': zip(
      [
        { name: 'a', body: 'one', method: 8 },
        { name: 'b', body: 'two', zip64: true },
        { name: 'c', body: 'three', sizesFollow: true, method: 8 },
      ],
      { zip64: true },
    ),
    'a.gz': Buffer.concat([gzipSync('one '.repeat(200)), gzipSync('two')]),
    'a.xz': Buffer.from(
      '/Td6WFoAAATm1rRGAgAhAQwAAACPmEGc5EW/AHVdADmZSJHuut86JcLDDSxEOL6rXIPmeAQkxmkWFLafkjqbkK6Fl3A3dq/+16+b2/pmFQQhXT9QCG8ph8uY28j84HltIcAVN5Tw6GrjRK5t2n9GX1dt7puTpPyn88REss+sxiHeNmAxbnCepyNf7CjLhdEgsilCAAAAAAAA1jGhWdS68wABkQHAixEA/AH74LHEZ/sCAAAAAARZWg==',
      'base64',
    ),
    'a.bz2': Buffer.from('QlpoOTFBWSZTWZYVVY4AAAJBgcAAPgAAEACAAAggACGQZNCDJiFDeAGJsvoeArxdyRThQkJYVVY4', 'base64'),
    'a.zst': Buffer.from('KLUv/QRofAAAOHNlY3JldCABAPb/yosRRAAAAAEA/f/KCxA9AAAAAQC9xQ6AcadmIg==', 'base64'),
    'a.deb': Buffer.from(
      `!<arch>\n${'a/'.padEnd(48)}${'3'.padEnd(10)}\`\none\n${'/1'.padEnd(48)}${'3'.padEnd(10)}\`\ntwo\n`,
    ),
  }
  for (const [path, sample] of Object.entries(SAMPLES)) {
    it(`no change to ${path} makes its reader throw`, async () => {
      const random = seeded(20_260)
      for (let run = 0; run < 300; run++) await openedOf(path, mutate(sample, random))
    })
  }
})
