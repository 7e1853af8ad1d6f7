import assert from 'node:assert/strict'
import { TextIndex } from '../../../src/support/text-index.js'

describe('text index', () => {
  const index = new TextIndex([
    ['made-up-17', 1],
    ['made-up-1', 2],
    ['few', 3],
    ['another', 4],
    ['overlapping', 5],
  ])

  it('finds each text once, in the order in which they were given, inside others too', () => {
    assert.deepEqual(index.within('xanother made-up-17 made-up-17'), [1, 2, 4])
    assert.deepEqual(index.within('anotheroverlapping'), [4, 5])
  })

  it('says where each of them stands, over others but not over itself', () => {
    const pairs = new TextIndex([
      ['abab', 1],
      ['babab', 2],
    ])
    const places = (whole: string) => [...pairs.places(whole)].map(({ start, end }) => whole.slice(start, end) + start)
    assert.deepEqual(places('xababab'), ['abab1', 'babab2'])
    assert.deepEqual(places('abababab'), ['abab0', 'babab1', 'abab4'])
  })

  it('finds nothing in what is too short or ends within a text, and no short text', () => {
    for (const text of ['', 'made', 'made-up', 'few', 'overlap']) assert.deepEqual(index.within(text), [], text)
  })
})
