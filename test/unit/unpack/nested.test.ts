import assert from 'node:assert/strict'
import { deflateRawSync, gzipSync } from 'node:zlib'
import type { Issue } from '../../../src/support/issue.js'
import { NestedBudget, type NestedKind, openNested, sniffNested } from '../../../src/unpack/nested.js'
import type { NestedLimits } from '../../../src/unpack/nested-budget.js'
import { gather, inPieces } from '../../fixtures/streams.js'
import { archive, entry, pax } from '../../fixtures/tar-builder.js'
import { codesOf } from '../../fixtures/tar-reading.js'
import { localEntry, zip } from '../../fixtures/zip-builder.js'

interface Opened {
  readonly entries: readonly string[]
  readonly issues: readonly Issue[]
}

async function open(
  kind: NestedKind,
  bytes: Uint8Array,
  options: { limits?: Partial<NestedLimits>; path?: string; pieces?: number } = {},
): Promise<Opened> {
  const issues: Issue[] = []
  const entries: string[] = []
  const budget = new NestedBudget(options.limits)
  const { path = 'file' } = options
  for await (const found of openNested(kind, inPieces(bytes, options.pieces), {
    on: (issue) => issues.push(issue),
    budget,
    path,
  })) {
    const body = (await gather(found.body)).toString('latin1')
    entries.push(`${found.path}=${found.encrypted === true ? '(encrypted)' : body}`)
  }
  return { entries, issues }
}

/** Opens whatever is inside, to any depth, with one budget; gives the paths of files that are no archives. */
async function openAll(
  path: string,
  bytes: Uint8Array,
  budget: NestedBudget,
  depth: number,
  on: (issue: Issue) => void,
): Promise<string[]> {
  const kind = depth > 0 ? sniffNested(path, bytes.subarray(0, 512)) : undefined
  if (kind === undefined) return [`${path}=${Buffer.from(bytes).toString('latin1')}`]
  const found: string[] = []
  for await (const inner of openNested(kind, inPieces(bytes), { on, budget, path })) {
    found.push(...(await openAll(inner.path, await gather(inner.body), budget, depth - 1, on)))
  }
  return found
}

describe('what kind of archive a file is', () => {
  const cases: readonly (readonly [string, Uint8Array, NestedKind | undefined])[] = [
    ['app.jar', zip([{ name: 'a' }]), 'zip'],
    ['no ending', zip([{ name: 'a' }]), 'zip'],
    ['empty.zip', zip([]), 'zip'],
    ['start.jar', Buffer.concat([Buffer.from('#!/bin/sh\n'), zip([{ name: 'a' }])]), 'zip'],
    ['a.tar', archive(entry({ name: 'a' })), 'tar'],
    ['old.tar', archive(entry({ name: 'a', format: 'v7' })), 'tar'],
    ['a.gz', gzipSync('a'), 'gzip'],
    ['a.deb', Buffer.from('!<arch>\n'), 'ar'],
    ['text', Buffer.from('PKCS'), undefined],
    ['notes.txt', Buffer.from('plain'), undefined],
    ['empty', Buffer.alloc(0), undefined],
  ]
  for (const [path, head, kind] of cases) {
    it(`${path}: ${kind ?? 'none'}`, () => assert.equal(sniffNested(path, head.subarray(0, 512)), kind))
  }
})

describe('zip archives', () => {
  it('T26 stored and deflated entries; folders are left out', async () => {
    const { entries, issues } = await open(
      'zip',
      zip([{ name: 'dir/' }, { name: 'dir/a', body: 'one' }, { name: 'b', body: 'two', method: 8 }]),
    )
    assert.deepEqual(entries, ['dir/a=one', 'b=two'])
    assert.deepEqual(issues, [])
  })

  it('T26 names that leave the root are names', async () => {
    assert.deepEqual((await open('zip', zip([{ name: '../../etc/passwd', body: 'x' }]))).entries, [
      '../../etc/passwd=x',
    ])
  })

  it('T26 zip64 sizes, offsets and end records', async () => {
    const { entries, issues } = await open(
      'zip',
      zip(
        [
          { name: 'a', body: 'one', zip64: true, method: 8 },
          { name: 'b', body: 'two', zip64: true },
        ],
        { zip64: true },
      ),
    )
    assert.deepEqual(entries, ['a=one', 'b=two'])
    assert.deepEqual(issues, [])
  })

  it('T26 encrypted entries are named, with a note', async () => {
    const { entries, issues } = await open(
      'zip',
      zip([
        { name: 'a', body: 'cipher', flags: 1 },
        { name: 'b', body: 'plain' },
      ]),
    )
    assert.deepEqual(entries, ['a=(encrypted)', 'b=plain'])
    assert.deepEqual(codesOf(issues), ['ENCRYPTED note'])
  })

  it('T26 an entry that only its local header names', async () => {
    const { entries } = await open(
      'zip',
      zip([
        { name: 'a', body: 'one' },
        { name: 'hidden', body: 'secret', method: 8, localOnly: true },
        { name: 'b', body: 'two' },
      ]),
    )
    assert.deepEqual(entries, ['a=one', 'b=two', 'hidden=secret'])
  })

  it('T26 an entry that directory and local header name, pack or measure differently is read both ways', async () => {
    const named = await open('zip', zip([{ name: 'readme', body: 'secret', local: { name: 'config' } }]))
    assert.deepEqual(named.entries, ['readme=secret', 'config=secret'])
    const packed = deflateRawSync('secret')
    const method = await open('zip', zip([{ name: 'a', packed, local: { method: 8 } }]))
    assert.ok(method.entries.includes('a=secret'), method.entries.join())
    const measured = await open('zip', zip([{ name: 'a', body: 'ab and a secret', local: { packedSize: 2 } }]))
    assert.deepEqual(measured.entries, ['a=ab and a secret', 'a=ab'])
  })

  it('T26 a directory that names an entry which is not there', async () => {
    const whole = zip([{ name: 'a', body: 'one' }])
    whole.write('XX', 0)
    const { entries, issues } = await open('zip', whole)
    assert.match(entries[0] ?? '', /one/)
    assert.deepEqual(codesOf(issues), ['ZIP_PARTIAL partial'])
  })

  it('T26 no directory, or a broken one: entries are read front to back, and the report says so', async () => {
    const locals = Buffer.concat([
      localEntry({ name: 'a', body: 'one', method: 8 }),
      localEntry({ name: 'b', body: 'two', method: 8, sizesFollow: true }),
      localEntry({ name: 'c', body: 'three' }),
    ])
    for (const pieces of [1, 7, 100_000]) {
      const { entries, issues } = await open('zip', locals, { pieces })
      assert.deepEqual(entries, ['a=one', 'b=two', 'c=three'])
      assert.deepEqual(codesOf(issues), ['ZIP_PARTIAL partial'])
    }
    const whole = zip([
      { name: 'a', body: 'one' },
      { name: 'b', body: 'two' },
    ])
    whole.fill(0xff, whole.indexOf('PK\x01\x02', 0, 'latin1') + 46 + 1, whole.length - 22)
    const broken = await open('zip', whole)
    assert.ok(
      ['a=one', 'b=two'].every((text) => broken.entries.includes(text)),
      broken.entries.join(),
    )
    assert.ok(broken.issues.length > 0)
  })

  it('T26 bytes in front of, between and behind the entries', async () => {
    const script = `#!/bin/sh\n# ${'s'.repeat(40)}\n`
    const { entries } = await open(
      'zip',
      Buffer.concat([
        Buffer.from(script),
        zip([{ name: 'a', body: 'one' }], { comment: `a comment with ${'c'.repeat(40)}` }),
      ]),
    )
    assert.deepEqual(entries, [
      'a=one',
      `(outside any entry)=${script}`,
      `(outside any entry)=a comment with ${'c'.repeat(40)}`,
    ])
  })

  it('T26 two archives in one file', async () => {
    const { entries } = await open(
      'zip',
      Buffer.concat([zip([{ name: 'a', body: 'one' }]), zip([{ name: 'b', body: 'two' }])]),
    )
    assert.deepEqual([...entries].sort(), ['a=one', 'b=two'])
  })

  it('T26 bytes behind the end of the deflate stream of an entry', async () => {
    const packed = Buffer.concat([deflateRawSync('one'), Buffer.from(' and a secret')])
    assert.deepEqual((await open('zip', zip([{ name: 'a', method: 8, packed, body: 'one' }]))).entries, [
      'a=one and a secret',
    ])
  })

  it('T26 damaged, wrongly summed and unknown entries are reported, the others read', async () => {
    const { entries, issues } = await open(
      'zip',
      zip([
        { name: 'damaged', method: 8, packed: Buffer.from([0xff, 0xff, 0xff]) },
        { name: 'summed', body: 'one', crc: 1 },
        { name: 'unknown', method: 14, packed: Buffer.from('lzma bytes') },
        { name: 'sound', body: 'two' },
      ]),
    )
    assert.deepEqual(entries.slice(1), ['summed=one', 'unknown=lzma bytes', 'sound=two'])
    assert.deepEqual(codesOf(issues), ['ZIP_PARTIAL partial', 'ZIP_PARTIAL partial', 'ZIP_METHOD partial'])
  })

  it('a file that only its name calls a zip is given as it is, without an Issue', async () => {
    const { entries, issues } = await open('zip', Buffer.from('this is a text file that somebody called .zip'))
    assert.deepEqual(entries, ['(outside any entry)=this is a text file that somebody called .zip'])
    assert.deepEqual(issues, [])
  })

  it('reads an archive above 64 MiB front to back', async () => {
    const filler = { name: 'filler', body: Buffer.alloc(64 * 1024 * 1024) }
    const { entries, issues } = await open(
      'zip',
      zip([{ name: 'a', body: 'one', method: 8 }, filler, { name: 'b', body: 'two', method: 8, sizesFollow: true }]),
    )
    assert.deepEqual(
      entries.map((text) => text.slice(0, 8).replace(/\0.*/s, '')),
      ['a=one', 'filler=', 'b=two'],
    )
    assert.deepEqual(issues, [])
  })
})

describe('other archives inside files', () => {
  it('T26 tar: files, link targets and attributes', async () => {
    const bytes = archive(
      pax([['SCHILY.xattr.user.k', 'value']]),
      entry({ name: 'a' }, 'one'),
      entry({ name: 'l', type: '2', linkName: 'target' }),
      entry({ name: 'd/', type: '5' }),
    )
    assert.deepEqual((await open('tar', bytes)).entries, [
      'a (attribute user.k)=value',
      'a=one',
      'l (link target)=target',
    ])
  })

  it('a compressed file holds one file, named without the ending', async () => {
    const names = [
      ['a/app.log.gz', 'app.log'],
      ['app.tgz', 'app.tar'],
      ['plain', 'plain'],
    ] as const
    for (const [path, inner] of names)
      assert.deepEqual((await open('gzip', gzipSync('x'), { path })).entries, [`${inner}=x`])
  })

  it('T26 ar: short, System V and BSD names', async () => {
    const member = (name: string, body: string): string =>
      `${name.padEnd(48)}${String(body.length).padEnd(10)}\`\n${body}${body.length % 2 ? '\n' : ''}`
    const bytes = Buffer.from(
      `!<arch>\n${member('debian-binary/', '2.0\n')}${member('//', 'a-very-long-name.txt/\n')}${member('/0', 'one')}${member('#1/5', 'bsd.xtwo')}`,
    )
    assert.deepEqual((await open('ar', bytes, { pieces: 13 })).entries, [
      'debian-binary=2.0\n',
      'a-very-long-name.txt=one',
      'bsd.x=two',
    ])
  })

  it('T26 a broken ar is given as bytes from there on', async () => {
    const { entries, issues } = await open('ar', Buffer.from(`!<arch>\n${'secret '.repeat(20)}`))
    assert.deepEqual(entries, [`=${'secret '.repeat(20)}`])
    assert.deepEqual(codesOf(issues), ['AR_PARTIAL partial'])
  })
})

describe('the budget of nested archives', () => {
  it('T03 gzip in gzip ten times: opened to the depth that the caller allows', async () => {
    let bytes: Uint8Array = Buffer.from('secret')
    for (let level = 0; level < 10; level++) bytes = gzipSync(bytes)
    assert.deepEqual(await openAll('f', bytes, new NestedBudget(), 10, assert.ifError), ['f=secret'])
    const shallow = await openAll('f', bytes, new NestedBudget(), 4, assert.ifError)
    assert.equal(sniffNested('f', Buffer.from(shallow[0]?.slice(2) ?? '', 'latin1')), 'gzip')
  })

  it('T03 counts what all levels expand to together', async () => {
    const inner = zip(
      Array.from({ length: 10 }, (_, index) => ({ name: `z${index}`, body: Buffer.alloc(100_000), method: 8 })),
    )
    const outer = zip(Array.from({ length: 10 }, (_, index) => ({ name: `i${index}.zip`, body: inner })))
    const issues: Issue[] = []
    const found = await openAll('bomb.zip', outer, new NestedBudget({ bytes: 2_000_000 }), 4, (issue) =>
      issues.push(issue),
    )
    assert.ok(found.length < 25, `${found.length} files`)
    assert.deepEqual(codesOf(issues), ['LIMIT_ARCHIVE_SIZE partial'])
  })

  it('T03 stops at too many entries', async () => {
    const { entries, issues } = await open(
      'zip',
      zip(Array.from({ length: 20 }, (_, index) => ({ name: `f${index}`, body: 'x' }))),
      { limits: { entries: 5 } },
    )
    assert.equal(entries.length, 5)
    assert.deepEqual(codesOf(issues), ['LIMIT_ARCHIVE_ENTRIES partial'])
  })

  it('T03 stops at too many bytes for one, once there is enough to tell', async () => {
    const limits = { ratio: 100, ratioFloor: 1024 * 1024 }
    const bomb = await open('gzip', gzipSync(Buffer.alloc(8 * 1024 * 1024)), { limits })
    assert.ok((bomb.entries[0]?.length ?? 0) < 4 * 1024 * 1024)
    assert.deepEqual(codesOf(bomb.issues), ['LIMIT_ARCHIVE_RATIO partial'])
    assert.deepEqual((await open('gzip', gzipSync(Buffer.alloc(512 * 1024)), { limits })).issues, [])
  })
})
