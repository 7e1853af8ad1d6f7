import assert from 'node:assert/strict'
import fc from 'fast-check'
import { estimateBits, GUESSABLE_BITS } from '../../../src/scan/guessable.js'

type Row = readonly [value: string, bits: number]

/** Frozen with fingerprint v1: a changed estimate would change fingerprints that people have committed. */
const GUESSABLE: Readonly<Record<string, readonly Row[]>> = {
  'words and names': [
    ['password', 15.2],
    ['postgres', 17.6],
    ['admin', 11.0],
    ['root', 8.8],
    ['changeme', 17.6],
    ['letmein', 15.4],
    ['secret', 13.2],
    ['administrator', 26.2],
    ['dragon', 13.2],
    ['welcome', 15.4],
    ['monkey', 13.2],
    ['kowalski', 17.6],
    ['Szczepanski', 37.3],
    ['supersecretpassword', 37.0],
    ['databasepassword', 29.2],
    ['correcthorsebatterystaple', 52.6],
    ['production', 19.6],
    ['JanKowalski', 25.2],
  ],
  'words with years, digits and symbols': [
    ['Summer24', 20.8],
    ['Winter2024!', 25.2],
    ['hunter2', 16.5],
    ['password123', 20.5],
    ['admin123!', 21.3],
    ['Passw0rd', 17.2],
    ['P@ssw0rd', 20.6],
    ['P@ssw0rd123!', 30.9],
    ['S3cr3t!', 21.2],
    ['Tr0ub4dor&3', 31.1],
    ['MyS3cr3tP@ssw0rd2024!', 51.2],
    ['supersecretpassword123', 42.3],
    ['KrzysztofSzczepanski1984!', 78.0],
    ['root:toor', 22.6],
    ['user@example', 27.4],
    ['correct-horse-battery-staple', 59.6],
    ['your-256-bit-secret', 47.0],
    ['change-me-please', 40.4],
    ['dev_password_2023', 35.2],
    ['postgres_password', 37.8],
  ],
  'runs and repeats': [
    ['123456', 8.3],
    ['1234567890', 12.3],
    ['qwerty', 9.7],
    ['qwertyuiop', 13.7],
    ['qwertyuiopasdfghjklzxcvbnm', 31.0],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 10.3],
    ['abcdefghijklmnopqrstuvwxyz0123456789', 48.5],
    ['abcabcabcabcabcabcabcabc', 10.7],
    ['rootrootrootroot', 11.8],
    ['0000000000000000', 8.3],
    ['1q2w3e4r5t', 51.7],
    ['zaq12wsx', 41.4],
  ],
  'short random values': [
    ['x7Kp9mQ2', 47.6],
    ['kY8#mP2$vL9@', 70.0],
    ['9f86d081', 41.4],
    ['a8Kd9fQ2mZx', 65.5],
    ['83729164', 26.6],
    ['4929174837264918', 53.2],
  ],
}

/** Random values as providers and generators make them, in parts so that no scanner takes this file for a leak. */
const UNGUESSABLE: readonly Row[] = [
  [`AKIA${'XH3KQ7ZP2M5LWVNB'}`, 103.4],
  [`ghp_${'a8Kd9fQ2mZx7Lw3Rt5Vb1Nc6Yp0Hs4Jg8Te2'}`, 227.4],
  [`sk_live_${'9eC39HqLyjWDarjtT1zdp7dc'}`, 165.7],
  [`xoxb-${'263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1'}`, 240.1],
  [`npm_${'u7VfKq2Zs9LdXw4Tb6Hn1Rj8Mc3Gp5Ye0AkQ'}`, 227.4],
  ['5f4dcc3b5aa765d6' + '1d8327deb882cf99', 116.0],
  ['f47ac10b-58cc-4372' + '-a567-0e02b2c3d479', 122.0],
  ['x7Kp9mQ2' + 'vL5nR8tW', 95.3],
  ['kY8#mP2' + '$vL9@qR4', 89.1],
  ['kjdhfkjqwh' + 'vnbzxmcvqp', 94.0],
  [`AIza${'SyD9xK2mQ7vL4nR8tW3pB6jH1cF5gY0zA'}`, 220.3],
  [`glpat-${'x7Kp9mQ2vL5nR8tWzB3y'}`, 135.1],
  ['dGhpcyBpcyBub3Qg' + 'YSByZWFsIGtleQ==', 188.6],
]

const bits = (text: string) => Math.round(estimateBits(Buffer.from(text)) * 10) / 10

describe('estimateBits', () => {
  for (const [group, rows] of Object.entries(GUESSABLE)) {
    it(`holds ${group} to be guessable`, () => {
      for (const [value, expected] of rows) {
        assert.equal(bits(value), expected, value)
        assert.ok(expected < GUESSABLE_BITS, value)
      }
    })
  }

  it('holds random values of 80 bits and more to be unguessable', () => {
    for (const [value, expected] of UNGUESSABLE) {
      assert.equal(bits(value), expected, value)
      assert.ok(expected >= GUESSABLE_BITS, value)
    }
  })

  it('never gives a value of 12 characters or fewer 80 bits', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12, unit: 'grapheme-ascii' }), (value) => bits(value) < GUESSABLE_BITS),
    )
  })

  it('gains next to nothing when a value is repeated', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' }),
        fc.integer({ min: 2, max: 40 }),
        (value, times) => {
          assert.ok(bits(value.repeat(times)) <= bits(value) + Math.log2(times) + 3 + value.length)
        },
      ),
    )
  })
})
