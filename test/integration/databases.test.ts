// Readers of databases on files that the real programs wrote. Needs sqlite3 and redis-server.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Issue } from '../../src/support/issue.js'
import { NestedBudget, openNested, sniffNested } from '../../src/unpack/nested.js'
import { inPieces } from '../fixtures/streams.js'
import { run, systemProgram } from './programs.js'

let folder: string

/** What the reader says of each table or database, and what it could not read. */
async function textsOf(file: Buffer, path = 'app.db') {
  const issues: Issue[] = []
  const kind = sniffNested(path, file.subarray(0, 512))
  assert.ok(kind !== undefined, 'told by its first bytes')
  const texts = new Map<string, string>()
  const options = { on: (issue: Issue) => issues.push(issue), budget: new NestedBudget(), path }
  for await (const { path: name, body } of openNested(kind, inPieces(file, 10_000), options)) {
    const parts: Buffer[] = []
    for await (const part of body) parts.push(Buffer.from(part))
    texts.set(name, Buffer.concat(parts).toString('utf8'))
  }
  return { texts, issues }
}

/** A database that sqlite3 makes of statements. */
function sqlite(statements: string): Buffer {
  const path = join(folder, 'made.db')
  rmSync(path, { force: true })
  run(systemProgram('sqlite3'), [path], { input: Buffer.from(statements) })
  return readFileSync(path)
}

/** The dump that redis-server writes when it has run the commands. */
async function redis(commands: readonly (readonly string[])[], compression: 'yes' | 'no'): Promise<Buffer> {
  const socket = join(folder, 'redis.sock')
  rmSync(join(folder, 'dump.rdb'), { force: true })
  const parameters = [
    '--port',
    '0',
    '--unixsocket',
    socket,
    '--dir',
    folder,
    '--save',
    '',
    '--rdbcompression',
    compression,
  ]
  const server = spawn(systemProgram('redis-server'), parameters, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(server, 'exit')
  try {
    for await (const line of server.stdout) if (/eady to accept connections/.test(String(line))) break
    for (const command of [...commands, ['SAVE']]) run(systemProgram('redis-cli'), ['-e', '-s', socket, ...command])
  } finally {
    server.kill()
    await ended
  }
  return readFileSync(join(folder, 'dump.rdb'))
}

const word = (seed: number): string => `w${((seed * 7919) % 100_003).toString(36)}x${seed}`

describe('databases of real programs', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'databases-'))
  })
  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const LAYOUTS: readonly (readonly [pageSize: number, encoding: string, more: string])[] = [
    [512, 'UTF-8', ''],
    [1024, 'UTF-16le', ''],
    [4096, 'UTF-8', 'PRAGMA auto_vacuum=full;'],
    [8192, 'UTF-16be', ''],
    [32768, 'UTF-8', 'PRAGMA auto_vacuum=incremental;'],
    [65536, 'UTF-16le', ''],
  ]
  for (const [pageSize, encoding, more] of LAYOUTS) {
    it(`gives every text, with pages of ${pageSize} bytes in ${encoding}`, async () => {
      const settings = Array.from({ length: 900 }, (_, i) => `INSERT INTO settings VALUES('key_${i}','${word(i)}');`)
      const wide = [10, 400, 3000, 70_000, 300_000].map(
        (size, i) => `INSERT INTO notes(title, body) VALUES('${word(i)}', '${'ä'.repeat(size)}${word(size)}');`,
      )
      const { texts, issues } = await textsOf(
        sqlite(`PRAGMA page_size=${pageSize}; PRAGMA encoding='${encoding}'; ${more}
          CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
          CREATE TABLE notes(id INTEGER PRIMARY KEY, title TEXT, half AS (id / 2), body TEXT);
          CREATE INDEX by_title ON notes(title);
          BEGIN; ${settings.join('\n')} ${wide.join('\n')} COMMIT;`),
      )
      assert.deepEqual(issues, [])
      const lines = new Set((texts.get('settings') ?? '').split('\n'))
      for (let i = 0; i < 900; i++) assert.ok(lines.has(`key_${i}="${word(i)}"`), `setting ${i}`)
      const notes = texts.get('notes') ?? ''
      for (const [i, size] of [10, 400, 3000, 70_000, 300_000].entries()) {
        assert.ok(notes.includes(`title="${word(i)}"`), `title ${i}`)
        assert.ok(notes.includes(`body${size > 1000 ? ':\n' : '="'}${'ä'.repeat(size)}${word(size)}`), `body ${i}`)
      }
    })
  }

  it('reads what stands in the write-ahead log alone', async () => {
    const path = join(folder, 'live.db')
    const copy = join(folder, 'copy.db-wal')
    const statements = `PRAGMA journal_mode=wal;
      CREATE TABLE config(name TEXT, value TEXT); INSERT INTO config VALUES('db_password', '${word(5)}');
      UPDATE config SET value='${word(6)}';
.system cp ${path}-wal ${copy}`
    writeFileSync(join(folder, 'live.sql'), statements)
    run(systemProgram('sqlite3'), [path, `.read ${join(folder, 'live.sql')}`])
    const { texts, issues } = await textsOf(readFileSync(copy), 'copy.db-wal')
    assert.deepEqual(issues, [])
    assert.ok(texts.get('config')?.startsWith(`db_password="${word(6)}"\n`))
  })

  it('finds the columns of tables that were altered, quoted and commented', async () => {
    const { texts } = await textsOf(
      sqlite(`CREATE TABLE "odd ""table""" ( -- (a comment, with a bracket
          [first (1)] TEXT DEFAULT 'a,b)', /* , */ \`second\` VARCHAR(10, 2) CHECK (second <> ')'), 'third',
          UNIQUE ([first (1)]), CONSTRAINT x CHECK (second <> ''));
        INSERT INTO "odd ""table""" VALUES('${word(1)}', '${word(2)}', '${word(3)}');
        ALTER TABLE "odd ""table""" ADD COLUMN fourth TEXT;
        INSERT INTO "odd ""table""" VALUES('${word(4)}', '${word(5)}', '${word(6)}', '${word(7)}');
        ALTER TABLE "odd ""table""" DROP COLUMN third;
        CREATE TABLE pairs(note TEXT, b TEXT, a TEXT, PRIMARY KEY (a, b DESC)) WITHOUT ROWID;
        INSERT INTO pairs VALUES('${word(8)}', '${word(9)}', '${word(10)}');`),
    )
    const cells = (texts.get('odd "table"') ?? '').split('\n').filter((line) => line.includes('='))
    const rows = [
      [`first (1)="${word(1)}"`, `second="${word(2)}"`],
      [`first (1)="${word(4)}"`, `second="${word(5)}"`, `fourth="${word(7)}"`],
    ]
    assert.deepEqual(cells, rows.flat())
    assert.deepEqual((texts.get('pairs') ?? '').split('\n').slice(0, 3), [
      `a="${word(10)}"`,
      `b="${word(9)}"`,
      `note="${word(8)}"`,
    ])
  })

  for (const compression of ['yes', 'no'] as const)
    it(`reads every string of a dump of Redis, compression: ${compression}`, async () => {
      const fields = Array.from({ length: 700 }, (_, i) => [`field${i}`, `${word(i)}${'x'.repeat(30)}`])
      const notes = `${'a line of notes\n'.repeat(300)}DB_PASSWORD=${word(1)}`
      const dump = await redis(
        [
          ['SET', 'config:smtp_password', word(2)],
          ['SET', 'notes', notes],
          ['SET', 'number', '12345678'],
          ['SET', 'soon', word(3), 'EX', '10000'],
          ['HSET', 'settings', 'api_token', word(4), 'count', '12', 'motto', 'y'.repeat(60)],
          ['HSET', 'wide', ...fields.flat()],
          ['RPUSH', 'list', word(5), '7', 'z'.repeat(9000), word(6)],
          ['SADD', 'set', word(7), 'a'],
          ['SADD', 'numbers', '1', '2'],
          ['ZADD', 'ranks', '1.5', word(8)],
          ['XADD', 'stream', '*', 'user', word(9), 'count', '-1234567'],
          ['XGROUP', 'CREATE', 'stream', 'group', '0'],
          ['XREADGROUP', 'GROUP', 'group', 'reader', 'STREAMS', 'stream', '>'],
          ['-n', '3', 'SET', 'other', word(10)],
        ],
        compression,
      )
      const { texts, issues } = await textsOf(dump, 'dump.rdb')
      assert.deepEqual(issues, [])
      const lines = new Set((texts.get('db0') ?? '').split('\n'))
      for (const line of [
        `config:smtp_password="${word(2)}"`,
        `DB_PASSWORD=${word(1)}`,
        `soon="${word(3)}"`,
        `settings.api_token="${word(4)}"`,
        ...fields.map(([field, value]) => `wide.${field}="${value}"`),
        `list="${word(5)}"`,
        `list="${word(6)}"`,
        `set="${word(7)}"`,
        `ranks="${word(8)}"`,
        `stream="${word(9)}"`,
      ])
        assert.ok(lines.has(line), line)
      assert.ok(texts.get('db3')?.startsWith(`other="${word(10)}"\n`))
    })
})
