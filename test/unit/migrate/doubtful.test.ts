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

  it('JSON and several variables in one value move as a whole where they hold a password, and stay out of it where not', async () => {
    const holding = [
      ['ORTHANC_JSON', '{"RegisteredUsers": {"alice": "granite"}}', 'Holds passwords of users'],
      ['APP_AUTH_JSON', '{"users": {"alice": "granite70"}}', 'Holds passwords of users'],
      ['SPRING_APPLICATION_JSON', '{"spring":{"datasource":{"password":"granite"}}}', 'password'],
      ['LDAP_CONFIG', '{"url":"ldap://x","bind_password":"granite"}', 'bind_password'],
      ['VCAP_SERVICES', '{"pg":[{"credentials":{"username":"u","password":"granite"}}]}', 'password'],
      ['DNS_ENV', 'CF_EMAIL=a@b.example;CF_API_TOKEN=granite;CF_ZONE_TOKEN=basalt', 'CF_API_TOKEN'],
      ['REDIS_HOSTS', 'a:redis:6379:0,b:cache:6379:0:granite', 'User and password'],
    ] as const
    const without = [
      ['LOG_JSON', '{"version":1,"handlers":{"console":{"class":"logging.StreamHandler","level":"DEBUG"}}}'],
      ['FLAGS', '{"newUi":true,"password_login":"enabled","token_ttl":"3600","passwordPolicy":"strong"}'],
      ['HOSTS', '["a.example.com","b.example.com:8443"]'],
      ['ROLES', '{"users":{"alice":"admin","bob":"viewer"},"accounts":{"prod":"123456789012"}}'],
      ['BUILD_ENV', 'NODE_ENV=production;TOKEN_TTL=3600'],
    ] as const
    const lines = [...holding, ...without].map(([key, text]) => `      ${key}: '${text}'\n`).join('')
    const { moves, left } = makePlan(
      await gathered(`services:\n  app:\n    image: busybox\n    entrypoint: ["serve"]\n    environment:\n${lines}`),
    )
    const becauseOf = (title: string) => (title.includes(' ') ? title : `Holds ${title}, a secret by its name`)
    assert.deepEqual(
      moves.map(({ candidate: { variable, secret, because } }) => [variable, secret, because]),
      holding.map(([key, text, title]) => [key, text, becauseOf(title)]),
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
