// What cannot move of its own is told: words of health checks, connection strings and settings in variables.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
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

  it('a refused edit names the file as the project does', async () => {
    const text = `services:\n  app:\n    image: shop/app\n    environment:\n      API_TOKEN: &token ${PW}\n      OTHER: *token\n`
    const { left } = makePlan(await gathered(text))
    assert.match(left[0]?.reason ?? '', / compose\.yaml:5: the value has an anchor/)
  })
})
