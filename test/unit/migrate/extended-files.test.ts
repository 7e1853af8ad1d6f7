// Services that extend those of another file: the value leaves that file, and what a service needs for its secret stands where it extends,
// since others may extend the file, too. The merged model is as before but for what moved.
import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { loadProject } from '../../../src/compose/load.js'
import type { Detected } from '../../../src/migrate/candidates.js'
import { firstProblem } from '../../../src/migrate/check-model.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { FOLDER, gathered } from './in-memory.js'

const BASE = 'base.yaml'
const OVERRIDE = 'compose.override.yaml'
const PW = ['Made', 'up', '1'].join('-')
const extending = (...names: string[]) =>
  `services:\n${names.map((name) => `  ${name}:\n    extends: {file: ${BASE}, service: web}\n`).join('')}`
const web = (...lines: string[]) =>
  `services:\n  web:\n    image: shop/web\n${lines.map((line) => `    ${line}\n`).join('')}`

/** Configs that hold the password are found. */
const detected =
  (text: string): Detected =>
  (_, start, end) =>
    text.slice(start, end).includes(PW) ? { title: 'Made up' } : undefined

async function planned(text: string, extra: Readonly<Record<string, string>>) {
  const base = await gathered(text, undefined, extra, detected(text))
  const { staged, left, moves, plan } = await makeSafePlan(base, base.load)
  const after = await loadProject({ ...base.load, overlay: new Map([...(base.load.overlay ?? []), ...staged]) })
  assert.equal(firstProblem(base.project, after, moves), undefined)
  const files = { 'compose.yaml': text, ...extra, ...Object.fromEntries([...staged].map(named)) }
  for (const [name, content] of Object.entries(files)) assert.ok(left.length > 0 || !content.includes(PW), name)
  return {
    files,
    notes: plan.notes,
    reasons: left.map(({ reason }) => reason),
    services: (name: string) => parse(files[name as keyof typeof files] ?? '').services,
  }
}

const named = ([file, bytes]: readonly [string, Uint8Array]) =>
  [file.slice(FOLDER.length + 1), Buffer.from(bytes).toString()] as const

describe('migrate: files that are extended', () => {
  it('a file form stays beside its variable, its grant goes to the service that extends', async () => {
    const { services, notes } = await planned(extending('web'), {
      [BASE]: web(`environment: {POSTGRES_PASSWORD: ${PW}}`).replace('shop/web', 'postgres:16'),
    })
    assert.deepEqual(services(BASE).web, {
      image: 'postgres:16',
      environment: { POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_password' },
    })
    assert.deepEqual(services('compose.yaml').web.secrets, ['postgres_password'])
    assert.ok(
      notes.some((note) => /from base\.yaml, which services extend/.test(note)),
      notes.join('\n'),
    )
  })

  it('names the file that is extended for what its env file held, too', async () => {
    const { notes } = await planned(extending('web'), {
      [BASE]: web('env_file: web.env'),
      'web.env': `API_TOKEN=${PW}\n`,
    })
    assert.match(
      notes.join('\n'),
      /^web\.API_TOKEN: from base\.yaml \(through web\.env\), which services extend\. .*another project that extends it/m,
    )
  })

  it('each service that extends gets the shim, around the entrypoint that it has from there', async () => {
    const { services } = await planned(extending('web', 'jobs'), {
      [BASE]:
        web('entrypoint: [run, it]', `environment: {DB_PASSWORD: ${PW}}`, 'secrets: [tls]') +
        'secrets: {tls: {file: ./tls}}\n',
      [OVERRIDE]: 'services:\n  web:\n    ports: ["80"]\nsecrets:\n  tls: {file: ./tls}\n',
    })
    assert.deepEqual(services(BASE).web, { image: 'shop/web', entrypoint: ['run', 'it'], secrets: ['tls'] })
    for (const name of ['web', 'jobs']) {
      const { entrypoint, secrets } = services('compose.yaml')[name]
      assert.deepEqual([entrypoint.slice(-2), secrets], [['run', 'it'], ['db_password']])
    }
    assert.deepEqual(services(OVERRIDE), { web: { ports: ['80'] } })
  })

  it('with a value of an override as well, the file that extends works without that one', async () => {
    const { services } = await planned(extending('web'), {
      [BASE]: web(`environment: {DB_PASSWORD: ${PW}}`),
      [OVERRIDE]: `services:\n  web:\n    environment: {API_TOKEN: ${PW}x, MODE: a}\n`,
    })
    assert.deepEqual(services('compose.yaml').web.secrets, ['db_password', 'api_token'])
    assert.deepEqual(services(OVERRIDE).web, { environment: { MODE: 'a' } })
  })

  it('over two files, the last one of which holds the value', async () => {
    const { services } = await planned(extending('app'), {
      [BASE]: 'services:\n  web:\n    extends: {file: deep.yaml, service: app}\n',
      'deep.yaml': web(`environment: {DB_PASSWORD: ${PW}}`).replace('  web:', '  app:'),
    })
    assert.deepEqual(services(BASE).web, { extends: { file: 'deep.yaml', service: 'app' } })
    assert.deepEqual(services('deep.yaml').app, { image: 'shop/web' })
    assert.deepEqual(services('compose.yaml').app.secrets, ['db_password'])
  })

  it('a password in words that are extended is filled in there, not in words of its own beside them', async () => {
    for (const command of [`serve --token ${PW}`, `[serve, --token, ${PW}]`]) {
      const { services } = await planned(extending('web'), { [BASE]: web(`command: ${command}`) })
      assert.deepEqual([services(BASE).web.command].flat().join(' '), 'serve --token @/run/secrets/web_token@')
      const { entrypoint, secrets, ...more } = services('compose.yaml').web
      assert.deepEqual([secrets, Object.keys(more)], [['web_token'], ['extends']])
      assert.equal(entrypoint[0], '/bin/sh')
    }
  })

  it('a file of the project that extends another one of it is like any', async () => {
    const { services } = await planned(
      `services:\n  one:\n    image: shop/web\n    environment: {DB_PASSWORD: ${PW}}\n  two:\n    extends: one\n    command: [x]\n`,
      {},
    )
    for (const name of ['one', 'two']) assert.deepEqual(services('compose.yaml')[name].secrets, ['db_password'])
  })

  it('a config whose grant is extended stays, and the plan says why', async () => {
    const { reasons, services } = await planned(
      `${extending('web')}configs:\n  app:\n    content: |\n      DB_PASSWORD=${PW}\n`,
      { [BASE]: web('configs: [app]') },
    )
    assert.match(reasons.join(), /web has no list of configs of its own/)
    assert.deepEqual(services(BASE).web.configs, ['app'])
  })
})

describe('migrate: configs in several files', () => {
  it('the secret is granted where the config was', async () => {
    const config = `configs:\n  app:\n    content: |\n      DB_PASSWORD=${PW}\n`
    const { services } = await planned(`${web('configs: [app]')}${config}`, {
      [OVERRIDE]:
        'services:\n  web:\n    configs: [other]\n    secrets: [tls]\nconfigs:\n  other: {file: ./o}\nsecrets:\n  tls: {file: ./t}\n',
    })
    assert.deepEqual(services('compose.yaml').web.secrets, [{ source: 'app', target: '/app' }])
    assert.deepEqual(services(OVERRIDE).web, { configs: ['other'], secrets: ['tls'] })
  })
})
