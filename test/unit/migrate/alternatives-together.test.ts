// Files for development and production beside each other, each a whole project: one plan of all of them gives each what it needs.
import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { readEarlier } from '../../../src/migrate/earlier-files.js'
import type { FactsOf } from '../../../src/migrate/image-facts.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { asList, asTree } from '../../../src/support/tree.js'
import { FOLDER, gathered, SHELL } from './in-memory.js'

const ENV_FILES = { 'app.env': 'LOG=info\nJWT_SECRET=Plum-7-tree\n', 'db.env': 'POSTGRES_PASSWORD=Pear-8-tree\n' }
const project = (app: string, db = '    image: postgres:16\n') =>
  `services:\n  app:\n${app}    env_file: app.env\n  db:\n${db}    env_file: [db.env]\n`

/** What moves in one plan of all Compose files, what stays, and each file's services when it is started alone afterwards. */
async function together(files: Readonly<Record<string, string>>, factsOf: FactsOf = () => SHELL) {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(FOLDER, name), Buffer.from(text)]))
  const base = await gathered('services: {}\n', factsOf)
  const main = [...texts.keys()].filter((file) => file.endsWith('.yml'))
  const load = { ...base.load, files: main, overlay: texts }
  const all = await loadProject(load)
  const candidates = findCandidates(all, () => undefined)
  const earlier = await readEarlier(all, load)
  const { moves, left, plan, staged } = await makeSafePlan(
    { ...base, project: all, candidates, known: candidates, earlier },
    load,
  )
  const overlay = new Map([...texts, ...staged])
  const alone = main.map(async (file) => {
    const { model } = await loadProject({ ...load, files: [file], overlay })
    return [basename(file), model] as const
  })
  return {
    moves: moves.map(({ candidate }) => candidate.id).sort(),
    left: Object.fromEntries(left.map(({ candidate, reason }) => [candidate.id, reason])),
    todos: Object.fromEntries(left.map(({ candidate, todo }) => [candidate.id, todo])),
    notes: plan.notes.join('\n'),
    alone: new Map(await Promise.all(alone)),
    lines: (name: string) => Buffer.from(overlay.get(join(FOLDER, name)) ?? []).toString(),
  }
}

const serviceOf = (model: unknown, name: string) => asTree(asTree(asTree(model)['services'])[name])
const textOf = (value: unknown) => JSON.stringify(value)

describe('migrate: one plan of files that are each a whole project', () => {
  it('lines of env files that they share leave once, and each file brings its services the secrets', async () => {
    const { moves, alone, lines, notes } = await together({
      'docker-compose.yml': project('    image: shop/app\n'),
      'docker-compose.dev.yml': project('    build: .\n', '    image: postgres:15\n'),
      'docker-compose.prod.yml': project('    image: shop/app:4\n    restart: always\n'),
      ...ENV_FILES,
    })
    assert.deepEqual(moves, ['app.env.JWT_SECRET', 'app.JWT_SECRET', 'db.POSTGRES_PASSWORD'].slice(1))
    assert.equal(lines('app.env'), 'LOG=info\n')
    assert.equal(lines('db.env'), 'POSTGRES_PASSWORD_FILE=/run/secrets/postgres_password\n')
    for (const [name, model] of alone) {
      const [app, db] = [serviceOf(model, 'app'), serviceOf(model, 'db')]
      assert.match(textOf(app['entrypoint']), /run\/secrets\/jwt_secret.*docker-entrypoint\.sh/, name)
      assert.deepEqual(app['command'], SHELL.cmd, name)
      assert.match(textOf(app['secrets']), /"jwt_secret"/, name)
      assert.match(textOf(db['secrets']), /"postgres_password"/, name)
      assert.deepEqual(Object.keys(asTree(model['secrets'])).sort(), ['jwt_secret', 'postgres_password'], name)
    }
    assert.doesNotMatch(notes, /could each be started alone/)
  })

  it('so it is where a database has the file form in one of them, and a client of the same env file a shim in another', async () => {
    const { moves, left, alone } = await together({
      'docker-compose.db.yml': 'services:\n  db:\n    image: postgres:16\n    env_file: db.env\n',
      'docker-compose.query.yml': 'services:\n  query:\n    image: shop/query\n    env_file: [db.env]\n',
      'db.env': ENV_FILES['db.env'],
    })
    assert.deepEqual(left, {})
    assert.deepEqual(moves, ['db.env.POSTGRES_PASSWORD'])
    const query = serviceOf(alone.get('docker-compose.query.yml'), 'query')
    assert.match(textOf(query['entrypoint']), /run\/secrets\/postgres_password/)
    assert.match(
      textOf(serviceOf(alone.get('docker-compose.db.yml'), 'db')),
      /"POSTGRES_PASSWORD_FILE":"\/run\/secrets\/postgres_password"/,
    )
  })

  it('so it is where each of them gives the service the same entrypoint', async () => {
    const app = '    image: shop/app\n    entrypoint: [/usr/bin/run]\n    command: [serve]\n'
    const files = { 'docker-compose.yml': project(app), 'docker-compose.prod.yml': project(app), ...ENV_FILES }
    const { left, alone } = await together(files)
    assert.deepEqual(left, {})
    for (const [name, model] of alone)
      assert.match(textOf(serviceOf(model, 'app')['entrypoint']), /run\/secrets\/jwt_secret.*\/usr\/bin\/run/, name)
  })

  it('so do the entries of each, and the line of .env that they are made from', async () => {
    const text = (more: string) =>
      `services:\n  app:\n    image: shop/app${more}\n    environment:\n      JWT_SECRET: $\{JWT}\n`.replace('\\{', '{')
    const { moves, alone, lines } = await together({
      'docker-compose.dev.yml': text(':dev'),
      'docker-compose.prod.yml': text('\n    command: [serve, --fast]'),
      '.env': 'JWT=Plum-7-tree\nTZ=UTC\n',
    })
    assert.deepEqual(moves, ['app.JWT_SECRET'])
    assert.equal(lines('.env'), 'TZ=UTC\n')
    for (const [name, model] of alone) {
      const app = serviceOf(model, 'app')
      assert.match(textOf(app['entrypoint']), /run\/secrets\/jwt_secret/, name)
      assert.match(textOf(app['secrets']), /"jwt_secret"/, name)
      assert.deepEqual(asTree(app['environment']), {}, name)
      assert.deepEqual(app['command'], name.includes('prod') ? ['serve', '--fast'] : SHELL.cmd, name)
    }
  })

  it('so does a line of .env that is the env file of one service and makes an entry of another in each of them', async () => {
    const text = (image: string) =>
      `services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: $\{POSTGRES_PASSWORD}\n  app:\n    image: ${image}\n    env_file: .env\n`
    const { moves, left, alone, lines } = await together({
      'docker-compose.yml': text('shop/app'),
      'docker-compose.prod.yml': text('shop/app\n    restart: always'),
      '.env': 'POSTGRES_PASSWORD=Plum-7-tree\nTZ=UTC\n',
    })
    assert.deepEqual(left, {})
    assert.deepEqual(moves, ['app.POSTGRES_PASSWORD', 'db.POSTGRES_PASSWORD'])
    assert.equal(lines('.env'), 'TZ=UTC\n')
    for (const [name, model] of alone) {
      assert.match(
        textOf(serviceOf(model, 'app')['entrypoint']),
        /POSTGRES_PASSWORD=.*run\/secrets\/postgres_password/,
        name,
      )
      assert.deepEqual(Object.keys(asTree(serviceOf(model, 'db')['environment'])), ['POSTGRES_PASSWORD_FILE'], name)
    }
  })

  it('a service gets in each of them what its shim reads, also where one gives it a variable by its env file and another by an entry', async () => {
    const line = (name: string) => `$${`{${name}}`}`
    const db = `  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: ${line('POSTGRES_PASSWORD')}\n`
    const { moves, left, alone, lines } = await together({
      'docker-compose.yml': `services:\n${db}  api:\n    image: shop/app\n    command: [dev]\n    env_file: .env\n    environment:\n      DB_PASSWORD: ${line('POSTGRES_PASSWORD')}\n`,
      'docker-compose.prod.yml': `services:\n${db}  api:\n    image: shop/app\n    command: [prod]\n    env_file: .env\n  worker:\n    image: shop/app\n    env_file: .env\n`,
      'docker-compose.staging.yml': `services:\n${db}  api:\n    image: shop/app\n    command: [staging]\n    environment:\n      JWT_SECRET: ${line('JWT_SECRET')}\n`,
      '.env': 'POSTGRES_PASSWORD=Plum-7-tree\nJWT_SECRET=Pear-8-tree\n',
    })
    assert.deepEqual(left, {})
    assert.equal(moves.length, 5)
    assert.equal(lines('.env'), '')
    for (const [name, model] of alone) {
      const api = serviceOf(model, 'api')
      for (const [variable, secret] of [
        ['JWT_SECRET', 'jwt_secret'],
        ['POSTGRES_PASSWORD', 'postgres_password'],
      ])
        assert.equal(
          textOf(api['entrypoint']).split(`export ${variable}=`).length,
          2,
          `${name}: ${variable}, ${secret}`,
        )
      const granted = asList(api['secrets']).map((grant) => asTree(grant)['source'])
      assert.deepEqual(granted.sort(), ['jwt_secret', 'postgres_password'], name)
      assert.deepEqual(api['command'], [name.replace(/docker-compose\.?|\.?yml/g, '') || 'dev'], name)
    }
  })

  it('an anchor of one and an entry of another go together, or stay with what keeps one of them', async () => {
    const env = '    environment:\n      <<: *env\n'
    const anchored = `x-env: &env\n  JWT_SECRET: Plum-7-tree\nservices:\n  api:\n    image: shop/app\n${env}  job:\n    image: shop/app\n${env}`
    const prod = (api: string) =>
      `services:\n  api:\n    image: shop/app\n${api}    environment: [JWT_SECRET=Plum-7-tree]\n  job:\n    image: shop/app\n    environment: [JWT_SECRET=Plum-7-tree]\n`
    const { moves, left, alone } = await together({
      'docker-compose.dev.yml': anchored,
      'docker-compose.prod.yml': prod(''),
    })
    assert.deepEqual([moves, left], [['api.JWT_SECRET', 'job.JWT_SECRET'], {}])
    for (const [name, model] of alone)
      for (const service of ['api', 'job']) {
        assert.match(textOf(serviceOf(model, service)['entrypoint']), /JWT_SECRET=.*run\/secrets\/jwt_secret/, name)
        assert.equal(asTree(serviceOf(model, service)['environment'])['JWT_SECRET'], undefined, name)
      }
    const other = await together({
      'docker-compose.dev.yml': anchored,
      'docker-compose.prod.yml': prod('    entrypoint: [node]\n'),
    })
    assert.deepEqual(other.moves, [])
    assert.match(
      other.left['api.JWT_SECRET'] ?? '',
      /^docker-compose\.prod\.yml gives api another entrypoint than docker-compose\.dev\.yml alone/,
    )
    assert.match(
      other.left['job.JWT_SECRET'] ?? '',
      /^It moves only together with api\.JWT_SECRET \(docker-compose\.prod\.yml:5\)/,
    )
  })

  it('a value that one of them has otherwise is told with the file that has it', async () => {
    const web = (more: string) => `services:\n  web:\n    image: shop/app\n    environment: { DB_PASSWORD: ${more} }\n`
    const { moves, left } = await together({
      'docker-compose.yml': web('Plum-7-tree'),
      'docker-compose.prod.yml':
        'services:\n  web:\n    extends: { file: docker-compose.yml, service: web }\n  job:\n    extends: { file: docker-compose.yml, service: web }\n',
      'docker-compose.test.yml': web('test'),
    })
    assert.deepEqual(moves, [])
    assert.match(left['web.DB_PASSWORD'] ?? '', /^docker-compose\.test\.yml gives web another value of DB_PASSWORD/)
    assert.match(
      left['web.DB_PASSWORD#2'] ?? '',
      /^docker-compose\.yml gives web another value of DB_PASSWORD, which stays/,
    )
  })

  it('what an env file and an entry give moves where a password among the words of one service stays', async () => {
    const app = (port: string) =>
      `  app:\n    image: shop/app:1\n    env_file: app.env\n    ports: ["${port}:80"]\n    command: [serve, --password, "${`$\{APP_PW}`.replace('\\', '')}"]\n`
    const db = (more: string) =>
      `  db:\n    image: postgres:16\n${more}    environment:\n      POSTGRES_PASSWORD: Plum-7-tree\n`
    const { moves, left } = await together({
      'docker-compose.yml': `services:\n${app('80')}${db('    env_file: app.env\n')}`,
      'docker-compose.dev.yml': `services:\n${app('81')}${db('')}`,
      'app.env': 'POSTGRES_PASSWORD=Plum-7-tree\n',
      '.env': 'APP_PW=Pear-8-tree\n',
    })
    assert.deepEqual(moves, ['app.POSTGRES_PASSWORD', 'db.POSTGRES_PASSWORD'])
    assert.match(left['app.--password'] ?? '', /each of the files that could be started alone would need its words/)
  })

  it('a value stays whose service has its command in one of them alone, and the plan says what to write', async () => {
    const files = (more: string) => ({
      'docker-compose.dev.yml': project('    image: shop/app\n    command: [watch]\n'),
      'docker-compose.prod.yml': project(`    image: shop/app\n${more}`),
      ...ENV_FILES,
    })
    const { moves, left } = await together(files(''))
    assert.deepEqual(moves, ['db.POSTGRES_PASSWORD'])
    assert.match(
      left['app.JWT_SECRET'] ?? '',
      /^app has a command in some of docker-compose\.dev\.yml, docker-compose\.prod/,
    )
    const written = await together(files('    command: [serve, --all]\n'))
    assert.deepEqual(written.moves, ['app.JWT_SECRET', 'db.POSTGRES_PASSWORD'])
  })

  it('a value stays where one of them starts its service in another way, or has another value', async () => {
    const shop = project('    image: shop/app\n')
    const other = (image: string) => ({ ...SHELL, ...(image === 'shop/other' ? { entrypoint: ['/main'] } : {}) })
    for (const [app, kept] of [
      ['    image: shop/app\n    entrypoint: [node]\n', 'app.JWT_SECRET'],
      ['    image: shop/other\n', 'app.JWT_SECRET'],
      ['    image: shop/app\n    environment: { JWT_SECRET: Another-1 }\n', 'app.JWT_SECRET'],
    ] as const)
      for (const order of ['prod', 'dev']) {
        const [first, second] = order === 'prod' ? [shop, project(app)] : [project(app), shop]
        const { moves, left, alone, lines } = await together(
          { 'docker-compose.dev.yml': first, 'docker-compose.prod.yml': second, ...ENV_FILES },
          other,
        )
        assert.deepEqual(moves, ['db.POSTGRES_PASSWORD'], app)
        assert.ok(left[kept] !== undefined, app)
        assert.equal(lines('app.env'), ENV_FILES['app.env'])
        for (const model of alone.values()) assert.doesNotMatch(textOf(serviceOf(model, 'app')), /secrets/)
      }
  })

  it('a command’s value stays in files for two places; with a shared line it is said how it moves in both, and so it does', async () => {
    const files = (cache: string, of: string) => ({
      'docker-compose.dev.yml': `services:\n  cache:\n    image: redis:7\n${cache}    ports: ["1:1"]\n`,
      'docker-compose.prod.yml': `services:\n  cache:\n    image: redis:7\n${cache}`,
      '.env': of,
    })
    const own = await together(files('    command: redis-server --requirepass Plum-7-tree\n', ''))
    const todoOf = ({ todos }: Awaited<ReturnType<typeof together>>) => todos['cache.--requirepass'] ?? ''
    assert.equal(todoOf(own), 'Plan each of them alone (-f docker-compose.dev.yml, then -f docker-compose.prod.yml).')
    const shared = await together(
      files('    command: redis-server --requirepass ${CACHE_PW}\n', 'CACHE_PW=Plum-7-tree\n'),
    )
    assert.match(
      todoOf(shared),
      /^They share CACHE_PW of \.env, so neither can be planned alone\. In docker-compose\.dev\.yml and/,
    )
    const [, entry = ''] = /\((CACHE_PW: .*) under environment:\)/.exec(todoOf(shared)) ?? []
    const [, command = ''] = /command \((\[.*\])\)/.exec(todoOf(shared)) ?? []
    const said = command.replace('…', 'redis-server --requirepass')
    const after = await together(
      files(`    environment: { "${entry.replace(': ', '": "')}" }\n    command: ${said}\n`, 'CACHE_PW=Plum-7-tree\n'),
    )
    assert.deepEqual([after.moves, after.left, after.lines('.env')], [['cache.CACHE_PW'], {}, ''])
    for (const [name, model] of after.alone) {
      const { entrypoint, command: words } = serviceOf(model, 'cache')
      assert.match(textOf(entrypoint), /export CACHE_PW=.*run\/secrets\/cache_pw/, name)
      assert.deepEqual(words, ['sh', '-c', 'exec redis-server --requirepass "$CACHE_PW"'], name)
    }
  })
})
