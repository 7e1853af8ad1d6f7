import assert from 'node:assert/strict'
import type { Issue } from '../../../src/support/issue.js'
import { normalizePath, readTar } from '../../../src/unpack/tar.js'
import { gather, inPieces } from '../../fixtures/streams.js'
import { archive, END, entry, gnuLong, header, pax } from '../../fixtures/tar-builder.js'
import { bodiesOf, codesOf, readArchive } from '../../fixtures/tar-reading.js'

const noIssue = (issue: Issue): void => assert.fail(issue.detail)

describe('reading tar archives', () => {
  it('gives files, folders and links in order', async () => {
    const { entries, issues } = await readArchive(
      archive(
        entry({ name: 'etc/', type: '5' }),
        entry({ name: 'etc/app.conf' }, 'key=value'),
        entry({ name: 'etc/link', type: '2', linkName: '/etc/app.conf' }),
        entry({ name: 'etc/hard', type: '1', linkName: 'etc/app.conf' }),
      ),
    )
    assert.deepEqual(
      entries.map(({ path, type, linkName, size, body }) => [path, type, linkName, size, body]),
      [
        ['etc/', 'directory', undefined, 0, ''],
        ['etc/app.conf', 'file', undefined, 9, 'key=value'],
        ['etc/link', 'symlink', '/etc/app.conf', 0, ''],
        ['etc/hard', 'hardlink', 'etc/app.conf', 0, ''],
      ],
    )
    assert.deepEqual(issues, [])
  })

  it('passes over bodies that nobody reads', async () => {
    const paths: string[] = []
    const bytes = archive(entry({ name: 'a' }, 'x'.repeat(5000)), entry({ name: 'b' }, 'y'))
    for await (const { path } of readTar(inPieces(bytes, 700), { on: noIssue })) paths.push(path)
    assert.deepEqual(paths, ['a', 'b'])
  })

  it('gives nothing from an older body once the next entry was asked for', async () => {
    const entries = readTar(inPieces(archive(entry({ name: 'a' }, 'first'), entry({ name: 'b' }, 'second'))), {
      on: noIssue,
    })
    const first = await entries.next()
    await entries.next()
    assert.ok(first.done !== true)
    assert.equal((await gather(first.value.body)).length, 0)
  })

  it('ends the source when the loop is left', async () => {
    let ended = false
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield archive(entry({ name: 'a' }, 'x'), entry({ name: 'b' }, 'y'))
        yield END
      } finally {
        ended = true
      }
    }
    for await (const _ of readTar(source(), { on: noIssue })) break
    assert.ok(ended)
  })

  it('throws what the source throws', async () => {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield entry({ name: 'a', size: 4096 }, 'x')
      throw new Error('connection lost')
    }
    await assert.rejects(async () => {
      for await (const { body } of readTar(source(), { on: noIssue })) await gather(body)
    }, /connection lost/)
  })

  it('reads an empty stream, and an archive without an end marker', async () => {
    assert.deepEqual(await readArchive(Buffer.alloc(0)), { entries: [], issues: [] })
    const { entries, issues } = await readArchive(entry({ name: 'a' }, 'x'))
    assert.deepEqual(bodiesOf(entries), ['a=x'])
    assert.deepEqual(issues, [])
  })

  it('applies long names: GNU before pax before ustar, each to the next entry alone', async () => {
    const long = `${'d/'.repeat(80)}name`
    const { entries } = await readArchive(
      archive(
        pax([['path', long]]),
        entry({ name: 'short1' }, '1'),
        gnuLong('L', `${long}2`),
        gnuLong('K', `${long}target`),
        pax([['path', 'not this one']]),
        entry({ name: 'short2', type: '2', linkName: 'short' }),
        entry({ name: 'name', prefix: 'a/prefix' }, '3'),
      ),
    )
    assert.deepEqual(
      entries.map(({ path, linkName }) => [path, linkName]),
      [
        [long, undefined],
        [`${long}2`, `${long}target`],
        ['a/prefix/name', undefined],
      ],
    )
  })

  it('stops at the limit of entries, gives the rest as bytes and says so', async () => {
    const bytes = archive(entry({ name: 'a' }, '1'), entry({ name: 'b' }, '2'), entry({ name: 'c' }, 'the third'))
    const { entries, issues } = await readArchive(bytes, { maxEntries: 2 })
    assert.deepEqual(
      entries.slice(0, 2).map(({ path }) => path),
      ['a', 'b'],
    )
    assert.equal(entries[2]?.type, 'salvage')
    assert.match(entries[2]?.body ?? '', /^c\0.*the third/s)
    assert.deepEqual(codesOf(issues), ['LIMIT_ENTRIES partial'])
  })

  it('says which entry an archive breaks off in, and how much of it is missing', async () => {
    const { entries, issues } = await readArchive(entry({ name: 'big\x1b[2J' }, 'x'.repeat(2000)).subarray(0, 1512))
    assert.equal(entries[0]?.body.length, 1000)
    assert.deepEqual(codesOf(issues), ['TAR_PARTIAL partial'])
    assert.equal(issues[0]?.bytes, 1000)
    assert.match(issues[0]?.detail ?? '', /big\\x1b\[2J/)
  })

  it('does the same where the body is passed over', async () => {
    const issues: string[] = []
    const bytes = entry({ name: 'a' }, 'x'.repeat(2000)).subarray(0, 1512)
    for await (const _ of readTar(inPieces(bytes), { on: ({ code }) => issues.push(code) }));
    assert.deepEqual(issues, ['TAR_PARTIAL'])
  })

  it('salvages from the extended headers on where the header behind them is broken', async () => {
    const broken = header({ name: 'x', checksum: 'wrong' })
    const { entries, issues } = await readArchive(
      archive(entry({ name: 'a' }, '1'), pax([['comment', 'kept']]), broken, Buffer.from('after')),
    )
    assert.deepEqual(
      entries.map(({ type }) => type),
      ['file', 'salvage'],
    )
    assert.match(entries[1]?.body ?? '', /^PaxHeaders.*comment=kept.*after/s)
    assert.deepEqual(codesOf(issues), ['TAR_PARTIAL partial'])
  })
})

describe('paths from archives', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['etc/passwd', 'etc/passwd'],
    ['./etc//passwd', 'etc/passwd'],
    ['/', ''],
    ['', ''],
    ['dir/', 'dir'],
    ['a/.hidden/..b/c...', 'a/.hidden/..b/c...'],
    // T07: names that leave the root
    ['../../x', 'x'],
    ['/etc/cron.d/x', 'etc/cron.d/x'],
    ['a/../../x', 'x'],
    ['..\\x', '..\\x'],
    ['C:x', 'C:x'],
  ]
  for (const [path, expected] of cases) {
    it(`T07 shows ${JSON.stringify(path)} as ${JSON.stringify(expected)}`, () =>
      assert.equal(normalizePath(path), expected))
  }
})
