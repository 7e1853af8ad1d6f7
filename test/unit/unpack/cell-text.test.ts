import assert from 'node:assert/strict'
import { CellText, isText } from '../../../src/unpack/cell-text.js'

describe('the text of cells', () => {
  it('knows of each place that a chunk can hold whose value stands there, however long the text is', () => {
    const text = new CellText()
    const starts: number[] = []
    let length = 0
    for (let row = 1; row <= 400_000; row++) {
      starts.push(length)
      length += text.add({ name: `n${row}`, value: Buffer.from('value'), row }).length
    }
    const reach = 1024 * 1024
    for (const [index, start] of starts.entries())
      if (start > length - reach && index % 997 === 0)
        assert.deepEqual(text.at(start + 4), { name: `n${index + 1}`, row: index + 1 })
    assert.deepEqual(text.at(length - 1), { name: 'n400000', row: 400_000 })
  })

  it('says nothing of a place before the first cell', () => assert.equal(new CellText().at(0), undefined))

  it('cuts a long name, and keeps its value', () => {
    const line = new CellText().add({ name: 'n'.repeat(5000), value: Buffer.from('value') }).toString()
    assert.ok(line.length < 200 && line.endsWith('n="value"\n'))
  })

  const texts: readonly (readonly [bytes: string, isText: boolean])[] = [
    ['plain\n\ttext\r\n', true],
    ['Schlüssel 鍵', true],
    [`${'x'.repeat(1023)}ü${'x'.repeat(100)}`, true],
    ['a\0b', false],
    ['\x1b[31m', false],
    ['del\x7f', false],
  ]
  for (const [bytes, expected] of texts)
    it(`${JSON.stringify(bytes.slice(0, 20))} ${expected ? 'is' : 'is no'} text`, () =>
      assert.equal(isText(Buffer.from(bytes)), expected))

  it('bytes that are no UTF-8 are no text', () => assert.equal(isText(Buffer.from([0x61, 0xc3, 0x28, 0x61])), false))
})
