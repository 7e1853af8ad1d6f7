// Compose files of the folder that are not part of the plan, and are started over its files: what they change, a move would break.
import assert from 'node:assert/strict'
import { linkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { planned } from './with-siblings.js'

const PASSWORD = ['gran', 'ite-77'].join('')
const TOKEN = ['bas', 'alt-88'].join('')

const BASE = `services:
  api:
    image: shop/api
    depends_on: [db]
    environment:
      JWT_SECRET: ${TOKEN}
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${PASSWORD}
`
const API = 'api.JWT_SECRET'
const BUILT = 'api/Dockerfile.JWT_SECRET'
const DB = 'db.POSTGRES_PASSWORD'

describe('migrate: a Compose file that is started over those of the plan', () => {
  const over = (file: string, more: Readonly<Record<string, string>> = {}) =>
    planned({ 'compose.yaml': BASE, 'compose.prod.yaml': file, ...more })
  const db = (...lines: readonly string[]) => `services:\n  db:\n${lines.map((line) => `    ${line}\n`).join('')}`
  const api = (...lines: readonly string[]) => db(...lines).replace('db:', 'api:')

  it('keeps what it gives another value, the same value, none, or one of an env file', async () => {
    for (const [change, more] of [
      ['environment: [POSTGRES_PASSWORD]', {}],
      ['environment: !override { POSTGRES_USER: app }', {}],
      ['env_file: prod.env', { 'prod.env': 'POSTGRES_PASSWORD=another-1\n' }],
    ] as const) {
      const { moves, left } = await over(db(change), more)
      assert.deepEqual(moves, [API], change)
      assert.match(left[DB]?.reason ?? '', /^compose\.prod\.yaml .*db.* and is not part of this plan\.$/, change)
      assert.match(left[DB]?.todo ?? '', /-f compose\.yaml -f compose\.prod\.yaml/)
    }
  })

  it('keeps nothing of a variable that it writes itself where a shim brings it, which leaves that one alone', async () => {
    for (const own of ['{ JWT_SECRET: another-1 }', '{ JWT_SECRET: "${PROD_SECRET}" }', `[JWT_SECRET=${TOKEN}]`])
      assert.deepEqual((await over(api(`environment: ${own}`))).moves, [API, DB], own)
    const checked = BASE.replace('    depends_on', '    healthcheck: { test: "curl localhost/$$$$JWT_SECRET" }\n$&')
    for (const [main, change, more] of [
      [BASE, 'environment: [JWT_SECRET]', {}],
      [BASE, 'environment: !override { OTHER: x }', {}],
      [BASE, 'env_file: prod.env', { 'prod.env': 'JWT_SECRET=another-1\n' }],
      [checked, 'environment: { JWT_SECRET: another-1 }', {}],
    ] as const) {
      const { moves } = await planned({ 'compose.yaml': main, 'compose.prod.yaml': api(change), ...more })
      assert.deepEqual(moves, [DB], `${change} may be unset, or would not count over the plan's own`)
    }
  })

  it('so does the password of a database, which then goes by a shim: beside its file form the image would not start', async () => {
    for (const own of ['{ POSTGRES_PASSWORD: another-1 }', `[POSTGRES_PASSWORD=${PASSWORD}]`]) {
      const { moves, after: textOf } = await over(db(`environment: ${own}`))
      const text = textOf('compose.yaml')
      assert.deepEqual(moves, [API, DB], own)
      assert.doesNotMatch(text, /POSTGRES_PASSWORD_FILE/)
      assert.match(text, /export POSTGRES_PASSWORD=.*cat \/run\/secrets\/postgres_password/)
    }
    const { moves } = await over(db('environment: { POSTGRES_PASSWORD: another-1 }', 'entrypoint: [/own]'))
    assert.deepEqual(moves, [API], 'the shim would start another program there')
  })

  it('keeps what it starts in another way than the plan gives it its value by', async () => {
    for (const [change, kept] of [
      [db('entrypoint: [sh, -c, exec postgres]'), DB],
      [db('command: [pg_dump, app]'), DB],
      [db('healthcheck: { test: "test -n $$POSTGRES_PASSWORD" }'), DB],
      [db('post_start: [{ command: [sh, -c, "echo $$POSTGRES_PASSWORD"] }]'), DB],
      [api('entrypoint: [node, main.js]'), API],
      [api('image: shop/other'), API],
      [db('image: shop/other'), DB],
      [api('build: { context: ., target: dev }'), API],
      [api('build: { context: ., dockerfile: dev.Dockerfile }'), API],
    ] as const) {
      const { moves, left } = await over(change)
      assert.deepEqual(Object.keys(left), [kept], change)
      assert.equal(moves.length, 1)
    }
  })

  it('keeps what it leaves no place for: a read-only volume over /run/secrets', async () => {
    const { moves, left } = await over(db('volumes: ["./sec:/run/secrets:ro"]'))
    assert.deepEqual(moves, [API])
    assert.match(left[DB]?.reason ?? '', /^compose\.prod\.yaml mounts a read-only volume over \/run\/secrets of db/)
    assert.deepEqual((await over(db('volumes: ["./sec:/run/secrets/sec:ro"]'))).moves, [API, DB])
    const own = BASE.replace('image: postgres:16\n', '$&    volumes: ["./sec:/run/secrets/:ro"]\n')
    const itself = await planned({ 'compose.yaml': own })
    assert.deepEqual(itself.moves, [API])
    assert.match(itself.left[DB]?.reason ?? '', /^db has a read-only volume over \/run\/secrets/)
    const agent = own.replace('./sec:', 'vault-secrets-db:')
    const ofVault = await planned({ 'compose.yaml': `${agent}volumes: { vault-secrets-db: {} }\n` })
    assert.deepEqual(ofVault.moves, [API, DB], 'the volume that the agent of Vault writes to')
  })

  it('keeps nothing that it does not touch', async () => {
    for (const change of [
      db('ports: ["5432:5432"]', 'command: [postgres, -c, log_statement=all]', 'image: postgres:17'),
      api('command: [npm, run, dev]', 'environment: { DEBUG: "1" }', 'volumes: ["./src:/app/src"]'),
      api('build: .'),
      api('image: registry.example/shop/api:2'),
      'services:\n  mail:\n    image: mailhog/mailhog\n    environment: { POSTGRES_PASSWORD: another-1 }\n',
    ])
      assert.deepEqual((await over(change)).moves, [API, DB], change)
  })

  it('may start a service as another user, who has to be able to read the secret', async () => {
    for (const change of [db('user: "999"'), db('post_start: [{ command: id, user: app }]')])
      assert.deepEqual((await over(change)).modes, { jwt_secret: undefined, postgres_password: 0o444 }, change)
    for (const change of [db('user: "0:0"'), db('user: root')])
      assert.deepEqual((await over(change)).modes, { jwt_secret: undefined, postgres_password: undefined }, change)
  })

  it('keeps a line of .env that a service of it finds in its container, unless Compose gives it the variable', async () => {
    const files = { 'compose.yaml': BASE.replace(TOKEN, '${JWT_SECRET}'), '.env': `JWT_SECRET=${TOKEN}\n` }
    const worker = (...lines: readonly string[]) =>
      `services:\n  worker:\n    image: shop/worker\n${lines.map((line) => `    ${line}\n`).join('')}`
    for (const change of [
      worker('volumes: ["./:/app"]'),
      worker('volumes: ["./.env:/app/.env:ro"]'),
      `${worker('configs: [dotenv]')}configs: { dotenv: { file: .env } }\n`,
      worker('image: "shop/worker:${TAG:?is not set}"', 'volumes: ["./.env:/app/.env:ro"]').replace(
        / {4}image: .*worker\n/,
        '',
      ),
    ]) {
      const { moves, left } = await planned({ ...files, 'compose.prod.yaml': change })
      assert.deepEqual(moves, [DB], change)
      assert.match(left[API]?.reason ?? '', /compose\.prod\.yaml.*(worker|uses JWT_SECRET of \.env)/, change)
    }
    const mounted = 'volumes: ["./.env:/app/.env:ro"]'
    assert.deepEqual((await planned({ ...files, 'compose.prod.yaml': api(mounted) })).moves, [API, DB])
  })

  it('keeps a password on a command line that it writes anew', async () => {
    const base = `services:\n  cache:\n    image: redis:7\n    command: redis-server --requirepass ${PASSWORD}\n  web: { image: shop/web }\n`
    const { moves, left } = await planned({
      'compose.yaml': base,
      'compose.prod.yaml': 'services:\n  cache:\n    command: redis-server --requirepass another-1\n',
    })
    assert.deepEqual(moves, [])
    assert.match(Object.values(left)[0]?.reason ?? '', /^compose\.prod\.yaml gives cache a command of its own/)
  })

  it('looks at one that is called backup or old, too: it may start the backups', async () => {
    const backup = 'services:\n  backup:\n    image: shop/backup\n    environment: { PGPASSWORD: "${DB_PW}" }\n'
    for (const name of ['compose.backup.yaml', 'docker-compose.old.yml']) {
      const { moves } = await planned({
        'compose.yaml':
          'services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: "${DB_PW}" }\n',
        '.env': `DB_PW=${PASSWORD}\n`,
        [name]: backup,
      })
      assert.deepEqual(moves, [], name)
    }
  })

  it('keeps what a file names that cannot be read alone nor with the others', async () => {
    const { moves, notes } = await over(api('environment:', '  JWT_SECRET: ${PROD_SECRET:?is not set}'))
    assert.deepEqual(moves, [DB])
    assert.match(
      notes,
      /compose\.prod\.yaml is not part of this plan and cannot be read, .*PROD_SECRET is missing a value/,
    )
    const broken = await over(`services: [\n  api: { JWT_SECRET: ${PASSWORD}\n`)
    assert.match(
      broken.notes,
      /compose\.prod\.yaml is not part of this plan and cannot be read, .*compose\.prod\.yaml:3: not valid YAML: the indentation does not fit/,
    )
    assert.ok(!broken.notes.includes(PASSWORD) && !broken.notes.includes('Plan with'))
  })

  it('is named with the secrets that it holds', async () => {
    const { notes } = await over(api('environment: { SMTP_PASSWORD: another-1 }'))
    assert.match(
      notes,
      /^compose\.prod\.yaml is not part of this plan and holds api\.SMTP_PASSWORD, which stays there: plan with -f compose\.yaml -f compose\.prod\.yaml\.$/m,
    )
    assert.ok(!notes.includes('another-1'))
    assert.doesNotMatch((await over(db('ports: ["5432:5432"]'))).notes, /compose\.prod/)
  })
})

describe('migrate: a Compose file of the folder that is a project of its own', () => {
  const PROD = BASE.replace(TOKEN, 'another-1').replace(PASSWORD, 'another-2')

  it('keeps nothing, and is named with what it holds and with the files that it may not be started over', async () => {
    const { moves, notes } = await planned({ 'compose.yaml': BASE, 'compose.prod.yaml': PROD })
    assert.deepEqual(moves, [API, DB])
    assert.match(notes, /compose\.prod\.yaml is not part of this plan and holds api\.JWT_SECRET, db\.POSTGRES_PASSWORD/)
    assert.match(notes, /started over compose\.yaml, plan with both instead: -f compose\.yaml -f compose\.prod\.yaml\./)
  })

  it('comes first in the files to plan with where it is the one of a default name, and the note says what comes of it', async () => {
    const files = { 'compose.yaml': BASE, 'compose.prod.yaml': PROD }
    const { moves, notes } = await planned(files, { main: 'compose.prod.yaml' })
    assert.deepEqual(moves, [API, DB])
    assert.match(
      notes,
      /Where compose\.prod\.yaml is started over it, plan with both instead: -f compose\.yaml -f compose\.prod\.yaml\. By this plan alone, db would have POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE there, and may not start\./,
    )
    const withoutIt = BASE.replace('POSTGRES_PASSWORD:', 'POSTGRES_USER:')
    const other = await planned({ ...files, 'compose.yaml': withoutIt }, { main: 'compose.prod.yaml' })
    assert.doesNotMatch(other.notes, /may not start/)
  })

  it('is none that lacks a service which the others need, nor one that only names another image', async () => {
    const [api = ''] = PROD.split('  db:')
    const onlyApi = api.replace(/environment:\n.*/, 'env_file: prod.env')
    const more = { 'compose.prod.yaml': onlyApi, 'prod.env': 'JWT_SECRET=another-1\n' }
    assert.deepEqual((await planned({ 'compose.yaml': BASE, ...more })).moves, [DB])
    const one = `services:\n  app:\n    image: shop/app\n    ports: ["80:80"]\n    environment: { APP_SECRET: ${TOKEN} }\n`
    const change = 'services:\n  app:\n    image: shop/app:2\n    env_file: prod.env\n'
    const own = { 'compose.prod.yaml': change, 'prod.env': 'APP_SECRET=another-1\n' }
    assert.deepEqual((await planned({ 'compose.yaml': one, ...own })).moves, [])
    assert.deepEqual((await planned({ 'compose.yaml': one, 'compose.prod.yaml': one })).moves, ['app.APP_SECRET'])
  })

  it('is none that leaves something of a service to the others, nor one that docker refuses alone', async () => {
    const isItself = async (main: string, prod: string) =>
      /compose\.prod\.yaml .* is taken for a project of its own/.test(
        (await planned({ 'compose.yaml': main, 'compose.prod.yaml': prod })).notes,
      )
    const pinned = PROD.replace('image: shop/api', 'image: shop/api:2').replace(
      'image: postgres:16',
      'image: postgres:16.4',
    )
    assert.equal(await isItself(BASE, pinned), true)
    const volume = `${pinned}    volumes: [data:/var/lib/postgresql/data]\n`
    const withVolume = `${BASE}volumes: { data: {} }\n`
    assert.equal(await isItself(withVolume, volume), false)
    const declared = `${volume}volumes: { data: {} }\n`
    assert.equal(await isItself(withVolume, declared), true)
    // It could be either: started over the others it would go on with the wrong values, without a word.
    const bare = (text: string) => text.replace('    depends_on: [db]\n', '')
    assert.equal(await isItself(bare(BASE), bare(pinned)), false)
    const less = BASE.replace(
      '    image: postgres:16\n',
      '    image: postgres:16\n    command: [postgres, -c, fsync=off]\n',
    )
    assert.equal(await isItself(less, PROD), false)
  })

  it('keeps what leaves a Dockerfile that it builds from, too', async () => {
    const built = BASE.replace('image: shop/api', 'build: ./api').replace(/ {4}environment:\n {6}JWT.*\n/, '')
    const files = { 'compose.yaml': built, 'api/Dockerfile': `FROM node:20\nENV JWT_SECRET=${TOKEN}\n` }
    assert.deepEqual((await planned(files)).moves, [DB, BUILT])
    const { moves, left } = await planned({ ...files, 'compose.prod.yaml': built })
    assert.deepEqual(moves, [DB])
    assert.match(left[BUILT]?.reason ?? '', /^compose\.prod\.yaml builds api from api\/Dockerfile, too/)
  })
})

describe('migrate: services that run an image which another one builds, by its name', () => {
  const DOCKERFILE = `FROM node:20\nENV JWT_SECRET=${TOKEN}\n`
  const web = (more = '') => `services:\n  web:\n    build: ./api\n    image: shop/web\n${more}`
  const files = (compose: string, more: Readonly<Record<string, string>> = {}) => ({
    'compose.yaml': compose,
    'api/Dockerfile': DOCKERFILE,
    ...more,
  })

  it('get the secret that leaves its Dockerfile, but for those that set the variable themselves', async () => {
    const worker = '  worker: { image: "docker.io/shop/web:latest" }\n'
    const other = '  other: { image: "shop/web:2" }\n'
    const own = '  own:\n    image: shop/web\n    environment: { JWT_SECRET: another-1 }\n'
    const { services } = await planned(files(web(worker + other + own)))
    assert.deepEqual(services[BUILT], ['web', 'worker'])
  })

  it('hold it back where they are in no active profile, or in another Compose file', async () => {
    const inactive = await planned(files(web('  cron: { image: shop/web, profiles: [jobs] }\n')))
    assert.deepEqual(inactive.moves, [])
    assert.match(inactive.left[BUILT]?.reason ?? '', /^cron is in no active profile/)
    const prod = (service: string) => `services:\n  ${service}:\n    image: shop/web\n    restart: always\n`
    const { moves, left } = await planned(files(web(), { 'compose.prod.yaml': prod('worker') }))
    assert.deepEqual(moves, [])
    assert.match(left[BUILT]?.reason ?? '', /^compose\.prod\.yaml runs the image .* by its name, as worker/)
    const setsIt = `services:\n  worker:\n    image: shop/web\n    environment: { JWT_SECRET: another-1 }\n`
    assert.deepEqual((await planned(files(web(), { 'compose.prod.yaml': setsIt }))).moves, [BUILT])
  })
})

describe('migrate: the service that another Compose file of the folder runs by the name of its image', () => {
  const BUILDING = {
    'compose.yaml': 'services:\n  web:\n    build: ./api\n    image: shop/web\n  jobs: { image: shop/jobs }\n',
    'api/Dockerfile': `FROM node:20\nENV JWT_SECRET=${TOKEN}\n`,
  }
  const held = (prod: string) => planned({ ...BUILDING, 'compose.prod.yaml': prod })
  const prodWith = (more: string) => `services:\n  web:\n    image: shop/web\n    restart: always\n${more}`
  const PULLED = prodWith('')

  it('keeps what leaves the Dockerfile, where the file can be started without the one that builds', async () => {
    for (const more of ['', '  jobs: { image: "shop/jobs:2" }\n', '  mail: { image: mailhog/mailhog }\n']) {
      const { moves, left } = await held(`${PULLED}${more}`)
      assert.deepEqual(moves, [], more)
      assert.match(left[BUILT]?.reason ?? '', /^compose\.prod\.yaml runs the image .* by its name, as web, and is not/)
      const todo = left[BUILT]?.todo ?? ''
      assert.match(
        todo,
        /-f compose\.prod\.yaml\); else put compose\.prod\.yaml into a folder .* give web the variable there/,
      )
      const inFolder = { 'prod/compose.yaml': `${prodWith('    environment: { JWT_SECRET: another-1 }\n')}${more}` }
      assert.deepEqual((await planned({ ...BUILDING, ...inFolder })).moves, [BUILT])
    }
  })

  it('keeps it where the file builds from the same Dockerfile, and can be started alone', async () => {
    const web = '    build: ./api\n    image: shop/web\n    environment: { PORT: "80" }\n'
    const all = (more: string) =>
      planned({
        'compose.yaml': `services:\n  web:\n${web}  jobs: { image: shop/jobs }\n`,
        'api/Dockerfile': `FROM node:20\nENV JWT_SECRET=${TOKEN}\n`,
        'compose.prod.yaml': `services:\n  web:\n    build: ./api\n    restart: always\n${more}`,
      })
    const { moves, left } = await all('')
    assert.deepEqual(moves, [])
    assert.match(left[BUILT]?.reason ?? '', /^compose\.prod\.yaml builds web from api\/Dockerfile, too/)
    assert.match(left[BUILT]?.todo ?? '', /else give one of them a Dockerfile of its own, and plan again\.$/)
    assert.deepEqual((await all('  jobs: { restart: always }\n')).moves, [BUILT])
  })

  it('keeps it where a file of another folder names the image', async () => {
    const all = (deploy: string) =>
      planned({
        'compose.yaml': 'services:\n  web:\n    build: ./api\n    image: shop/web:1\n',
        'api/Dockerfile': `FROM node:20\nENV JWT_SECRET=${TOKEN}\n`,
        'deploy/compose.yaml': deploy,
      })
    const { moves, left } = await all('services:\n  web: { image: "shop/web:1", restart: always }\n')
    assert.deepEqual(moves, [])
    assert.match(left[BUILT]?.reason ?? '', /^deploy\/compose\.yaml runs the image .* by its name, as web/)
    assert.deepEqual((await all('services:\n  web: { image: "shop/web:2" }\n')).moves, [BUILT])
  })

  it('keeps nothing where the file is only ever started over the one that builds', async () => {
    const another = '  jobs: { restart: always }\n'
    for (const prod of [
      `${PULLED}${another}`,
      `${PULLED}    volumes: [data:/data]\n`,
      PULLED.replace(/ +image.*\n/, ''),
    ])
      assert.deepEqual((await held(prod)).moves, [BUILT], prod)
  })
})

describe('migrate: names of the folder that nothing starts beside those of the plan', () => {
  const OVERRIDE = `services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: another-1\n      PGPASSWORD: another-2\n`

  it('an override of docker compose keeps nothing that is deployed as a stack, and is named with what it holds', async () => {
    for (const name of ['compose.override.yaml', 'docker-compose.override.yml']) {
      const files = { 'stack.yml': BASE, [name]: OVERRIDE }
      const { moves, notes } = await planned(files, { main: 'stack.yml', isStack: true })
      assert.deepEqual(moves, [API, DB], name)
      assert.match(
        notes,
        /override\.ya?ml is not part of this plan: .*db\.PGPASSWORD.* stays there, since docker stack deploy/,
      )
      const used = await planned(files, { main: 'stack.yml' })
      assert.doesNotMatch(used.notes, /docker stack deploy/, 'without a stack it may be used')
    }
    const other = await planned({ 'stack.yml': BASE, 'stack.prod.yml': OVERRIDE }, { main: 'stack.yml', isStack: true })
    assert.doesNotMatch(other.notes, /does not read it/, 'docker stack deploy may be given a second file')
  })

  it("symbolic links to the plan's file are that file, whichever of them is named", async () => {
    const links = (folder: string) => symlinkSync('docker-compose.yml', join(folder, 'compose.yaml'))
    for (const main of ['compose.yaml', 'docker-compose.yml']) {
      const { moves, notes } = await planned({ 'docker-compose.yml': BASE }, { main, links })
      assert.deepEqual(moves, [API, DB], main)
      assert.doesNotMatch(notes, /compose\.ya?ml is not part of this plan/)
    }
  })

  it('a hard link keeps nothing, and the plan says that it keeps the values', async () => {
    const dotenv = { '.env': `JWT=${TOKEN}\n` }
    const { moves, notes } = await planned(
      { 'docker-compose.yml': BASE.replace(TOKEN, '${JWT}'), ...dotenv },
      {
        main: 'docker-compose.yml',
        links: (folder) => linkSync(join(folder, 'docker-compose.yml'), join(folder, 'compose.yaml')),
      },
    )
    assert.deepEqual(moves, [API, DB])
    assert.match(notes, /^compose\.yaml is not part of this plan: db\.POSTGRES_PASSWORD stays there, .*hard link/m)
  })
})
