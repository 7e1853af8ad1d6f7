// The question before originals are removed: a person reads in it what goes, and what may be needed still.
import assert from 'node:assert/strict'
import { questionFor } from '../../../src/commands/shared/clean-words.js'

describe('the question of migrate clean', () => {
  const run = (id: string, values: string[] = [], untold: string[] = []) => ({ id, values, untold })
  const left = { name: 'api_key', from: 'compose-file', at: 'secrets/api_key', migration: 'a' } as const

  it('says how many runs and which, and whose values of before are among them', () => {
    assert.equal(
      questionFor([run('a'), run('b', ['pw'])], []),
      'Remove the kept originals of 2 runs (a, b), among them the values before of pw (b)? A rollback is not possible afterwards.',
    )
  })

  it('warns of a database that may need the value of before', () => {
    assert.match(questionFor([run('b', ['pw'], ['db'])], []), /1 run \(b\).*First be sure: .*database of db was told/)
  })

  it('names what is left in other places, also by itself', () => {
    assert.match(questionFor([], [left]), /^Remove secrets\/api_key, which nothing should read any more\? /)
    assert.match(questionFor([run('a')], [left]), /\(a\), and secrets\/api_key, which/)
  })
})
