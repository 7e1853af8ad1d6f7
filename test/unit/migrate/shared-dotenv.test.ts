// A .env that feeds more than one thing: variables passed through by name, and the same file as a service's env_file.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { renderPlan } from '../../../src/migrate/print-plan.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { FOLDER, gathered, SHELL } from './in-memory.js'

const ENV = 'DB_PASSWORD=made-up-17\nDB_USER=app\n'

async function planned(text: string, env = ENV, unknown = '') {
  const base = await gathered(text, (image) => (image === unknown ? { missing: 'no such image' } : SHELL), {
    '.env': env,
  })
  const result = await makeSafePlan(base, base.load)
  const fileAfter = (name: string) => Buffer.from(result.staged.get(`${FOLDER}/${name}`) ?? '').toString()
  return { ...result, fileAfter, printed: renderPlan(base, result) }
}

describe('migrate: one .env for several uses', () => {
  it('a variable passed through by its name moves out of .env', async () => {
    for (const [entry, moved] of [
      ['- POSTGRES_PASSWORD', '- POSTGRES_PASSWORD_FILE=/run/secrets/postgres_password'],
      ['POSTGRES_PASSWORD:', 'POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password'],
    ] as const) {
      const text = `services:\n  db:\n    image: postgres\n    environment:\n      ${entry}\n`
      const { fileAfter } = await planned(text, 'POSTGRES_PASSWORD=made-up-17\nTZ=UTC\n')
      assert.equal(fileAfter('.env'), 'TZ=UTC\n')
      assert.ok(fileAfter('compose.yaml').includes(`      ${moved}\n`), fileAfter('compose.yaml'))
    }
  })

  it('of one reader that moves alone the plan says that the line stays, and who has it', async () => {
    const reader = (name: string, entries: string) => `  ${name}:\n    image: shop/${name}\n    ${entries}\n`
    const text = `services:\n${reader('db', 'env_file: .env')}${reader('one', 'environment: {A_PASSWORD: "$DB_PASSWORD"}')}${reader('two', 'environment: {DATABASE_URL: "postgres://app:$DB_PASSWORD@db/x"}')}`
    const stays = async (id: string) => {
      const base = await gathered(text, undefined, { '.env': ENV })
      const { plan, moves } = await makeSafePlan(
        { ...base, candidates: base.candidates.filter((each) => each.id === id) },
        base.load,
      )
      assert.deepEqual(
        moves.map(({ candidate }) => candidate.id),
        [id],
      )
      return plan.notes.find((note) => note.includes('the same value stays in')) ?? ''
    }
    const line = '.env:1 (DB_PASSWORD, read by db)'
    for (const [id, others] of [
      ['one.A_PASSWORD', ['compose.yaml:10 (two.DATABASE_URL)', line]],
      ['two.DATABASE_URL', ['compose.yaml:7 (one.A_PASSWORD)', line]],
    ] as const) {
      const note = await stays(id)
      for (const other of others) assert.ok(note.includes(other), note)
    }
  })

  it('an entry of an x- field that every service writes anew goes with the line that it names', async () => {
    const own = '    environment:\n      - API_TOKEN=${TOKEN}\n      - NAME=one\n'
    const services = `services:\n  one:\n    <<: *app\n${own}  two:\n    <<: *app\n${own}`
    for (const [entries, after] of [
      ['    - API_TOKEN=${TOKEN}\n    - TZ=UTC\n', '    - TZ=UTC\n'],
      ['    API_TOKEN: "${TOKEN}"\n    TZ: UTC\n', '    TZ: UTC\n'],
    ] as const) {
      const field = (text: string) => `x-app: &app\n  image: shop/app\n  environment:\n${text}`
      const { left, fileAfter } = await planned(field(entries) + services, 'TOKEN=made-up-17\nTZ=UTC\n')
      assert.deepEqual(left, [])
      assert.equal(fileAfter('.env'), 'TZ=UTC\n')
      assert.ok(fileAfter('compose.yaml').startsWith(field(after)), fileAfter('compose.yaml'))
    }
  })

  it('one that a service has stays, and the line with it, where that may not move', async () => {
    const text =
      'x-app: &app\n  image: shop/app\n  environment:\n    API_TOKEN: ${TOKEN}\nservices:\n  one:\n    <<: *app\n    profiles: [tools]\n' +
      '  two:\n    image: shop/app\n    environment: { API_TOKEN: "${TOKEN}" }\n'
    const { fileAfter } = await planned(text, 'TOKEN=made-up-17\n')
    assert.equal(fileAfter('.env'), '')
    assert.match(fileAfter('compose.yaml'), /^ {4}API_TOKEN: \$\{TOKEN\}$/m)
  })

  it('a line that a command, its health check and a service with the file have leaves in one go', async () => {
    const redis = (check: string) =>
      'services:\n  redis:\n    image: redis:7\n    command: ["redis-server", "--requirepass", "${REDIS_PASSWORD}"]\n' +
      `    healthcheck:\n      test: ${check}\n  api:\n    image: shop/app\n    env_file: .env\n`
    const env = 'REDIS_PASSWORD=made-up-17\nTZ=UTC\n'
    for (const check of [
      '["CMD-SHELL", "redis-cli -a ${REDIS_PASSWORD} ping | grep -q PONG"]',
      '["CMD", "redis-cli", "-a", "${REDIS_PASSWORD}", "ping"]',
    ]) {
      const { left, fileAfter, moves } = await planned(redis(check), env)
      assert.deepEqual(left, [])
      assert.equal(fileAfter('.env'), 'TZ=UTC\n')
      assert.deepEqual([...new Set(moves.map(({ name }) => name))], ['redis_password'])
    }
  })

  it('a line that Compose makes a secret or a config from stays, and the secret with it', async () => {
    const app = 'services:\n  app:\n    image: shop/app\n'
    for (const made of [
      'secrets:\n  db: { environment: DB_PASSWORD }\n',
      'configs:\n  db: { environment: DB_PASSWORD }\n',
    ]) {
      const granted = `    ${made.slice(0, 7)}: [db]\n`
      const named = await planned(`${app}${granted}    environment:\n      PASSWORD: \${DB_PASSWORD}\n${made}`)
      assert.deepEqual(
        named.moves.map(({ candidate }) => candidate.id),
        ['app.PASSWORD'],
      )
      assert.ok(!named.staged.has(`${FOLDER}/.env`), made)
      assert.match(named.printed, /stays in \.env:1 \(DB_PASSWORD\)/)
      const { moves, left, staged } = await planned(`${app}${granted}    env_file: .env\n${made}`)
      assert.deepEqual([moves, staged.has(`${FOLDER}/.env`)], [[], false])
      assert.match(left[0]?.reason ?? '', new RegExp(`^${made.slice(0, 7)}\\.db takes the same line`))
    }
  })

  it('one that the shell sets is no entry of the project', async () => {
    const text = 'services:\n  app:\n    image: shop/app\n    environment: [API_TOKEN]\n'
    const { moves, left } = await planned(text, 'TZ=UTC\n')
    assert.deepEqual([moves, left], [[], []])
  })

  it('an entry of which only a part of a moved value is made is explained', async () => {
    const text =
      'services:\n  app:\n    image: shop/app\n    environment:\n      DATABASE_URL: https://app:$' +
      '{DB_PASSWORD}@db/x\n'
    const { moves, left, fileAfter } = await planned(text)
    assert.equal(moves.length, 1)
    assert.deepEqual(
      left.map(({ candidate: { id } }) => id),
      ['.env.DB_PASSWORD'],
    )
    assert.equal(fileAfter('.env'), '')
  })

  it('an entry leaves with the line that is made from it, and stays where that one does', async () => {
    const text =
      'services:\n  db:\n    image: postgres\n    environment:\n      - POSTGRES_PASSWORD\n  app:\n    image: shop/app\n    environment:\n      - DATABASE_URL\n'
    const made = 'DATABASE_URL=https://app:$' + '{POSTGRES_PASSWORD}@db/x\n'
    const { moves, fileAfter } = await planned(text, `POSTGRES_PASSWORD=made-up-17\n${made}TZ=UTC\n`)
    assert.equal(moves.length, 2)
    assert.equal(fileAfter('.env'), 'TZ=UTC\n')
    const label = '    labels:\n      url: $' + '{DATABASE_URL}\n'
    const held = await planned(`${text}${label}`, `POSTGRES_PASSWORD=made-up-17\n${made}TZ=UTC\n`)
    assert.ok(held.fileAfter('compose.yaml').includes('POSTGRES_PASSWORD_FILE'))
    assert.equal(held.fileAfter('.env'), '', 'not changed')
  })

  it('an entry that nothing uses is explained', async () => {
    const { moves, left } = await planned('services:\n  app:\n    image: shop/app\n')
    assert.deepEqual(moves, [])
    assert.deepEqual(
      left.map(({ candidate: { id }, reason }) => [id, reason]),
      [['.env.DB_PASSWORD', 'Secret by its name: no service of this project has it.']],
    )
  })

  it('a command that interpolates an entry reads the file, whatever the value looks like', async () => {
    const text =
      'services:\n  job:\n    image: shop/job\n    entrypoint: ["/bin/sh", "-c"]\n    command: ["setup store access-key $' +
      '{STORE_SECRET}"]\n'
    const { fileAfter, left } = await planned(text, 'STORE_SECRET=secret-word\n')
    assert.deepEqual(left, [])
    assert.match(fileAfter('compose.yaml'), /setup store access-key "\$\$\(cat \/run\/secrets\/store_secret\)/)
    assert.equal(fileAfter('.env'), '')
  })

  it('the line stays while something passes it through, and the diff shows the name', async () => {
    const text =
      'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: $' +
      'DB_PASSWORD\n  app:\n    image: shop/app\n    environment:\n      - DB_PASSWORD\n'
    const { fileAfter, left, printed } = await planned(text, ENV, 'shop/app')
    assert.equal(fileAfter('.env'), '')
    assert.match(fileAfter('compose.yaml'), /POSTGRES_PASSWORD_FILE/)
    assert.deepEqual(
      left.map(({ candidate: { id } }) => id),
      ['app.DB_PASSWORD'],
    )
    assert.match(printed, / {6}- DB_PASSWORD$/m)
  })

  it('a line that is env_file too stays where the Compose file needs it, with the reason', async () => {
    const text =
      'services:\n  app:\n    image: shop/app\n    env_file: .env\n  db:\n    image: shop/db\n    environment:\n      POSTGRES_PASSWORD: $' +
      '{DB_PASSWORD}\n'
    const { moves, left } = await planned(text, ENV, 'shop/db')
    assert.deepEqual(moves, [])
    assert.deepEqual(
      left.map(({ candidate, reason }) => [candidate.id, reason.replace(/ \(.*/, '')]),
      [
        [
          'db.POSTGRES_PASSWORD',
          'It is not known whether shop/db reads POSTGRES_PASSWORD from a file, and the image cannot be looked at',
        ],
        ['app.DB_PASSWORD', 'db.POSTGRES_PASSWORD has it from the same line, and stays.'],
      ],
    )
  })

  it('only the line stays that the health check of another service takes, which does not get the secret', async () => {
    const text =
      'services:\n  web:\n    image: shop/app\n    env_file: .env\n  pg:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: "$' +
      '{PGPASS}"\n    healthcheck:\n      test: \'probe "$' +
      '{API_TOKEN}"\'\n'
    const { moves, left, fileAfter } = await planned(
      text,
      'PGPASS=made-up-17\nAPI_TOKEN=made-up-18\nJWT_SECRET=made-up-19\n',
    )
    assert.deepEqual(moves.map(({ candidate: { id } }) => id).sort(), [
      'pg.POSTGRES_PASSWORD',
      'web.JWT_SECRET',
      'web.PGPASS',
    ])
    assert.deepEqual(
      left.map(({ candidate: { id }, reason }) => [id, reason]),
      [['web.API_TOKEN', 'pg.test has it from the same line, and stays.']],
    )
    assert.equal(fileAfter('.env'), 'API_TOKEN=made-up-18\n')
  })

  it('entries of one env file that are made from each other move together', async () => {
    const text = 'services:\n  app:\n    image: shop/app\n    env_file: app.env\n'
    const file = 'APP_PW=made-up-17\nDB_PASSWORD=$' + '{APP_PW}\nDATABASE_URL=pg://app:$' + '{APP_PW}@db/app\nTZ=UTC\n'
    const { moves, left, staged } = makePlan(await gathered(text, undefined, { 'app.env': file }))
    assert.deepEqual(left, [])
    const after = Buffer.from(staged.get(`${FOLDER}/app.env`) ?? '').toString()
    assert.equal(after, 'DATABASE_URL=pg://app:@/run/secrets/app_pw@@db/app\nTZ=UTC\n')
    const nameOf = new Map(moves.map(({ candidate: { variable }, name }) => [variable, name]))
    assert.equal(nameOf.get('APP_PW'), nameOf.get('DB_PASSWORD'))
    assert.equal(nameOf.get('APP_PW'), nameOf.get('DATABASE_URL'))
  })

  it('where both move, the line goes', async () => {
    const text =
      'services:\n  app:\n    image: shop/app\n    env_file: .env\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: $' +
      '{DB_PASSWORD}\n'
    const { fileAfter, left } = await planned(text)
    assert.deepEqual(left, [])
    assert.equal(fileAfter('.env'), 'DB_USER=app\n')
  })

  it('what would change another service is left, and the rest of the plan holds', async () => {
    const text =
      'services:\n  app:\n    image: shop/app\n    env_file: .env\n    environment:\n      API_TOKEN: made-up-18\n  db:\n    image: shop/db\n    healthcheck:\n      test: ["CMD", "check", "$' +
      '{DB_PASSWORD}"]\n'
    const { moves } = await planned(text, ENV)
    assert.ok(moves.some(({ candidate: { id } }) => id === 'app.API_TOKEN'))
  })

  it('an x- field that nobody uses and that names a variable is none', async () => {
    const text =
      'x-a: &a\n  environment:\n    - API_TOKEN=$' +
      '{TOKEN}\nservices:\n  app:\n    <<: *a\n    image: shop/app\n    environment:\n      - MODE=x\n'
    const base = await gathered(text, undefined, { '.env': 'TOKEN=made-up-19\n' })
    assert.deepEqual(makePlan(base).left, [])
  })

  it('a plain word is not masked inside an image name or a path', async () => {
    const text =
      'services:\n  s3:\n    image: minio/minio\n    environment:\n      MINIO_SECRET_KEY: minio # is minio\n    healthcheck:\n      test: curl http://localhost:9000/minio/live\n'
    const { printed } = await planned(text)
    assert.match(printed, /image: minio\/minio/)
    assert.match(printed, /9000\/minio\/live/)
    assert.match(printed, /MINIO_SECRET_KEY: \*\*\*\* # is \*\*\*\*/)
  })

  it('a reference is shown in the diff: it says where the value is', async () => {
    const name = '$' + '{API_TOKEN}'
    const text = `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: made-up-17\n      API_TOKEN: ${name}\n`
    const { printed } = await planned(text, 'API_TOKEN=made-up-18\n')
    assert.ok(printed.includes(`      API_TOKEN: ${name}\n`), printed)
    assert.doesNotMatch(printed, /made-up/)
  })

  it('the diff of a .env that an image holds a copy of shows its lines, every value masked', async () => {
    const text =
      'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: $' + '{DB_PASSWORD}\n'
    const env = 'TZ=UTC\nDB_PASSWORD=made-up-17\nAPI=made-up-18 # ours\n'
    const base = await gathered(text, undefined, { '.env': env })
    const [first] = base.known
    assert.ok(first !== undefined)
    const file = `${FOLDER}/.env`
    const value = { ...first.value, file, start: 0, end: env.length, section: 'other' as const, resolved: env }
    const copied = { ...first, id: '.env', value, source: value, secret: env, what: 'copied-file' as const }
    const whole = { ...base, known: [...base.known, copied] }
    const printed = renderPlan(whole, makePlan(whole))
    assert.ok(printed.includes('@@ -1,3 +1,2 @@\n TZ=****\n-DB_PASSWORD=****\n API=**** # ours\n'), printed)
    assert.doesNotMatch(printed, /made-up|UTC/)
  })

  describe('a health check that Compose fills from a line which the service has by env_file, too', () => {
    const service = (test: string, image = 'shop/app') =>
      `services:\n  app:\n    image: ${image}\n    env_file: .env\n    healthcheck:\n      test: ${test}\n  zoo:\n    image: shop/zoo\n    env_file: .env\n`

    it('reads the file, and the line leaves', async () => {
      for (const [test, after] of [
        [
          '["CMD", "mysqladmin", "ping", "-p${DB_PASSWORD}"]',
          '["CMD-SHELL", "mysqladmin ping \\"-p$$(cat /run/secrets/db_password)\\""]',
        ],
        [`curl -H "X: \${DB_PASSWORD:?}" localhost`, 'curl -H "X: $$(cat /run/secrets/db_password)" localhost'],
      ] as const) {
        const quoted = test.startsWith('[') ? test : `'${test}'`
        const { left, fileAfter } = await planned(service(quoted))
        assert.deepEqual(left, [])
        assert.ok(fileAfter('compose.yaml').includes(after), fileAfter('compose.yaml'))
        assert.equal(fileAfter('.env'), 'DB_USER=app\n')
      }
    })

    it('else says what to write, for the line and for the check', async () => {
      const text = service('["CMD", "mysqladmin", "ping", "-p${DB_PASSWORD}"]', 'shop/none')
      const base = await gathered(text, (image) => ({ ...SHELL, hasShell: image !== 'shop/none' }), { '.env': ENV })
      const { left } = await makeSafePlan(base, base.load)
      const check = left.find(({ candidate: { id } }) => id === 'app.healthcheck')
      assert.match(check?.todo ?? '', /^app has it as DB_PASSWORD: write \$\$DB_PASSWORD in the check, as a script/)
      const { left: unsure } = await planned(service(`'x "$(y "$\${DB_PASSWORD}")" $\${#DB_PASSWORD}'`))
      assert.match(unsure[0]?.todo ?? '', /^Write \$\$DB_PASSWORD in the check, in a script/)
    })
  })
})
