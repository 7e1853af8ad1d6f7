import assert from 'node:assert/strict'
import { createMasker, isDistinctive, maskValues, redact } from '../../../src/scan/redact.js'
import { maskWords } from '../../../src/scan/value-memory.js'

const random = 'a8Kd9fQ2mZx7Lw3Rt5' + 'Vb1Nc6Yp0Hs4Jg8Te2'
const shown = (value: string) => redact(Buffer.from(value), { showSecrets: false }).shown

describe('redact', () => {
  it('shows nothing of a guessable value, not even its length', () => {
    for (const value of ['Summer24', 'hunter2', 'correct-horse-battery-staple']) {
      assert.deepEqual(redact(Buffer.from(value), { showSecrets: false }), { shown: '****', guessable: true })
    }
  })

  it('keeps a vendor’s prefix and the last four characters of an unguessable one', () => {
    assert.equal(shown(`ghp_${random}`), 'ghp_****8Te2')
    assert.equal(shown(`sk_live_${random}`), 'sk_live_****8Te2')
    assert.equal(shown('AKIA' + 'XH3KQ7ZP2M5LWVNB'), 'AKIA****WVNB')
    assert.equal(redact(Buffer.from(`ghp_${random}`), { showSecrets: false }).length, 40)
  })

  it('hides at least twelve characters', () => {
    assert.equal(shown('kY8#mP2$vL9@qR4'), '****')
  })

  it('names the kind of an armoured key and nothing of its body', () => {
    assert.equal(
      shown(`-----BEGIN RSA PRIVATE KEY-----\n${random}${random}\n-----END`),
      '-----BEGIN RSA PRIVATE KEY-----****',
    )
  })

  it('adds the plain value under --show-secrets only', () => {
    assert.equal(redact(Buffer.from('hunter2'), { showSecrets: true }).value, 'hunter2')
    assert.ok(!('value' in redact(Buffer.from('hunter2'), { showSecrets: false })))
  })
})

describe('masking of names and instructions', () => {
  it('takes the longest value first', () => {
    assert.equal(maskValues('a=secretsauce b=secret', ['secret', 'secretsauce']), 'a=**** b=****')
  })

  it('cuts the same out of many texts when the values are sorted out once', () => {
    const values = ['hunter2', 'hunter2more', 'ter2mo', 'north-wind-7', 'w1nd']
    const mask = createMasker(values)
    for (const text of [
      '',
      'x',
      'DB_hunter2',
      'hunter2more.north-wind-7',
      'a.hunter2.b.hunter2',
      'hunte',
      'DB_hunter2mo',
      'Hunter2',
      'x-w1nd-hunter2',
    ])
      assert.equal(mask(text), maskValues(text, values))
    assert.equal(mask('key_hunter2more_x'), 'key_****_x')
    assert.equal(mask('key_w1nd_x'), 'key_****_x')
  })

  it('cuts plain words out as words only', () => {
    assert.equal(maskWords('postgres /usr/lib/postgresql', new Set(['postgres'])), '**** /usr/lib/postgresql')
    assert.equal(isDistinctive('postgres'), false)
    assert.equal(isDistinctive('Summer24'), true)
  })
})
