import assert from 'node:assert/strict'
import { loadRuleSet, type RuleSet } from '../../../src/detect/rule-set.js'
import { ruleThatFinds } from '../../../src/detect/words-with-secrets.js'

describe('detect/words-with-secrets', () => {
  let rules: RuleSet
  before(async () => {
    rules = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
  })

  it('names the rule that finds a value in a sentence', () => {
    const address = `postgres://app:${'rT7_vQ2x'}${'Lm9k'}@db.internal/app`
    assert.equal(ruleThatFinds(rules, `the old database, ${address}`), 'url-with-password')
  })

  it('finds none in what people write of a secret', () => {
    for (const words of ['revoked on 2 March', 'a test key, see TICKET-1234', 'the password is not a real one'])
      assert.equal(ruleThatFinds(rules, words), undefined, words)
  })
})
