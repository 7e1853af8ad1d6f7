import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Issue } from '../../../src/support/issue.js'
import { NestedBudget, openNested, sniffNested } from '../../../src/unpack/nested.js'
import { rdbCompressed, rdbDump, rdbEntry, rdbLength, rdbString, ziplist } from '../../fixtures/rdb-builder.js'
import { inPieces } from '../../fixtures/streams.js'

async function read(file: Buffer) {
  const issues: string[] = []
  const lines: string[] = []
  const on = ({ code, effect }: Issue) => issues.push(`${code} ${effect}`)
  for await (const { path, body } of openNested('redis', inPieces(file, 100), { on, budget: new NestedBudget() })) {
    let text = ''
    for await (const part of body) text += Buffer.from(part).toString('utf8')
    lines.push(...text.split('\n').flatMap((line) => (line === '' || line.startsWith('~~') ? [] : [`${path} ${line}`])))
  }
  return { lines, issues }
}

const number = Buffer.from([0xc0, 7])
const count = rdbLength
const text = rdbString
const id = Buffer.alloc(16, 1)
const time = Buffer.alloc(8, 2)
/** A literal run of three bytes, then a copy of them twice over that overlaps itself. */
const packed = Buffer.from([2, 0x61, 0x62, 0x63, 0x80, 2])

describe('values in a dump of Redis', () => {
  const cases: readonly (readonly [what: string, entry: Buffer, lines: readonly string[]])[] = [
    ['a string', rdbEntry(0, 'cfg:pw', text('otter44')), ['cfg:pw="otter44"']],
    ['a compressed string', rdbEntry(0, 'cfg:pw', rdbCompressed(packed, 9)), ['cfg:pw="abcabcabc"']],
    ['a long string', rdbEntry(0, 'pw', text(`${'x'.repeat(70_000)}end`)), ['pw:', `${'x'.repeat(70_000)}end`]],
    ['a list', rdbEntry(1, 'l', count(3), text('abc'), number, text('def')), ['l="abc"', 'l="def"']],
    ['a set', rdbEntry(2, 's', count(1), text('abc')), ['s="abc"']],
    [
      'an old sorted set',
      rdbEntry(3, 'z', count(2), text('abc'), text('1.5'), text('def'), Buffer.from([254])),
      ['z="abc"', 'z="def"'],
    ],
    ['a sorted set', rdbEntry(5, 'z', count(1), text('abc'), time), ['z="abc"']],
    ['a hash', rdbEntry(4, 'h', count(2), text('pw'), text('otter44'), text('n'), number), ['h.pw="otter44"']],
    ['a hash in a ziplist', rdbEntry(13, 'h', text(ziplist(['n', 7, 'pw', 'otter44']))), ['h.pw="otter44"']],
    [
      'long texts in a ziplist',
      rdbEntry(10, 'l', text(ziplist(['x'.repeat(300), 'end']))),
      [`l="${'x'.repeat(300)}"`, 'l="end"'],
    ],
    [
      'a list of ziplists',
      rdbEntry(14, 'l', count(2), text(ziplist(['abc'])), text(ziplist(['def']))),
      ['l="abc"', 'l="def"'],
    ],
    [
      'a module',
      rdbEntry(7, 'm', count(9), count(5), text('{"pw": "otter44"}'), count(2), count(3), count(0)),
      ['m:', '{"pw": "otter44"}'],
    ],
    [
      'a hash whose fields end',
      rdbEntry(24, 'h', time, count(1), count(5), text('pw'), text('otter44')),
      ['h.pw="otter44"'],
    ],
    [
      'a hash of Valkey whose fields end',
      rdbEntry(22, 'h', count(2), text('n'), number, time, text('pw'), text('otter44'), time),
      ['h.pw="otter44"'],
    ],
    [
      'what stands behind a stream with readers',
      Buffer.concat([
        rdbEntry(21, 'st', count(0), ...Array.from({ length: 8 }, () => count(1))),
        ...[count(1), text('group'), count(1), count(2), count(3), count(1), id, time, count(1)],
        ...[count(1), text('reader'), time, time, count(1), id],
        rdbEntry(0, 'pw', text('otter44')),
      ]),
      ['pw="otter44"'],
    ],
    [
      'what has a time to live',
      Buffer.concat([Buffer.from([0xfc]), time, rdbEntry(0, 'pw', text('otter44'))]),
      ['pw="otter44"'],
    ],
  ]
  for (const [what, entry, lines] of cases)
    it(`gives ${what}`, async () => {
      const found = await read(rdbDump(entry, rdbEntry(0, 'last', text('behind'))))
      assert.deepEqual(
        found.lines,
        [...lines, 'last="behind"'].map((line) => `db0 ${line}`),
      )
      assert.deepEqual(found.issues, [])
    })

  it('tells databases apart', async () => {
    const { lines } = await read(
      rdbDump(rdbEntry(0, 'abc', text('def')), Buffer.from([0xfe, 3]), rdbEntry(0, 'ghi', text('jkl'))),
    )
    assert.deepEqual(lines, ['db0 abc="def"', 'db3 ghi="jkl"'])
  })

  it('writes sessions and digests of passwords without a name, and secrets that are named after sessions with it', async () => {
    const hex = 'c0ffee42'.repeat(4)
    const { lines } = await read(
      rdbDump(
        rdbEntry(0, 'sess:77', text('otter44-lamp')),
        rdbEntry(4, 'user:1', count(1), text('password'), text(hex)),
        rdbEntry(0, 'config:session_secret', text('otter44-lamp')),
      ),
    )
    assert.deepEqual(lines, ['db0 otter44-lamp', `db0 ${hex}`, 'db0 config:session_secret="otter44-lamp"'])
  })
})

describe('dumps of Redis that are damaged or made to hurt', () => {
  const first = rdbEntry(0, 'pw', text('otter44'))
  const broken: readonly (readonly [what: string, rest: Buffer])[] = [
    ['an unknown type', rdbEntry(99, 'x', text('y'))],
    [
      'a length beyond the end',
      Buffer.concat([Buffer.from([0]), text('x'), Buffer.from([0x80, 0xff, 0xff, 0xff, 0xff])]),
    ],
    ['a list without an end', rdbEntry(1, 'x', Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))],
  ]
  for (const [what, rest] of broken)
    it(`${what}: what stands before is read`, async () => {
      const { lines, issues } = await read(rdbDump(first, rest))
      assert.deepEqual(lines, ['db0 pw="otter44"'])
      assert.deepEqual(issues, ['REDIS_PARTIAL partial'])
    })

  it('a compressed string that makes no sense or claims too much is left out', async () => {
    const { lines, issues } = await read(
      rdbDump(
        rdbEntry(0, 'far', rdbCompressed(Buffer.from([0x20, 5]), 3)),
        rdbEntry(0, 'huge', rdbCompressed(packed, 2 ** 31)),
        rdbEntry(0, 'short', rdbCompressed(packed, 8)),
        first,
      ),
    )
    assert.deepEqual(lines, ['db0 pw="otter44"'])
    assert.deepEqual(issues, [])
  })

  it('a short compressed list of many millions is passed over without being held', async () => {
    const elements = 5_000_000
    // A listpack of one-letter texts: its third byte is said again and again, as far as one copy of LZF reaches.
    const again = Buffer.concat(Array.from({ length: (3 * elements) / 264 }, () => Buffer.from([0xe0, 255, 2])))
    const list = rdbCompressed(Buffer.concat([Buffer.from([2, 0x81, 0x61, 2]), again]), 3 + 88 * again.length)
    assert.deepEqual(await read(rdbDump(rdbEntry(20, 'list', list), first)), {
      lines: ['db0 pw="otter44"'],
      issues: [],
    })
  })

  it('a key of megabytes is not said again for each of its fields', async () => {
    const fields = Array.from({ length: 20_000 }, () => [text('f'), text('no')]).flat()
    const { lines } = await read(rdbDump(rdbEntry(4, 'k'.repeat(10_000_000), count(20_000), ...fields), first))
    assert.deepEqual(lines, ['db0 pw="otter44"'])
  })

  it('never throws, whatever bytes change', async () => {
    const file = rdbDump(
      first,
      rdbEntry(13, 'h', text(ziplist(['n', 7, 'pw', 'x'.repeat(100)]))),
      rdbEntry(0, 'c', rdbCompressed(packed, 9)),
      rdbEntry(4, 'h', count(1), text('a'), text('b')),
    )
    const change = fc.record({ at: fc.nat(file.length - 1), byte: fc.nat(255) })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const bent = Buffer.from(file)
        for (const { at, byte } of changes) if (at > 8) bent[at] = byte
        const { lines } = await read(bent)
        assert.ok(lines.join('').length < 100 * file.length)
      }),
      { numRuns: 500 },
    )
  })
})

describe('which dumps are opened', () => {
  for (const [head, kind] of [
    ['REDIS0009\xfa', 'redis'],
    ['VALKEY080\xfa', 'redis'],
    ['REDIS_URL=redis://cache', undefined],
    ['REDIS0009 is a version', undefined],
  ] as const)
    it(`${head.slice(0, 9)}: ${kind ?? 'none'}`, () =>
      assert.equal(sniffNested('dump.rdb', Buffer.from(head.padEnd(64), 'latin1')), kind))
})
