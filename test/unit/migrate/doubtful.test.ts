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

  it('a login under the name of a user moves as a whole, and so do commands that give a password', async () => {
    const entries = [
      ['smtp_user', 'joe:granite', 'User and password'],
      ['USER2', 'joe;granite;1001', 'User and password'],
      ['CTL_ON_CREATE', 'register joe localhost granite ; status', 'Password in the commands that it holds'],
    ] as const
    const lines = entries.map(([key, text]) => `      ${key}: ${text}\n`).join('')
    const text = `services:\n  app:\n    image: busybox\n    environment:\n      CTL_ON_START: status\n${lines}`
    const { moves, left } = makePlan(await gathered(text))
    assert.deepEqual(
      moves.map(({ candidate: { variable, secret, because } }) => [variable, secret, because]),
      entries,
    )
    assert.deepEqual(left, [])
  })

  it('what a key begins with is none, but may be a password', async () => {
    const entries = [
      ['OPENAI_API_KEY', 'sk-'],
      ['SLACK_TOKEN', 'xoxb-'],
      ['MAIL_KEY', 'SG.'],
      ['GITHUB_TOKEN', 'github_pat_'],
    ] as const
    const lines = entries.map(([key, text]) => `      ${key}: ${text}\n`).join('')
    const text = `services:\n  app:\n    image: busybox\n    environment:\n${lines}      DB_PASSWORD: sk-\n      A_KEY: sk-granite-7\n`
    const { moves, left } = makePlan(await gathered(text))
    assert.deepEqual(
      moves.map(({ candidate }) => candidate.id),
      ['app.DB_PASSWORD', 'app.A_KEY'],
    )
    assert.deepEqual(
      left.map(({ candidate, reason }) => [candidate.id, reason]),
      entries.map(([key]) => [`app.${key}`, 'It is what keys of this kind begin with, and no key.']),
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

  it('options in a variable are told where one letter is given what nobody makes up', async () => {
    const leftOf = async (value: string) =>
      makePlan(
        await gathered(`services:\n  app:\n    image: busybox\n    environment:\n      SS_CONFIG: "${value}"\n`),
      ).left.map(({ reason }) => reason)
    const told = ['One of its options is given what may be a secret.']
    for (const value of [
      '-s 0.0.0.0 -p 6443 -k ahTe1xoh9aebohz2 --fast-open',
      '-kahTe1xoh9aebohz2',
      '-a 10.0.0.2 -k granite2017',
    ])
      assert.deepEqual(await leftOf(value), told, value)
    for (const value of [
      '-s 0.0.0.0 -m chacha20-ietf-poly1305 -c /etc/app/config12345 -v',
      '-Xmx512m -Dfile=a1b2c3d4e5f6g7h8',
      'serve -k ahTe1xoh9aebohz2',
      '-n 123456789012345 -u administrators',
    ])
      assert.deepEqual(await leftOf(value), [], value)
  })
})
