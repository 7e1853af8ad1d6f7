import assert from 'node:assert/strict'
import fc from 'fast-check'
import { countNewlines, countUnits, scalarNewlines, scalarUnits } from '../../../src/scan/count.js'

describe('counting newlines and characters', () => {
  it('counts many bytes as it counts few', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', '€', '😀', '\n', ' '),
      minLength: 4000,
      maxLength: 12_000,
    })
    fc.assert(
      fc.property(text, fc.nat(40), fc.nat(40), (sample, from, behind) => {
        const bytes = Buffer.from(sample)
        const end = bytes.length - behind
        assert.equal(countNewlines(bytes, from, end), scalarNewlines(bytes, from, end))
        assert.equal(countUnits(bytes, from, end), scalarUnits(bytes, from, end))
      }),
      { numRuns: 30 },
    )
  })

  it('counts what a byte cannot: lines and characters by the hundred thousand', () => {
    assert.equal(countNewlines(Buffer.alloc(300_000, '\n'), 0, 300_000), 300_000)
    assert.equal(countUnits(Buffer.from('😀'.repeat(100_000)), 0, 400_000), 200_000)
  })

  it('counts bytes that are no UTF-8', () => {
    const bytes = Uint8Array.from({ length: 8192 }, (_, index) => (index * 31) & 0xff)
    assert.equal(countUnits(bytes, 0, bytes.length), scalarUnits(bytes, 0, bytes.length))
  })
})
