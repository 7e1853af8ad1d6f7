import assert from 'node:assert/strict'
import fc from 'fast-check'
import { advance, linesAt, shiftSpan, TEXT_START } from '../../../src/scan/lines.js'

const at = (text: string | Buffer, offset: number) => {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return linesAt(bytes, [offset], { textStart: true }).get(offset)
}

/** What an editor shows, by way of a JavaScript string. */
function editorPlace(text: string, index: number) {
  const before = text.slice(0, index)
  return { line: before.split('\n').length, column: index - (before.lastIndexOf('\n') + 1) + 1 }
}

describe('lines and columns', () => {
  it('counts UTF-16 units, whatever stands before', () => {
    assert.deepEqual(at('a=1\nkey=x', 8), { line: 2, column: 5 })
    assert.deepEqual(at('ü😀=x', Buffer.byteLength('ü😀=')), { line: 1, column: 5 })
    assert.deepEqual(at('\r\nü', 2), { line: 2, column: 1 })
  })

  it('passes over byte order marks and reads UTF-16', () => {
    assert.deepEqual(at('\ufeffkey=x', 7), { line: 1, column: 5 })
    const wide = Buffer.from('\ufeffa\nkey=x', 'utf16le')
    assert.deepEqual(at(wide, wide.indexOf('x')), { line: 2, column: 5 })
    const big = Buffer.from(wide).swap16()
    assert.deepEqual(at(big, big.indexOf('\0x')), { line: 2, column: 5 })
  })

  it('is what an editor shows, for every text and cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\n', '\r', ' '), maxLength: 200 })
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), (sample, a, b) => {
        const characters = [...sample]
        const [cut, target] = [a % (characters.length + 1), b % (characters.length + 1)].sort((x, y) => x - y) as [
          number,
          number,
        ]
        const cutBytes = Buffer.byteLength(characters.slice(0, cut).join(''))
        const targetText = characters.slice(0, target).join('')
        const bytes = Buffer.from(sample)
        const offset = Buffer.byteLength(targetText) - cutBytes
        const local = linesAt(bytes.subarray(cutBytes), [offset], { textStart: cutBytes === 0 }).get(offset)
        const moved = shiftSpan({ offset, ...local }, advance(TEXT_START, bytes, 0, cutBytes))
        assert.deepEqual({ line: moved.line, column: moved.column }, editorPlace(sample, targetText.length))
      }),
    )
  })
})
