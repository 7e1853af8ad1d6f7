import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type LoadOptions, loadProject } from '../../../src/compose/load.js'
import { type Detected, findCandidates } from '../../../src/migrate/candidates.js'
import { modelProblems } from '../../../src/migrate/check-model.js'
import type { ImageFacts } from '../../../src/migrate/image-facts.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { renderPlan } from '../../../src/migrate/print-plan.js'
import { applyByteEdits } from '../../../src/migrate/project-files.js'
import { fixturesFolder, readFixture } from '../../fixtures/compose-fixtures.js'
import { edited, gathered, SHELL } from './in-memory.js'

describe('migrate/plan', () => {
  it('moves to the file form: the key, the grant and the declaration change, and nothing else', async () => {
    const text =
      'services:\n  db:\n    image: postgres:16 # pinned\n    environment:\n      POSTGRES_PASSWORD: "Summer24"   # 2021\n      POSTGRES_DB: app\n'
    assert.deepEqual(await edited(text), {
      'compose.yaml':
        'services:\n  db:\n    image: postgres:16 # pinned\n    environment:\n      POSTGRES_PASSWORD_FILE: "/run/secrets/postgres_password"   # 2021\n      POSTGRES_DB: app\n' +
        '    secrets:\n      - postgres_password\nsecrets:\n  postgres_password:\n    file: ./secrets/postgres_password\n',
    })
  })

  it('a health check that reads the variable reads the file', async () => {
    const text =
      'services:\n  db:\n    image: mysql:8\n    environment:\n      - MYSQL_ROOT_PASSWORD=Summer24\n    healthcheck:\n      test: mysqladmin ping -p$$MYSQL_ROOT_PASSWORD\n'
    const changed = (await edited(text))['compose.yaml'] ?? ''
    assert.match(changed, /test: mysqladmin ping -p"\$\$\(cat \/run\/secrets\/mysql_root_password\)"\n/)
    assert.match(changed, /- MYSQL_ROOT_PASSWORD_FILE=\/run\/secrets\/mysql_root_password\n/)
  })

  it('one value of a database and its client is one secret, named after the database', async () => {
    const text =
      'services:\n  app:\n    image: wordpress\n    environment: {WORDPRESS_DB_PASSWORD: wordpress}\n  db:\n    image: mariadb\n    environment: {MYSQL_PASSWORD: wordpress}\n'
    const { moves } = makePlan(await gathered(text))
    assert.deepEqual([...new Set(moves.map(({ name }) => name))], ['mysql_password'])
  })

  it('a line whose value moved into other text may be removed, one that a command needs, which cannot be written anew, may not', async () => {
    const linesToRemove = async (service: string) => {
      const text = `services:\n  web:\n    image: celery-web\n    ${service}\n`
      const broker = `BROKER=amqp://app:${'Summer24'}now@queue:5672//\n`
      const { left } = makePlan(await gathered(text, undefined, { '.env': broker }))
      return left.filter(({ todo }) => /remove the line/i.test(todo)).map(({ candidate }) => candidate.id)
    }
    assert.deepEqual(await linesToRemove('environment: ["CELERY_BROKER=${BROKER}?heartbeat=1"]'), ['.env.BROKER'])
    assert.deepEqual(await linesToRemove('command: celery --broker=${BROKER} flower'), [])
  })

  it('the shim writes out the image own command, which an entrypoint would drop', async () => {
    const text =
      'services:\n  app:\n    image: shop/api\n    environment:\n      API_TOKEN: t0p-made-up\n      MODE: x\n'
    const changed = (await edited(text))['compose.yaml'] ?? ''
    assert.match(changed, /entrypoint:\n {6}- \/bin\/sh\n {6}- -c\n.*\n {6}- docker-entrypoint.sh\n/s)
    assert.match(changed, /command: \["serve", "--all"\]/)
    assert.ok(!changed.includes('t0p-made-up'))
  })

  it('M09: an image that cannot be looked at, or has no shell, is left with a reason', async () => {
    const text = 'services:\n  app:\n    image: shop/api\n    environment:\n      API_TOKEN: t0p-made-up\n'
    for (const facts of [{ missing: 'no such image' }, { ...SHELL, hasShell: false }] as const) {
      const { moves, plan } = makePlan(await gathered(text, () => facts))
      assert.deepEqual(moves, [])
      assert.equal(plan.steps.length, 0)
      assert.match(plan.left[0]?.reason ?? '', 'missing' in facts ? /no such image/ : /no shell/)
    }
  })

  it("the file form that an image's own entrypoint shows is used for images that no table lists", async () => {
    const facts: ImageFacts = {
      ...SHELL,
      convention: {
        form: 'VAR_FILE',
        variables: ['API_TOKEN'],
        except: [],
        together: [],
        seenIn: "the image's own entrypoint",
      },
    }
    const changed = await edited(
      'services:\n  app:\n    image: shop/api\n    environment:\n      API_TOKEN: t0p-made-up\n',
      () => facts,
    )
    assert.match(
      changed['compose.yaml'] ?? '',
      /API_TOKEN_FILE: \/run\/secrets\/app_api_token|API_TOKEN_FILE: \/run\/secrets\/api_token/,
    )
  })

  it('an entry of .env that only the moved value interpolated goes away with it, one that is still needed stays', async () => {
    const text = (other: string) =>
      `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: \${PW}\n      ${other}\n`
    assert.equal((await edited(text('A: b'), undefined, { '.env': 'PW=Summer24\nB=1\n' }))['.env'], 'B=1\n')
    const label = text('A: b\n    labels:\n      note: ${PW}')
    assert.equal((await edited(label, undefined, { '.env': 'PW=Summer24\nB=1\n' }))['.env'], undefined)
  })

  it('a value that comes from the shell is not hard-coded', async () => {
    assert.deepEqual(
      (
        await gathered(
          'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${PW}\n      MYSQL_PASSWORD:\n',
        )
      ).candidates,
      [],
    )
  })

  it('a service that runs as another user gets a file that it can read, and the plan says so', async () => {
    const text = (user: string) =>
      `services:\n  db:\n    image: postgres\n    ${user}\n    environment:\n      POSTGRES_PASSWORD: Summer24\n`
    const put = async (user: string) =>
      makePlan(await gathered(text(user))).plan.steps.find((step) => step.do === 'put')
    assert.equal((await put('restart: always'))?.access, undefined)
    assert.equal((await put('user: "1001"'))?.access?.mode, 0o444)
    assert.match(makePlan(await gathered(text('user: "1001"'))).plan.notes.join(), /0444/)
  })

  it('a file form has a secret for all to read, but where the entrypoint is known to read it before it gives up root', async () => {
    const modeOf = async (image: string, variable: string, isSeen = true) => {
      const text = `services:\n  s:\n    image: ${image}\n    environment:\n      ${variable}: Summer24\n`
      const { plan } = makePlan(await gathered(text, isSeen ? undefined : () => ({ missing: 'not pulled' })))
      const put = plan.steps.find((step) => step.do === 'put')
      assert.ok(put, image)
      return put.access?.mode
    }
    for (const [image, variable, mode] of [
      ['postgres:16', 'POSTGRES_PASSWORD', undefined],
      ['docker.io/library/mariadb:11', 'MARIADB_ROOT_PASSWORD', undefined],
      ['mongo:7', 'MONGO_INITDB_ROOT_PASSWORD', 0o444],
      ['redmine:6', 'REDMINE_DB_PASSWORD', 0o444],
      ['wordpress:6', 'WORDPRESS_DB_PASSWORD', 0o444],
      ['zabbix/zabbix-server-mysql:7.0', 'MYSQL_PASSWORD', 0o444],
    ] as const)
      for (const isSeen of [true, false])
        assert.equal(await modeOf(image, variable, isSeen), mode, `${image} ${isSeen}`)
  })

  it('a root that has lost its rights over other users’ files gets one that all may read', async () => {
    const modeWith = async (...lines: readonly string[]) => {
      const text = `services:\n  app:\n    image: shop/app\n${lines.map((line) => `    ${line}\n`).join('')}    environment:\n      APP_SECRET: Summer24\n`
      return makePlan(await gathered(text)).plan.steps.find((step) => step.do === 'put')?.access?.mode
    }
    for (const dropped of ['[ALL]', '[all]', '[NET_RAW, CAP_DAC_OVERRIDE]'])
      assert.equal(await modeWith(`cap_drop: ${dropped}`), 0o444, dropped)
    assert.equal(await modeWith('cap_drop: [ALL]', 'cap_add: [CHOWN]'), 0o444)
    assert.equal(await modeWith('cap_drop: [NET_RAW]'), undefined)
    assert.equal(await modeWith('cap_drop: [ALL]', 'cap_add: [DAC_OVERRIDE]'), undefined)
    assert.equal(await modeWith('cap_drop: [ALL]', 'privileged: true'), undefined)
  })

  it('a plan made twice is byte-identical, holds no value and prints none', async () => {
    const text =
      'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: Summer24\n      AB_TOKEN: xY9\n    # was: Summer24\n'
    const [first, second] = [await gathered(text), await gathered(text)]
    const planned = makePlan(first)
    assert.equal(JSON.stringify(planned.plan), JSON.stringify(makePlan(second).plan))
    for (const output of [JSON.stringify(planned.plan), renderPlan(first, planned)])
      assert.ok(!/Summer24|xY9/.test(output))
  })

  it('masks what detection finds beside the values that may move, and hashes none of it', async () => {
    const compose = (token: string) =>
      `services:\n  db:\n    image: postgres\n    # old: ${token}, and sunshine\n    environment:\n      POSTGRES_PASSWORD: Summer24\n`
    const withToken = async (token: string) => ({
      ...(await gathered(compose(token))),
      secretTexts: [token, 'sunshine'],
    })
    const [first, second] = [await withToken('gl-4f9a81c7d2'), await withToken('gl-b07e55d19c')]
    assert.match(renderPlan(first, makePlan(first)), /^ {5}# old: \*{4}, and \*{4}$/m)
    assert.deepEqual(
      makePlan(first).plan.inputs.map(({ maskedSha256 }) => maskedSha256),
      makePlan(second).plan.inputs.map(({ maskedSha256 }) => maskedSha256),
    )
  })

  it('masks what was not selected too: in the diff, and in no hash', async () => {
    const text =
      'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: sommer2024\n      API_TOKEN: wintertok99\n  web:\n    image: x\n    environment:\n      DATABASE_URL: postgres://u:urlPw4455@db/x\n'
    const all = await gathered(text)
    const some = { ...all, candidates: all.candidates.filter(({ id }) => id === 'db.POSTGRES_PASSWORD') }
    const planned = makePlan(some)
    assert.ok(!/sommer2024|wintertok99|urlPw4455/.test(renderPlan(some, planned)))
    const other = await gathered(text.replace('wintertok99', 'autumntok77'))
    const hash = (each: typeof planned) => each.plan.inputs.map(({ maskedSha256 }) => maskedSha256)
    assert.deepEqual(
      hash(makePlan({ ...other, candidates: other.candidates.filter(({ id }) => id === 'db.POSTGRES_PASSWORD') })),
      hash(planned),
    )
  })

  it('a health check that holds a moved value is rewritten and not listed as left', async () => {
    const text =
      'services:\n  cache:\n    image: redis\n    command: redis-server --requirepass rEd1sPw99\n    healthcheck:\n      test: ["CMD-SHELL", "redis-cli --pass rEd1sPw99 ping"]\n'
    const base = await gathered(text)
    const planned = makePlan(base)
    assert.deepEqual(planned.left, [])
    assert.match(renderPlan(base, planned), /--pass \\"\$\$\(cat \/run\/secrets\/cache_password\)\\" ping/)
  })

  it('a health check whose word holds a moved value among other text is not listed as left either', async () => {
    const text =
      'services:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: Summer24\n    healthcheck:\n      test: [CMD, mysqladmin, ping, -pSummer24]\n'
    const detected: Detected = (_, start, end) =>
      text.slice(start, end) === '-pSummer24' ? { title: 'Password on a MySQL command line' } : undefined
    const base = await gathered(text, undefined, {}, detected)
    const planned = makePlan(base)
    assert.ok(base.candidates.some(({ id }) => id === 'db.healthcheck'))
    assert.deepEqual(planned.left, [])
    assert.match(renderPlan(base, planned), /"-p\$\$\(cat \/run\/secrets\/mysql_root_password\)/)
  })

  it('a value that is a part of another word, or also a name, is replaced only where it is the password', async () => {
    const text = (image: string, variables: string, check: string) =>
      `services:\n  db:\n    image: ${image}\n    environment:\n${variables}    healthcheck:\n      test: ${check}\n`
    const check = async (...parameters: Parameters<typeof text>) =>
      /test: .*/.exec((await edited(text(...parameters)))['compose.yaml'] ?? '')?.[0]
    const mysql = '      MYSQL_PASSWORD: wordpress\n'
    assert.equal(
      await check('mysql', mysql, 'mysqladmin -psomewordpress ping'),
      'test: mysqladmin -psomewordpress ping',
    )
    const postgres = '      POSTGRES_USER: postgres\n      POSTGRES_PASSWORD: postgres\n'
    assert.equal(await check('postgres', postgres, 'pg_isready -U postgres'), 'test: pg_isready -U postgres')
    assert.equal(
      await check('postgres', postgres, 'PGPASSWORD=postgres psql -U postgres'),
      'test: PGPASSWORD="$$(cat /run/secrets/postgres_password)" psql -U postgres',
    )
    assert.match(
      (await check('postgres', postgres, '[CMD, x, --password, postgres, -U, postgres]')) ?? '',
      /--password \\?"\$\$\(cat \/run\/secrets\/postgres_password\)\\?" -U postgres"/,
    )
  })

  it('a health check that interpolates a moved entry of .env reads the file, and the entry goes', async () => {
    const changed = await edited(
      'services:\n  db:\n    image: mysql\n    environment:\n      MYSQL_PASSWORD: ${PW}\n    healthcheck:\n      test: mysqladmin ping -p${PW}\n',
      undefined,
      { '.env': 'PW=Summer24\nB=1\n' },
    )
    assert.match(changed['compose.yaml'] ?? '', /ping -p"\$\$\(cat \/run\/secrets\/mysql_password\)"/)
    assert.equal(changed['.env'], 'B=1\n')
  })

  const CACHE =
    'services:\n  cache:\n    image: redis\n    command: redis-server --requirepass ${RPW}\n    healthcheck: {test: ["CMD", "redis-cli", "-a", "${RPW}", "-x", "$$HOME \\"a\\"", "ping"]}\n'

  it('and so does that of an option on a command line; a check without a shell gets one, its other words as they were', async () => {
    const changed = await edited(CACHE, undefined, { '.env': 'RPW=Summer24now\nB=1\n' })
    assert.match(
      changed['compose.yaml'] ?? '',
      /test: \["CMD-SHELL", "redis-cli -a \\"\$\$\(cat \/run\/secrets\/cache_password\)\\" -x '\$\$HOME \\"a\\"' ping"\]/,
    )
    assert.equal(changed['.env'], 'B=1\n')
  })

  it('every value that counts is moved, left, or a check that reads the file: the numbers add up', async () => {
    const text = `${CACHE}  app:\n    image: shop/app\n    labels:\n      a.password: ab-Cd-Ef-99\n    healthcheck:\n      test: ["NONE", "--token", "ab-Cd-Ef-99"]\n`
    const found: Detected = (_, start, end) =>
      /RPW|ab-Cd/.test(text.slice(start, end)) ? { title: 'Password' } : undefined
    const base = await gathered(text, undefined, { '.env': 'RPW=Summer24now\n' }, found)
    const { moves, left, readAnew } = makePlan(base)
    assert.ok(readAnew.length > 0 && left.length > 0)
    assert.deepEqual(
      [...moves, ...left, ...readAnew.map((candidate) => ({ candidate }))].map(({ candidate }) => candidate.id).sort(),
      base.candidates.map(({ id }) => id).sort(),
    )
  })

  it('a value that stays elsewhere is named with its place, by what a rotation would break; docker inspect is not promised more than is true', async () => {
    const text = `${CACHE}  app:\n    image: shop/app\n    environment:\n      REDIS_URL: redis://:\${RPW}@cache:6379/0\n`
    const missing = (image: string) => (image === 'shop/app' ? { missing: 'not pulled' } : SHELL)
    const base = await gathered(text, missing, { '.env': 'A=1\nRPW=Summer24now\n' })
    const { plan } = makePlan(base)
    assert.ok(
      plan.notes.some((note) =>
        /^cache_password: the same value stays in (?:\.env:2 \(RPW\), compose\.yaml:9 \(app\.REDIS_URL\)|compose\.yaml:9 \(app\.REDIS_URL\), \.env:2 \(RPW\))\. Who gives/.test(
          note,
        ),
      ),
      plan.notes.join('\n'),
    )
    assert.match(plan.notes.join('\n'), /cache\.--requirepass: .* no longer in the Compose file nor in docker inspect/)
    assert.doesNotMatch(plan.notes.join('\n'), /where nothing reads it|Summer24now/)
    const both = await gathered(
      'services:\n  app:\n    image: shop/app\n    environment: {API_TOKEN: Summer24now}\n    labels: {a.password: Summer24now}\n',
    )
    assert.match(
      makePlan(both).plan.notes.join('\n'),
      /still in docker inspect by compose\.yaml:5 \(app\.a\.password\)/,
    )
  })

  it('two values in one health check both read their files', async () => {
    const text =
      'services:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: Summer24\n      MYSQL_PASSWORD: Winter25\n    healthcheck:\n      test: [CMD, check, -pSummer24, -qWinter25]\n'
    const changed = (await edited(text))['compose.yaml'] ?? ''
    assert.match(changed, /mysql_root_password\).*mysql_password\)/)
    assert.ok(!/Summer24|Winter25/.test(changed))
  })

  it('masks a block of text and keeps the line break behind it', async () => {
    const text =
      'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: Summer24\nconfigs:\n  a:\n    content: |\n      password = Winter25\n'
    const base = await gathered(text, undefined, {}, (_, start) =>
      start > text.indexOf('content') ? { title: 'Made up' } : undefined,
    )
    assert.match(renderPlan(base, makePlan(base)), /^ {5}content: \*\*\*\*\n\+secrets:$/m)
  })

  it('says how a provider takes a value back where a rule knows it, whatever its name says', async () => {
    const text = 'services:\n  app:\n    image: shop/api\n    environment:\n      PAY_SECRET: made-up-99\n'
    const remedy = 'Revoke it at https://example.com/keys and issue a new one.'
    const [known] = (await gathered(text, undefined, {}, () => ({ title: 'Pay key', remedy }))).candidates
    assert.deepEqual([known?.because, known?.remedy], ['Pay key', remedy])
    const [vague] = (await gathered(text, undefined, {}, () => ({ title: 'Some key' }))).candidates
    assert.deepEqual([vague?.because, vague?.remedy], ['Secret by its name', undefined])
  })

  describe('every fixture: the edited project means the same but for what moved', () => {
    for (const name of readdirSync(fixturesFolder).sort()) {
      it(name, async () => {
        const cwd = join(fixturesFolder, name)
        const { files, projectDir, envFiles, env } = readFixture(cwd)
        const load: LoadOptions = {
          cwd,
          files,
          envFiles,
          env,
          profiles: ['*'],
          ...(projectDir === undefined ? {} : { projectDir }),
        }
        const project = await loadProject(load)
        const base = await gathered('services: {a: {image: b}}\n')
        const taken = new Set(Object.keys((project.model['secrets'] as object | undefined) ?? {}))
        const { plan, staged, moves } = makePlan({
          ...base,
          project,
          candidates: findCandidates(project, () => undefined),
          taken,
        })
        const reloaded = await loadProject({ ...load, overlay: staged })
        assert.deepEqual(modelProblems(project.model, reloaded.model, moves), [])
        for (const step of plan.steps) {
          if (step.do !== 'stage') continue
          const file = join(project.directory, step.path)
          const before = project.files.find((each) => each.file === file)?.bytes ?? new Uint8Array()
          assert.deepEqual(Buffer.from(applyByteEdits(before, step.edits)), Buffer.from(staged.get(file) ?? []))
        }
        for (const { candidate } of moves)
          if (/\d/.test(candidate.secret) && candidate.secret.length > 7)
            assert.ok(!JSON.stringify(plan).includes(candidate.secret))
      })
    }
  })
})

describe('migrate: a secret that holds another one', () => {
  it('is told, as a rotation of one does not reach the other', async () => {
    const environment = (name: string, value: string) => `    environment:\n      ${name}: ${value}\n`
    const password = 'Made-up-17'
    const { plan } = makePlan(
      await gathered(
        `services:\n  db:\n    image: postgres:16\n${environment('POSTGRES_PASSWORD', password)}  app:\n    image: shop/app\n${environment('DATABASE_DSN', `host=db user=app password=${password}`)}`,
      ),
    )
    assert.ok(
      plan.notes.includes(
        'database_dsn: holds the value of postgres_password, too. Whoever gives one a new value later (secretscan rotate) changes both.',
      ),
      plan.notes.join('\n'),
    )
  })
})
