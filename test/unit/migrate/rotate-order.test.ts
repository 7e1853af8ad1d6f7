// In a Swarm a rotation updates databases before their clients, which cannot log in until the database was told.
import assert from 'node:assert/strict'
import { databasesFirst } from '../../../src/migrate/rotate/swarm-version.js'
import type { SwarmService } from '../../../src/migrate/swarm/engine.js'

const ENV = ['POSTGRES_PASSWORD_FILE=/run/secrets/db_pw']

function service(name: string, image: string, env: readonly string[] = [], stack = 'shop'): SwarmService {
  const secret = { SecretID: 'v1', SecretName: 'db_pw_v1', File: { Name: 'db_pw' } }
  return {
    ID: name,
    Version: { Index: 1 },
    Spec: {
      Name: `${stack}_${name}`,
      Labels: { 'com.docker.stack.namespace': stack },
      TaskTemplate: { ContainerSpec: { Image: image, Env: env, Secrets: [secret] } },
    },
  }
}

const order = (services: readonly SwarmService[], databases: readonly string[]) =>
  databasesFirst(services, 'v1', databases).map(({ Spec }) => Spec.Name)

describe('migrate/rotate: the order in a Swarm', () => {
  const client = service('a-client', 'shop/app:1', ['DB_PASSWORD_FILE=/run/secrets/db_pw'])

  it('a database whose image has a name of its own goes first, by what the project says of it', () => {
    const store = service('store', 'registry.example.com/shop/store:4', ENV)
    assert.deepEqual(order([client, store], ['store']), ['shop_store', 'shop_a-client'])
  })

  it('one of another stack goes first by its image', () => {
    const other = service('db', 'postgres:16', ENV, 'data')
    assert.deepEqual(order([client, other], ['store']), ['data_db', 'shop_a-client'])
  })
})
