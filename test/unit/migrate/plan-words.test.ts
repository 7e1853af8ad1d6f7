// What a plan says of services of no profile, and of a name that is a password, too.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

const PROJECT = 'services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: Made-up-1 }\n'
describe('migrate: what the plan says of services and images', () => {
  it('that all services have profiles, and how to take in all of them', async () => {
    const { plan } = makePlan(await gathered(PROJECT.replace('image:', 'profiles: [a]\n    image:')))
    assert.match(plan.notes.join('\n'), /^All services have profiles.*--profile '\*'/m)
  })

  it('once what the shell no longer reaches, for all values that had a default', async () => {
    const both = 'A_TOKEN: "$' + '{A:-Made-up-1}", B_TOKEN: "$' + '{B:-Made-up-2}"'
    const { plan } = makePlan(
      await gathered(PROJECT.replace('POSTGRES_PASSWORD: Made-up-1', both).replace('postgres:16', 'shop/app')),
    )
    const told = plan.notes.filter((note) => note.includes('of the shell no longer'))
    assert.equal(told.length, 1)
    assert.match(told[0] ?? '', /^db\.A_TOKEN, db\.B_TOKEN: A, B of the shell no longer reaches them,/)
  })

  it('a name in a health check that is the password, too, keeps no setting of rabbitmq', async () => {
    const queue = (test: string) =>
      `services:\n  mq:\n    image: rabbitmq:3\n    environment: { RABBITMQ_DEFAULT_PASS: rabbitmq }\n    healthcheck: { test: ${test} }\n`
    const wayOf = async (test: string) => makePlan(await gathered(queue(test))).moves.map(({ strategy }) => strategy.by)
    assert.deepEqual(await wayOf('[CMD, rabbitmq-diagnostics, ping]'), ['settings'])
    assert.notDeepEqual(await wayOf('[CMD, curl, "http://guest:rabbitmq@localhost:15672/api"]'), ['settings'])
  })
})
