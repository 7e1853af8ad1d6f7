// A shared env file gives services variables that they never read: they need neither the secret nor a shim for it.
import assert from 'node:assert/strict'
import { renderPlan } from '../../../src/migrate/print-plan.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { FOLDER, gathered, SHELL } from './in-memory.js'

const ENV = 'POSTGRES_PASSWORD=Made-up-17\nSESSION_KEY=Made-up-18\n'
const project = (db: string) =>
  `services:\n  db:\n    image: postgres:16\n    env_file: app.env\n${db}  app:\n    image: shop/app\n    env_file: app.env\n`

async function planned(db = '', env = ENV) {
  const base = await gathered(project(db), () => SHELL, { 'app.env': env })
  const result = await makeSafePlan(base, base.load)
  return {
    ...result,
    text: Buffer.from(result.staged.get(`${FOLDER}/compose.yaml`) ?? '').toString(),
    printed: renderPlan(base, result),
  }
}

const dbOf = (text: string) => text.slice(text.indexOf('  db:'), text.indexOf('  app:'))

describe('migrate: variables that a service gets and does not read', () => {
  it('a database gets no shim and no grant for what is its client’s, and it is told', async () => {
    const { text, left, plan } = await planned()
    assert.deepEqual(left, [])
    assert.match(dbOf(text), /secrets:\n {6}- postgres_password\n/)
    assert.doesNotMatch(dbOf(text), /entrypoint|session_key/)
    assert.match(text.slice(text.indexOf('  app:')), /entrypoint.*SESSION_KEY/s)
    assert.match(plan.notes.join('\n'), /SESSION_KEY: db has it from the same file and does not read it/)
    assert.ok(plan.services.includes('db'))
  })

  it('nor where the client has the same under environment, too', async () => {
    const repeat = async (value: string) => {
      const text = `${project('')}    environment:\n      SESSION_KEY: ${value}\n`
      const base = await gathered(text, () => SHELL, { 'app.env': ENV })
      const { staged, ...result } = await makeSafePlan(base, base.load)
      return { ...result, text: Buffer.from(staged.get(`${FOLDER}/compose.yaml`) ?? '').toString() }
    }
    const { text, left, moves } = await repeat('Made-up-18')
    assert.deepEqual([left, new Set(moves.map(({ name }) => name)).size], [[], 2])
    assert.doesNotMatch(dbOf(text), /entrypoint|session_key/)
    assert.match(text.slice(text.indexOf('  app:')), /export SESSION_KEY/)
    // Of another value nobody else would have the line's: it stays with the one that has it.
    assert.match(dbOf((await repeat('Made-up-19')).text), /export SESSION_KEY/)
  })

  it('a URL of the file that the client writes otherwise has the one secret of the database, which gets no shim for it', async () => {
    const url = (host: string) => `postgres://app:Made-up-17@${host}/shop`
    const text = `${project('')}    environment:\n      DATABASE_URL: ${url('db')}\n`
    const env = `POSTGRES_USER=app\nPOSTGRES_PASSWORD=Made-up-17\nDATABASE_URL=${url('localhost')}\n`
    const base = await gathered(text, () => SHELL, { 'app.env': env })
    const { staged, left, moves } = await makeSafePlan(base, base.load)
    assert.deepEqual([left, [...new Set(moves.map(({ name }) => name))]], [[], ['postgres_password']])
    assert.doesNotMatch(dbOf(Buffer.from(staged.get(`${FOLDER}/compose.yaml`) ?? '').toString()), /entrypoint/)
  })

  it('what may read it keeps it', async () => {
    for (const more of [
      '    volumes: ["./init:/docker-entrypoint-initdb.d"]\n',
      '    healthcheck:\n      test: ["CMD-SHELL", "check $$SESSION_KEY"]\n',
      '    command: ["postgres", "-c", "x=$$SESSION_KEY"]\n',
      '    command: sh /x.sh\n',
      '    entrypoint: ["/x.sh"]\n',
      '    build: .\n',
      '    environment:\n      OTHER: env://SESSION_KEY\n',
    ]) {
      const { moves, left } = await planned(more)
      const own = moves.filter(({ candidate: { variable } }) => variable === 'SESSION_KEY')
      assert.ok(
        own.every(({ candidate: { services } }) => services.includes('db')) && own.length + left.length > 0,
        more,
      )
    }
  })

  it('what the same file makes of it is no use of it where that is not read either', async () => {
    const env = `POSTGRES_PASSWORD=Made-up-17\nDB_URL=postgres://shop:$` + '{POSTGRES_PASSWORD}@db/shop\n'
    const redis = '  redis:\n    image: redis:7\n    env_file: app.env\n'
    const base = await gathered(project('') + redis, () => SHELL, { 'app.env': env })
    const { staged, left } = await makeSafePlan(base, base.load)
    const text = Buffer.from(staged.get(`${FOLDER}/compose.yaml`) ?? '').toString()
    assert.deepEqual(left, [])
    assert.ok(text.includes(redis), 'redis stays as it is')
    assert.match(text.slice(text.indexOf('  app:'), text.indexOf('  redis:')), /DB_URL/)
    const check = '    healthcheck:\n      test: ["CMD-SHELL", "check $$DB_URL"]\n'
    const read = await gathered(project('') + redis + check, () => SHELL, { 'app.env': env })
    const { moves } = await makeSafePlan(read, read.load)
    for (const { candidate } of moves) assert.ok(candidate.services.includes('redis'), candidate.id)
  })

  it('a name of its own is read: of the image, of its kind, of any program', async () => {
    for (const name of ['PGPASSWORD', 'POSTGRES_APP_PASSWORD', 'SSL_KEY_PASSWORD']) {
      const { moves } = await planned('', `${name}=Made-up-18\n`)
      assert.deepEqual(
        moves.map(({ candidate: { services } }) => services),
        [['app', 'db']],
        name,
      )
    }
  })

  it('a line of .env for Compose alone leaves all services that have it by env_file, too: they get no secret for it', async () => {
    const server = (name: string, more = '') =>
      `  ${name}:\n    image: ghcr.io/goauthentik/server:2024.2.2\n    command: ${name}\n    env_file: .env\n    environment:\n      AUTHENTIK_POSTGRESQL__PASSWORD: \${PG_PASS}\n${more}`
    const db =
      '  db:\n    image: postgres:16\n    env_file: .env\n    environment:\n      POSTGRES_PASSWORD: ${PG_PASS}\n'
    const of = async (more: string) => {
      const base = await gathered(`services:\n${db}${server('server')}${server('worker', more)}`, () => SHELL, {
        '.env': 'PG_PASS=Made-up-17\nTZ=UTC\n',
      })
      const { staged, ...result } = await makeSafePlan(base, base.load)
      const text = (name: string) => Buffer.from(staged.get(`${FOLDER}/${name}`) ?? '').toString()
      return { text, printed: renderPlan(base, { staged, ...result }), ...result }
    }
    const { text, left, moves, printed, plan } = await of('')
    assert.deepEqual([left, text('.env')], [[], 'TZ=UTC\n'])
    assert.deepEqual(new Set(moves.map(({ name }) => name)), new Set(['postgres_password']))
    assert.doesNotMatch(text('compose.yaml'), /entrypoint|PG_PASS/)
    assert.match(printed, /\.env\.PG_PASS {2}\(.*\) {2}no longer in the environment: no service reads it\n/)
    assert.deepEqual(plan.services, ['db', 'server', 'worker'])
    const read = await of('    volumes: ["./blueprints:/blueprints/custom"]\n')
    assert.match(read.text('compose.yaml'), /^ {2}worker:.*export PG_PASS/ms)
  })

  it('data on the host’s disk is no script', async () => {
    const { moves } = await planned('    volumes: ["./data:/var/lib/postgresql/data", "sock:/run/pg"]\n')
    const own = moves.find(({ candidate: { variable } }) => variable === 'SESSION_KEY')
    assert.deepEqual(own?.candidate.services, ['app'])
  })

  it('where the client has a file form for it, the line that both share has that', async () => {
    for (const [image, variable, value] of [
      [
        'ghcr.io/goauthentik/server:2024.2',
        'AUTHENTIK_SECRET_KEY',
        'AUTHENTIK_SECRET_KEY=file:///run/secrets/authentik_secret_key',
      ],
      ['wordpress', 'WORDPRESS_AUTH_KEY', 'WORDPRESS_AUTH_KEY_FILE=/run/secrets/wordpress_auth_key'],
    ] as const) {
      const text = project('').replace('shop/app', image)
      const base = await gathered(text, () => SHELL, {
        'app.env': `POSTGRES_PASSWORD=Made-up-17\n${variable}=Made-up-18\n`,
      })
      const { left, moves, staged } = await makeSafePlan(base, base.load)
      assert.deepEqual([left, moves.length], [[], 2], image)
      const lines = Buffer.from(staged.get(`${FOLDER}/app.env`) ?? '')
        .toString()
        .split('\n')
      assert.ok(lines.includes(value), lines.join('\n'))
      assert.doesNotMatch(dbOf(Buffer.from(staged.get(`${FOLDER}/compose.yaml`) ?? '').toString()), /_key/)
    }
  })
})
