// What cannot move of its own is told: words of health checks, connection strings and settings in variables.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { gathered } from './in-memory.js'

const PW = ['made', 'up', '17'].join('-')

async function leftOf(text: string) {
  const { left } = makePlan(await gathered(text, () => ({ missing: 'not pulled' })))
  return left.map(({ candidate: { id }, reason }) => [id, reason.replace(/:.*| \(.*/s, '')])
}

const check = (test: string) => `services:\n  db:\n    image: shop/db\n    healthcheck:\n      test: ${test}\n`

describe('migrate: what is only explained', () => {
  for (const [test, reason] of [
    [`["CMD", "curl", "--user", "admin:admin", "http://localhost"]`, 'Password given by --user'],
    [`["CMD", "redis-cli", "-a", "${PW}", "ping"]`, 'Password given by -a'],
    [`["CMD", "mysqladmin", "ping", "-p${PW}"]`, 'Password given by -p'],
    [`mongosh -u root -p ${PW} --quiet`, 'Password given by -p'],
  ] as const)
    it(`a health check that gives ${reason.slice(18)}`, async () => {
      assert.deepEqual(await leftOf(check(test)), [['db.healthcheck', reason]])
    })

  it('a health check without a secret is none', async () => {
    assert.deepEqual(await leftOf(check('["CMD", "redis-cli", "-a", "$$PW", "ping"]')), [])
  })

  it('variables that hold a password in a longer value', async () => {
    const text = `services:\n  app:\n    image: shop/app\n    environment:\n      NC_DB: "pg://db?u=app&p=${PW}&d=app"\n      SETTINGS: |\n        db:\n          password: ${PW}\n      REDIS_AUTH: ${PW}\n      OPTIONS: -Xmx1g\n`
    assert.deepEqual(
      (await leftOf(text)).map(([id]) => id),
      ['app.NC_DB', 'app.SETTINGS', 'app.REDIS_AUTH'],
    )
  })

  it('a service that no profile activates names its profile', async () => {
    const text = `services:\n  db:\n    image: shop/db\n  job:\n    profiles: [debug]\n    image: shop/job\n    environment:\n      API_TOKEN: ${PW}\n`
    const { left } = makePlan(await gathered(text))
    assert.deepEqual(
      left.map(({ todo }) => todo),
      ['Run again with --profile debug.'],
    )
  })

  it('a service that extends one which no profile activates is named with it', async () => {
    const text = `services:\n  base:\n    profiles: [never]\n    image: shop/job\n    environment:\n      API_TOKEN: ${PW}\n  a:\n    extends: base\n    profiles: !reset []\n`
    const { left } = makePlan(await gathered(text))
    assert.deepEqual(
      left.map(({ reason, todo }) => [reason, todo]),
      [['base is in no active profile, and a has it from the same line.', 'Run again with --profile never.']],
    )
  })

  it('a value that covers another one of a service that it extends says which, and leaves both', async () => {
    const own = ['made', 'up', '18'].join('-')
    const text = `services:\n  base:\n    profiles: [never]\n    image: shop/job\n    environment:\n      API_TOKEN: ${PW}\n  a:\n    extends: base\n    profiles: !reset []\n    environment:\n      API_TOKEN: ${own}\n`
    const all = await gathered(text)
    const { left, moves } = await makeSafePlan(all, all.load)
    assert.equal(moves.length, 0)
    const { reason = '', todo = '' } = left.find(({ candidate: { id } }) => id === 'a.API_TOKEN') ?? {}
    assert.equal(
      reason,
      'Without it a would get another value of API_TOKEN, that of compose.yaml:6 (base.API_TOKEN), which stays.',
    )
    assert.match(todo, /compose\.yaml:6 and compose\.yaml:11/)
  })

  it('a refused edit names the file as the project does', async () => {
    const text = `services:\n  app:\n    image: shop/app\n    environment:\n      API_TOKEN: &token ${PW}\n      OTHER: x\n`
    const { left } = makePlan(await gathered(text))
    assert.match(left[0]?.reason ?? '', / compose\.yaml:5: the value has an anchor/)
  })
})
