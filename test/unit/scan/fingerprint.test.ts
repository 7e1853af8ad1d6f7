import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { base32, fingerprint } from '../../../src/scan/fingerprint.js'
import type { Place } from '../../../src/scan/types.js'

/** Base32 once more, by another way: the bits as one string of digits, five at a time. */
function slowBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('')
}

const expected = (json: string) => `v1:${slowBase32(createHash('sha256').update(json).digest()).slice(0, 26)}`

describe('fingerprint', () => {
  it('writes base32 as RFC 4648 does', () => {
    const vectors = [
      ['', ''],
      ['f', 'my'],
      ['fo', 'mzxq'],
      ['foo', 'mzxw6'],
      ['foob', 'mzxw6yq'],
      ['fooba', 'mzxw6ytb'],
      ['foobar', 'mzxw6ytboi'],
    ]
    for (const [plain = '', encoded] of vectors) assert.equal(base32(Buffer.from(plain)), encoded)
  })

  const vectors: readonly (readonly [string, Place, string, string])[] = [
    [
      'file',
      { kind: 'file', path: 'app/.env', key: 'DB' },
      '0123456789abcdef',
      '["r","file","app/.env",[],null,"DB","0123456789abcdef"]',
    ],
    [
      'nested file',
      { kind: 'file', path: 'a.jar', inside: ['b.zip', 'c'] },
      '#1',
      '["r","file","a.jar",["b.zip","c"],null,null,"#1"]',
    ],
    ['odd name', { kind: 'file', path: 'a\ufffd', pathBase64: 'Yf8=' }, '#2', '["r","file","Yf8=",[],null,null,"#2"]'],
    ['env, whatever its index', { kind: 'env', key: 'DB', index: 7 }, '#1', '["r","env",null,[],null,"DB","#1"]'],
    ['history', { kind: 'history', index: 3 }, 'RUN x', '["r","history",null,[],null,null,"RUN x"]'],
    [
      'compose',
      { kind: 'compose', path: 'compose.yaml', service: 'db', key: 'environment.A' },
      '#1',
      '["r","compose","compose.yaml",[],"db","environment.A","#1"]',
    ],
  ]
  for (const [name, place, tag, json] of vectors) {
    it(`of a ${name}`, () => assert.equal(fingerprint('r', place, tag), expected(json)))
  }
})
