import assert from 'node:assert/strict'
import { type ColorChoice, useColor } from '../../../src/report/color.js'

describe('the choice of colour', () => {
  const table: [string, ColorChoice, boolean][] = [
    ['a terminal', { env: {}, isTerminal: true }, true],
    ['a pipe', { env: {}, isTerminal: false }, false],
    ['NO_COLOR on a terminal', { env: { NO_COLOR: '1' }, isTerminal: true }, false],
    ['an empty NO_COLOR on a terminal', { env: { NO_COLOR: '' }, isTerminal: true }, true],
    ['TERM=dumb', { env: { TERM: 'dumb' }, isTerminal: true }, false],
    ['FORCE_COLOR in a pipe', { env: { FORCE_COLOR: '1' }, isTerminal: false }, true],
    ['FORCE_COLOR=0 on a terminal', { env: { FORCE_COLOR: '0' }, isTerminal: true }, false],
    ['--no-color with FORCE_COLOR', { flag: false, env: { FORCE_COLOR: '1' }, isTerminal: true }, false],
    ['--color in a pipe', { flag: true, env: { NO_COLOR: '1' }, isTerminal: false }, true],
  ]
  for (const [name, choice, expected] of table) {
    it(`${name}: ${expected ? 'on' : 'off'}`, () => assert.equal(useColor(choice), expected))
  }
})
