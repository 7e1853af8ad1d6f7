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

  it('knows a secret that no file which git has held', () => {
    const move = (id: string, name: string) => ({ name, candidate: { id, because: 'Secret by its name' } }) as Move
    const moves = [move('a.X', 'one'), move('b.X', 'one'), move('c.X', 'two')]
    const history = { committed: new Map(), neverCommitted: new Set(['a.X', 'c.X']) }
    assert.deepEqual(toRotate(moves, history), [{ name: 'one' }, { name: 'two', neverCommitted: true }])
    assert.deepEqual(toRotate(moves), [{ name: 'one' }, { name: 'two' }])
  })
})
