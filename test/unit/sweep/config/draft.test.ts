import assert from 'node:assert/strict'
import { listedGlobs } from '../../../../src/sweep/config/draft.js'

describe('a list that a person types for sweep init', () => {
  const cases: readonly (readonly [answer: string, globs: readonly string[]])[] = [
    ['team/*', ['team/*']],
    ['team/*, !team/old-*', ['team/*', '!team/old-*']],
    ['team/* !team/old-*', ['team/*', '!team/old-*']],
    ['team/*,api , web,', ['team/*', 'api', 'web']],
    ['team/{api,web}, shop/*', ['team/{api,web}', 'shop/*']],
    [' , ', []],
  ]
  for (const [answer, globs] of cases)
    it(`takes ${JSON.stringify(answer)} for ${globs.length} globs`, () => assert.deepEqual(listedGlobs(answer), globs))
})
