// One entry of several services whose images take it in different ways.
import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { loadProject } from '../../../src/compose/load.js'
import { modelProblems } from '../../../src/migrate/check-model.js'
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
    assert.match(changed['compose.yaml'] ?? '', /web:\n {4}image: shop\/web\n {4}env_file: .*\n {4}entrypoint:\n/)
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
    assert.equal(changed.match(/ {4}entrypoint:/g)?.length, 1)
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

describe('migrate: a service that merges or extends another one, whose shim writes out the command of its image', () => {
  const entry = '    env_file: app.env\n'
  const files = { 'app.env': `API_TOKEN=${PASSWORD}\n` }
  const merged = `services:\n  base: &base\n    image: shop/web\n${entry}  vite:\n    <<: *base\n    entrypoint: [sh, vite.sh]\n`
  const extended = merged.replace(' &base', '').replace('<<: *base', 'extends: { service: base }')

  it('starts its own program without it, as before', async () => {
    for (const text of [merged, extended]) {
      const all = await gathered(text, factsOf, files)
      const { moves, staged } = makePlan(all)
      assert.equal(moves.length, 1, text)
      const { model } = await loadProject({ ...all.load, overlay: new Map([...(all.load.overlay ?? []), ...staged]) })
      const { base, vite } = model['services'] as unknown as Readonly<Record<string, Service>>
      assert.deepEqual(base?.command, SHELL.cmd)
      assert.deepEqual(vite?.command ?? [], [])
      assert.deepEqual(vite?.entrypoint?.slice(-2), ['sh', 'vite.sh'])
      assert.deepEqual(modelProblems(all.project.model, model, moves), [])
    }
  })

  it('and a command that it would be given is seen when the models are compared', async () => {
    const all = await gathered(merged, factsOf, files)
    const { moves, staged } = makePlan(all)
    const { model } = await loadProject({ ...all.load, overlay: new Map([...(all.load.overlay ?? []), ...staged]) })
    const services = model['services'] as Readonly<Record<string, object>>
    const given = { ...model, services: { ...services, vite: { ...services['vite'], command: ['irb'] } } }
    assert.deepEqual(modelProblems(all.project.model, given as typeof model, moves), ['vite.command changed'])
  })
})

describe('migrate: an entry that stays and that several services have', () => {
  it('is told with the image of the service by which it is named', async () => {
    const text = `services:\n  web:\n    image: shop/web\n    environment: &env { A_TOKEN: ${PASSWORD} }\n  api:\n    image: shop/api\n    environment: *env\n`
    const { left } = makePlan(await gathered(text, () => ({ missing: 'not looked at' })))
    assert.deepEqual(
      left.map(({ candidate, reason }) => [candidate.id, /not known whether (\S+) reads/.exec(reason)?.[1]]),
      [['web.A_TOKEN', 'shop/web']],
    )
  })
})
