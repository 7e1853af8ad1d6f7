import assert from 'node:assert/strict'
import { grouped } from '../../../src/support/grouped.js'

describe('amounts', () => {
  it('have a comma at each thousand', () => {
    for (const amount of [0, 7, 999, 1000, 12_345, 100_000, 1_234_567])
      assert.equal(grouped(amount), amount.toLocaleString('en-US'))
  })
})
