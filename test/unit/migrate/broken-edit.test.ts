// An edit that makes a file unreadable, as none that is known does: what it is of stays, and the rest is planned.
import assert from 'node:assert/strict'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import type { ComposeEntry } from '../../../src/migrate/types.js'
import { gathered } from './in-memory.js'

describe('migrate: an edit after which a file is no YAML', () => {
  const TEXT =
    'services:\n  app:\n    image: shop/app\n    environment:\n      A_PASSWORD: Made-up-17\n      B_PASSWORD: Made-up-18\n      C_PASSWORD: Made-up-19\n'

  it('leaves its value with the reason, and plans the others', async () => {
    const base = await gathered(TEXT)
    const broken = { 'file: [\n': 'x' } as unknown as ComposeEntry
    const entryOf = (name: string) => (name === 'b_password' ? broken : base.store.entryOf(name))
    const { moves, left } = await makeSafePlan({ ...base, store: { ...base.store, entryOf } }, base.load)
    assert.deepEqual(
      moves.map(({ name }) => name),
      ['a_password', 'c_password'],
    )
    assert.deepEqual(
      left.map(({ candidate: { id } }) => id),
      ['app.B_PASSWORD'],
    )
    assert.match(left[0]?.reason ?? '', /no YAML that Compose reads/)
  })

  it('finds each of several, wherever they stand among the others', async () => {
    const names = [...'abcdefghijk'].map((letter) => `${letter}_password`)
    const lines = names.map((name, index) => `      ${name.toUpperCase()}: Made-up-${20 + index}\n`)
    const base = await gathered(`services:\n  app:\n    image: shop/app\n    environment:\n${lines.join('')}`)
    const broken = { 'file: [\n': 'x' } as unknown as ComposeEntry
    const bad = ['a_password', 'e_password', 'f_password', 'k_password']
    const entryOf = (name: string) => (bad.includes(name) ? broken : base.store.entryOf(name))
    const { moves, left } = await makeSafePlan({ ...base, store: { ...base.store, entryOf } }, base.load)
    assert.deepEqual(
      left.map(({ candidate: { id } }) => id),
      bad.map((name) => `app.${name.toUpperCase()}`),
    )
    assert.equal(moves.length, names.length - bad.length)
  })
})
