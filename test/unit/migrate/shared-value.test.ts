import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { openValues } from '../../../src/migrate/read-values.js'
import { gathered } from './in-memory.js'

/** As YAML, dollars doubled for Compose. */
const VALUES: readonly (readonly [string, string])[] = [
  ['plain-1', 'plain-1'],
  ["'with # hash and $$dollar'", 'with # hash and $dollar'],
  ['"ünïcode 😀 \\u0041"', 'ünïcode 😀 A'],
  ['"two\\nlines\\n"', 'two\nlines\n'],
  ['|\n        a block\n        of text', 'a block\nof text\n'],
]

describe('migrate: M07: one value in three services', () => {
  for (const [yaml, value] of VALUES) {
    it(`${JSON.stringify(value)} is one secret, to the byte`, async () => {
      const service = (name: string, image: string, key: string) =>
        `  ${name}:\n    image: ${image}\n    environment:\n      ${key}: ${yaml}\n`
      const base = await gathered(
        `services:\n${service('db', 'postgres', 'POSTGRES_PASSWORD')}${service('web', 'grafana/grafana', 'GF_DATABASE_PASSWORD')}${service('job', 'shop/x', 'DB_PASSWORD')}`,
      )
      const { plan, moves } = makePlan(base)
      const puts = plan.steps.flatMap((step) => (step.do === 'put' ? [step] : []))
      assert.deepEqual(
        puts.map(({ name }) => name),
        ['postgres_password'],
      )
      assert.deepEqual(
        moves.flatMap(({ candidate }) => candidate.services),
        ['db', 'web', 'job'],
      )
      const read = await openValues(base.load)
      assert.equal(Buffer.from((await read(puts[0]?.from ?? [])).reveal()).toString('utf8'), value)
      assert.equal(/ends in a line break/.test(plan.notes.join('\n')), value.endsWith('\n'))
    })
  }
})
