// The catalogue's rows about tar: each archive is one that some reader gets wrong.
import assert from 'node:assert/strict'
import { archive, END, entry, gnuLong, header, padded, pax } from '../../fixtures/tar-builder.js'
import { bodiesOf, codesOf, readArchive } from '../../fixtures/tar-reading.js'

const AFTER = entry({ name: 'after' }, 'secret')

/** Base-256 number of `length` bytes. */
function binary(value: bigint, length = 12): Uint8Array {
  const bytes = Buffer.alloc(length)
  for (let at = length - 1, left = BigInt.asUintN(8 * length, value); at >= 0; at--, left >>= 8n)
    bytes[at] = Number(left & 0xffn)
  bytes[0] = (bytes[0] ?? 0) | 0x80
  return bytes
}

describe('hostile tar archives', () => {
  it('T08 hard links and symbolic links are text, whatever they point at', async () => {
    const { entries } = await readArchive(
      archive(
        entry({ name: 'a', type: '2', linkName: '/' }),
        entry({ name: 'a/etc/passwd' }, 'x'),
        entry({ name: 'h', type: '1', linkName: '../../etc/shadow' }),
      ),
    )
    assert.deepEqual(
      entries.map(({ path, linkName }) => [path, linkName]),
      [
        ['a', '/'],
        ['a/etc/passwd', undefined],
        ['h', '../../etc/shadow'],
      ],
    )
  })

  it('T08 a link with a size has no body: the entry behind its header is not swallowed', async () => {
    for (const type of ['1', '2', '3', '4', '5', '6']) {
      const { entries } = await readArchive(archive(header({ name: 'link', type, size: 1024, linkName: 'x' }), AFTER))
      assert.deepEqual(bodiesOf(entries), ['link=', 'after=secret'], `type ${type}`)
    }
  })

  it('T11 names of whiteouts of nothing pass through', async () => {
    const names = ['.wh.', '.wh...', '.wh..', '.wh..wh..opq']
    const { entries, issues } = await readArchive(archive(...names.map((name) => entry({ name }))))
    assert.deepEqual(
      entries.map(({ path }) => path),
      names,
    )
    assert.deepEqual(issues, [])
  })

  it('T13 a pax size that is no number: the rest is salvaged', async () => {
    for (const size of ['-1', '-512', 'NaN', 'abc', '9223372036854775808', '12x', '1.5']) {
      const { entries, issues } = await readArchive(archive(pax([['size', size]]), AFTER))
      assert.deepEqual(
        entries.map(({ type }) => type),
        ['salvage'],
        size,
      )
      assert.match(entries[0]?.body ?? '', /secret/)
      assert.deepEqual(codesOf(issues), ['TAR_PARTIAL partial'])
    }
  })

  it('T13 a pax size wins over the header, also with a plus sign; an empty one does not count', async () => {
    const body = padded(Buffer.from('secret'))
    for (const size of ['6', '+6', '006']) {
      const { entries } = await readArchive(archive(pax([['size', size]]), header({ name: 'a', size: 0 }), body))
      assert.deepEqual(bodiesOf(entries), ['a=secret'], size)
    }
    assert.deepEqual(bodiesOf((await readArchive(archive(pax([['size', '']]), AFTER))).entries), ['after=secret'])
  })

  it('T13 a pax size does not apply to the GNU long name between', async () => {
    const { entries } = await readArchive(
      archive(
        pax([['size', '6']]),
        gnuLong('L', 'long/name'),
        header({ name: 'a', size: 0 }),
        padded(Buffer.from('secret')),
      ),
    )
    assert.deepEqual(bodiesOf(entries), ['long/name=secret'])
  })

  it('T13 a pax header above 1 MiB is given as bytes, and the entry behind it is read', async () => {
    const { entries, issues } = await readArchive(archive(pax([['path', 'p'.repeat(1_200_000)]]), AFTER))
    assert.deepEqual(
      entries.map(({ type, path }) => [type, path]),
      [
        ['other', 'PaxHeaders/x'],
        ['file', 'after'],
      ],
    )
    assert.match(entries[0]?.body ?? '', /path=ppp/)
    assert.deepEqual(codesOf(issues), ['LIMIT_TAR_HEADER note'])
  })

  it('T13 extended headers without end are given as bytes and not kept', async () => {
    const many = Array.from({ length: 6 }, (_, index) => pax([['comment', `${index}`.repeat(900_000)]]))
    const { entries } = await readArchive(archive(...many, pax([['path', 'renamed']]), AFTER))
    assert.deepEqual(entries.at(-1)?.path, 'renamed')
    assert.match(entries[0]?.body ?? '', /000000.*444444/s)
  })

  it('T13 more keys than 64 are left out, with a note', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => [`key${index}`, 'x'] as const)
    const { entries, issues } = await readArchive(archive(pax(keys), AFTER))
    assert.equal(Object.keys(entries[0]?.xattrs ?? {}).length, 64)
    assert.deepEqual(codesOf(issues), ['TAR_HEADER note'])
  })

  it('T13 a pax path of digits is a path, and one with a NUL ends there', async () => {
    const { entries } = await readArchive(
      archive(pax([['path', '12345']]), entry({ name: 'a' }), pax([['path', 'b\0hidden']]), entry({ name: 'c' })),
    )
    assert.deepEqual(
      entries.map(({ path }) => path),
      ['12345', 'b'],
    )
  })

  it('T14 sizes in base 256', async () => {
    const { entries } = await readArchive(archive(entry({ name: 'a', raw: { 124: binary(6n) } }, 'secret'), AFTER))
    assert.deepEqual(bodiesOf(entries), ['a=secret', 'after=secret'])
  })

  it('T14 negative and huge sizes in base 256: the rest is salvaged or cut off, nothing is allocated', async () => {
    for (const size of [-1n, -512n, 2n ** 80n]) {
      const { entries, issues } = await readArchive(archive(entry({ name: 'a', raw: { 124: binary(size) } }, 'secret')))
      assert.match(entries[0]?.body ?? '', /secret/, String(size))
      assert.deepEqual(codesOf(issues), ['TAR_PARTIAL partial'])
    }
    const { entries, issues } = await readArchive(
      archive(entry({ name: 'a', raw: { 124: binary(2n ** 62n) } }, 'secret')),
    )
    assert.match(entries[0]?.body ?? '', /^secret/)
    assert.deepEqual(codesOf(issues), ['TAR_PARTIAL partial'])
  })

  it('T14 octal numbers between spaces and NULs, and without a NUL at the end', async () => {
    for (const size of [
      '          6 ',
      '6\0'.padEnd(12, '\0'),
      '000000000006',
      '\0         6\0',
      '      6\0\0\0\0\0',
    ]) {
      const { entries } = await readArchive(archive(entry({ name: 'a', raw: { 124: size } }, 'secret'), AFTER))
      assert.deepEqual(bodiesOf(entries), ['a=secret', 'after=secret'], JSON.stringify(size))
    }
  })

  it('T14 digits that are not octal: salvaged', async () => {
    const { entries } = await readArchive(archive(entry({ name: 'a', raw: { 124: '00000000009\0' } }, 'secret')))
    assert.deepEqual(
      entries.map(({ type }) => type),
      ['salvage'],
    )
  })

  it('T14 a checksum over signed characters is as good as one over unsigned', async () => {
    const { entries, issues } = await readArchive(archive(entry({ name: 'caf\xc3\xa9', checksum: 'signed' }, 'secret')))
    assert.deepEqual(
      entries.map(({ body }) => body),
      ['secret'],
    )
    assert.deepEqual(issues, [])
  })

  it('T15 headers without a magic number, and folders that only a slash marks', async () => {
    const { entries, issues } = await readArchive(
      archive(
        entry({ name: 'old', format: 'v7' }, 'secret'),
        entry({ name: 'dir/', type: '\0', format: 'v7' }),
        entry({ name: 'older', type: '\0', format: 'v7' }, 'x'),
      ),
    )
    assert.deepEqual(
      entries.map(({ path, type }) => [path, type]),
      [
        ['old', 'file'],
        ['dir/', 'directory'],
        ['older', 'file'],
      ],
    )
    assert.deepEqual(issues, [])
  })

  it('T15 a file of the new type whose name ends in a slash keeps its body', async () => {
    const { entries } = await readArchive(archive(entry({ name: 'odd/' }, 'secret'), AFTER))
    assert.deepEqual(bodiesOf(entries), ['odd/=secret', 'after=secret'])
  })

  it('T15 GNU magic with times: no prefix; with a ustar prefix in their place: the prefix', async () => {
    const { entries } = await readArchive(
      archive(
        entry({ name: 'a', format: 'gnu', raw: { 345: '00000000001\0' } }),
        entry({ name: 'b', format: 'gnu', prefix: 'folder/with/long/name' }),
      ),
    )
    assert.deepEqual(
      entries.map(({ path }) => path),
      ['a', 'folder/with/long/name/b'],
    )
  })

  it('T15 global pax headers change no entry, but are scanned', async () => {
    const globals = Array.from({ length: 100 }, (_, index) =>
      pax(
        [
          ['comment', `note ${index}`],
          ['size', '0'],
          ['path', 'other'],
        ],
        'g',
      ),
    )
    const { entries } = await readArchive(archive(...globals, AFTER))
    assert.equal(entries.length, 101)
    assert.match(entries[99]?.body ?? '', /note 99/)
    assert.deepEqual(bodiesOf(entries.slice(100)), ['after=secret'])
  })

  it('T16 both of two entries with one name', async () => {
    const { entries } = await readArchive(archive(entry({ name: 'a' }, 'secret'), entry({ name: 'a' }, 'clean')))
    assert.deepEqual(bodiesOf(entries), ['a=secret', 'a=clean'])
  })

  it('T17 entries behind the end marker, and behind a lone zero block', async () => {
    const behind = await readArchive(
      Buffer.concat([archive(entry({ name: 'a' }, '1')), Buffer.alloc(8192), archive(AFTER)]),
    )
    assert.deepEqual(bodiesOf(behind.entries), ['a=1', 'after=secret'])
    assert.deepEqual(codesOf(behind.issues), ['TRAILING_ENTRIES note'])
    const lone = await readArchive(Buffer.concat([entry({ name: 'a' }, '1'), Buffer.alloc(512), archive(AFTER)]))
    assert.deepEqual(bodiesOf(lone.entries), ['a=1', 'after=secret'])
  })

  it('T17 bytes behind the end marker that are no archive', async () => {
    const { entries, issues } = await readArchive(
      Buffer.concat([archive(entry({ name: 'a' }, '1')), Buffer.from('trailing secret')]),
    )
    assert.deepEqual(
      entries.map(({ type, body }) => [type, body]),
      [
        ['file', '1'],
        ['salvage', 'trailing secret'],
      ],
    )
    assert.deepEqual(codesOf(issues), ['TRAILING_BYTES note'])
  })

  it('T18 devices, pipes, contiguous files and unknown types', async () => {
    const types = ['3', '4', '6', '7', 'V', 'X', 'Z', '\xff']
    const { entries } = await readArchive(
      archive(...types.map((type, index) => entry({ name: `n${index}`, type }, index < 3 ? '' : 'secret'))),
    )
    assert.deepEqual(
      entries.map(({ type, body }) => `${type} ${body}`),
      [
        'character-device ',
        'block-device ',
        'fifo ',
        'file secret',
        'other secret',
        'other secret',
        'other secret',
        'other secret',
      ],
    )
  })

  it('T19 extended attributes, byte by byte, and every other pax record that may hold text', async () => {
    const value = Buffer.from([0xff, 0x00, 0x0a, 0x73])
    const { entries } = await readArchive(
      archive(
        pax([
          ['SCHILY.xattr.user.token', value],
          ['LIBARCHIVE.xattr.user.token', 'twice'],
          ['comment', 'hunter2'],
          ['mtime', '1.5'],
        ]),
        AFTER,
      ),
    )
    assert.deepEqual(entries[0]?.xattrs, {
      'user.token': '\xff\0\ns',
      'LIBARCHIVE.xattr.user.token': 'twice',
      comment: 'hunter2',
    })
  })

  it('T20 a deep path keeps its tail', async () => {
    const { entries } = await readArchive(
      archive(pax([['path', `${'d/'.repeat(5000)}secret.txt`]]), entry({ name: 'a' })),
    )
    assert.equal(entries[0]?.path.length, 4096)
    assert.ok(entries[0]?.path.endsWith('d/secret.txt'))
  })

  it('T23 names with control characters and without UTF-8 keep their bytes', async () => {
    const raw = Buffer.from([0x61, 0xff, 0x1b, 0x0a])
    const { entries } = await readArchive(
      archive(entry({ name: raw }), entry({ name: 'caf\u00e9\u202e' }), pax([['path', raw]]), entry({ name: 'x' })),
    )
    assert.deepEqual(
      entries.map(({ path, pathBytes }) => [path, pathBytes]),
      [
        ['a\ufffd\x1b\n', '61ff1b0a'],
        ['caf\u00e9\u202e', undefined],
        ['a\ufffd\x1b\n', '61ff1b0a'],
      ],
    )
  })

  it('T06 a header with a wrong checksum: everything from there on is salvaged', async () => {
    const { entries, issues } = await readArchive(
      Buffer.concat([entry({ name: 'a' }, '1'), entry({ name: 'b', checksum: 'wrong' }, 'secret'), AFTER, END]),
    )
    assert.deepEqual(
      entries.map(({ type }) => type),
      ['file', 'salvage'],
    )
    assert.match(entries[1]?.body ?? '', /^b\0.*secret.*after.*secret/s)
    assert.deepEqual(codesOf(issues), ['TAR_PARTIAL partial'])
  })
})
