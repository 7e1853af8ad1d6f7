// The marks in rules' examples.
import assert from 'node:assert/strict'
import { readMarks } from '../../../src/detect/marks.js'

describe('marks of examples', () => {
  for (const [marked, text, secrets] of [
    ['no marks', 'no marks', []],
    ['KEY=«abc»', 'KEY=abc', [[4, 7]]],
    ['KEY=«ab{+}c»;', 'KEY=abc;', [[4, 7]]],
    ['ü=«é»', 'ü=é', [[2, 3]]],
    [
      '«a» and «b»',
      'a and b',
      [
        [0, 1],
        [6, 7],
      ],
    ],
    ['gh{+}p_', 'ghp_', []],
  ] as const)
    it(`reads ${marked}`, () => {
      const read = readMarks(marked)
      assert.equal(read.text, text)
      assert.deepEqual(
        read.secrets.map(({ start, end }) => [start, end]),
        secrets,
      )
    })

  for (const [marked, problem] of [
    ['«a', /« stands without »/],
    ['a»', /» stands without «/],
    ['««a»', /« stands twice/],
  ] as const)
    it(`refuses ${marked}`, () => assert.throws(() => readMarks(marked), problem))
})
