// Variables whose names leave open whether they hold a secret: told, and moved where a person says so.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

const TEXT = `services:
  app:
    image: busybox
    entrypoint: ["serve"]
    command: ["now"]
    environment:
      INVITE_CODE: gr-8812
      PARTNER_KEY: granite
      SORT_KEY: created_at
      API_TOKEN: basalt-77
`

describe('migrate: variables that may be secret', () => {
  it('stay, each with how it moves, and what is only a name is not told', async () => {
    const { moves, left } = makePlan(await gathered(TEXT))
    assert.deepEqual(
      moves.map(({ candidate }) => candidate.id),
      ['app.API_TOKEN'],
    )
    assert.deepEqual(
      left.map(({ candidate, reason, todo }) => [candidate.id, reason, todo]),
      ['app.INVITE_CODE', 'app.PARTNER_KEY'].map((id) => [
        id,
        'Its name leaves open whether it is a secret.',
        'Where it is one, name it: --select SERVICE.VARIABLE.',
      ]),
    )
  })

  it('X_VALUE is told where X_KEY beside it is', async () => {
    const idsOf = async (entries: string) =>
      makePlan(await gathered(`services:\n  app:\n    image: busybox\n    environment: { ${entries} }\n`)).left.map(
        ({ candidate }) => candidate.id,
      )
    assert.deepEqual(await idsOf('IDENTITY_KEY: granite, IDENTITY_VALUE: granite, OTHER_VALUE: granite'), [
      'app.IDENTITY_KEY',
      'app.IDENTITY_VALUE',
    ])
    assert.deepEqual(await idsOf('SORT_KEY: created_at, SORT_VALUE: granite'), [])
  })
})
