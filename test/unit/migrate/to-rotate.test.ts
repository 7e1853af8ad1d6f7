import assert from 'node:assert/strict'
import type { Move } from '../../../src/migrate/plan-moves.js'
import { toRotate } from '../../../src/migrate/to-rotate.js'

const REMEDY = 'Revoke it at https://one.example.com/keys.'

describe('toRotate', () => {
  it('names one page once, however many places of the secret lead to it', () => {
    const move = (because: string, remedy = REMEDY) => ({ name: 'key', candidate: { because, remedy } }) as Move
    const [told] = toRotate([move('Made-up key, through .env'), move('Made-up key'), move('Other', `${REMEDY} Soon.`)])
    assert.deepEqual(
      told?.issuers?.map(({ remediation }) => remediation),
      [REMEDY, `${REMEDY} Soon.`],
    )
  })
})
