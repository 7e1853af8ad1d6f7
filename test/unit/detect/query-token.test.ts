import assert from 'node:assert/strict'
import { queryToken } from '../../../src/detect/query-token.js'

describe('queryToken', () => {
  const token = ['b24zWGdmOGpM', 'bXZhcmFCOVZH'].join('')
  for (const text of [`https://dns.example.org/update.php?${token}`, `http://h/feed?${token}==`])
    it(`sees one in ${text}`, () => assert.equal(queryToken(text), token))

  for (const text of [
    `https://h/app.js?${token}`,
    `https://h/x?v=${token}`,
    `https://h/${token}`,
    'https://h/x?show-all-the-entries',
    `https://h/x?$${token}`,
    `h/x?${token}`,
  ])
    it(`sees none in ${text}`, () => assert.equal(queryToken(text), undefined))
})
