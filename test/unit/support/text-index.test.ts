import assert from 'node:assert/strict'
import { TextIndex } from '../../../src/support/text-index.js'

describe('text index', () => {
  const index = new TextIndex([
    ['made-up-17', 1],
    ['made-up-1', 2],
    ['short', 3],
    ['another', 4],
    ['overlapping', 5],
  ])

  it('finds each text once, in the order in which they were given, inside others too', () => {
    assert.deepEqual(index.within('xanother made-up-17 made-up-17'), [1, 2, 4])
    assert.deepEqual(index.within('anotheroverlapping'), [4, 5])
  })

  it('finds nothing in what is too short or ends within a text, and no short text', () => {
    for (const text of ['', 'made', 'made-up', 'short', 'overlap']) assert.deepEqual(index.within(text), [], text)
  })
})
