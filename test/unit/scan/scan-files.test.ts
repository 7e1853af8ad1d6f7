import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { CHUNK_SIZE } from '../../../src/detect/types.js'
import { mergeFindings } from '../../../src/scan/assemble.js'
import { type ListedFile, scanFiles } from '../../../src/scan/scan-files.js'
import { scanStrings } from '../../../src/scan/scan-strings.js'
import { openSession, type ScanSession } from '../../../src/scan/session.js'
import type { Place } from '../../../src/scan/types.js'
import type { Piece } from '../../../src/scan/unit.js'
import { elf } from '../../fixtures/elf.js'
import { zip } from '../../fixtures/zip-builder.js'
import { placeName, placesOf, scanContext, scanOptions, token } from './scan-fixture.js'

async function withSession<T>(use: (session: ScanSession) => Promise<T>): Promise<T> {
  const session = await openSession(await scanOptions(), 2)
  try {
    return await use(session)
  } finally {
    await session.close()
  }
}

async function* bodyOf(...parts: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part
    yield Buffer.from(part)
  }
}

async function* listed(files: readonly ListedFile[]): AsyncGenerator<ListedFile> {
  yield* files
}

/** A gzip file of exactly `length` bytes that ends with `text`: hardly compressed, so that lengths can be counted. */
function gzipOfLength(length: number, text: string): Uint8Array {
  const ending = Buffer.from(`\n${text}\n`)
  let filler = length - 1000
  for (;;) {
    const packed = gzipSync(Buffer.concat([Buffer.alloc(filler, 'lorem ipsum\n'), ending]), { level: 0 })
    if (packed.length === length) return packed
    filler += length - packed.length
  }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}

describe('scanFiles', () => {
  it('scans files, names and links, and goes on behind a file that cannot be read', () =>
    withSession(async (session) => {
      const denied = Object.assign(new Error('denied'), { code: 'EACCES' })
      const files: ListedFile[] = [
        { path: 'broken', body: bodyOf(`${token('before')} `, denied) },
        { path: 'link', link: `/x/${token('link')}`, body: bodyOf() },
        { path: `dir/${token('name')}`, size: 1, body: bodyOf('x') },
        { path: 'last', body: bodyOf(token('last')) },
      ]
      const { findings, coverage, stats } = await scanFiles(listed(files), session, scanContext())
      assert.deepEqual(placesOf(mergeFindings(findings, 'own')), [
        'file broken',
        'file last',
        'file-name dir/****',
        'link link',
      ])
      assert.deepEqual(
        coverage.map(({ code, effect, place }) => [code, effect, place && placeName(place)]),
        [['FILE_UNREADABLE', 'partial', 'file broken']],
      )
      assert.equal(stats.files, 4)
    }))

  it('reads an office document as text, in an archive that lies as deep as archives are opened too', () =>
    withSession(async (session) => {
      const [first, second] = [token('office').slice(0, 20), token('office').slice(20)]
      const body = `<w:document xmlns:w="http://schemas.openxmlformats.org/x"><w:p><w:t>a</w:t></w:p><w:p><w:t>${first}</w:t><w:t>${second}</w:t></w:p></w:document>`
      const document = zip([{ name: 'word/document.xml', body }])
      const nested = (depth: number): Uint8Array =>
        depth === 0 ? document : zip([{ name: `${depth}.zip`, body: nested(depth - 1) }])
      const files: ListedFile[] = [
        { path: 'a.docx', size: document.length, body: inPieces(document) },
        { path: 'deep', body: inPieces(nested(3)) },
      ]
      const { findings, coverage } = await scanFiles(listed(files), session, scanContext())
      const [finding, ...others] = mergeFindings(findings, 'own')
      assert.deepEqual(others, [])
      assert.equal(finding && placeName(finding.place), 'file a.docx!word/document.xml!text.txt')
      assert.equal(finding?.span.line, 2)
      assert.deepEqual(coverage, [])
    }))

  it('looks at all of a program but its instructions, at their exact places, in small files and big ones', () =>
    withSession(async (session) => {
      const program = (length: number) => {
        const code = { type: 1, flags: 5, offset: 40_000, size: length - 140_000 }
        const data = { type: 1, flags: 4, offset: length - 100_000, size: 50_000 }
        const bytes = Buffer.concat([elf([code, data])], length)
        const put = (name: string, at: number) => bytes.write(` ${token(name)} `, at)
        put('headers', 39_000)
        put('code', 60_000)
        put('data', length - 100_000)
        put('appended', length - 20_000)
        return bytes
      }
      const lengths = [600_000, 3 * CHUNK_SIZE + 17]
      const files = lengths.map(
        (length): ListedFile => ({ path: `bin${length}`, size: length, body: inPieces(program(length)) }),
      )
      const { findings } = await scanFiles(listed(files), session, scanContext())
      assert.deepEqual(
        findings.map(({ place, span }) => `${placeName(place)} ${span.offset}`),
        lengths.flatMap((length) => [39_001, length - 99_999, length - 19_999].map((at) => `file bin${length} ${at}`)),
      )
    }))

  it('opens a big compressed file, wherever the pieces that it comes in are cut', () =>
    withSession(async (session) => {
      const files = [1, 4, 8, 9].map((behind): ListedFile => {
        const packed = gzipOfLength(2 * CHUNK_SIZE + behind, token(`packed${behind}`))
        return { path: `big${behind}.gz`, size: packed.length, body: inPieces(packed) }
      })
      const { findings, coverage } = await scanFiles(listed(files), session, scanContext())
      assert.deepEqual(coverage, [])
      // Once: not in the member and in the archive's own bytes, which hold it too.
      const places = findings.map(({ place }) => placeName(place))
      assert.deepEqual(
        places.sort(),
        [1, 4, 8, 9].map((behind) => `file big${behind}.gz!big${behind}`),
      )
    }))

  it('judges what a compressed file holds by the folder that it lies in', () =>
    withSession(async (session) => {
      const text = 'first line\ndb_password: Tr0ub4dor-71x\n'
      const files = ['usr/share/doc/shop/changelog.gz', 'srv/app/settings.yml.gz'].map((path): ListedFile => {
        const packed = gzipSync(text)
        return { path, size: packed.length, body: inPieces(packed) }
      })
      const { findings } = await scanFiles(listed(files), session, scanContext())
      const reported = findings.filter(({ confidence }) => confidence !== 'low')
      assert.deepEqual(
        reported.map(({ place }) => placeName(place)),
        ['file srv/app/settings.yml.gz!settings.yml db_password'],
      )
    }))

  it('makes one finding of a value in two files', () =>
    withSession(async (session) => {
      const files = ['b', 'a'].map((path) => ({ path, body: bodyOf(token('twice')) }))
      const { findings } = await scanFiles(listed(files), session, scanContext())
      const merged = mergeFindings(findings, 'own')
      assert.deepEqual([placesOf(merged), merged[0]?.related.length], [['file a'], 1])
    }))
})

describe('scanStrings', () => {
  const piece = (place: Place, text: string, more: Partial<Piece> = {}): Piece => ({
    place,
    text: Buffer.from(text),
    ...more,
  })
  const compose = (key: string): Place => ({ kind: 'compose', path: 'compose.yaml', service: 'db', key })

  it('sees a value under the name it is given, at its offset in the text alone', () =>
    withSession(async (session) => {
      const pieces = [piece(compose('environment.DB_PASSWORD'), 'Summer24!x', { name: 'DB_PASSWORD' })]
      const { findings } = await scanStrings(pieces, session.pool)
      assert.deepEqual(
        findings.map(({ place, span, secret }) => [placeName(place), span, secret.shown]),
        [['compose compose.yaml environment.DB_PASSWORD', { offset: 0, line: 1, column: 1 }, '****']],
      )
    }))

  it('brings equal weak values together and masks what shall leave', () =>
    withSession(async (session) => {
      const pieces = [
        piece(compose('a'), 'Summer24!x', { name: 'DB_PASSWORD' }),
        piece({ kind: 'env-file', path: '.env', key: 'DB_PASSWORD' }, 'DB_PASSWORD=Summer24!x'),
      ]
      const { findings, masked } = await scanStrings(pieces, session.pool, { mask: ['psql -p Summer24!x', 'plain'] })
      assert.deepEqual(
        findings.map(({ place, related }) => [placeName(place), related.map(({ role }) => role)]),
        [['compose compose.yaml a', ['same-value']]],
      )
      assert.deepEqual(masked, ['psql -p ****', 'plain'])
    }))
})
