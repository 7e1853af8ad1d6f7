// Connection URLs of which only the password becomes a secret.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { firstProblem } from '../../../src/migrate/check-model.js'
import type { makePlan } from '../../../src/migrate/plan.js'
import { renderPlan } from '../../../src/migrate/print-plan.js'
import { openValues } from '../../../src/migrate/read-values.js'
import { assertFitsUrls } from '../../../src/migrate/rotate/in-urls.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { UsageError } from '../../../src/support/errors.js'
import { Secret } from '../../../src/support/secret.js'
import { FOLDER, gathered, SHELL } from './in-memory.js'

/** Made up. */
const PW = ['Harbour', '2031', 'quiet'].join('-')
const DB = `  db:\n    image: postgres:17\n    environment: { POSTGRES_USER: app, POSTGRES_PASSWORD: "${PW}" }\n`
const placeholder = (name: string) => `@/run/secrets/${name}@`

type Files = Readonly<Record<string, string>>

async function planned(services: string, extra: Files = {}, more: Parameters<typeof makePlan>[0] | object = {}) {
  const base = await gathered(`services:\n${services}`, () => SHELL, extra)
  const result = await makeSafePlan({ ...base, ...more }, base.load)
  const overlay = new Map([...(base.load.overlay ?? []), ...result.staged])
  const after = await loadProject({ ...base.load, overlay })
  assert.equal(firstProblem(base.project, after, result.moves), undefined)
  const text = (name: string) => Buffer.from(overlay.get(join(FOLDER, name)) ?? []).toString()
  const ways = result.moves.map(({ candidate, strategy, name }) => [candidate.id, strategy.by, name])
  return { ...result, base, after, text, ways, notes: result.plan.notes.join('\n') }
}

const withUrl = (url: string, variable = 'DATABASE_URL') =>
  `  api:\n    image: shop/api\n    environment:\n      ${variable}: ${url}\n`

describe('migrate: passwords of URLs', () => {
  it('the token of a NATS server moves out of its URL, which stays', async () => {
    const { text, ways } = await planned(withUrl('nats://harbour2031@mq:4222', 'NATS_URL'))
    const [[, , name = ''] = []] = ways
    assert.ok(text('compose.yaml').includes(`NATS_URL: nats://${placeholder(name)}@mq:4222\n`), text('compose.yaml'))
  })

  describe('only the password moves, to the one secret of its database; all else stays as it is written', () => {
    const secret = placeholder('postgres_password')
    const cases: readonly (readonly [string, string, string, Files?])[] = [
      [
        'plain',
        `      DATABASE_URL: postgres://app:${PW}@db/shop # main\n`,
        `      DATABASE_URL: postgres://app:${secret}@db/shop # main\n`,
      ],
      [
        'in single quotes',
        `      DATABASE_URL: 'postgres://app:${PW}@db/shop'\n`,
        `      DATABASE_URL: 'postgres://app:${secret}@db/shop'\n`,
      ],
      [
        'a list',
        `      - "DATABASE_URL=postgres://app:${PW}@db:5432/shop?x=1"\n      - A=b\n`,
        `      - "DATABASE_URL=postgres://app:${secret}@db:5432/shop?x=1"\n      - A=b\n`,
      ],
      [
        'an alias of a driver',
        `      DB_DSN: postgresql+asyncpg://app:${PW}@db/shop\n`,
        `      DB_DSN: postgresql+asyncpg://app:${secret}@db/shop\n`,
      ],
      [
        'references and dollars beside it',
        `      DATABASE_URL: "postgres://\${DB_USER:-app}:${PW}@\${DB_HOST}:\${PORT:-5432}/shop?x=a$$b"\n`,
        `      DATABASE_URL: "postgres://\${DB_USER:-app}:${secret}@\${DB_HOST}:\${PORT:-5432}/shop?x=a$$b"\n`,
        { '.env': 'DB_HOST=db\n' },
      ],
    ]
    for (const [what, before, after, extra] of cases)
      it(what, async () => {
        const {
          ways,
          text,
          notes,
          plan,
          after: project,
        } = await planned(`${DB}  api:\n    image: shop/api\n    environment:\n${before}`, extra)
        assert.deepEqual(
          ways.map(([, way, name]) => [way, name]),
          [
            ['file', 'postgres_password'],
            ['url', 'postgres_password'],
          ],
        )
        assert.ok(text('compose.yaml').includes(after), text('compose.yaml'))
        assert.doesNotMatch(notes, /holds the value|put together with|no longer reaches/)
        assert.ok(!JSON.stringify(plan).includes(PW))
        assert.deepEqual(
          findCandidates(project, () => undefined),
          [],
          'a second run finds nothing',
        )
      })
  })

  describe('a password with characters that a URL should have encoded', () => {
    const odd = ['P@ss"w', 'ord-2031'].join('/')
    const db = DB.replace(`"${PW}"`, `'${odd}'`)
    for (const [what, scheme, env] of [
      ['and a scheme with a default', '${SCHEME:-postgres}', ''],
      ['and a scheme of .env', '${SCHEME}', 'SCHEME=postgres\n'],
      ['and a scheme that nothing sets', '${SCHEME}', ''],
    ] as const)
      it(`${what} moves to the secret of its database, and the URL keeps its text`, async () => {
        const { ways, text, plan } = await planned(db + withUrl(`${scheme}://app:${odd}@db/shop`), { '.env': env })
        assert.deepEqual(
          ways.map(([, way, name]) => [way, name]),
          [
            ['file', 'postgres_password'],
            ['url', 'postgres_password'],
          ],
        )
        assert.ok(text('compose.yaml').includes(`${scheme}://app:${placeholder('postgres_password')}@db/shop\n`))
        assert.ok(!JSON.stringify(plan).includes(odd))
      })

    it('whose dollar is doubled is no reference', async () => {
      const { ways } = await planned(withUrl('amqp://app:$$Quiet-31@mq'))
      assert.deepEqual(ways, [['api.DATABASE_URL', 'url', 'database_password']])
    })
  })

  it('a URL that is no database’s stays where a part of it is what only a shell may set', async () => {
    for (const url of [`https://app:${PW}@\${HOST}/x`, `https://app:${PW}@es/\${INDEX}`]) {
      const { ways, plan } = await planned(withUrl(url))
      assert.deepEqual(ways, [])
      assert.match(plan.left[0]?.reason ?? '', /^It is put together of text and (HOST|INDEX), which no file/)
    }
    const { ways } = await planned(withUrl(`https://app:${PW}@\${HOST:-es}/x`))
    assert.deepEqual(ways, [['api.DATABASE_URL', 'shim', 'api_database_url']])
  })

  it('a reference to a line of .env gives way to the placeholder, and the line goes', async () => {
    const services = DB.replace(`"${PW}"`, '"${DB_PASSWORD}"') + withUrl('postgres://app:${DB_PASSWORD}@db/shop')
    const { ways, text, plan } = await planned(services, { '.env': `TZ=UTC\nDB_PASSWORD=${PW}\n` })
    assert.deepEqual(
      ways.map(([, , name]) => name),
      ['postgres_password', 'postgres_password'],
    )
    assert.equal(text('.env'), 'TZ=UTC\n')
    assert.ok(text('compose.yaml').includes(`DATABASE_URL: postgres://app:${placeholder('postgres_password')}@db/shop`))
    assert.equal(plan.left.length, 0)
  })

  it('where something else reads that line, the line stays and the URL with it, unless it is named', async () => {
    const reader = '  zoo:\n    image: shop/zoo\n    volumes: [./.env:/app/.env]\n'
    const services = withUrl('postgres://app:${DB_PASSWORD}@db/shop') + reader
    const env = { '.env': `DB_PASSWORD=${PW}\n` }
    assert.deepEqual((await planned(services, env)).ways, [])
    const { ways, text } = await planned(services, env, { select: ['api.DATABASE_URL'] })
    assert.deepEqual(ways, [['api.DATABASE_URL', 'url', 'database_password']])
    assert.equal(text('.env'), '')
  })

  it('a line of an env file that it overrides stays overridden, keeps its own text, and is told', async () => {
    const services = `${DB}${withUrl(`postgres://app:${PW}@db/shop`)}    env_file: host.env\n`
    const line = `DATABASE_URL=postgres://app:${PW}@localhost/shop\n`
    const { ways, text, notes } = await planned(services, { 'host.env': line })
    assert.deepEqual(ways[1], ['api.DATABASE_URL', 'url', 'postgres_password'])
    assert.equal(text('host.env'), line)
    assert.match(notes, /^host\.env:1 \(DATABASE_URL\): no service gets what stands there/m)
    assert.ok(!notes.includes(PW))
  })

  it('a variable that is the password names the secret, not a URL with it', async () => {
    const services = `${withUrl(`postgres://app:${PW}@db.example.com/x`)}  zoo:\n    image: shop/zoo\n    environment: { SHOP_PG_PASSWORD: "${PW}" }\n`
    assert.deepEqual(new Set((await planned(services)).ways.map(([, , name]) => name)), new Set(['shop_pg_password']))
  })

  it('a line of an env file keeps its quotes, its export and its comment', async () => {
    const services = `${DB}  jobs:\n    image: shop/jobs\n    env_file: jobs.env\n`
    const { ways, text } = await planned(services, {
      'jobs.env': `# jobs\nexport DATABASE_URL="postgres://app:${PW}@db/jobs" # x\nTZ=UTC\n`,
    })
    assert.deepEqual(ways[1], ['jobs.DATABASE_URL', 'url', 'postgres_password'])
    const line = `export DATABASE_URL="postgres://app:${placeholder('postgres_password')}@db/jobs" # x`
    assert.equal(text('jobs.env'), `# jobs\n${line}\nTZ=UTC\n`)
  })

  describe('a URL that is a line of .env', () => {
    const env = `POSTGRES_PASSWORD=${PW}\nDATABASE_URL='postgres://app:${PW}@db/shop' # main\n`
    const db = DB.replace(PW, '${POSTGRES_PASSWORD}')
    const job = withUrl('', 'DATABASE_URL').replaceAll('api', 'job')
    const services = db + withUrl('${DATABASE_URL}') + job

    it('keeps its line there, once for all services that have it, and reaches each as before', async () => {
      const { ways, text, base, notes, plan } = await planned(services, { '.env': env })
      assert.deepEqual(
        ways.map(([, way, name]) => [way, name]),
        [
          ['file', 'postgres_password'],
          ['url', 'postgres_password'],
          ['url', 'postgres_password'],
        ],
      )
      assert.equal(text('.env'), `DATABASE_URL='postgres://app:${placeholder('postgres_password')}@db/shop' # main\n`)
      assert.ok(text('compose.yaml').includes('      DATABASE_URL: ${DATABASE_URL}\n'))
      assert.doesNotMatch(notes, /DATABASE_URL\): this line leaves/)
      assert.match(notes, /\.env \(DATABASE_URL\): a placeholder stands for the password\./)
      const [put] = plan.steps
      const read = await openValues(base.load)
      assert.equal(put?.do === 'put' && Buffer.from((await read(put.from)).reveal()).toString(), PW)
    })

    it('is read anew from its line where nothing else has the password', async () => {
      const { plan, base, ways } = await planned(withUrl('${DATABASE_URL}'), { '.env': env.replace(/.*\n/, '') })
      assert.deepEqual(ways, [['api.DATABASE_URL', 'url', 'database_password']])
      const [put] = plan.steps
      const read = await openValues(base.load)
      assert.equal(put?.do === 'put' && Buffer.from((await read(put.from)).reveal()).toString(), PW)
    })

    it('is the secret as a whole where something has it that no shim serves', async () => {
      const label = services.replace(
        '    image: shop/api\n',
        '    image: shop/api\n    labels: { url: "${DATABASE_URL}" }\n',
      )
      const program = { name: 'app.py', kind: 'program', text: 'load_dotenv()\nos.environ["DATABASE_URL"]\n' }
      const script = { name: 'dump.sh', kind: 'script', text: '. ./.env\npg_dump "$DATABASE_URL"\n' }
      const idle = `${services}${withUrl('${DATABASE_URL}').replace('api:', 'tool:')}    profiles: [tools]\n`
      for (const [what, more] of [
        [label, {}],
        [idle, {}],
        [services, { scripts: [program] }],
        [services, { scripts: [script] }],
      ] as const) {
        const { ways } = await planned(what, { '.env': env }, more)
        assert.ok(
          ways.every(([, way]) => way !== 'url'),
          JSON.stringify(ways),
        )
      }
    })
  })

  it('one reference is one secret: to a line above in the same env file, or with one default', async () => {
    const word = 'granite'
    for (const [services, extra] of [
      [
        '  db:\n    image: postgres:17\n    env_file: shop.env\n  api:\n    image: shop/api\n    env_file: shop.env\n',
        { 'shop.env': `POSTGRES_PASSWORD=${word}\nJOBS=postgres://postgres:\${POSTGRES_PASSWORD}@db/jobs\n` },
      ],
      [`${DB.replace(PW, `\${PG:-${word}}`)}${withUrl(`postgres://app:\${PG:-${word}}@pgbouncer/shop`, 'JOBS')}`, {}],
    ] as const) {
      const { ways, base, after } = await planned(services, extra)
      assert.deepEqual(new Set(ways.map(([, , name]) => name)), new Set(['postgres_password']))
      assert.ok(
        ways.some(([id, way]) => id?.endsWith('.JOBS') === true && way === 'url'),
        JSON.stringify(ways),
      )
      assert.deepEqual(
        findCandidates(after, () => undefined),
        [],
      )
      assert.equal(base.candidates.length, 2)
    }
  })

  it('an entry behind an anchor is edited once, for all services that merge it', async () => {
    const base = await gathered(
      `x-env: &env\n  CACHE_URL: redis://:${PW}@cache/0\nservices:\n  a:\n    image: shop/a\n    environment: *env\n  b:\n    image: shop/b\n    environment:\n      <<: *env\n      A: b\n`,
    )
    const { staged, moves } = await makeSafePlan(base, base.load)
    const text = Buffer.from(staged.get(join(FOLDER, 'compose.yaml')) ?? []).toString()
    assert.equal(moves.length, 1)
    assert.equal(text.split(`  CACHE_URL: redis://:${placeholder('cache_password')}@cache/0\n`).length, 2)
    assert.equal(text.match(/secretscan-shim/g)?.length, 2)
  })

  it('the secret is the password as the URL spells it, also where it is a reference or has a dollar', async () => {
    for (const [url, value] of [
      ['postgres://app:p%40ss-made-77@db.example.com/x', 'p%40ss-made-77'],
      ['postgres://app:${PW:-made-up-77}@db.example.com/x', 'made-up-77'],
      ['"postgres://app:made$$up-77@db.example.com/x"', 'made$up-77'],
    ] as const) {
      const { plan, base, text, ways } = await planned(withUrl(url))
      assert.deepEqual(ways, [['api.DATABASE_URL', 'url', 'database_password']])
      const [put] = plan.steps
      const read = await openValues(base.load)
      assert.equal(put?.do === 'put' && Buffer.from((await read(put.from)).reveal()).toString(), value)
      assert.ok(text('compose.yaml').includes(`postgres://app:${placeholder('database_password')}@db.example.com/x`))
    }
  })

  it('the shim gives the program the very URL, and leaves one that the container was given on purpose', async () => {
    const { after } = await planned(DB + withUrl(`"postgres://app:${PW}@db/shop?x=a%20b$$c*"`))
    const { entrypoint, environment } =
      (after.model['services'] as Record<string, Record<string, unknown>>)['api'] ?? {}
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-url-'))
    writeFileSync(join(folder, 'postgres_password'), PW)
    const words = (entrypoint as string[]).slice(0, 4)
    // The file lies elsewhere than in a container; the placeholder is the same text.
    const script = (words[2] ?? '').replaceAll('cat /run/secrets', `cat ${folder}`)
    const { DATABASE_URL: template = '' } = environment as Record<string, string>
    const started = (value: string) =>
      spawnSync('/bin/sh', ['-c', script, 'shim', 'sh', '-c', 'printf %s "$DATABASE_URL"'], {
        env: { PATH: process.env['PATH'], DATABASE_URL: value },
        encoding: 'utf8',
      }).stdout
    assert.equal(started(template), `postgres://app:${PW}@db/shop?x=a%20b$c*`)
    assert.equal(started('postgres://by:hand@x/y'), 'postgres://by:hand@x/y')
    rmSync(folder, { recursive: true })
  })

  describe('two accounts stay two secrets, though they have one password', () => {
    const url = (user: string, host: string) => `postgres://${user}:${PW}@${host}/shop`
    const other = `  other:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: another-made-31 }\n`
    for (const [what, services, names] of [
      ['another user', DB + withUrl(url('reader', 'db')), ['postgres_password', 'database_password']],
      [
        'another database of the project',
        DB + other + withUrl(url('app', 'other')),
        ['postgres_password', 'other_postgres_password', 'database_password'],
      ],
      [
        'two servers',
        withUrl(url('app', 'one.example.com')) + withUrl(url('app', 'two.example.com')).replaceAll('api', 'job'),
        ['database_password', 'job_database_password'],
      ],
      [
        'one server',
        withUrl(url('app', 'one.example.com')) + withUrl(url('app', 'one.example.com')).replaceAll('api', 'job'),
        ['database_password', 'database_password'],
      ],
    ] as const)
      it(what, async () => {
        assert.deepEqual(
          (await planned(services)).ways.map(([, , name]) => name),
          names,
        )
      })
  })

  describe('the whole URL is the secret', () => {
    const check = '    healthcheck: { test: psql "$$DATABASE_URL" -c "select 1" }\n'
    for (const [what, services, extra] of [
      [
        'where its image reads it from a file',
        withUrl(`postgres://app:${PW}@db/x`).replace('shop/api', 'miniflux/miniflux'),
      ],
      [
        'where it is no database: a token may stand elsewhere in it',
        withUrl(`https://app:${PW}@hooks.example.com/T0/x`),
      ],
      ['of several', withUrl(`amqp://app:${PW}@a,amqp://app:${PW}2@b`)],
      ['with another password in its query', withUrl(`postgres://app:${PW}@db/x?sslpassword=made-up-44`)],
      ['of JDBC', withUrl(`jdbc:postgresql://app:${PW}@db/x`)],
      ['where a health check takes it', withUrl(`postgres://app:${PW}@db/x`) + check],
      [
        'where the database has the password in its own form',
        DB.replace(PW, 'p@ss-made-77') + withUrl('postgres://app:p%40ss-made-77@db/shop'),
      ],
      ['that holds the password in another place, too', withUrl(`postgres://${PW}:${PW}@db/x`)],
      [
        'that replaces another line of its file',
        '  api:\n    image: shop/api\n    env_file: api.env\n',
        { 'api.env': `DATABASE_URL=postgres://app:${PW}2@db/x\nDATABASE_URL=postgres://app:${PW}@db/x\n` },
      ],
    ] as readonly (readonly [string, string, Files?])[])
      it(what, async () => {
        const { ways, text, left } = await planned(services, extra)
        const own = ways.filter(([id]) => id?.startsWith('api.') === true)
        assert.ok(
          own.every(([, way]) => way !== 'url'),
          JSON.stringify(own),
        )
        assert.equal(own.length + left.length, 1)
        assert.doesNotMatch(text('compose.yaml'), /@\/run\/secrets/)
      })

    it('beside that of its password: the plan says why, and that a rotation has to change both', async () => {
      const url = withUrl(`postgres://app:${PW}@db/shop`)
      const hook = '    post_start: [{ command: ["sh", "-c", "migrate $$DATABASE_URL"] }]\n'
      const line = { '.env': `DATABASE_URL=postgres://app:${PW}@db/shop\n` }
      const label = withUrl('${DATABASE_URL}').replace('api\n', 'api\n    labels: { url: "${DATABASE_URL}" }\n')
      const encoded = withUrl(`postgres://app:p%40${PW}@db/shop`)
      for (const [services, why, extra] of [
        [DB + url + check, 'the health check of api takes it, too, and reads one file'],
        [DB + url + hook, 'the post_start hook of api takes it, too, and reads one file'],
        [DB + url.replace('shop/api', 'miniflux/miniflux'), 'its image reads it from one file'],
        [DB.replace(PW, `p@${PW}`) + encoded, 'the URL spells the password otherwise (percent-encoded)'],
        [DB + label, 'compose.yaml:7 (api.url) has its line, too', line],
      ] as readonly (readonly [string, string, Files?])[]) {
        const { notes, ways } = await planned(services, extra)
        const name = ways.find(([id]) => id === 'api.DATABASE_URL')?.[2]
        const said = `${name}: holds the value of postgres_password, too: the whole URL of api.DATABASE_URL is the secret, since ${why}. Whoever gives one a new value later (secretscan rotate) changes both.`
        assert.ok(notes.split('\n').includes(said), `${why}\n${notes}`)
      }
    })

    it('where a script takes it in the container, which is told to read the file', async () => {
      const scripts = [
        { name: 'dump.sh', kind: 'script', text: `docker compose exec api sh -c 'pg_dump "$DATABASE_URL"'\n` },
      ]
      const { ways, notes } = await planned(withUrl(`postgres://app:${PW}@db/x`), {}, { scripts })
      assert.deepEqual(ways, [['api.DATABASE_URL', 'shim', 'api_database_url']])
      assert.match(notes, /dump\.sh:1: takes DATABASE_URL .* write "\$\(cat \/run\/secrets\/api_database_url\)"/)
    })
  })

  it('one with a dollar that Compose takes for a variable nobody sets is explained, and shown nowhere', async () => {
    const tail = ['Qz', '7mark'].join('')
    const service = '  api:\n    image: shop/api\n    env_file: api.env\n'
    const all = await planned(service, {
      'api.env': `MODE=x\nDB_URL="mongodb://app:${PW}$${tail}@db/x"\nAPI_TOKEN=made-up-20\n`,
    })
    assert.deepEqual(all.ways, [['api.API_TOKEN', 'shim', 'api_token']])
    assert.match(
      all.left.map(({ candidate: { id }, reason }) => `${id}: ${reason}`).join(),
      /^api\.DB_URL: Compose reads a \$ in it/,
    )
    assert.ok(!renderPlan(all.base, all).includes(tail))
  })

  it('a database that shares the env file and does not read the URL finds the placeholder, which is said', async () => {
    const services =
      '  db:\n    image: postgres:17\n    env_file: .env\n  api:\n    image: shop/api\n    env_file: .env\n'
    const { ways, notes } = await planned(services, {
      '.env': `POSTGRES_PASSWORD=made-up-21\nCACHE_URL=redis://:${PW}@cache:6379/0\n`,
    })
    assert.ok(ways.some(([id, by]) => id === '.env.CACHE_URL' && by === 'url'))
    assert.match(
      notes,
      /\.env\.CACHE_URL: db has it from the same file and does not read it: it finds the placeholder there\./,
    )
    assert.doesNotMatch(notes, /CACHE_URL: .*not given to it any more/)
  })

  it('the plan says what docker compose exec finds, and how a command gets the URL', async () => {
    const { notes } = await planned(withUrl(`postgres://app:${PW}@db/x`))
    assert.match(
      notes,
      /api\.DATABASE_URL: what docker compose exec starts finds a placeholder .* docker compose exec api sh -c 'DATABASE_URL="postgres:\/\/app:\$\(cat \/run\/secrets\/database_password\)@db\/x" PROGRAM'\./,
    )
  })

  describe('a rotation', () => {
    const place = (users: readonly string[], name: string) =>
      ({ name, users, store: 'compose-file', ref: '', builds: [], byAgent: false }) as const
    const fits = async (services: string, name: string, users: readonly string[], value: string) => {
      const { after } = await planned(services)
      try {
        assertFitsUrls(after, place(users, name), Secret.of(Buffer.from(value)))
        return true
      } catch (error) {
        assert.ok(error instanceof UsageError)
        assert.match(error.message, /compose\.yaml:\d+ \(api\.DATABASE_URL\)/)
        assert.ok(!`${error.message}${error.hint}`.includes(value))
        return false
      }
    }
    const alone = withUrl(`postgres://app:${PW}@db.example.com/x`)
    const shared = DB + withUrl(`postgres://app:${PW}@db/x`)

    it('takes no value that would make another URL', async () => {
      for (const value of ['a/b', 'a@b', 'a b', 'a#b', 'a:b', 'a%zz', 'ä'])
        assert.equal(await fits(alone, 'database_password', ['api'], `made-up${value}`), false, value)
      for (const value of ['madeUp77-._~', 'made!$&up', 'made%40up'])
        assert.equal(await fits(alone, 'database_password', ['api'], value), true, value)
    })

    it('takes none that its database would read otherwise', async () => {
      assert.equal(await fits(shared, 'postgres_password', ['api', 'db'], 'made%40up'), false)
      assert.equal(await fits(shared, 'postgres_password', ['api', 'db'], 'madeUp77'), true)
    })
  })
})

describe('migrate: a line of .env that is made of another one and keeps its URL', () => {
  const ref = (name: string) => `\${${name}}`
  const services = `  db:\n    image: postgres:17\n    environment: [POSTGRES_PASSWORD]\n  api:\n    image: shop/api\n    environment:\n      - DATABASE_URL\n`

  it('lets the line of the password go, and is not told to be removed', async () => {
    const env = `POSTGRES_PASSWORD=${PW}\nPGUSER=app\nDATABASE_URL=postgres://${ref('PGUSER')}:${ref('POSTGRES_PASSWORD')}@db/shop\n`
    const { text, plan, notes } = await planned(services, { '.env': env })
    const url = `postgres://${ref('PGUSER')}:${placeholder('postgres_password')}@db/shop`
    assert.equal(text('.env'), `PGUSER=app\nDATABASE_URL=${url}\n`)
    assert.deepEqual(plan.left, [])
    assert.doesNotMatch(notes, /same value stays/)
  })
})
