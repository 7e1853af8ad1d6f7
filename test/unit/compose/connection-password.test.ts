import assert from 'node:assert/strict'
import {
  connectionPassword,
  notificationToken,
  proxyKey,
  settingPassword,
} from '../../../src/compose/connection-password.js'

const PW = ['made', 'up', '17'].join('-')

describe('connectionPassword', () => {
  for (const text of [
    `jdbc:mysql://db:3306/app?user=root&password=${PW}`,
    `jdbc:mysql://db:3306/app?password=${PW}&useSSL=false`,
    `pg://db:5432?u=postgres&p=${PW}&d=app`,
    `Server=sql;Database=shop;User Id=sa;Password=${PW};TrustServerCertificate=True`,
    `Data Source=sql; Pwd=${PW}`,
    `host=db user=app dbname=app password=${PW} sslmode=disable`,
    `app:${PW}@tcp(db:3306)/app?parseTime=true`,
    `exporter:${PW}@(mysql:3306)/`,
    `sys/${PW}@//oracle:1521/XEPDB1`,
    `app/${PW}@db.example.com:1521/ORCL`,
    `ac-database;3306;root;${PW};acore_auth`,
    `127.0.0.1;3306;trinity;${PW};auth;ssl`,
    `https://api.example.com/v1?region=eu&token=${PW}`,
    `wss://rpc.example.com/?api-key=${PW}`,
    `type=lnd-rest;server=https://lnd:8080/;macaroon=${PW};allowinsecure=true`,
    `shop:${PW}@db:3306/shop`,
    `node1:${PW}@ethstats:3000`,
    `server=http://bitcoind:43782;shop:${PW}`,
    `type=x;server=https://bitcoind:43782/;shop:${PW}`,
  ])
    it(`sees it in ${text.replace(PW, '…')}`, () => assert.match(connectionPassword(text) ?? '', /connection string/))

  for (const text of [
    'postgres://db:5432/app?sslmode=disable',
    'jdbc:mysql://db/app?user=root&password=$' + '{PW}',
    'http://app/login?reset=password',
    'http://shop/?page=2&p=3',
    'Server=sql;Database=shop;Integrated Security=true',
    'a password=b in a sentence',
    'redis:6379',
    '1@kafka:9093',
    'nginx:1.25@sha256:0123456789abcdef',
    'a:b@c:0123456789abcdef',
    'server=http://nbxplorer:32838/',
    'server=http://bitcoind:43782;cookiefile=/data/.cookie',
    'org/image@sha256:0123abc/x',
    'docs/page@next',
    'a;b;c;d;e',
    'db;3306;root',
    `x:${'?p'.repeat(100_000)}`,
  ])
    it(`sees none in ${text.slice(0, 60)}`, () => assert.equal(connectionPassword(text), undefined))
})

describe('notificationToken', () => {
  for (const text of [
    'slack://tokenA/tokenB/tokenC',
    'gotify://push.example.com/AbCdEf',
    'tgram://123:abc/9, ntfy://x',
  ])
    it(`sees one in ${text}`, () => assert.match(notificationToken(text) ?? '', /notification service/))

  for (const text of ['https://example.com/slack://', 'slack://$TOKEN', 'telegram', 'redis://cache:6379/0'])
    it(`sees none in ${text}`, () => assert.equal(notificationToken(text), undefined))
})

describe('proxyKey', () => {
  for (const text of [
    'vless://6f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8@proxy.example.net:443?security=reality',
    'first|ss://YWVzLTI1Ni1nY206Z3Jhbml0ZQ@proxy.example.net:8388',
    `trojan://${PW}@proxy.example.net:443`,
  ])
    it(`sees one in ${text.replace(PW, '…')}`, () => assert.match(proxyKey(text) ?? '', /URL of a proxy/))

  for (const text of ['https://example.com/ss://x', 'vless://$LINK', 'trojan://', 'wss://example.com/feed/of/all'])
    it(`sees none in ${text}`, () => assert.equal(proxyKey(text), undefined))
})

describe('settingPassword', () => {
  for (const [text, name] of [
    [`datasource:\n  url: jdbc:postgresql://db/app\n  password: ${PW}\n`, 'password'],
    [`external_url 'http://git'\ngitlab_rails['initial_root_password'] = '${PW}'\n`, 'initial_root_password'],
    [`{"user":"app","clientSecret":"${PW}"}`, 'clientSecret'],
    [`-Xmx1g -Dsolr.sharedSecret=${PW}`, 'solr.sharedSecret'],
  ] as const)
    it(`sees ${name}`, () => assert.equal(settingPassword(text), `Holds ${name}, a secret by its name`))

  for (const text of [
    'datasource:\n  password: $' + '{PW}\n',
    "gitlab_rails['initial_root_password'] = File.read('/run/secrets/pw')\nx = 1\n",
    'work_mem = 64MB\nmax_connections = 10\n',
    '-Xms1g -Xmx1g',
    'redis-cli -a "$(cat /run/secrets/pw)" ping',
    'mysqladmin --password "$(cat /run/secrets/pw)" ping',
    '{"passwordPolicy":"strict"}',
    'login:\n  password: true\n',
  ])
    it(`sees none in ${JSON.stringify(text).slice(0, 60)}`, () => assert.equal(settingPassword(text), undefined))
})
