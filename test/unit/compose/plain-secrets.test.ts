import assert from 'node:assert/strict'
import { givenByWords, plainSecrets } from '../../../src/compose/plain-secrets.js'

/** [key, text as written, what in it is secret]. */
const CASES: readonly (readonly [string | undefined, string, readonly string[]])[] = [
  ['DB_PASSWORD', 'wordpress', ['wordpress']],
  ['DB_PASSWORD', '', []],
  ['DB_PASSWORD', 'true', []],
  ['DB_PASSWORD_FILE', '/run/secrets/db', []],
  ['TOKEN_TTL', '3600', []],
  ['DB_USER', 'wordpress', []],
  ['DB_PASSWORD', '$PW', []],
  ['DB_PASSWORD', '${PW}', []],
  ['DB_PASSWORD', '${A}-${B}', []],
  ['DB_PASSWORD', '${PW:-letmein}', ['letmein']],
  ['DB_PASSWORD', '${PW-letmein}', ['letmein']],
  ['DB_PASSWORD', '${PW:-notSet}', []],
  ['DB_PASSWORD', '${PW:-change_me}', []],
  ['DB_PASSWORD', '${PW:-<your password>}', []],
  ['DB_PASSWORD', 'change_me', ['change_me']],
  ['DB_PASSWORD', '${PW:?must be set}', []],
  ['DB_PASSWORD', '${USE_PW:+letmein}', ['letmein']],
  ['DB_PASSWORD', '${USE_PW:+$PW}', []],
  ['OPTIONS', '${DB_PASSWORD:+--with-login}', []],
  ['DB_URL', 'postgres://u:${DB_PASSWORD:-granite}@db', ['granite']],
  ['DB_URL', 'postgres://u:granite@${HOST}/db', ['granite']],
  ['DB_URL', 'postgres://u:${PW}@db', []],
  ['AC_LOGIN_DATABASE_INFO', 'ac-database;3306;root;granite;acore_auth', ['granite']],
  ['DNS_ENV', 'CF_API_TOKEN=granite;CF_ZONE_TOKEN=basalt', ['granite', 'basalt']],
  ['DNS_ENV', 'CF_EMAIL=a@b.example;CF_API_TOKEN="granite";', ['granite']],
  ['DNS_ENV', 'CF_API_TOKEN=granite\nCF_ZONE_TOKEN=${ZONE}', ['granite']],
  ['DNS_ENV', 'CF_EMAIL=a@b.example;CF_TTL=60', []],
  ['OPTS', 'A=1;TOKEN_TTL=3600', []],
  ['ORTHANC_JSON', '{"RegisteredUsers": {"alice": "granite", "bob": "basalt"}}', ['granite', 'basalt']],
  ['ORTHANC_JSON', '{"RegisteredUsers": {"alice": "${PW}", "bob": "basalt"}}', ['basalt']],
  ['ORTHANC__REGISTERED_USERS', '{"alice": "granite"}', ['granite']],
  [
    'APP_JSON',
    '{"auth":{"users":{"bob":"granite70","eve":"${PW}"}},"accounts":{"x":"q!granite"}}',
    ['granite70', 'q!granite'],
  ],
  ['APP_JSON', '[{"credentials":{"bob":"granite70"}}]', ['granite70']],
  ['APP_JSON', '{"users":{"service":"http://users:8080","host":"users1.local"}}', []],
  ['APP_JSON', '{"users":{"alice":"admin","bob":"read-write","eve":"group-1","joe":"role2","x":"team_a_12"}}', []],
  [
    'APP_JSON',
    '{"accounts":{"prod":"123456789012","dev":"arn:aws:iam::123456789012:role/dev1","ops":"ops1@example.com"}}',
    [],
  ],
  ['APP_JSON', '{"accounts":{"a":"0x52908400098527886E0F7030069857D2E4169EE7","b":"U012AB3CD","c":"user1"}}', []],
  [
    'APP_JSON',
    '{"accounts":{"a":"2f1c7a0e-9b1d-4c55-8a51-0d9f7c3b2e11","b":"v1.2.3","c":"us-east-1","d":"/srv/x1"}}',
    [],
  ],
  ['APP_JSON', '{"credentials":{"type":"env","source":"AWS_PROFILE1"}}', []],
  ['APP_JSON', '{"users":{"bob":"granite70","eve":"viewer"}}', []],
  [
    'APP_JSON',
    '{"users":{"cache":"redis7-alpine","maxAge":"15m30s","limit":"500MiB","day":"2024-01-02T03:04:05Z"}}',
    [],
  ],
  ['APP_JSON', '{"users":{"a":"15m30s"},"accounts":{"b":"2024-01-02T03:04:05Z"},"logins":{"c":"#ff00aa12"}}', []],
  [
    'APP_JSON',
    '{"users":{"a":"users_2024_q1"},"accounts":{"b":"acct_1A2b3C4d5E"},"logins":{"c":"SHA256:abcDEF123"}}',
    [],
  ],
  ['APP_JSON', '{"users":{"a":"read+write"},"accounts":{"b":"registry.example.com/accounts:1.2"}}', []],
  ['APP_JSON', '{"users":["granite70","basalt71"]}', []],
  ['LOG_JSON', '{"root":{"level":"INFO2x!"},"loggers":{"users.api":{"level":"DEBUG"}}}', []],
  [
    'CTL_ON_CREATE',
    '! register admin localhost granite ; register joe chat.example quarry;status',
    ['granite', 'quarry'],
  ],
  ['CTL_ON_START', 'stats registeredusers ; change_password admin localhost granite', ['granite']],
  ['CTL_ON_START', 'register admin localhost $PW', []],
  ['COMMAND', 'register admin localhost granite', []],
  ['CONN', ['Server=db;User Id=sa;Pass', 'word=granite;'].join(''), ['granite']],
  ['CONN', 'Server=db;User Id=sa;Password=${PW};', []],
  ['CONN', 'Server=db;User Id=sa;Password=${PW:-granite};', ['granite']],
  ['DB_PASSWORD', 'a:granite@db:3306', ['a:granite@db:3306']],
  ['MQ_URL', 'nats://granite77@mq:4222', ['granite77']],
  ['MQ_URL', 'nats://app@mq:4222', []],
  ['MQ_URL', 'nats://${TOKEN_77}@mq:4222', []],
  ['MQ_URL', 'https://granite77@mq:4222', []],
  ['MQ_URL', 'amqp://guest:gra"ni\'te@mq', ['gra"ni\'te']],
  ['DB_URL', 'postgres://app:gra/nite@db/shop', ['gra/nite']],
  ['DB_URL', '${SCHEME:-postgres}://app:gra"ni/te@db/shop', ['gra"ni/te']],
  ['DB_URL', '${SCHEME}://app:granite@${HOST:-db}/shop', ['granite']],
  ['DB_URL', '${DB_URL:-postgres://app:gra"ni/te@db/shop}', ['gra"ni/te']],
  ['DB_URL', 'postgres://app:gr@nite@db/shop?x=a@b', ['gr@nite']],
  ['DB_URL', 'postgres://app:g@ra"ni/te@db/shop', ['g@ra"ni/te']],
  ['DB_URL', 'postgres://app:gra nite@db/shop', ['gra nite']],
  ['MQ_URL', 'amqp://app:$$granite@mq', ['$$granite']],
  ['ES_URL', 'http://elastic:gra/"nite@es:9200', ['gra/"nite']],
  ['DB_URL', 'jdbc:mysql://app:gra"nite@db/shop', ['gra"nite']],
  ['DB_URL', 'postgres://app:granite@/shop?host=/run/db', ['granite']],
  ['DB_URL', '${SCHEME}://app:${PW}@db/shop', []],
  ['DB_URL', 'postgres://app:@/run/secrets/pw@@db/shop', []],
  ['DB_URL', 'postgres://${DB_USER:-app}:${PW}@db/shop', []],
  ['DB_URL', 'postgres://${DB_USER:-app}:granite@db/shop', ['granite']],
  ['DB_URL', 'postgres://${DB_USER:-app}:@/run/secrets/pw@@${HOST:-db}/shop', []],
  ['MAIL_URL', 'smtps://shop@example.com:granite@smtp.example.com', ['granite']],
  ['MAIL_URL', 'smtps://shop@example.com:${PW}@smtp.example.com', []],
  ['HOME_URL', 'http://joe@example.com:8080/a@b', []],
  ['REPO', 'ssh://git@example.com:acme/lib@2', []],
  ['NPM_URL', 'http://${HOST}:${PORT}/@acme/lib', []],
  ['NOTE', 'redis://cache:main is run by a@b.example', []],
  ['CACHE_URL', 'redis://cache:6379/0?from=a@b', []],
  ['NPM_URL', 'https://npm.example.com:4873/@acme/lib@2', []],
  ['TWO', 'amqp://mq "x://u:p" a@b', []],
  ['MP_SMTP_AUTH', 'joe:granite', ['granite']],
  ['MP_SMTP_AUTH', '${SMTP_LOGIN}', []],
  ['MP_SMTP_AUTH', 'mail.example:2525', []],
  ['GRAFANA_AUTH', 'basic', []],
  ['AUTHOR', 'joe:granite', []],
  ['LOG_LEVEL', '${LEVEL:-debug}', []],
  [undefined, 'redis-server --requirepass granite --port 1', ['granite']],
  [undefined, 'redis-server --requirepass $PW', []],
  [
    undefined,
    'serve --db=postgres://u:gra"ni/te@db/x --mq "amqp://u:${PW}@mq" --cache redis://:basalt@c',
    ['gra"ni/te', 'basalt'],
  ],
]

describe('secrets by name, URL and option', () => {
  for (const [key, text, expected] of CASES) {
    it(`${key ?? 'command'}: ${text} holds ${expected.length === 0 ? 'none' : expected.join(', ')}`, () => {
      const found = plainSecrets(text, {
        ...(key === undefined ? {} : { key }),
        interpolated: text.includes('$'),
        command: key === undefined,
      })
      assert.deepEqual(
        found.map(({ start, end }) => text.slice(start, end)),
        expected,
      )
    })
  }

  it('knows the words that options give as a password', () => {
    const given = (words: readonly string[]) =>
      givenByWords(words).map(({ word, start, value, name }) => [word, start, value, name])
    assert.deepEqual(given(['mysqld', '--password', 'granite']), [[2, 0, 'granite', '--password']])
    assert.deepEqual(given(['mysqld', '--password=granite', '--token', 'basalt']), [
      [1, 11, 'granite', '--password'],
      [3, 0, 'basalt', '--token'],
    ])
    assert.deepEqual(given(['mysqld', '--port', '1']), [])
  })
})
