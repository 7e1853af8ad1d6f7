import assert from 'node:assert/strict'
import fc from 'fast-check'
import { PieceTable } from '../../../src/migrate/piece-table.js'
import { applyByteEdits } from '../../../src/migrate/project-files.js'

describe('migrate/piece-table', () => {
  const step = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(6),
    insert: fc.string({ maxLength: 5 }),
  })

  it('law: its edits turn the original into what one edit after another gives', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.array(step, { maxLength: 12 }), (text, steps) => {
        const original = Buffer.from(text)
        const table = new PieceTable(original)
        let expected = original as Buffer
        for (const { at, length, insert } of steps) {
          const start = Math.floor(at * expected.length)
          const end = Math.min(expected.length, start + length)
          table.edit([{ start, end, insert }])
          expected = Buffer.concat([expected.subarray(0, start), Buffer.from(insert), expected.subarray(end)])
        }
        assert.deepEqual(Buffer.from(table.bytes()), expected)
        assert.deepEqual(Buffer.from(applyByteEdits(original, table.edits())), expected)
      }),
    )
  })

  it('several edits of one call are positions before any of them', () => {
    const table = new PieceTable(Buffer.from('abcdef'))
    table.edit([
      { start: 1, end: 2, insert: 'XX' },
      { start: 4, end: 4, insert: 'Y' },
    ])
    assert.equal(Buffer.from(table.bytes()).toString(), 'aXXcdYef')
  })

  it('what is left untouched stands in no edit', () => {
    const table = new PieceTable(Buffer.from('keep secret keep'))
    table.edit([{ start: 5, end: 11, insert: '' }])
    assert.deepEqual(table.edits(), [{ start: 5, end: 11, insert: '' }])
  })
})
