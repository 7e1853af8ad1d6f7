// Offline checks of inner structure, on values whose checksums are computed here.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { StructureCheck } from '../../../src/detect/rule.js'
import { checkStructure } from '../../../src/detect/structure.js'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** `prefix` and `body` with the six characters that GitHub and npm put behind it. */
function withChecksum(prefix: string, body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let place = 0; place < 6; place++) {
    text = BASE62.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  return `${prefix}${body}${text}`
}

const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

/** A key ID of an account: AWS puts the account number, shifted by seven bits, into the first six bytes. */
function awsKeyId(account: bigint): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let bits = ((account << 7n) | 0x5n) << 2n
  let text = ''
  for (let place = 0; place < 10; place++) {
    text = alphabet.charAt(Number(bits & 31n)) + text
    bits >>= 5n
  }
  return `AKIA${text}QWERTY`
}

describe('structure of values', () => {
  const github = withChecksum('ghp_', 'a1B2c3D4e5F6g7H8i9J0kLmNoPqRsT')
  const npm = withChecksum('npm_', '9zY8xW7vU6tS5rQ4pO3nM2lK1jI0hG')
  const cases: readonly (readonly [string, StructureCheck, string, string])[] = [
    ['a GitHub checksum', 'github-crc32', github, github.replace('a1', 'a2')],
    ['an npm checksum', 'npm-crc32', npm, `${npm.slice(0, -1)}${npm.endsWith('A') ? 'B' : 'A'}`],
    [
      'a checksum that begins with zeros',
      'github-crc32',
      withChecksum('gho_', smallChecksum()),
      `gho_${smallChecksum()}111111`,
    ],
    [
      'a JSON web token',
      'jwt',
      `${json({ alg: 'HS256' })}.${json({ sub: '1' })}.c2ln`,
      `${json({ typ: 'x' })}.${json({})}.c2ln`,
    ],
    [
      'a token whose payload is no JSON',
      'jwt',
      `${json({ alg: 'none' })}.${json({})}.`,
      `${json({ alg: 'none' })}.bm90aGluZw.x`,
    ],
    ['a private key', 'pem', pem, pem.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA')],
    [
      'a private key on one line',
      'pem',
      pem.replaceAll('\n', '\\n'),
      '-----BEGIN PRIVATE KEY-----\\nbm90aGluZw==\\n-----END',
    ],
    ['a private key, not one cut short', 'pem', pem, pem.replace('\n-----END', '...\n-----END')],
    ['an AWS key ID', 'aws-key-id', awsKeyId(123_456_789_012n), awsKeyId(1_000_000_000_001n)],
    ['an AWS key ID, its alphabet', 'aws-key-id', awsKeyId(1n), awsKeyId(1n).replace('QWERTY', 'QW1RTY')],
    [
      'JSON in base64',
      'base64-json',
      Buffer.from('{"a":1}').toString('base64'),
      Buffer.from('{"a":').toString('base64'),
    ],
    [
      'a service account',
      'service-account-json',
      '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----"}',
      '{"type": "user", "private_key": "-----BEGIN PRIVATE KEY-----"}',
    ],
    ['a Luhn digit', 'luhn', '4539 1488 0343 6467', '4539 1488 0343 6468'],
  ]
  for (const [name, check, good, bad] of cases)
    it(name, () => {
      assert.equal(checkStructure(check, good), 'plausible')
      assert.equal(checkStructure(check, bad), 'implausible')
    })

  it('is not checked where the format has none', () => assert.equal(checkStructure(undefined, 'x'), 'unchecked'))

  it('says of a JSON web token that has expired that nobody accepts it', () => {
    const token = (exp: number) => `${json({ alg: 'HS256' })}.${json({ sub: '1', exp })}.c2ln`
    const now = Date.now() / 1000
    assert.equal(checkStructure('jwt', token(now - 60)), 'inactive')
    assert.equal(checkStructure('jwt', token(now + 3600)), 'plausible')
  })
})

/** A body whose CRC-32 is so small that its base 62 form needs leading zeros. */
function smallChecksum(): string {
  for (let number = 0; ; number++) {
    const body = `body${String(number).padStart(26, '0')}`
    if (crc32(body) < 62 ** 5) return body
  }
}
