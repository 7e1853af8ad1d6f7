// Where a registry's API is.
import assert from 'node:assert/strict'
import type { GuardedFetch } from '../../../src/net/guarded-fetch.js'
import { findBase } from '../../../src/registry/base-url.js'
import { UnreachableError } from '../../../src/support/errors.js'

describe('the base URL of a registry', () => {
  it('is none for what no host can be called, and nothing is asked', async () => {
    const fetcher = { fetch: () => assert.fail('asked') } as unknown as GuardedFetch
    for (const host of ['sail-8.3', 'app.0x', '1.2.3.4.5'])
      await assert.rejects(findBase(host, { fetcher, insecure: false }), (error: unknown) => {
        assert.ok(error instanceof UnreachableError)
        assert.match(error.message, new RegExp(`${host} cannot be the name of a registry`))
        return true
      })
  })
})
