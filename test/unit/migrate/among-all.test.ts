import assert from 'node:assert/strict'
import { amongAll } from '../../../src/migrate/among-all.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n${index + 1}`)

describe('migrate: many names in one sentence', () => {
  it('are a number, with the few that it does not hold for', () => {
    assert.equal(amongAll(names(3), names(3), 'values'), 'n1, n2, n3')
    assert.equal(amongAll(names(19), names(19), 'values'), 'all 19 values')
    assert.equal(amongAll(names(19), [...names(19), 'x', 'y'], 'values'), 'all 21 values but x, y')
    assert.equal(amongAll(names(7), names(30), 'values'), names(7).join(', '))
  })

  it('no note of a plan lists all values of a service', async () => {
    const entries = names(19).map((name) => `      ${name}_PASSWORD: made-up-${name}\n`)
    const text = `services:\n  a:\n    image: shop/a\n    user: "1001"\n    environment:\n${entries.join('')}`
    const { notes } = makePlan(await gathered(text)).plan
    assert.ok(notes.some((note) => note.startsWith('all 19 values: through an entrypoint shim')))
    assert.ok(notes.some((note) => note.startsWith('all 19 secrets: readable by all users (0444)')))
    assert.ok(notes.every((note) => !note.includes('n7_')))
  })
})
