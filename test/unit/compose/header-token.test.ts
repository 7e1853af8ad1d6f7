import assert from 'node:assert/strict'
import { headerToken } from '../../../src/compose/header-token.js'

const TOKEN = ['g7Rk', 'basalt', '92xQ'].join('')

describe('headerToken', () => {
  for (const text of [
    `Bearer ${TOKEN}`,
    `Authorization: Bearer ${TOKEN}`,
    ['authorization=Basic%20YWRtaW46', 'Z3Jhbml0ZQ=='].join(''),
    `Accept=text/plain,Authorization=Bearer ${TOKEN}`,
    `{"Content-Type": "text/plain", "X-Api-Key": "${TOKEN}"}`,
    `signoz-access-token=${TOKEN}`,
  ])
    it(`sees one in ${text.replace(TOKEN, '…')}`, () => assert.match(headerToken(text) ?? '', /request header/))

  for (const text of [
    'Bearer',
    'Basic authentication is off',
    'Bearer $TOKEN',
    'Authorization: Bearer ${TOKEN}',
    'Authorization,X-Api-Key,Content-Type',
    'X-Forwarded-For',
    'X-Token-Header=Authorization',
    'https://example.com/a-token:b',
  ])
    it(`sees none in ${text}`, () => assert.equal(headerToken(text), undefined))
})
