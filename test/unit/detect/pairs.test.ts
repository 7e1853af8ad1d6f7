// The commonest pair of all, as it stands in .env files: one match with both places.
import assert from 'node:assert/strict'
import { createTextDetector } from '../../../src/detect/detector.js'
import { loadRuleSet } from '../../../src/detect/rule-set.js'

describe('an AWS key ID and its secret', () => {
  const id = `AKIA${'UH6MN6FXEKX7H2H7'}`
  const secret = `13ghOU7D3DWOS3+O35VK${'IFtLj6t3q6mjkG4I+OWw'}`
  const forms = [
    `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n`,
    `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
    `{"accessKeyId": "${id}", "secretAccessKey": "${secret}"}`,
  ]
  for (const text of forms) {
    it(`are one finding in ${JSON.stringify(text.slice(0, 18))}…`, async () => {
      const rules = await loadRuleSet({ packs: [], defaults: true, only: ['aws-access-key'], skip: [] })
      const detector = createTextDetector(rules, { maxDecodeDepth: 0 })
      const { matches } = detector.scan({ bytes: Buffer.from(text), offset: 0, last: true, path: 'app/.env' })
      assert.equal(matches.length, 1)
      assert.equal(matches[0]?.confidence, 'high')
      assert.deepEqual(
        matches[0]?.parts.map((part) => Buffer.from(part.value).toString()),
        [secret],
      )
    })
  }
})
