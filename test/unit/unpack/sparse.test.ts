// Sparse files: data is read, holes are not allocated. What real GNU tar writes is in test/integration/tar-oracle.test.ts.
import assert from 'node:assert/strict'
import { archive, entry, header, padded, pax } from '../../fixtures/tar-builder.js'
import { bodiesOf, codesOf, readArchive } from '../../fixtures/tar-reading.js'

const AFTER = entry({ name: 'after' }, 'x')

const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`
const regionText = (pairs: readonly (readonly [number, number])[]): string =>
  pairs.map(([offset, length]) => octal(offset) + octal(length)).join('')

/** An old GNU header with up to four regions, extension blocks for the rest, and the data. */
function oldGnu(pairs: readonly (readonly [number, number])[], data: string, realSize: number | Uint8Array): Buffer {
  const size = typeof realSize === 'number' ? octal(realSize) : realSize
  const extensions: Buffer[] = []
  for (let at = 4; at < pairs.length; at += 21) {
    const block = Buffer.alloc(512)
    block.write(regionText(pairs.slice(at, at + 21)), 'latin1')
    block[504] = at + 21 < pairs.length ? 1 : 0
    extensions.push(block)
  }
  const raw = { 386: regionText(pairs.slice(0, 4)), 482: extensions.length > 0 ? '\x01' : '\0', 483: size }
  return Buffer.concat([
    header({ name: 's', type: 'S', format: 'gnu', size: data.length, raw }),
    ...extensions,
    padded(Buffer.from(data)),
  ])
}

describe('sparse files in tar archives', () => {
  it('T12 old GNU: holes are zeros, so that data on their two sides does not run together', async () => {
    const { entries, issues } = await readArchive(
      archive(
        oldGnu(
          [
            [2, 3],
            [8, 3],
          ],
          'onetwo',
          12,
        ),
        AFTER,
      ),
    )
    assert.deepEqual(bodiesOf(entries), ['s=\0\0one\0\0\0two\0', 'after=x'])
    assert.deepEqual(issues, [])
  })

  it('T12 old GNU with extension blocks: what follows is read in step', async () => {
    const pairs = Array.from({ length: 60 }, (_, index) => [index * 4, 1] as const)
    const { entries } = await readArchive(archive(oldGnu(pairs, 'a'.repeat(60), 240), AFTER))
    assert.deepEqual(bodiesOf(entries), [`s=${'a\0\0\0'.repeat(60)}`, 'after=x'])
  })

  it('T12 a million regions: the data is read, the map is not kept, and the report says so', async () => {
    const pairs = Array.from({ length: 70_000 }, (_, index) => [index * 2, 1] as const)
    const { entries, issues } = await readArchive(archive(oldGnu(pairs, 's'.repeat(70_000), 140_000), AFTER))
    assert.deepEqual(bodiesOf(entries), [`s=${'s'.repeat(70_000)}`, 'after=x'])
    assert.deepEqual(codesOf(issues), ['TAR_SPARSE note'])
  })

  it('T12 a claimed size of 8 EiB is not allocated', async () => {
    const huge = Buffer.from([0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    const { entries } = await readArchive(archive(oldGnu([[0, 6]], 'secret', huge), AFTER))
    assert.match(entries[0]?.body ?? '', /^secret\0+$/)
    assert.ok((entries[0]?.size ?? 0) < 10_000)
    assert.equal(entries[1]?.path, 'after')
  })

  it('T12 pax 0.0, 0.1 and 1.0', async () => {
    const real = ['GNU.sparse.size', '12'] as const
    const forms = {
      '0.0': [
        pax([
          real,
          ['GNU.sparse.numblocks', '2'],
          ['GNU.sparse.offset', '2'],
          ['GNU.sparse.numbytes', '3'],
          ['GNU.sparse.offset', '8'],
          ['GNU.sparse.numbytes', '3'],
        ]),
        entry({ name: 's' }, 'onetwo'),
      ],
      '0.1': [
        pax([real, ['GNU.sparse.map', '2,3,8,3'], ['GNU.sparse.name', 's']]),
        entry({ name: 'GNUSparseFile.1/s' }, 'onetwo'),
      ],
      '1.0': [
        pax([
          ['GNU.sparse.major', '1'],
          ['GNU.sparse.minor', '0'],
          ['GNU.sparse.realsize', '12'],
          ['GNU.sparse.name', 's'],
        ]),
        entry({ name: 'GNUSparseFile.1/s' }, `${'2\n2\n3\n8\n3\n'.padEnd(512, '\0')}onetwo`),
      ],
    }
    for (const [form, parts] of Object.entries(forms)) {
      const { entries, issues } = await readArchive(archive(...parts, AFTER))
      assert.deepEqual(bodiesOf(entries), ['s=\0\0one\0\0\0two\0', 'after=x'], form)
      assert.deepEqual(
        entries.map(({ size }) => size),
        [12, 1],
      )
      assert.deepEqual(issues, [])
    }
  })

  it('T12 a map that overlaps, runs backwards, or cannot be read: the stored bytes as they lie, with a note', async () => {
    for (const map of ['0,3,1,3', '8,3,2,3', '0,99', 'x,y', '1', '']) {
      const { entries, issues } = await readArchive(
        archive(
          pax([
            ['GNU.sparse.size', '12'],
            ['GNU.sparse.map', map],
          ]),
          entry({ name: 's' }, 'secret'),
          AFTER,
        ),
      )
      assert.ok(entries[0]?.body.includes('secret'), map)
      assert.equal(entries[1]?.path, 'after')
      if (map !== '') assert.deepEqual(codesOf(issues), ['TAR_SPARSE note'], map)
    }
  })

  it('T12 a 1.0 map that never ends', async () => {
    const sparse = pax([
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.realsize', '12'],
      ['GNU.sparse.name', 's'],
    ])
    for (const body of ['9'.repeat(600), '99999999\n'.padEnd(600, '\0'), '5\n1\n']) {
      const { entries, issues } = await readArchive(archive(sparse, entry({ name: 'x' }, body), AFTER))
      assert.deepEqual(
        entries.map(({ path }) => path),
        ['s', 'after'],
      )
      assert.deepEqual(codesOf(issues), ['TAR_SPARSE note'])
    }
  })
})
