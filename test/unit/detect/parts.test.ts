// Two-part credentials: which part is taken, and what is done without one.
import assert from 'node:assert/strict'
import { createTextDetector } from '../../../src/detect/detector.js'
import type { Match } from '../../../src/detect/types.js'
import { ownRule, ruleSetOf } from './own-rules.js'

const PAIR = ownRule({
  id: 'acme-pair',
  keywords: ['acid_'],
  pattern: '(?<secret>acid_[0-9]{8})',
  requires: [{ role: 'secret key', pattern: 'key=(?<secret>[a-f]{12})', within: 60 }],
})
const OPTIONAL = ownRule({
  ...PAIR,
  id: 'acme-optional',
  pattern: PAIR.pattern ?? '',
  requires: (PAIR.requires ?? []).map((part) => ({ ...part, optional: true })),
})

function scan(text: string, rule = PAIR): readonly Match[] {
  const detector = createTextDetector(ruleSetOf(rule), { maxDecodeDepth: 0 })
  return detector.scan({ bytes: Buffer.from(text), offset: 0, last: true }).matches
}

const partsOf = (text: string): readonly string[] | undefined =>
  scan(text)[0]?.parts.map(({ start, end }) => text.slice(start, end))

describe('credentials of two parts', () => {
  for (const [name, text, parts] of [
    ['the part behind', 'acid_12345678 key=abcabcabcabc', ['abcabcabcabc']],
    ['the part before', 'key=abcabcabcabc\nacid_12345678', ['abcabcabcabc']],
    ['the nearer of two', `acid_12345678 key=aaaaaabbbbbb ${' '.repeat(9)} key=ccccccdddddd`, ['aaaaaabbbbbb']],
    ['the one behind before the one before', 'key=aaaaaabbbbbb acid_12345678 key=ccccccdddddd', ['ccccccdddddd']],
    [
      'the one before where the one behind is in the next object',
      '{key=aaaaaabbbbbb acid_12345678}{key=ccccccdddddd',
      ['aaaaaabbbbbb'],
    ],
    [
      'the one before where the one behind is in the next block',
      'key=aaaaaabbbbbb\nacid_12345678\n\nkey=ccccccdddddd',
      ['aaaaaabbbbbb'],
    ],
    ['no part out of reach', `acid_12345678${' '.repeat(80)}key=abcabcabcabc`, undefined],
    ['no part at all', 'acid_12345678 key=', undefined],
  ] as const)
    it(`takes ${name}`, () => assert.deepEqual(partsOf(text), parts))

  it('says its role, value and place', () => {
    const [match] = scan('x acid_12345678 key=abcabcabcabc')
    assert.deepEqual(
      match?.parts.map(({ role, start, end, value }) => ({ role, start, end, value: Buffer.from(value).toString() })),
      [{ role: 'secret key', start: 20, end: 32, value: 'abcabcabcabc' }],
    )
  })

  it('is surer with an optional part than without', () => {
    assert.deepEqual(
      ['acid_12345678 key=abcabcabcabc', 'acid_12345678'].map((text) => scan(text, OPTIONAL)[0]?.confidence),
      ['high', 'medium'],
    )
  })

  it('pairs each of several keys with its own secret', () => {
    const text = ['11111111 key=aaaaaabbbbbb', '22222222 key=ccccccdddddd'].map((rest) => `acid_${rest}\n`).join('')
    assert.deepEqual(
      scan(text).map(({ parts }) => parts.map(({ start, end }) => text.slice(start, end))),
      [['aaaaaabbbbbb'], ['ccccccdddddd']],
    )
  })
})
