// One entry of several services whose images take it in different ways.
import assert from 'node:assert/strict'
import { parse } from 'yaml'
import type { FactsOf } from '../../../src/migrate/image-facts.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { edited, gathered, SHELL } from './in-memory.js'

const PASSWORD = ['gran', 'ite-77'].join('')
/** The database is in the table and was not looked at. */
const factsOf: FactsOf = (image) => (image.startsWith('postgres') ? { missing: 'not looked at' } : SHELL)

const ANCHORED = `x-db: &db
  POSTGRES_USER: app
  POSTGRES_PASSWORD: ${PASSWORD}
services:
  web:
    image: shop/web
    environment:
      <<: *db
      PORT: 8000
  worker:
    image: shop/web
    command: work
    environment: *db
  db:
    image: postgres:16
    environment:
      <<: *db
`

interface Service {
  readonly environment?: Readonly<Record<string, string>>
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly secrets?: readonly string[]
}

describe('migrate: an entry that a database and its clients share', () => {
  it('takes the database its file form, and brings the others their variable by a shim', async () => {
    const { services } = parse((await edited(ANCHORED, factsOf))['compose.yaml'] ?? '', { merge: true }) as {
      services: Readonly<Record<string, Service>>
    }
    assert.equal(services['db']?.entrypoint, undefined)
    for (const name of ['web', 'worker', 'db']) {
      assert.equal(services[name]?.environment?.['POSTGRES_PASSWORD_FILE'], '/run/secrets/postgres_password')
      assert.equal(services[name]?.environment?.['POSTGRES_PASSWORD'], undefined)
      assert.deepEqual(services[name]?.secrets, ['postgres_password'])
      if (name !== 'db') assert.match(services[name]?.entrypoint?.[2] ?? '', /export POSTGRES_PASSWORD="/)
    }
  })

  it('from an env file too; the plan says which way each service goes', async () => {
    const text =
      'services:\n  db:\n    image: postgres\n    env_file: ./db.env\n  web:\n    image: shop/web\n    env_file: ./db.env\n'
    const files = { 'db.env': `POSTGRES_USER=app\nPOSTGRES_PASSWORD=${PASSWORD}\n` }
    const changed = await edited(text, factsOf, files)
    assert.equal(changed['db.env'], 'POSTGRES_USER=app\nPOSTGRES_PASSWORD_FILE=/run/secrets/postgres_password\n')
    assert.match(changed['compose.yaml'] ?? '', /web:\n {4}image: shop\/web\n {4}env_file: .*\n {4}entrypoint: /)
    const { moves, plan } = makePlan(await gathered(text, factsOf, files))
    assert.deepEqual(
      moves.map(({ strategy }) => strategy.by === 'file' && strategy.shimmed),
      [['web']],
    )
    assert.match(plan.notes.join('\n'), /POSTGRES_PASSWORD: through an entrypoint shim/)
  })

  it("a service that merges another one has that one's shim, or its own where its program is another", async () => {
    const text = `services:
  one: &one
    image: shop/web
    environment:
      API_TOKEN: ${PASSWORD}
  same:
    <<: *one
    hostname: same
  other:
    <<: *one
    command: [work]
`
    const changed = (await edited(text))['compose.yaml'] ?? ''
    assert.equal(changed.match(/ {4}entrypoint: /g)?.length, 1)
    const { services } = parse(changed, { merge: true }) as { services: Readonly<Record<string, Service>> }
    for (const name of ['one', 'same', 'other'])
      assert.match(services[name]?.entrypoint?.[2] ?? '', /export API_TOKEN=/)
    assert.deepEqual(services['other']?.command, ['work'])
  })

  it('a shim for all where another service has an image that applies the file form at times', async () => {
    const backup = '  backup:\n    image: postgres:16\n    command: [pg_dump, -h, db]\n    environment: *db\n'
    const { moves } = makePlan(await gathered(ANCHORED + backup, () => SHELL))
    assert.deepEqual(
      moves.map(({ strategy }) => strategy.by),
      ['shim'],
    )
  })
})
