// Which patterns are refused because they could take too long, and which are not.
import assert from 'node:assert/strict'
import { patternDanger } from '../../../../src/detect/pattern/safety.js'

describe('patterns that could take too long', () => {
  for (const pattern of [
    '(a+)+',
    '(a*)*b',
    '(?:a|b*)+c',
    '(?<secret>[a-z]+)*',
    '([a-z]{1,100})+',
    '(x(y+)z)*',
    '(?:[a-z]+-){1,200}',
    '(?:(?:ab){2,}c){3,}',
    '([)]+)+',
    '(\\)+)+',
  ])
    it(`refuses ${pattern}`, () => assert.match(patternDanger(pattern) ?? '', /repeat/))

  for (const pattern of ['(a)\\1', '(?<x>a)\\k<x>'])
    it(`refuses ${pattern}`, () => assert.match(patternDanger(pattern) ?? '', /back-reference/))

  for (const pattern of [
    'ghp_[0-9A-Za-z]{36}',
    '(?:[a-z]{2,20}-)?[a-z]+',
    '(?:a{3}){4}',
    '[(+)*]+',
    '\\(a+\\)+',
    '(?:[a-z]+-){3}',
    '(?:ab?)+',
    '(?=[a-z]*[0-9])[a-z0-9]{20,}',
  ])
    it(`lets ${pattern} pass`, () => assert.equal(patternDanger(pattern), undefined))
})
