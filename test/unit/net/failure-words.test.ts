import assert from 'node:assert/strict'
import { hintFor } from '../../../src/net/failure-words.js'

const host = 'r.example.com:5000'
const unknown = Object.assign(new Error('unable to verify the first certificate'), {
  code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
})
const clear = Object.assign(new Error('wrong version number'), { code: 'EPROTO' })

describe('net/failure-words: what would mend a failed connection', () => {
  it('names what the user can set, where it is set: flags, or keys of sweep.yaml', () => {
    assert.match(hintFor(unknown, host, { setIn: 'flags' }), /--registry-ca FILE; --insecure-registry r\.example\.com/)
    assert.match(hintFor(clear, host, { setIn: 'flags' }), /--insecure-registry r\.example\.com:5000 allows/)
    for (const error of [unknown, clear]) {
      const advice = hintFor(error, host, { setIn: 'sweep.yaml' })
      assert.match(advice, /"insecure: true" for r\.example\.com:5000 in sweep\.yaml/)
      assert.doesNotMatch(advice, /--/)
    }
  })

  it('does not ask for authorities that were named, but to look at them', () => {
    const advice = hintFor(unknown, host, { setIn: 'sweep.yaml', caFile: '/etc/ca.pem' })
    assert.match(advice, /^Check that \/etc\/ca\.pem holds the authority/)
  })
})
