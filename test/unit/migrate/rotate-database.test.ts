// What a rotation says of a database that goes on with its old password, however the secret reaches it; secrets that are a line of settings.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RuleSet } from '../../../src/detect/rule-set.js'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { databaseNotes } from '../../../src/migrate/rotate/database-note.js'
import { prepareRotation, rotate } from '../../../src/migrate/rotate/run.js'
import { shimScript } from '../../../src/migrate/shim.js'
import { Secret } from '../../../src/support/secret.js'
import { accessFor } from '../../fixtures/vault-options.js'

const OLD = 'Summer24'
const vault = accessFor({})

describe('migrate/rotate of a database', () => {
  let folder: string
  let rules: RuleSet
  before(async () => {
    rules = await loadRuleSet({ packs: [], defaults: true, only: ['gitlab-personal-access-token'], skip: [] })
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-rotate-database-'))
    mkdirSync(join(folder, 'secrets'), { mode: 0o700 })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const prepare = (services: object, secrets: Readonly<Record<string, string>>, name: string) => {
    for (const [each, value] of Object.entries(secrets)) {
      const path = join(folder, 'secrets', each)
      if (!existsSync(path)) writeFileSync(path, value)
    }
    const declared = Object.keys(secrets).map((each) => [each, { file: `./secrets/${each}` }])
    const project = { services, secrets: Object.fromEntries(declared) }
    writeFileSync(join(folder, 'compose.yaml'), JSON.stringify(project))
    const load = { profiles: [], env: {}, cwd: folder }
    return prepareRotation({ load, name, storeOptions: {}, vault, rules, bin: 'secretscan' })
  }
  const shim = (variables: Readonly<Record<string, string>>, behind: readonly string[]) => [
    '/bin/sh',
    '-c',
    shimScript(
      Object.entries(variables).map(([variable, secret]) => ({ variable, secret })),
      new Set(),
    ).replaceAll('$', '$$$$'),
    'secretscan-shim',
    ...behind,
  ]

  const PASSWORDS = { MYSQL_ROOT_PASSWORD: 'root_pw', MYSQL_PASSWORD: 'user_pw' }
  const MARIADB = {
    db: {
      image: 'mariadb:11',
      environment: { MYSQL_USER: 'blog', MYSQL_DATABASE: 'blog' },
      entrypoint: shim(PASSWORDS, ['docker-entrypoint.sh']),
      command: ['mariadbd'],
      secrets: ['root_pw', 'user_pw'],
    },
    backup: {
      image: 'mariadb:11',
      entrypoint: shim(PASSWORDS, ['/bin/sh', '-c']),
      command: ['mysqldump -h db -p"$$MYSQL_ROOT_PASSWORD" --all-databases'],
      secrets: ['root_pw', 'user_pw'],
    },
    worker: {
      image: 'blog/worker',
      entrypoint: shim(PASSWORDS, []),
      command: ['worker'],
      secrets: ['root_pw', 'user_pw'],
    },
  }
  const VALUES = { root_pw: OLD, user_pw: 'Autumn23' }

  it('tells of one that gets it by a shim, with the accounts of that very variable, and not of a client of its image', async () => {
    const { advice: root } = await prepare(MARIADB, VALUES, 'root_pw')
    assert.equal(root.notes.length, 1)
    assert.match(root.notes[0] ?? '', /^db uses MYSQL_ROOT_PASSWORD only when its data is first initialised/)
    assert.match(
      root.notes[0] ?? '',
      /docker compose exec db sh -c 'MYSQL_PWD="\$\(cat \/run\/secrets\/root_pw\)" mariadb -u root'/,
    )
    assert.match(root.notes[0] ?? '', /ALTER USER 'root'@'localhost' IDENTIFIED BY '…', 'root'@'%' IDENTIFIED BY '…';/)
    const { advice: user } = await prepare(MARIADB, VALUES, 'user_pw')
    assert.match(user.notes.join(), /^db uses MYSQL_PASSWORD .*ALTER USER 'blog'@'%' IDENTIFIED BY '…';/)
    assert.match(user.notes.join(), /cat \/run\/secrets\/root_pw/, 'root logs in with its own')
    assert.doesNotMatch(user.notes.join(), /'root'@/)
  })

  it('has the password of before typed where the container reads the new one at once', async () => {
    const db = {
      image: 'mysql:8',
      environment: { MYSQL_ROOT_PASSWORD_FILE: '/run/secrets/root_pw' },
      secrets: ['root_pw'],
    }
    const { project } = await prepare({ db }, { root_pw: OLD }, 'root_pw')
    const place = { name: 'root_pw', users: ['db'], builds: [], ref: 'vault://secret/shop#root_pw' }
    const context = { project, given: { composeFiles: [] }, cwd: folder }
    for (const how of [
      { store: 'vault', byAgent: true },
      { store: 'swarm', byAgent: false, swarmName: 'root_pw_v1' },
    ] as const) {
      const [note = ''] = databaseNotes(context, { ...place, ...how })
      assert.match(note, / mysql -u root -p, which asks for the password of before, and there ALTER USER 'root'/)
    }
    const [kept = ''] = databaseNotes(context, { ...place, store: 'vault', byAgent: false })
    assert.match(kept, /MYSQL_PWD="\$\(cat \/run\/secrets\/root_pw\)" mysql -u root/)
  })

  for (const [what, image, environment, command] of [
    [
      'PostgreSQL, in the database that there is',
      'postgres:16',
      { POSTGRES_PASSWORD_FILE: '/run/secrets/pw', POSTGRES_USER: 'app', POSTGRES_DB: 'shop' },
      'docker compose exec db psql -U app -d shop, and there \\password app',
    ],
    [
      'PostgreSQL, whose database is called as its user',
      'postgres:16',
      { POSTGRES_PASSWORD_FILE: '/run/secrets/pw', POSTGRES_USER: 'app' },
      'psql -U app -d app,',
    ],
    [
      'MySQL without a secret of its root',
      'mysql:8',
      { MYSQL_PASSWORD_FILE: '/run/secrets/pw', MYSQL_USER: 'app' },
      "docker compose exec db mysql -u root -p, and there ALTER USER 'app'@'%' IDENTIFIED BY '…';",
    ],
    [
      'MongoDB',
      'mongo:7',
      { MONGO_INITDB_ROOT_PASSWORD_FILE: '/run/secrets/pw', MONGO_INITDB_ROOT_USERNAME: 'admin' },
      'docker compose exec db mongosh admin -u admin, with the password of before, and there db.changeUserPassword("admin", passwordPrompt())',
    ],
  ] as const)
    it(`says what to type for ${what}`, async () => {
      const { advice } = await prepare({ db: { image, environment, secrets: ['pw'] } }, { pw: OLD }, 'pw')
      assert.ok(advice.notes.join().includes(command), advice.notes.join())
    })

  const RABBITMQ = {
    mq: {
      image: 'rabbitmq:3-management',
      environment: { RABBITMQ_DEFAULT_USER: 'shop' },
      secrets: [{ source: 'mq_pw', target: '/etc/rabbitmq/conf.d/90-mq_pw.conf' }],
    },
    api: { image: 'shop/api', secrets: ['client_pw'] },
  }
  const ofRabbit = { mq_pw: `default_pass = ${OLD}`, client_pw: OLD }
  const options = { signal: new AbortController().signal, onStep: () => undefined }
  const turn = async (name: string, value: string) => {
    const prepared = await prepare(RABBITMQ, ofRabbit, name)
    const request = { load: { profiles: [], env: {}, cwd: folder }, vault }
    await rotate(request, prepared, Secret.of(Buffer.from(value)), options)
    return prepared
  }

  it('writes the next line of settings where the secret is one, and says how RabbitMQ is told', async () => {
    const { advice } = await turn('mq_pw', 'Winter25')
    assert.equal(readFileSync(join(folder, 'secrets', 'mq_pw'), 'utf8'), 'default_pass = Winter25')
    assert.match(advice.notes.join(), /^mq uses RABBITMQ_DEFAULT_PASS only when its data is first initialised/)
    assert.match(advice.notes.join(), /docker compose exec mq rabbitmqctl change_password shop/)
    assert.match(advice.notes.join(), /cat secrets\/mq_pw, behind "default_pass = "$/)
  })

  it('tells of a database that the project builds itself, and not of a client that it builds', async () => {
    const services = {
      db: {
        image: 'shop/postgres',
        build: '.',
        environment: { POSTGRES_USER: 'shop' },
        entrypoint: shim({ POSTGRES_PASSWORD: 'pg_pw' }, ['docker-entrypoint.sh']),
        command: ['postgres'],
        secrets: ['pg_pw'],
      },
      web: {
        build: './web',
        environment: { POSTGRES_HOST: 'db' },
        entrypoint: shim({ POSTGRES_PASSWORD: 'pg_pw' }, ['run']),
        secrets: ['pg_pw'],
      },
    }
    const { notes } = (await prepare(services, { pg_pw: OLD }, 'pg_pw')).advice
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /^db uses POSTGRES_PASSWORD only .*docker compose exec db psql -U shop -d shop/)
  })

  it('refuses what the line cannot hold before anything is written', async () => {
    await assert.rejects(
      turn('mq_pw', 'a b # c'),
      /cannot stand as it is in a line of settings \(default_pass = <value>\)/,
    )
    assert.equal(readFileSync(join(folder, 'secrets', 'mq_pw'), 'utf8'), `default_pass = ${OLD}`)
  })

  it('knows the same value behind the beginning of a line', async () => {
    await turn('client_pw', 'Winter25')
    await turn('mq_pw', 'Winter25')
    assert.deepEqual((await prepare(RABBITMQ, ofRabbit, 'mq_pw')).sameValue, ['client_pw'])
  })
})
