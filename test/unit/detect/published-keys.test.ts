import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { publishedKeyId, publisherOf } from '../../../src/detect/published-keys.js'

/** A key that the npm package ssh2 ships in its tests. */
const SHIPPED = 'node_modules/ssh2/test/fixtures/https_key.pem'

const ownKey = () =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey

describe('published keys', () => {
  it('knows a key that a public package ships, however its lines are broken', () => {
    const key = readFileSync(SHIPPED, 'latin1').trim()
    for (const form of [key, key.replaceAll('\n', '\\n'), key.replaceAll('\n', '\r\n'), key.replaceAll('\n', '\n    ')])
      assert.equal(publisherOf(form), 'ssh2 (npm)')
  })

  for (const name of ['id_rsa_enc', 'id_rsa.ppk', 'keyParser/ppk_rsa_enc'])
    it(`knows ${name}, which has headers`, () => {
      const key = readFileSync(`node_modules/ssh2/test/fixtures/${name}`, 'latin1').trim()
      for (const form of [key, key.replaceAll('\n', '\\n')]) assert.equal(publisherOf(form), 'ssh2 (npm)')
    })

  it('does not know a key that somebody just made', () => assert.equal(publisherOf(ownKey()), undefined))

  it('knows nothing of a key that differs from a published one in one character', () => {
    const key = readFileSync(SHIPPED, 'latin1')
    const at = Math.floor(key.length / 2)
    const other = `${key.slice(0, at)}${key[at] === 'A' ? 'B' : 'A'}${key.slice(at + 1)}`
    assert.equal(publisherOf(other), undefined)
    assert.notEqual(publishedKeyId(key), publishedKeyId(other))
  })

  it('has no identity for what is no whole key', () =>
    assert.equal(publishedKeyId('-----BEGIN PRIVATE KEY-----\nMIIE...\n-----END PRIVATE KEY-----'), undefined))
})
