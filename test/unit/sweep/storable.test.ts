// Texts and JSON that PostgreSQL refuses, as they are bound: asked of the embedded database itself.
import assert from 'node:assert/strict'
import type { Database, Parameter } from '../../../src/sweep/store/database.js'
import { storable, storableDate } from '../../../src/sweep/store/storable.js'
import { memoryStore } from '../../fixtures/memory-store.js'

describe('what strangers say, in a store', function () {
  this.timeout(60_000)
  let database: Database
  before(async () => {
    database = await memoryStore()
  })
  after(() => database.close())

  const asked = async (sql: string, value: Parameter): Promise<unknown> => {
    const [row] = await database.query<{ value: unknown }>(`SELECT ${sql} AS value`, [value])
    return row?.value
  }

  it('has U+FFFD for NUL and for half a surrogate pair, and whole pairs as they are', async () => {
    assert.equal(await asked('$1::text', 'a\0b \ud800 c\udc00 \u{1f600}'), 'a\ufffdb \ufffd c\ufffd \u{1f600}')
    assert.deepEqual(await asked('$1::text[]', ['x\0', '\udfff', '\u{1f600}']), ['x\ufffd', '\ufffd', '\u{1f600}'])
  })

  it('has the same in JSON, names of fields too, and nothing else of it changed', async () => {
    const said = { 'k\0': ['\ud800', 'a\0\0b'], path: 'C:\\u0000\\ud800', quoted: '"\\"\0', pair: '\u{1f600}', n: 1.5 }
    assert.deepEqual(await asked('$1::jsonb', JSON.stringify(said)), {
      'k\ufffd': ['\ufffd', 'a\ufffd\ufffdb'],
      path: 'C:\\u0000\\ud800',
      quoted: '"\\"\ufffd',
      pair: '\u{1f600}',
      n: 1.5,
    })
    assert.deepEqual(await asked('$1::jsonb', '{"pair":"\\ud83d\\ude00","half":"\\uDE00\\ud83d"}'), {
      pair: '\u{1f600}',
      half: '\ufffd\ufffd',
    })
  })

  it('leaves bytes, and plain texts that show an escape, as they are', () => {
    assert.deepEqual(storable(Uint8Array.of(0, 255)), Uint8Array.of(0, 255))
    assert.equal(storable('RUN printf \\u0000'), 'RUN printf \\u0000')
    assert.equal(storable('{}\n'), '{}\n')
  })

  it('has no dates that are none of its own', () => {
    assert.equal(storableDate('2026-01-02T03:04:05+02:00'), '2026-01-02T01:04:05.000Z')
    for (const text of [undefined, '', 'soon', '-271821-04-20T00:00:00.000Z', '+275760-09-13T00:00:00.000Z'])
      assert.equal(storableDate(text), null)
  })
})
