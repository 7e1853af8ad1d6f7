import assert from 'node:assert/strict'
import { unreachedText } from '../../../../src/sweep/notify/senders/failure-words.js'

describe('sweep/notify/senders/failure-words', () => {
  for (const [code, sentence] of [
    ['UND_ERR_HEADERS_TIMEOUT', 'h did not answer within 20 seconds (UND_ERR_HEADERS_TIMEOUT).'],
    ['ETIMEDOUT', 'h did not answer within 20 seconds (ETIMEDOUT).'],
    ['UND_ERR_SOCKET', 'h ended the connection before it had answered (UND_ERR_SOCKET).'],
    ['ENOTFOUND', 'h is a name that is not found (ENOTFOUND).'],
    ['CERT_HAS_EXPIRED', 'h has a certificate that no known authority vouches for (CERT_HAS_EXPIRED); see ca.'],
    ['ECONNREFUSED', 'h cannot be reached (ECONNREFUSED).'],
  ] as const)
    it(`says what ${code} means`, () => assert.equal(unreachedText('h', code, 20), sentence))
})
