// What a plan says of services of no profile, and of a name that is a password, too.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { leftLines } from '../../../src/migrate/print-plan.js'
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
    assert.match(
      told[0] ?? '',
      /^db\.A_TOKEN, db\.B_TOKEN: A, B of the shell no longer reach them, .*: the secret holds the default\./,
    )
  })

  it('the same of lines of .env, wherever something reads them, and of none that the shell still sets', async () => {
    const line = (name: string) => `\${${name}}`
    const services =
      `services:
  web:
    image: shop/app
    command: serve --token ${line('WORD')}
    environment:
      - A_TOKEN=${line('A')}
      - B_TOKEN
      - C_TOKEN=$` +
      `{C:-Made-up-3}
      - D_URL=amqp://app:${line('D')}@mq
      - E_URL=${line('E_URL')}
      - F_TOKEN=Made-up-6
    env_file: own.env
`
    const lines = 'WORD=Made-up-0\nA=Made-up-1\nB_TOKEN=Made-up-2\nD=Made-up-4\nE_URL=amqp://app:Made-up-5@mq\n'
    const { plan, moves } = makePlan(
      await gathered(services, undefined, { '.env': lines, 'own.env': 'G_TOKEN=Made-up-7\n' }),
    )
    assert.equal(moves.length, 8)
    const told = plan.notes.filter((note) => /of the shell|put together/.test(note))
    assert.deepEqual(told, [
      'web.--token, web.A_TOKEN, web.B_TOKEN, web.C_TOKEN, web.D_URL: WORD, A, B_TOKEN, C, D of the shell no longer reach them, also where another machine or a pipeline sets them: the secret holds what .env says or the default. Where one is set, give the secret that value there (secretscan rotate).',
    ])
  })

  it('a name in a health check that is the password, too, keeps no setting of rabbitmq', async () => {
    const queue = (test: string) =>
      `services:\n  mq:\n    image: rabbitmq:3\n    environment: { RABBITMQ_DEFAULT_PASS: rabbitmq }\n    healthcheck: { test: ${test} }\n`
    const wayOf = async (test: string) => makePlan(await gathered(queue(test))).moves.map(({ strategy }) => strategy.by)
    assert.deepEqual(await wayOf('[CMD, rabbitmq-diagnostics, ping]'), ['settings'])
    assert.notDeepEqual(await wayOf('[CMD, curl, "http://guest:rabbitmq@localhost:15672/api"]'), ['settings'])
  })
})

describe('migrate: reasons of values that stay', () => {
  const told = (
    reasonOf: (id: string, variable: string) => readonly [string, string],
    ids = ['app.A_KEY', 'db.A_KEY', 'app.B_KEY#2'],
  ) =>
    leftLines(
      ids.map((id) => {
        const [reason, todo] = reasonOf(id, id.replace(/^\w+\.|#\d$/g, ''))
        return { candidate: { id, place: { kind: 'compose', path: 'compose.yaml' } }, reason, todo }
      }),
    )

  it('are said once where they differ by the names of the values alone', () => {
    const lines = told((id, name) => [
      `dev.yml uses ${name} of app.env too.`,
      `Give dev.yml its own, or --select ${id}.`,
    ])
    assert.deepEqual(lines, [
      '  app.A_KEY, db.A_KEY, app.B_KEY#2',
      '    dev.yml uses A_KEY, B_KEY of app.env too.',
      '    To do: Give dev.yml its own, or --select app.A_KEY --select db.A_KEY --select app.B_KEY#2.',
    ])
  })

  it('are said of each where the name is a part of what is to be written, or more differs', () => {
    const written = told((_, name) => ['The file decides.', `Write ${name}: $\{${name}} under environment:.`])
    assert.equal(written.length, 6)
    assert.deepEqual(written.slice(3), [
      '  app.B_KEY#2',
      '    The file decides.',
      '    To do: Write B_KEY: $' + '{B_KEY} under environment:.',
    ])
    const files = told((id, name) => [`${id.split('.')[0]}.yml uses ${name}.`, 'Look.'])
    assert.deepEqual(files.slice(0, 2), ['  app.A_KEY, app.B_KEY#2', '    app.yml uses A_KEY, B_KEY.'])
    assert.equal(files.length, 6)
  })
})
