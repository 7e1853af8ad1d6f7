// Shapes that files of public repositories have, each as a small project of its own.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

const PASSWORD = ['gran', 'ite-77'].join('')
const service = (image: string, ...entries: readonly string[]) =>
  `services:\n  app:\n    image: ${image}\n    environment:\n${entries.map((entry) => `      ${entry}\n`).join('')}`

describe('migrate: what is called like its value', () => {
  it('moves under a name that does not show it', async () => {
    const text = service('postgres', 'POSTGRES_PASSWORD: postgres_password')
    const { moves, left, plan } = makePlan(await gathered(text))
    assert.deepEqual(left, [])
    assert.deepEqual(
      moves.map(({ name }) => name),
      ['app_credential'],
    )
    assert.ok(!JSON.stringify(plan).includes('postgres_password'))
  })

  it('two of them, and one whose service is called like it, have names of their own', async () => {
    const text = service('shop/app', 'A_TOKEN: a_token', 'B_TOKEN: b_token', `C_TOKEN: ${PASSWORD}`)
    const namesIn = async (compose: string) => makePlan(await gathered(compose)).moves.map(({ name }) => name)
    assert.deepEqual(await namesIn(text), ['app_credential', 'app_credential_2', 'c_token'])
    assert.deepEqual(await namesIn(text.replaceAll('app:', 'a_token:')), ['credential', 'credential_2', 'c_token'])
  })

  it('a word in its name says nothing', async () => {
    const { moves } = makePlan(await gathered(service('shop/app', 'DB_PASSWORD: password')))
    assert.deepEqual(
      moves.map(({ name }) => name),
      ['db_password'],
    )
  })
})

describe('migrate: images that refuse the modes that secrets have', () => {
  it('Elasticsearch gets its password through a shim', async () => {
    const { moves } = makePlan(
      await gathered(service('docker.elastic.co/elasticsearch/elasticsearch:8.12.1', `ELASTIC_PASSWORD: ${PASSWORD}`)),
    )
    assert.deepEqual(
      moves.map(({ strategy }) => strategy.by),
      ['shim'],
    )
  })
})

describe('migrate: a user and a password in one value', () => {
  it('is a secret under a name that ends in auth, a host with its port is none', async () => {
    const text = service('shop/app', 'ES_AUTH: "elastic:changeme"', 'SMTP_AUTH: "mail:587"', 'X_AUTH: basic')
    const { moves } = makePlan(await gathered(text))
    assert.deepEqual(
      moves.map(({ candidate }) => candidate.id),
      ['app.ES_AUTH'],
    )
  })
})
