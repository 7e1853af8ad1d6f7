import assert from 'node:assert/strict'
import { resolvePlain } from '../../../src/compose/plain-scalar.js'

// Each row was checked against go-yaml through test/integration/compose-go (fixture rabbitmq) or its resolver's documentation.
describe('plain scalars mean what they mean to Compose', () => {
  const table: readonly (readonly [string, string])[] = [
    ['0123', '83'],
    ['0o17', '15'],
    ['0x1F', '31'],
    ['0b11', '3'],
    ['1_000', '1000'],
    ['08', '8'],
    ['1e3', '1000'],
    ['1.10', '1.1'],
    ['.5', '0.5'],
    ['1.', '1'],
    ['12345678.9', '1.23456789e+07'],
    ['1e21', '1e+21'],
    ['0.000001', '1e-06'],
    ['-0', '-0'],
    ['9223372036854775808', '9223372036854775808'],
    ['123456789012345678901234567890', '1.2345678901234568e+29'],
    ['True', 'true'],
    ['yes', 'yes'],
    ['off', 'off'],
    ['12:30:45', '12:30:45'],
    ['2001-01-01', '2001-01-01 00:00:00 +0000 UTC'],
    ['0o8', '0o8'],
    ['1.2.3', '1.2.3'],
    ['-', '-'],
    ['secret', 'secret'],
  ]
  for (const [written, text] of table) it(`${written} is ${text}`, () => assert.equal(resolvePlain(written).text, text))

  for (const written of ['', '~', 'null', 'NULL'])
    it(`${JSON.stringify(written)} is null`, () => assert.equal(resolvePlain(written).value, null))
})
