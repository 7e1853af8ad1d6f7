// Equal values of different accounts: who owns one keeps it apart, who logs in there shares it.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered, SHELL } from './in-memory.js'

const service = (name: string, image: string, entries: Readonly<Record<string, string>>, more = '') =>
  `  ${name}:\n    image: ${image}\n${more}    environment:\n${Object.entries(entries)
    .map(([key, value]) => `      ${key}: ${value}\n`)
    .join('')}`

async function namesOf(text: string, files: Readonly<Record<string, string>> = {}) {
  const { moves } = makePlan(await gathered(`services:\n${text}`, undefined, files))
  return Object.fromEntries(moves.map(({ candidate: { id }, name }) => [id, name]))
}

describe('migrate: accounts with the same password', () => {
  it('root and user of a database are two secrets, and the client has that of the user', async () => {
    const app = service('app', 'shop/app', { MYSQL_PASSWORD: 'wiki', MYSQL_USER: 'wiki' })
    const db = service('db', 'mariadb', { MYSQL_ROOT_PASSWORD: 'wiki', MYSQL_PASSWORD: 'wiki', MYSQL_USER: 'wiki' })
    for (const text of [app + db, db + app])
      assert.deepEqual(await namesOf(text), {
        'app.MYSQL_PASSWORD': 'mysql_password',
        'db.MYSQL_ROOT_PASSWORD': 'mysql_root_password',
        'db.MYSQL_PASSWORD': 'mysql_password',
      })
  })

  it('two services of one program that is called server share its keys and the password of their database', async () => {
    const db = service('db', 'postgres', { POSTGRES_PASSWORD: 'made-up', POSTGRES_USER: 'app' })
    const entries = {
      APP_SECRET_KEY: 'change-me',
      APP_DB__HOST: 'db',
      APP_DB__USER: 'app',
      APP_DB__PASSWORD: 'made-up',
    }
    const both = service('server', 'ghcr.io/shop/server', entries) + service('worker', 'ghcr.io/shop/server', entries)
    assert.deepEqual(await namesOf(db + both), {
      'db.POSTGRES_PASSWORD': 'postgres_password',
      'server.APP_SECRET_KEY': 'app_secret_key',
      'server.APP_DB__PASSWORD': 'postgres_password',
      'worker.APP_SECRET_KEY': 'app_secret_key',
      'worker.APP_DB__PASSWORD': 'postgres_password',
    })
  })

  it('a client of a token has the token of the server, and not its administrator’s password', async () => {
    const influx = {
      DOCKER_INFLUXDB_INIT_USERNAME: 'admin',
      DOCKER_INFLUXDB_INIT_PASSWORD: 'Made-up-17!',
      DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: 'Made-up-17!',
    }
    const server = service('influxdb', 'influxdb:2.7', influx)
    for (const variable of ['INFLUX_TOKEN', 'INFLUXDB_TOKEN']) {
      const names = await namesOf(server + service('telegraf', 'telegraf', { [variable]: 'Made-up-17!' }))
      assert.equal(names[`telegraf.${variable}`], 'docker_influxdb_init_admin_token')
    }
    const names = await namesOf(server + service('app', 'shop/app', { INFLUXDB_ADMIN_PASSWORD: 'Made-up-17!' }))
    assert.equal(names['app.INFLUXDB_ADMIN_PASSWORD'], 'docker_influxdb_init_password')
  })

  it('the first accounts of several programs are secrets of their own, and a client of one shares it', async () => {
    const keycloak = service('sso', 'quay.io/keycloak/keycloak', { KEYCLOAK_ADMIN_PASSWORD: 'made-up17' })
    const pgadmin = service('pgadmin', 'dpage/pgadmin4', { PGADMIN_DEFAULT_PASSWORD: 'made-up17' })
    const grafana = service('grafana', 'grafana/grafana', { GF_SECURITY_ADMIN_PASSWORD: 'made-up17' })
    const client = service('app', 'shop/app', { KEYCLOAK_ADMIN_PASSWORD: 'made-up17' })
    assert.deepEqual(await namesOf(keycloak + pgadmin + grafana + client), {
      'sso.KEYCLOAK_ADMIN_PASSWORD': 'keycloak_admin_password',
      'pgadmin.PGADMIN_DEFAULT_PASSWORD': 'pgadmin_default_password',
      'grafana.GF_SECURITY_ADMIN_PASSWORD': 'gf_security_admin_password',
      'app.KEYCLOAK_ADMIN_PASSWORD': 'keycloak_admin_password',
    })
  })

  it('a client that logs in as root has the secret of root', async () => {
    const db = service('db', 'mysql:8', { MYSQL_ROOT_PASSWORD: 'example', MYSQL_PASSWORD: 'example' })
    const app = service('app', 'shop/app', { DB_PASSWORD: 'example', DB_USER: 'root' })
    assert.equal((await namesOf(db + app))['app.DB_PASSWORD'], 'mysql_root_password')
  })

  it('a command that makes an account of its own program has a secret of its own, unless one line gives both', async () => {
    const db = service('db', 'postgres', { POSTGRES_PASSWORD: 'Made-up-17', POSTGRES_USER: 'admin' })
    const init = (command: string) => `  init:\n    image: shop/init\n    command: ${command}\n`
    for (const command of [
      'airflow users create --username admin --password Made-up-17',
      'sh -c "superset fab create-admin --password Made-up-17 && true"',
      'manage createsuperuser --password Made-up-17',
      '["sh", "-c", "airflow db migrate\\nairflow users create \\\\\\n  --username admin \\\\\\n  --password Made-up-17"]',
    ])
      assert.equal((await namesOf(db + init(command)))['init.--password'], 'init_password', command)
    const other = await namesOf(db + init('migrate --user admin --password Made-up-17'))
    assert.equal(other['init.--password'], 'postgres_password')
    const reference = '$' + '{PW}'
    const one = db.replace('Made-up-17', reference) + init(`airflow users create --password ${reference}`)
    assert.equal((await namesOf(one, { '.env': 'PW=Made-up-17\n' }))['init.--password'], 'postgres_password')
  })

  it('commands of two programs that make accounts have two secrets, those of one program one', async () => {
    const init = (name: string, image: string, words: string) =>
      `  ${name}:\n    image: ${image}\n    command: ${words} --password Made-up-17\n`
    const text =
      init('flow', 'apache/airflow:2', 'airflow users create') +
      init('flow-again', 'apache/airflow:2', 'airflow users create') +
      init('charts', 'apache/superset', 'superset fab create-admin')
    assert.deepEqual(await namesOf(text), {
      'flow.--password': 'flow_password',
      'flow-again.--password': 'flow_password',
      'charts.--password': 'charts_password',
    })
  })

  it('several databases are several secrets, each shared with the client that names it', async () => {
    const text =
      service('mysql', 'mysql:8', { MYSQL_ROOT_PASSWORD: 'rag_flow-17' }) +
      service('minio', 'minio/minio', { MINIO_ROOT_PASSWORD: 'rag_flow-17' }) +
      service('app', 'shop/app', { APP_MYSQL_PASSWORD: 'rag_flow-17', APP_MINIO_SECRET: 'rag_flow-17' }) +
      service('other', 'shop/other', { PASSWORD: 'rag_flow-17' })
    assert.deepEqual(await namesOf(text), {
      'mysql.MYSQL_ROOT_PASSWORD': 'mysql_root_password',
      'minio.MINIO_ROOT_PASSWORD': 'minio_root_password',
      'app.APP_MYSQL_PASSWORD': 'mysql_root_password',
      'app.APP_MINIO_SECRET': 'minio_root_password',
      'other.PASSWORD': 'other_password',
    })
  })

  it('databases of images of their own are told by what they are called, and what logs in there is none', async () => {
    const login = { POSTGRES_USER: 'sg', POSTGRES_PASSWORD: 'wiki' }
    const text =
      service('pgsql', 'shop/store:5', login) +
      service('codeintel', 'shop/codeintel-db:5', login) +
      service('db-backup', 'shop/backup', { ...login, POSTGRES_HOST: 'pgsql' }) +
      service('migrator', 'shop/migrator', {
        PGHOST: 'pgsql',
        PGUSER: 'sg',
        PGPASSWORD: 'wiki',
        CODEINTEL_PGHOST: 'codeintel',
        CODEINTEL_PGUSER: 'sg',
        CODEINTEL_PGPASSWORD: 'wiki',
      })
    const names = await namesOf(text)
    assert.deepEqual(names, {
      'pgsql.POSTGRES_PASSWORD': 'postgres_password',
      'db-backup.POSTGRES_PASSWORD': 'postgres_password',
      'migrator.PGPASSWORD': 'postgres_password',
      'codeintel.POSTGRES_PASSWORD': 'codeintel_postgres_password',
      'migrator.CODEINTEL_PGPASSWORD': 'codeintel_postgres_password',
    })
  })

  it('a key that is the name of a user is none, and a variable names what a rule found in a command', async () => {
    const text =
      service('s3', 'minio/minio', { MINIO_ROOT_USER: '${S3_USER}', MINIO_ROOT_PASSWORD: 'rag_flow-17' }) +
      service('app', 'shop/app', { S3__ACCESS_KEY: '${S3_USER}', S3__SECRET_KEY: 'rag_flow-17' }) +
      service('agent', 'shop/agent', { Z_TOKEN: 'agent-auth-77' }) +
      service('a', 'shop/a', { A: 'b' }, '    command: [dev, "--var=AGENT_TOKEN:agent-auth-77"]\n')
    const names = await namesOf(text, { '.env': 'S3_USER=granite\n' })
    assert.deepEqual(names, {
      's3.MINIO_ROOT_PASSWORD': 'minio_root_password',
      'app.S3__SECRET_KEY': 'minio_root_password',
      'agent.Z_TOKEN': 'z_token',
      'a.command': 'z_token',
    })
  })

  for (const url of [
    'jdbc:postgresql://db:5432/app',
    'jdbc:log4jdbc:postgresql://db/app',
    'r2dbc:pool:postgresql://db/app',
  ])
    it(`a datasource with ${url} is the database's client`, async () => {
      const db = service('db', 'postgres', { POSTGRES_PASSWORD: 'secret', POSTGRES_USER: 'app' })
      const app = service('app', 'shop/app', {
        SPRING_DATASOURCE_URL: url,
        SPRING_DATASOURCE_USERNAME: 'app',
        SPRING_DATASOURCE_PASSWORD: 'secret',
      })
      assert.equal((await namesOf(db + app))['app.SPRING_DATASOURCE_PASSWORD'], 'postgres_password')
    })

  it('a client of one server does not get the secret of another with the same password', async () => {
    const text =
      service('db', 'postgres', { POSTGRES_PASSWORD: 'happy_dev-17' }) +
      service('queue', 'rabbitmq', { RABBITMQ_DEFAULT_USER: 'app', RABBITMQ_DEFAULT_PASS: 'happy_dev-17' }) +
      service('app', 'shop/app', { RabbitMq__HostName: 'queue', RabbitMq__Password: 'happy_dev-17' })
    const names = await namesOf(text)
    assert.notEqual(names['app.RabbitMq__Password'], names['db.POSTGRES_PASSWORD'])
  })

  it('two servers with one variable and one password are two secrets, and each client has that of its host', async () => {
    const db = (name: string) => service(name, 'postgres:16', { POSTGRES_PASSWORD: 'same-one-17', POSTGRES_USER: name })
    const app = (name: string, host: string) =>
      service(name, 'shop/app', { DB_PASSWORD: 'same-one-17', DB_USER: host, DB_HOST: host })
    const names = await namesOf(db('orders') + db('audit') + app('shop', 'orders') + app('report', 'audit'))
    assert.notEqual(names['orders.POSTGRES_PASSWORD'], names['audit.POSTGRES_PASSWORD'])
    assert.equal(names['shop.DB_PASSWORD'], names['orders.POSTGRES_PASSWORD'])
    assert.equal(names['report.DB_PASSWORD'], names['audit.POSTGRES_PASSWORD'])
    const both = (name: string) => service(name, 'postgres:16', { POSTGRES_PASSWORD: '$' + '{DB_PASSWORD}' })
    const ofOne = await namesOf(both('orders') + both('audit'), { '.env': 'DB_PASSWORD=same-one-17\n' })
    assert.equal(new Set(Object.values(ofOne)).size, 1, 'one line of .env is one secret')
  })

  it('the nodes of a cluster are one account: one name but for the number, one image, one environment', async () => {
    const node = (name: string, more: Record<string, string> = {}, image = 'minio/minio') =>
      service(name, image, { MINIO_ROOT_USER: 'shop', MINIO_ROOT_PASSWORD: 'same-one-17', ...more })
    const ofAll = async (text: string) => new Set(Object.values(await namesOf(text))).size
    assert.equal(await ofAll(node('minio1') + node('minio2') + node('minio3')), 1)
    assert.equal(await ofAll(node('minio1') + node('minio2', { MINIO_ROOT_USER: 'other' })), 2)
    assert.equal(await ofAll(node('orders') + node('audit')), 2)
    assert.equal(await ofAll(node('minio1') + node('minio2', {}, 'minio/minio:old')), 2)
  })

  it('two passwords of clients, each beside a user of its own, are two secrets, and one is that of one user', async () => {
    const logins = (user: string) =>
      service('focus', 'shop/focus', { FOCUS_AUTH_USER: 'focus', FOCUS_AUTH_PASSWORD: 'made-up' }) +
      service('bridge', 'shop/bridge', { BRIDGE_AUTH_USER: user, BRIDGE_AUTH_PASSWORD: 'made-up' })
    const two = await namesOf(logins('bridge'))
    assert.notEqual(two['focus.FOCUS_AUTH_PASSWORD'], two['bridge.BRIDGE_AUTH_PASSWORD'])
    const one = await namesOf(logins('focus'))
    assert.equal(one['focus.FOCUS_AUTH_PASSWORD'], one['bridge.BRIDGE_AUTH_PASSWORD'])
  })

  it("a user's login is a secret with its service's name", async () => {
    const names = await namesOf(
      service('files', 'dperson/samba', { USER: "'joe;made-up'", USER2: "'ann;made-up-2;1001'" }),
    )
    assert.deepEqual(names, { 'files.USER': 'files_user', 'files.USER2': 'files_user2' })
  })

  it('two entries of .env with one common word are two secrets', async () => {
    const text =
      service('db', 'postgres', { POSTGRES_PASSWORD: '${' + 'PG_ADMIN}' }) +
      service('app', 'shop/app', { DB_PASSWORD: '${' + 'PG_APP}' })
    const names = await namesOf(text, { '.env': 'PG_ADMIN=changeme\nPG_APP=changeme\n' })
    assert.deepEqual(names, { 'db.POSTGRES_PASSWORD': 'postgres_password', 'app.DB_PASSWORD': 'db_password' })
  })

  it('a name in capitals and digits is not cut at its digits', async () => {
    const names = await namesOf(service('n8n', 'shop/n8n', { N8N_ENCRYPTION_KEY: 'a-made-up-key-1' }))
    assert.deepEqual(names, { 'n8n.N8N_ENCRYPTION_KEY': 'n8n_encryption_key' })
  })

  it('a typed password of something else is a secret of its own', async () => {
    const text =
      service('db', 'postgres', { POSTGRES_PASSWORD: 'Airflow123' }) +
      service('web', 'shop/web', { WWW_USER_PASSWORD: 'Airflow123', DB_PASSWORD: 'Airflow123' })
    const names = await namesOf(text)
    assert.deepEqual(
      [names['web.WWW_USER_PASSWORD'], names['web.DB_PASSWORD']],
      ['www_user_password', 'postgres_password'],
    )
  })

  it('the host beside a password tells whose it is, by any name of the service, unless the user is another', async () => {
    const db = service('db', 'mysql:8', { MYSQL_ROOT_PASSWORD: 'R00t!pass' }, '    container_name: shop-db\n')
    const other = service('other', 'mariadb', { MARIADB_ROOT_PASSWORD: 'R00t!pass' })
    const admin = (entries: Readonly<Record<string, string>>) =>
      service('admin', 'phpmyadmin', { PMA_PASSWORD: 'R00t!pass', ...entries })
    const nameOf = async (text: string) => (await namesOf(text))['admin.PMA_PASSWORD']
    for (const host of ['db', 'shop-db', 'db:3306'])
      assert.equal(await nameOf(db + other + admin({ PMA_HOST: host, PMA_USER: 'root' })), 'mysql_root_password', host)
    assert.equal(await nameOf(db + other + admin({ PMA_HOST: 'other' })), 'mariadb_root_password')
    assert.equal(await nameOf(db + admin({ PMA_HOST: 'elsewhere.example' })), 'pma_password')
    assert.equal(await nameOf(db + admin({ PMA_HOST: 'db', PMA_USER: 'reader' })), 'pma_password')
  })

  it('secrets that stay apart with one value are named', async () => {
    const notesOf = async (password: string) => {
      const entries = { MYSQL_ROOT_PASSWORD: 'R00t!pass', MYSQL_PASSWORD: password }
      return makePlan(await gathered(`services:\n${service('db', 'mysql:8', entries)}`)).plan.notes.join('\n')
    }
    assert.match(await notesOf('R00t!pass'), /^mysql_password, mysql_root_password: have the same value now/m)
    assert.ok(!(await notesOf('An0ther!pass')).includes('the same value now'))
  })

  it('a variable that begins with its service has no service in front', async () => {
    assert.deepEqual(await namesOf(service('app', 'shop/app', { APP_KEY: 'a-made-up-key-1' })), {
      'app.APP_KEY': 'app_key',
    })
  })

  it('of the variables of one entry the one that the image is known to read gives the name', async () => {
    const db = service('db', 'postgres', { PGPASSWORD: '$' + '{PW}', POSTGRES_PASSWORD: '$' + '{PW}' })
    const names = await namesOf(db, { '.env': 'PW=a-made-up-pw-1\n' })
    assert.deepEqual([...new Set(Object.values(names))], ['postgres_password'])
  })

  it('what a client of redis is given, on its command line too, is the secret of the server', async () => {
    const command = (name: string, words: string) => `  ${name}:\n    image: redis:7\n    command: ${words}\n`
    const text =
      command('cache', 'redis-server --requirepass Made-up-17') +
      command('replica', '["redis-server", "--requirepass", "Made-up-17", "--masterauth", "Made-up-17"]') +
      command('watch', 'sh -c "redis-cli -h cache -a Made-up-17 ping; sleep 5"') +
      service('job', 'shop/job', { REDIS_PASSWORD: 'Made-up-17' })
    const names = await namesOf(text)
    assert.equal(Object.keys(names).length, 5)
    assert.deepEqual([...new Set(Object.values(names))].length, 1, JSON.stringify(names))
  })

  it('what several servers have in common is called after what their names have in common, else after their image', async () => {
    const nameOf = async (...servers: readonly string[]) => {
      const command = '    command: redis-server --requirepass Made-up-17\n'
      const names = await namesOf(
        servers.map((name) => service(name, 'docker.io/library/redis:7', {}, command)).join(''),
      )
      return [...new Set(Object.values(names))]
    }
    assert.deepEqual(await nameOf('shop-store-master', 'shop-store-replica'), ['shop_store_password'])
    assert.deepEqual(await nameOf('node1', 'node2', 'node3'), ['node_password'])
    assert.deepEqual(await nameOf('cache', 'queue'), ['redis_password'])
    assert.deepEqual(await nameOf('cache'), ['cache_password'])
  })

  it("the password of pgAdmin's own login is a secret of its own", async () => {
    const text =
      service(
        'cache',
        'redis:7',
        { REDIS_PASSWORD: 'Made-up-17' },
        '    command: redis-server --requirepass Made-up-17\n',
      ) +
      service('admin', 'dpage/pgadmin4', { PGADMIN_DEFAULT_EMAIL: 'a@b.test', PGADMIN_DEFAULT_PASSWORD: 'Made-up-17' })
    assert.equal((await namesOf(text))['admin.PGADMIN_DEFAULT_PASSWORD'], 'pgadmin_default_password')
  })

  it("a client's variable in an image of the database is that of the account that it logs in to", async () => {
    const text =
      service('db', 'postgres:16', { POSTGRES_PASSWORD: 'Made-up-17' }) +
      service('backup', 'postgres:16', { PGPASSWORD: 'Made-up-17' }, '    command: pg_dump -h db app\n')
    assert.deepEqual([...new Set(Object.values(await namesOf(text)))], ['postgres_password'])
  })

  it('the user of something else does not make a client root', async () => {
    const db = service('db', 'mysql:8', {
      MYSQL_ROOT_PASSWORD: 'Made-up-17',
      MYSQL_USER: 'shop',
      MYSQL_PASSWORD: 'Made-up-17',
    })
    const app = (entries: Readonly<Record<string, string>>) => service('app', 'shop/app', entries)
    const nameIn = async (entries: Readonly<Record<string, string>>) =>
      (await namesOf(db + app(entries)))['app.DB_PASSWORD']
    const own = { DB_PASSWORD: 'Made-up-17', DB_USER: 'shop' }
    assert.equal(await nameIn({ ...own, GRAFANA_USER: 'admin', ADMIN_USER: 'root' }), 'mysql_password')
    assert.equal(await nameIn({ DB_PASSWORD: 'Made-up-17', GRAFANA_USER: 'admin' }), 'mysql_password')
    assert.equal(await nameIn({ DB_PASSWORD: 'Made-up-17', DB_USERNAME: 'root' }), 'mysql_root_password')
  })

  it('the user tells the account, whatever the variable is called', async () => {
    const db = service('db', 'mysql:8', {
      MYSQL_ROOT_PASSWORD: 'Made-up-17',
      MYSQL_USER: 'shop',
      MYSQL_PASSWORD: 'Made-up-17',
    })
    const app = service('app', 'shop/app', { MYSQL_PASSWORD: 'Made-up-17', MYSQL_USER: 'root' })
    assert.equal((await namesOf(db + app))['app.MYSQL_PASSWORD'], 'mysql_root_password')
  })

  it('a client in an image of the database, or an option for another server, gives no name', async () => {
    const text =
      '  backup:\n    image: mysql:8\n    entrypoint: /bin/sh\n    command: -c "mysqldump -ushop -pMade-up-17 shop"\n' +
      service('db', 'mysql:8', { MYSQL_USER: 'shop', MYSQL_PASSWORD: 'Made-up-17' }) +
      '  cache:\n    image: redis:7\n    command: ["redis-server", "--masterauth", "Made-up-18", "--requirepass", "Made-up-18"]\n'
    assert.deepEqual(await namesOf(text), {
      'backup.-p': 'mysql_password',
      'db.MYSQL_PASSWORD': 'mysql_password',
      'cache.--masterauth': 'cache_password',
      'cache.--requirepass': 'cache_password',
    })
  })

  it('two accounts are not one because the command line gives the password of both', async () => {
    const db = service(
      'db',
      'mysql:8',
      { MYSQL_ROOT_PASSWORD: 'Made-up-17', MYSQL_PASSWORD: 'Made-up-17' },
      '    command: sh -c "exec docker-entrypoint.sh mysqld --plugin-password=Made-up-17"\n',
    )
    const names = await namesOf(db)
    assert.notEqual(names['db.MYSQL_ROOT_PASSWORD'], names['db.MYSQL_PASSWORD'])
  })

  it('a value is not joined to a database through a client of the same name alone', async () => {
    const text =
      service('db', 'postgres', { POSTGRES_PASSWORD: '$' + '{PW}' }) +
      service('web', 'shop/web', { ADMIN_LOGIN_PASSWORD: '$' + '{PW}' }) +
      service('other', 'shop/other', { ADMIN_LOGIN_PASSWORD: 'Airflow123' })
    const names = await namesOf(text, { '.env': 'PW=Airflow123\n' })
    assert.equal(names['web.ADMIN_LOGIN_PASSWORD'], 'postgres_password')
    assert.notEqual(names['other.ADMIN_LOGIN_PASSWORD'], 'postgres_password')
  })

  it('what one variable gives is one secret, whatever it is called: its line of an env file, or its default', async () => {
    const plum = '$' + '{DB_PW:-plum}'
    const byDefault = service('a', 'shop/a', { STORE_SECRET: plum }) + service('b', 'shop/b', { LOGIN_PASSWORD: plum })
    const apart = service('c', 'shop/c', { OTHER_SECRET: 'plum' })
    const names = await namesOf(byDefault + apart)
    assert.equal(names['a.STORE_SECRET'], names['b.LOGIN_PASSWORD'])
    assert.notEqual(names['a.STORE_SECRET'], names['c.OTHER_SECRET'])
    const text =
      service('db', 'postgres', { POSTGRES_PASSWORD: '$' + '{PG_PASS}' }, '    env_file: .env\n') +
      '  app:\n    image: shop/app\n    env_file: .env\n'
    const all = await namesOf(text, { '.env': 'PG_PASS=Made-up-17\n' })
    assert.deepEqual([...new Set(Object.values(all))], ['postgres_password'])
    assert.equal(Object.keys(all).length, 2)
  })

  it('a variable that a command takes twice is one secret, also where its line of .env stays', async () => {
    const script = '[ -z \\"$PW_REDIS\\" ] || redis-server --requirepass \\"$PW_REDIS\\"'
    const text = `  cache:\n    image: redis:7\n    command: [sh, -c, "${script}"]\n  other:\n    image: shop/other\n    env_file: .env\n`
    const base = await gathered(`services:\n${text}`, (image) => (image === 'shop/other' ? { missing: 'no' } : SHELL), {
      '.env': 'PW_REDIS=Made-up-17\n',
    })
    const { moves, left } = makePlan(base)
    assert.deepEqual(new Set(moves.map(({ name }) => name)), new Set(['pw_redis']))
    assert.equal(moves.length, 2)
    assert.equal(left.length, 1)
  })

  it('keys and tokens with one placeholder are secrets of their own under each name, and one under the same', async () => {
    const apart = service('app', 'shop/app', {
      ALIYUN_OSS_SECRET_KEY: 'your-secret-key',
      TENCENT_COS_SECRET_KEY: 'your-secret-key',
      DB_KEY_BASE: 'change-me-to-32-characters',
      OTP_KEY_BASE: 'change-me-to-32-characters',
      API_TOKEN: 'x7Jq2mVbT9wLs4RkZc81',
      JOB_TOKEN: 'x7Jq2mVbT9wLs4RkZc81',
    })
    const names = await namesOf(apart + service('jobs', 'shop/jobs', { TENCENT_COS_SECRET_KEY: 'your-secret-key' }))
    assert.notEqual(names['app.ALIYUN_OSS_SECRET_KEY'], names['app.TENCENT_COS_SECRET_KEY'])
    assert.notEqual(names['app.DB_KEY_BASE'], names['app.OTP_KEY_BASE'])
    assert.equal(names['app.TENCENT_COS_SECRET_KEY'], names['jobs.TENCENT_COS_SECRET_KEY'])
    assert.equal(names['app.API_TOKEN'], names['app.JOB_TOKEN'])
    const served = service('run', 'shop/run', { API_KEY: 'shop-runner' })
    const client = service('app', 'shop/app', { RUNNER_API_KEY: 'shop-runner', SIGN_KEY: 'shop-runner' })
    const shared = await namesOf(served + client)
    assert.equal(shared['app.RUNNER_API_KEY'], shared['run.API_KEY'])
    assert.notEqual(shared['app.SIGN_KEY'], shared['run.API_KEY'])
  })

  it('a line of an env file is not the account of a database that only has the file', async () => {
    const text =
      '  minio:\n    image: minio/minio\n    env_file: all.env\n  app:\n    image: shop/app\n    env_file: all.env\n' +
      service('db', 'postgres', { POSTGRES_PASSWORD: 'Made-up-17' })
    const names = await namesOf(text, { 'all.env': 'POSTGRES_PASSWORD=Made-up-17\n' })
    assert.deepEqual(new Set(Object.values(names)), new Set(['postgres_password']))
    assert.equal(Object.keys(names).length, 2)
  })

  it('a database that is built is one, by its name and what makes its account; no other built service is', async () => {
    const built = (name: string) =>
      service(name, 'shop/own', { MYSQL_ROOT_PASSWORD: 'root' }, `    build: ./docker/${name}\n`)
    const web = (host: string) =>
      service('web', 'shop/web', { MYSQL_USER: 'root', MYSQL_PASSWORD: 'root', MYSQL_HOST: host })
    const names = await namesOf(built('db') + web('db'))
    assert.equal(names['web.MYSQL_PASSWORD'], names['db.MYSQL_ROOT_PASSWORD'])
    const apart = await namesOf(built('api') + web('api'))
    assert.notEqual(apart['web.MYSQL_PASSWORD'], apart['api.MYSQL_ROOT_PASSWORD'])
  })
})
