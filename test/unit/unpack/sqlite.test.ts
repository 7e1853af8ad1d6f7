import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Issue } from '../../../src/support/issue.js'
import { NestedBudget, openNested, sniffNested } from '../../../src/unpack/nested.js'
import { tableColumns } from '../../../src/unpack/sqlite/columns.js'
import { sqliteFile, type TableSpec } from '../../fixtures/sqlite-builder.js'
import { inPieces } from '../../fixtures/streams.js'

interface Read {
  readonly texts: Readonly<Record<string, string>>
  readonly issues: readonly string[]
}

async function read(file: Buffer, path = 'app.db'): Promise<Read> {
  const issues: string[] = []
  const texts: Record<string, string> = {}
  const on = ({ code, effect }: Issue) => issues.push(`${code} ${effect}`)
  for await (const { path: name, body } of openNested(
    'sqlite',
    inPieces(file, file.length > 1_000_000 ? 1_000_000 : 1000),
    {
      on,
      budget: new NestedBudget(),
      path,
    },
  )) {
    texts[name] = ''
    for await (const part of body) texts[name] += Buffer.from(part).toString('utf8')
  }
  return { texts, issues }
}

/** Cells of a table, without what stands between rows. */
const cells = (text = ''): string[] => text.split('\n').filter((line) => line !== '' && !/^~+$/.test(line))

const table = (columns: string, ...rows: TableSpec['rows']): TableSpec => ({
  name: 't',
  sql: `CREATE TABLE t(${columns})`,
  rows,
})

describe('tables of an SQLite database', () => {
  const named: readonly (readonly [what: string, spec: TableSpec, expected: readonly string[]])[] = [
    ['a cell stands behind its column', table('id, pw', [1, 'otter44']), ['pw="otter44"']],
    ['a setting behind its name', table('id, key, value', [1, 'smtp_pw', 'otter44']), ['smtp_pw="otter44"']],
    [
      'names and values that belong together by their beginning',
      table('name, option_name, option_value', ['site', 'pw', 'otter44']),
      ['name="site"', 'pw="otter44"'],
    ],
    [
      'both values of a change',
      table('field, old_value, new_value', ['pw', 'abc1', 'abc2']),
      ['pw="abc1"', 'pw="abc2"'],
    ],
    ['camel case', table('settingKey, settingValue', ['pw', 'otter44']), ['pw="otter44"']],
    ['a value without a name beside it', table('value, note', ['otter44', 'abc']), ['value="otter44"', 'note="abc"']],
    ['a name alone is a cell', table('name, mail', ['anna', 'a@b.c']), ['name="anna"', 'mail="a@b.c"']],
    ['text in a blob', table('pw', [Buffer.from('otter44')]), ['pw="otter44"']],
    ['other blobs are left', table('pw, a', [Buffer.from([1, 2, 3, 0x61, 0x62, 0x63]), 'abc']), ['a="abc"']],
    ['what is shorter than any secret is left', table('a, b', ['xy', 'abc']), ['b="abc"']],
    ['numbers and nothing are left', table('a, b, c', [7, null, 'abc']), ['c="abc"']],
    ['a column that was never named', table('a', ['abc', 'otter44']), ['a="abc"', 'column 2="otter44"']],
    ['quotes that the value does not hold', table('a', ['it"s']), ["a='it\"s'"]],
    ['a value that is quoted itself', table('a', ['"otter44"']), ['a="otter44"']],
    ['a document as it is', table('a', ['{"pw": "otter44"}']), ['a:', '{"pw": "otter44"}']],
    ['lines as they are', table('a', ['A=1\nPW=otter44']), ['a:', 'A=1', 'PW=otter44']],
    ['a name with quotes', table('key, value', ['the "pw"', 'otter44']), ['the _pw_="otter44"']],
  ]
  for (const [what, spec, expected] of named)
    it(`cells: ${what}`, async () => {
      const { texts, issues } = await read(sqliteFile([spec]))
      assert.deepEqual(cells(texts['t']), expected)
      assert.deepEqual(issues, [])
    })

  const hex = 'c0ffee42'
  const bare: readonly (readonly [what: string, spec: TableSpec, expected: readonly string[]])[] = [
    ['a digest in a column of passwords', table('passwd', [hex.repeat(4)]), [hex.repeat(4)]],
    ['a long digest in a column of tokens', table('token', [hex.repeat(8)]), [hex.repeat(8)]],
    [
      'what stands beside a salt',
      table('password, salt', ['aGVyb25QZWJibGU', 'abcdefgh']),
      ['aGVyb25QZWJibGU', 'abcdefgh'],
    ],
    ['a hash by its name', table('token_hash', ['aGVyb25QZWJibGU']), ['aGVyb25QZWJibGU']],
    ['sessions', { ...table('token', ['aGVyb25QZWJibGU']), name: 'user_sessions' }, ['aGVyb25QZWJibGU']],
  ]
  for (const [what, spec, expected] of bare)
    it(`writes without a name: ${what}`, async () => {
      const { texts } = await read(sqliteFile([spec]))
      assert.deepEqual(cells(texts[spec.name]), expected)
    })

  it('believes a token of 40 digits, and a setting that looks like a digest', async () => {
    const { texts } = await read(
      sqliteFile([
        table('token', [hex.repeat(5)]),
        { name: 's', sql: 'CREATE TABLE s(key, value)', rows: [['signing_key', hex.repeat(8)]] },
      ]),
    )
    assert.deepEqual(cells(texts['t']), [`token="${hex.repeat(5)}"`])
    assert.deepEqual(cells(texts['s']), [`signing_key="${hex.repeat(8)}"`])
  })

  it('names a thousand values of a column, and more of settings', async () => {
    const rows = Array.from({ length: 1200 }, (_, index) => [`key${index}`, `value-${index}`])
    const { texts } = await read(
      sqliteFile([
        { ...table('label, pw', ...rows), rowsOfPage: 50 },
        { name: 's', sql: 'CREATE TABLE s(key, value)', rows, rowsOfPage: 50 },
      ]),
    )
    const lines = cells(texts['t'])
    assert.ok(lines.includes('pw="value-999"') && lines.includes('value-1000') && !lines.includes('pw="value-1000"'))
    assert.ok(cells(texts['s']).includes('key1199="value-1199"'))
  })

  it('leaves out identifiers of rows', async () => {
    const { texts } = await read(sqliteFile([table('user_id, a', [hex.repeat(4), 'abc'])]))
    assert.deepEqual(cells(texts['t']), ['a="abc"'])
  })

  for (const pageSize of [512, 4096, 65536])
    it(`puts rows together that go on in other pages, with pages of ${pageSize} bytes`, async () => {
      const round = Array.from({ length: 16 }, (_, index) => pageSize - 52 + index)
      const sizes = [10, ...round, pageSize, 3 * pageSize, 5 * pageSize + 7]
      const rows = sizes.map((size) => [`${'x'.repeat(size)}end${size}`])
      const { texts, issues } = await read(sqliteFile([{ ...table('a', ...rows), rowsOfPage: 1 }], pageSize))
      assert.deepEqual(
        (texts['t'] ?? '').match(/x+end\d+/g)?.map((text) => text.length),
        rows.map(([text]) => text?.length),
      )
      assert.deepEqual(issues, [])
    })

  it('says which row and which column a place of the text is of', async () => {
    const file = sqliteFile([{ ...table('key, value, note', ...rowsWithNotes(300)), rowsOfPage: 40 }])
    for await (const { body, at } of openNested('sqlite', inPieces(file), {
      on: () => {},
      budget: new NestedBudget(),
    })) {
      let text = ''
      for await (const part of body) text += Buffer.from(part).toString('latin1')
      assert.ok(at !== undefined)
      for (const number of [1, 7, 300]) {
        assert.deepEqual(at(text.indexOf(`"value${number}"`)), { row: number, name: `name${number}` })
        assert.deepEqual(at(text.indexOf(`"note${number}"`) + 3), { row: number, name: 'note' })
      }
    }
  })
})

const rowsWithNotes = (count: number) =>
  Array.from({ length: count }, (_, index) => [`name${index + 1}`, `value${index + 1}`, `note${index + 1}`])

describe('the columns of a table', () => {
  const cases: readonly (readonly [sql: string, names: readonly string[]])[] = [
    ['CREATE TABLE t(a, b TEXT NOT NULL, c VARCHAR(10, 2) DEFAULT (1 + 2))', ['a', 'b', 'c']],
    ['CREATE TABLE "t(x"("a ""b""", [c d], `e,f`, \'g\')', ['a "b"', 'c d', 'e,f', 'g']],
    ["CREATE TABLE t(a DEFAULT '),b(', -- no, (column\n b /* ), c */, d)", ['a', 'b', 'd']],
    ['CREATE TABLE t(a, "check", CHECK (a > 1), CONSTRAINT x UNIQUE (a), PRIMARY KEY (a))', ['a', 'check']],
    ['CREATE TABLE t(a, b AS (a + 1), c GENERATED ALWAYS AS (a) VIRTUAL, d AS (a) STORED, e)', ['a', 'd', 'e']],
    ['CREATE TABLE t(a, b, c, d, PRIMARY KEY (d DESC, B)) WITHOUT ROWID', ['d', 'b', 'a', 'c']],
    ['CREATE TABLE t(a, b PRIMARY KEY, c) STRICT, WITHOUT ROWID', ['b', 'a', 'c']],
    ['CREATE TABLE t(a, b PRIMARY KEY) STRICT', ['a', 'b']],
    ['CREATE VIRTUAL TABLE t USING fts5', []],
    ['CREATE TABLE t(a, "b', ['a', 'b']],
  ]
  for (const [sql, names] of cases) it(`${sql}: ${names.join(', ')}`, () => assert.deepEqual(tableColumns(sql), names))
})

describe('SQLite databases that are damaged or made to hurt', () => {
  const sound = () =>
    sqliteFile([{ ...table('a', ...rowsWithNotes(60).map(([, value = '']) => [value])), rowsOfPage: 20 }])
  /** Root of the table: page 2; its leaves: 3, 4, 5. */
  const page = (file: Buffer, number: number) => file.subarray((number - 1) * 4096, number * 4096)

  it('a page that is its own child is read once', async () => {
    const file = sound()
    page(file, 2).writeUInt32BE(2, 8)
    const { texts, issues } = await read(file)
    assert.equal(cells(texts['t']).length, 40)
    assert.deepEqual(issues, ['SQLITE_PARTIAL partial'])
  })

  it('a page of another kind, and one that is not there, are left out', async () => {
    const file = sound()
    page(file, 4)[0] = 99
    page(file, 2).writeUInt32BE(4_000_000_000, 8)
    const { texts, issues } = await read(file)
    assert.equal(cells(texts['t']).length, 20)
    assert.deepEqual(issues, ['SQLITE_PARTIAL partial'])
  })

  it('a chain of pages that goes round ends', async () => {
    const file = sqliteFile([table('a', [`${'x'.repeat(20_000)}end`])])
    page(file, 4).writeUInt32BE(3, 0)
    const { texts, issues } = await read(file)
    assert.ok((texts['t'] ?? '').length < 20_000)
    assert.deepEqual(issues, ['SQLITE_PARTIAL partial'])
  })

  it('cells that share their bytes give no more than their page has', async () => {
    const file = sqliteFile([table('a', ['x'.repeat(3000)])])
    const root = page(file, 2)
    const at = root.readUInt16BE(8)
    root.writeUInt16BE(500, 3)
    for (let index = 0; index < 500; index++) root.writeUInt16BE(at, 8 + 2 * index)
    const { texts } = await read(file)
    assert.ok((texts['t'] ?? '').length < 5000)
  })

  it('a long value comes in pieces, whole and in its place', async () => {
    const long = 'otter44 '.repeat(40_000)
    const file = sqliteFile([table('a, b, c', ['abc', long, 'def'])])
    const parts: Buffer[] = []
    for await (const { body } of openNested('sqlite', inPieces(file, 1000), {
      on: () => {},
      budget: new NestedBudget(),
    }))
      for await (const part of body) parts.push(Buffer.from(part))
    assert.deepEqual(cells(Buffer.concat(parts).toString()), ['a="abc"', 'b:', long, 'c="def"'])
    assert.ok(parts.every(({ length }) => length <= 64 * 1024))
  })

  it('a row gives no more columns than SQLite can have', async () => {
    const { texts } = await read(
      sqliteFile(
        [
          table(
            'a',
            Array.from({ length: 40_000 }, () => 'abc'),
          ),
        ],
        65536,
      ),
    )
    assert.equal(cells(texts['t']).length, 32_767)
  })

  it('a column of a name as long as a book is not written out for each row', async () => {
    const rows = Array.from({ length: 20_000 }, () => ['otter44'])
    const { texts } = await read(sqliteFile([{ ...table('a'.repeat(200_000), ...rows), rowsOfPage: 1000 }], 65536))
    const named = cells(texts['t'])
    assert.deepEqual([named.length, named[0]], [1000, `${'a'.repeat(120)}="otter44"`])
  })

  it('a file that ends early gives what is there', async () => {
    const { texts, issues } = await read(sound().subarray(0, 4 * 4096 + 100))
    assert.equal(cells(texts['t']).length, 40)
    assert.deepEqual(issues, ['SQLITE_PARTIAL partial'])
  })

  it('of a large file what is in front is read, and it is told where rows lie behind', async () => {
    const [whole, cut] = [sound(), sound()]
    page(cut, 2).writeUInt32BE(17_000, 8)
    const behind = Buffer.alloc(70 * 1024 * 1024)
    const complete = await read(Buffer.concat([whole, behind]))
    assert.deepEqual([cells(complete.texts['t']).length, complete.issues], [60, []])
    const partial = await read(Buffer.concat([cut, behind]))
    assert.deepEqual([cells(partial.texts['t']).length, partial.issues], [40, ['LIMIT_DATABASE_SIZE note']])
  })

  it('a header without sense, and nothing behind it, give nothing', async () => {
    for (const file of [Buffer.from('SQLite format 3\0'), Buffer.concat([Buffer.from('SQLite format 3\0')], 9000)])
      assert.deepEqual(await read(file), { texts: {}, issues: [] })
  })

  it('never throws, and gives little more than the file has, whatever bytes change', async () => {
    const file = sqliteFile(
      [
        { ...table('key, value', ...rowsWithNotes(40).map((row) => row.slice(0, 2))), rowsOfPage: 9 },
        {
          name: 'u',
          sql: 'CREATE TABLE u(a, b TEXT, PRIMARY KEY (b)) WITHOUT ROWID',
          rows: [['x'.repeat(2000), 'abc']],
        },
      ],
      512,
    )
    const change = fc.record({ at: fc.nat(file.length - 1), byte: fc.nat(255) })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const bent = Buffer.from(file)
        for (const { at, byte } of changes) if (at > 17) bent[at] = byte
        const { texts } = await read(bent)
        assert.ok(Object.values(texts).join('').length < 20 * file.length)
      }),
      { numRuns: 400 },
    )
  })
})

describe('which databases are opened', () => {
  const head = sqliteFile([]).subarray(0, 512)
  const log = Buffer.concat([Buffer.from('377f068200 2de218'.replace(' ', ''), 'hex')], 512)
  const cases: readonly (readonly [path: string, head: Buffer, kind: string | undefined])[] = [
    ['srv/app.db', head, 'sqlite'],
    ['srv/app.db-wal', log, 'sqlite-log'],
    ['var/lib/rpm/rpmdb.sqlite', head, undefined],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite-wal', log, undefined],
    ['srv/app.db', Buffer.from('SQLite format 2'), undefined],
  ]
  for (const [path, bytes, kind] of cases)
    it(`${path}: ${kind ?? 'none'}`, () => assert.equal(sniffNested(path, bytes), kind))
})
