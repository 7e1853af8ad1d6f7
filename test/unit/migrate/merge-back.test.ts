// A file's edits taken back around somebody else's: by exact lines, or not at all.
import assert from 'node:assert/strict'
import { mergeBack } from '../../../src/migrate/merge-back.js'
import { applyByteEdits } from '../../../src/migrate/project-files.js'
import type { Edit } from '../../../src/migrate/types.js'

/** Replaces the first `before` by `after`. */
function edit(text: string, before: string, after: string): Edit {
  const start = Buffer.from(text).indexOf(before)
  return { start, end: start + Buffer.byteLength(before), insert: after }
}

function back(
  original: string,
  edits: readonly Edit[],
  change: (written: string) => string,
): string | readonly string[] {
  const written = Buffer.from(applyByteEdits(Buffer.from(original), edits)).toString()
  const result = mergeBack(Buffer.from(original), edits, Buffer.from(change(written)))
  return 'bytes' in result
    ? Buffer.from(result.bytes).toString()
    : result.overlaps.map(({ first, last }) => `${first}-${last}`)
}

const COMPOSE =
  'services:\n  db:\n    image: x\n    environment:\n      PW: one # why\n      TZ: UTC\n  web:\n    image: y\n'
const EDITS = [
  edit(COMPOSE, 'PW', 'PW_FILE'),
  edit(COMPOSE, 'one', '/run/secrets/pw'),
  edit(COMPOSE, '  web:', '    secrets:\n      - pw\n  web:'),
  {
    start: Buffer.byteLength(COMPOSE),
    end: Buffer.byteLength(COMPOSE),
    insert: 'secrets:\n  pw:\n    file: ./secrets/pw\n',
  },
].map((each) =>
  each.insert.endsWith('  web:') ? { start: each.start, end: each.start, insert: '    secrets:\n      - pw\n' } : each,
)

describe('migrate: merging back', () => {
  it('without other edits it is the original, to the byte', () => {
    assert.equal(
      back(COMPOSE, EDITS, (text) => text),
      COMPOSE,
    )
  })

  it('edits of other lines stay: before, between, behind, next to what was written', () => {
    const changes: readonly (readonly [string, string])[] = [
      ['image: x', 'image: x:2'],
      ['      TZ: UTC\n', '      TZ: CET\n'],
      ['      TZ: UTC\n', ''],
      ['      TZ: UTC\n', '      TZ: UTC\n      NEW: 1\n'],
      ['  web:\n', '  mail:\n    image: z\n  web:\n'],
      ['    image: y\n', '    image: y\n    ports: ["1"]\n'],
      ['services:', '# on top\nservices:'],
    ]
    for (const [before, after] of changes)
      assert.equal(
        back(COMPOSE, EDITS, (text) => text.replace(before, after)),
        COMPOSE.replace(before, after),
        after,
      )
  })

  it('edits of the same lines are told by their place in the file as it is now', () => {
    assert.deepEqual(
      back(COMPOSE, EDITS, (text) => text.replace('# why', '# because')),
      ['5-5'],
    )
    assert.deepEqual(
      back(COMPOSE, EDITS, (text) => text.replace('      - pw\n', '      - pw\n').replace('./secrets/pw', './else')),
      ['13-13'],
    )
  })

  const DOTENV = 'A=1\nPW=two words\nB=3\n'
  const gone = [edit(DOTENV, 'PW=two words\n', '')]

  it('a line that went comes back where it was, before what was written there', () => {
    assert.equal(
      back(DOTENV, gone, (text) => text.replace('B=3', 'B=4')),
      'A=1\nPW=two words\nB=4\n',
    )
    assert.equal(
      back(DOTENV, gone, (text) => text.replace('B=3', 'C=1\nB=3')),
      'A=1\nPW=two words\nC=1\nB=3\n',
    )
    assert.equal(
      back(DOTENV, gone, (text) => `${text}C=1\n`),
      'A=1\nPW=two words\nB=3\nC=1\n',
    )
  })

  it('but not where the line before it went or changed: it could come under another parent', () => {
    assert.deepEqual(
      back(DOTENV, gone, (text) => text.replace('A=1\n', '')),
      ['1-1'],
    )
    assert.deepEqual(
      back(DOTENV, gone, (text) => text.replace('A=1', 'A=2')),
      ['1-1'],
    )
  })

  it('a file without a last line end, with CRLF, and bytes that are no text', () => {
    const crlf = 'PW=x\r\nOTHER=1'
    assert.equal(
      back(crlf, [edit(crlf, 'PW=x\r\n', '')], (text) => `${text}\r\nC=1`),
      'PW=x\r\nOTHER=1\r\nC=1',
    )
    const last = 'OTHER=1\nPW=x'
    assert.equal(
      back(last, [edit(last, '\nPW=x', '')], (text) => `${text}\nC=1`),
      'OTHER=1\nPW=x\nC=1',
    )
    const bytes = Buffer.from([0xff, 0x0a, 0x61, 0x0a, 0xfe, 0x0a])
    const result = mergeBack(
      bytes,
      [{ start: 2, end: 4, insert: '' }],
      Buffer.from([0xff, 0x0a, 0xfe, 0x0a, 0xfd, 0x0a]),
    )
    assert.deepEqual('bytes' in result && [...result.bytes], [0xff, 0x0a, 0x61, 0x0a, 0xfe, 0x0a, 0xfd, 0x0a])
  })

  it('a file that the migration made keeps what was added to it', () => {
    const made = [{ start: 0, end: 0, insert: '/secrets/\n.key\n' }]
    assert.equal(
      back('', made, (text) => `${text}mine\n`),
      'mine\n',
    )
    assert.equal(
      back('', made, (text) => `mine\n${text}`),
      'mine\n',
    )
    assert.deepEqual(
      back('', made, (text) => text.replace('.key', 'mine')),
      ['2-2'],
    )
  })
})
