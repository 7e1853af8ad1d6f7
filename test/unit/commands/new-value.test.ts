// A new value that is typed: twice the same, or asked for again.
import assert from 'node:assert/strict'
import { typedTwice } from '../../../src/commands/shared/new-value.js'
import { UsageError } from '../../../src/support/errors.js'

describe('a new value that a person types', () => {
  const asked: string[] = []
  const typing = (...typed: string[]) => {
    asked.length = 0
    return async (message: string) => {
      asked.push(message)
      return typed.shift() ?? assert.fail('asked too often')
    }
  }

  it('is asked for again where the two differ, and taken once they are the same', async () => {
    const value = await typedTwice('api_token', typing('made-up-1', 'made-up-2', 'made-up-3', 'made-up-3'))
    assert.equal(Buffer.from(value.reveal()).toString(), 'made-up-3')
    assert.match(asked[2] ?? '', /not the same.*New value of api_token/)
    assert.doesNotMatch(asked[0] ?? '', /not the same/)
  })

  it('ends after three attempts, with nothing changed', async () => {
    await assert.rejects(typedTwice('api_token', typing('a', 'b', 'c', 'd', 'e', 'f')), (error: UsageError) => {
      assert.ok(error instanceof UsageError)
      return /3 times\. Nothing was changed/.test(error.message)
    })
    assert.equal(asked.length, 6)
  })
})
