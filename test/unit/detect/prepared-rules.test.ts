import assert from 'node:assert/strict'
import { prepareRules } from '../../../src/detect/prepared-rules.js'
import { builtInRules } from './built-in.js'

describe('what the build has worked out of the built-in rules', () => {
  it('is what is worked out of the same rules when they are loaded', function () {
    this.timeout(30_000)
    const rules = builtInRules()
    assert.deepEqual(prepareRules(rules), prepareRules({ ...rules, digest: 'of other rules' }))
  })
})
