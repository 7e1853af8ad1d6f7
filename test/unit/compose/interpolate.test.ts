import assert from 'node:assert/strict'
import fc from 'fast-check'
import { InterpolationError, interpolate, templateVariables } from '../../../src/compose/interpolate.js'

const lookup = (name: string) => ({ SET: 'value', EMPTY: '' })[name]

describe('interpolate', () => {
  const table: readonly (readonly [string, string])[] = [
    ['no dollars', 'no dollars'],
    ['$SET', 'value'],
    ['${SET}', 'value'],
    ['$$SET and $${SET}', '$SET and ${SET}'],
    ['$UNSET.', '.'],
    ['${UNSET:-default}', 'default'],
    ['${EMPTY:-default}', 'default'],
    ['${EMPTY-default}', ''],
    ['${UNSET-default}', 'default'],
    ['${SET:+other}', 'other'],
    ['${EMPTY:+other}', ''],
    ['${EMPTY+other}', 'other'],
    ['${UNSET+other}', ''],
    ['${SET:?needed}', 'value'],
    ['${EMPTY?needed}', ''],
    ['${UNSET:-${EMPTY:-${SET}}}', 'value'],
    ['${UNSET:-{"a":1}}', '{"a":1}'],
    ['${UNSET:-a:b-c}', 'a:b-c'],
    ['5$ and $1 stay', '5$ and $1 stay'],
    ['a$SETb', 'a'],
    // What is wrong in an operand counts where it is needed.
    ['${UNSET+${}', ''],
    ['${SET-${}', 'value'],
    ['${SET?${}', 'value'],
  ]
  for (const [template, value] of table)
    it(JSON.stringify(template), () => assert.equal(interpolate(template, lookup).value, value))

  for (const template of [
    '${',
    '${}',
    '${SET',
    '${SET!x}',
    '${1}',
    '${UNSET:?needed}',
    '${UNSET?}',
    '${EMPTY:?}',
    '${SET+${}',
    '${UNSET-${}',
  ]) {
    it(`refuses ${template}`, () => assert.throws(() => interpolate(template, lookup), InterpolationError))
  }

  it('never repeats a variable’s value in an error', () => {
    assert.throws(
      () => interpolate('$SET ${UNSET:?$SET}', lookup),
      (error: Error) => !error.message.includes('value}') && !error.message.includes('value '.repeat(2)),
    )
  })

  it('names all variables, those of defaults too', () => {
    assert.deepEqual(templateVariables('$A ${B:-${C}} $$D $A'), ['A', 'B', 'C'])
  })

  it('leaves text without dollars as it is, and doubled dollars single', () => {
    fc.assert(fc.property(fc.string(), (text) => interpolate(text.replaceAll('$', '$$$$'), lookup).value === text))
  })

  it('stops at deep nesting instead of overflowing', () => {
    const deep = '${A:-'.repeat(5000) + '}'.repeat(5000)
    assert.throws(() => interpolate(deep, lookup), InterpolationError)
  })
})
