// Texts that every match of a pattern contains.
import assert from 'node:assert/strict'
import { patternLiterals } from '../../../../src/detect/pattern/literals.js'

describe('literals of patterns', () => {
  for (const [pattern, literals] of [
    ['ghp_[0-9a-z]{36}', ['ghp_']],
    ['(?:live|test)_[0-9]{6}', ['live', 'test']],
    ['[a-z]{3}\\dQ~[a-z]{31}', ['0q~', '1q~', '2q~', '3q~', '4q~', '5q~', '6q~', '7q~', '8q~', '9q~']],
    ['(?<secret>\\bab(?:cd))x?y', ['abcd']],
    ['(?:abc)?defg', ['defg']],
    ['x{2}[yz]w', ['xxyw', 'xxzw']],
    ['a{5}', ['aaa']],
    ['(?:abc|d)[0-9]{9}', undefined],
    ['[0-9a-f]{32}', undefined],
    ['(?:abc)*', undefined],
    ['a+b+c+', undefined],
    ['ab', undefined],
  ] as const)
    it(pattern, () => {
      const found = patternLiterals(pattern)
      assert.deepEqual(found && [...found].sort(), literals)
    })
})
