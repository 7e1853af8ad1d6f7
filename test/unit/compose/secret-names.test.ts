import assert from 'node:assert/strict'
import { isNoSecretValue, isSecretName, loginPassword, secretBy } from '../../../src/compose/secret-names.js'

describe('isSecretName', () => {
  for (const name of [
    'REDIS_AUTH',
    'NEO4J_AUTH',
    'APP_KEYS',
    'APP_KEY',
    'JWT_SECRET',
    'DBPASS',
    'GRAYLOG_PASSWORD_SECRET',
    'JWTSECRET',
    'LDAP_PASSWORDS',
    'REDISCLI_AUTH',
    'SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO',
    'AUTHENTICATION_APIKEY_ALLOWED_KEYS',
  ])
    it(`${name} is one`, () => assert.equal(isSecretName(name), true))

  for (const name of [
    'MAILCOW_PASS_SCHEME',
    'JWT_EXP',
    'JWT_ALG',
    'JWT_AUD',
    'SMTP_AUTH',
    'PASSWORD_MIN_LENGTH',
    'AUTHENTICATION_APIKEY_USERS',
    'BASIC_AUTH_CREDENTIALS_SOURCE',
    'KAFKA_SSL_KEYSTORE_CREDENTIALS',
    'REFRESH_TOKEN_VALIDITY',
    'PASSWORD_HASHERS',
    'SECRET_BACKEND',
    'TOKEN_ADDRESS',
    'DOVECOT_PASS_FILTER',
    'DOVECOT_PASS_ATTRS',
    'GOTRUE_JWT_ADMIN_ROLES',
    'JWT_TOKEN_AUTH_MODULE',
    'VAULT_SECRET_MOUNT',
    'TOKEN_TIME_TO_LIVE',
    'JWT_KID',
  ])
    it(`${name} is none`, () => assert.equal(isSecretName(name), false))
})

const HEX = 'b83f06d2a97c41e5'.repeat(4)

/** [variable, value, whether that is a secret]. */
const VARIABLES: readonly (readonly [string, string, 'secret' | 'maybe' | undefined])[] = [
  ['INIT_CLIENT_API_TOKENS', 'default:development.granite', 'secret'],
  ['SOME_TOKENS', 'zzz-8811', 'secret'],
  ['MAX_TOKENS', '4096', undefined],
  ['OPENAI_MAX_OUTPUT_TOKEN', '4096', undefined],
  ['TOKENS', '4096', 'maybe'],
  ['AGENT_VAULT_KEY', 'granite', 'secret'],
  ['SERVICE_ROLE_KEY', 'granite', 'secret'],
  ['ENCRYPTION_PRIMARY_KEY', 'granite', 'secret'],
  ['API_KEY_PROD', 'granite', 'secret'],
  ['API_KEY_2', 'granite', 'secret'],
  ['MASTERKEY', 'granite', 'secret'],
  ['CORE_MACHINEKEY', 'granite', 'secret'],
  ['MACHINE_KEY', 'granite', 'secret'],
  ['SENDGRID_KEY', 'gr-1234', 'secret'],
  ['KAFKA_SUPER_USERS', 'User:admin;User:broker', undefined],
  ['PASSWORDCHECKENDPOINT', ['7Kq9', 'mz@bd', '4TrW*'].join(''), 'maybe'],
  ['PASSWORD_RESET_ENDPOINT', 'https://Id4.example.com/reset?v=1', undefined],
  ['PASSWORD_REGEX', '^(?=.*[A-Z])(?=.*\\d).{12,}$', undefined],
  ['PASSWORD_RESET_TEMPLATE', 'Reset2-Template.html', undefined],
  ['BOUNCER_KEY_traefik', 'gr4n1te0quarry77', 'secret'],
  ['API_KEY_WEATHER', 'gr4n1te0quarry77', 'secret'],
  ['API_KEY_WEATHER', 'granite-77', 'maybe'],
  ['API_KEY_WEATHER', 'granite', undefined],
  ['API_KEY_QUERY_PARAM', 'x-api-key', undefined],
  ['ENCRYPTION_KEY_ID', 'gr4n1te0quarry77', undefined],
  ['SORT_KEY_COLUMN', 'gr4n1te0quarry77', undefined],
  ['KEY', 'k-77182', 'secret'],
  ['SENDGRID_KEY', 'granite', 'maybe'],
  ['LIVEKIT_KEYS', 'devkey: granite', 'maybe'],
  ['SENDGRID_KEY', 'https://example.com/key', 'maybe'],
  ['RETRY_KEY', '5', undefined],
  ['WALLET_SENDER_SEED', `${'granite '.repeat(11)}river`, 'secret'],
  ['WALLET', `${'granite '.repeat(23)}river`, 'secret'],
  ['WALLET', `${'granite '.repeat(12)}river`, undefined],
  ['WALLET_DESCRIPTION', 'keys of the wallet that we have for what is to be paid back', undefined],
  ['SEEDS', 'first second third', undefined],
  ['DEPLOYER_PK', `0x${HEX}`, 'secret'],
  ['WALLET_PK', HEX, 'secret'],
  ['DEPLOYER_PKS', `0x${HEX},0x${HEX}`, 'secret'],
  ['SOLANA_PK', '5KJvsngHeM'.repeat(9).slice(0, 88), 'secret'],
  ['VALIDATOR_PRIVKEY', 'granite', 'secret'],
  ['VALIDATOR_PRIVKEY', 'privkey.pem', undefined],
  ['RELAYER_SEED', HEX, 'secret'],
  ['walletSeed', `${HEX}${HEX}`, 'secret'],
  ['TABLE_PK', 'user_id', undefined],
  ['STRIPE_PK', 'pk_test_granite', undefined],
  ['BLOCK_HASH', `0x${HEX}`, undefined],
  ['GREETING', `${'granite '.repeat(11)}river`, undefined],
  ['TLS_KEY', 'certs/server.key', undefined],
  ['TLS_PRIVATE_KEY', 'server.key', undefined],
  ['SSH_HOST_KEY', '/etc/ssh/host', undefined],
  ['PRIVATE_KEY', '/path/to/key', undefined],
  ['PRIVATE_KEY', './deploy_key', undefined],
  ['TLS_KEY', '/path/to/key', undefined],
  ['JWT_PRIVATE_KEY', '~/.ssh/deploy', undefined],
  ['PRIVATE_KEY', '/9j/4AAQSkZJRg', 'secret'],
  ['ENCRYPTION_KEY', '/q7Rk/bX2mPz0LsVn4TgYc1Ew8UaHd5J/Kf3oQi6xNt=', 'secret'],
  ['DB_PASSWORD', '/path/to/key', 'secret'],
  ['SSH_KEYS', `ssh-ed25519 ${'AAAA'}C3Nz`, undefined],
  ['PUBLIC_KEY', 'pk-8812', undefined],
  ['JWT_PUBLIC_KEY', 'pk-8812', undefined],
  ['GPG_KEY', 'E3FF2839C048B25C084D', undefined],
  ['RECAPTCHA_SITE_KEY', '6Lcabc12', undefined],
  ['KEY_FILE', 'a1', undefined],
  ['KEY_PATH', 'a1', undefined],
  ['KEY_PREFIX', 'app1', undefined],
  ['PRIMARY_KEY', 'id1', undefined],
  ['CACHE_KEY', 'app-1', undefined],
  ['TOKEN_CACHE_KEY', 'app-1', undefined],
  ['SORT_KEY', 'created_at', undefined],
  ['COSMOS_PRIMARY_KEY', 'c0smos0granite0basalt0x==', 'maybe'],
  ['TOKEN_EXPIRY', '3600', undefined],
  ['TOKEN_SALT_COMPLEXITY', '10', undefined],
  ['TOKEN_SALT_ODDNESS', '10', 'maybe'],
  ['NGINX_PROXY_PASS', 'http://backend', undefined],
  ['ETCD_INITIAL_CLUSTER_TOKEN', 'etcd-cluster-1', undefined],
  ['K3S_TOKEN', 'granite', 'secret'],
  ['SALT_MASTER', 'salt.example.com', 'maybe'],
  ['HASH_SALT', 'granite', 'secret'],
  ['PEPPER', 'granite', 'secret'],
  ['ROOTPW', 'granite', 'secret'],
  ['BYPASS', 'granite', undefined],
  ['MNEMONIC', 'test test junk', 'secret'],
  ['SEED_PHRASE', 'test test junk', 'secret'],
  ['ACCESS_CODE', 'granite', 'secret'],
  ['INVITE_CODE', 'gr-8812', 'maybe'],
  ['COUNTRY_CODE', 'de', undefined],
  ['PIN', '8812', 'secret'],
  ['LED_PIN', '17', undefined],
  ['STRIPE_SK', 'skx-8812', 'maybe'],
  ['LANG_SK', 'sk', undefined],
  ['USERS', 'admin:granite;bob:basalt', 'maybe'],
  ['USERS', 'admin|granite|/home/admin|1000 bob|1234', 'maybe'],
  ['USERS', 'admin,bob', undefined],
  ['WEB_LOGIN', 'admin:granite', 'maybe'],
  ['WEB_LOGIN', 'web:8080', undefined],
  ['PLEX_CLAIM', 'claim-granite', 'secret'],
  ['OIDC_NAME_CLAIM', 'preferred_username', undefined],
  ['BILIBILI_SESSDATA', 'granite', 'secret'],
  ['COOKIE', 'sid=granite-77; theme=dark', 'maybe'],
  ['COOKIE', 'Secure; HttpOnly', undefined],
  ['ZIGBEE2MQTT_CONFIG_ADVANCED_NETWORK_KEY', '[7, 11, 3, 45, 88, 12]', 'secret'],
  ['USERS', 'admin,bob', undefined],
  ['PASSWORD_ADMIN', '1234', 'maybe'],
  ['ADMIN_PASSWORD', '1234', 'secret'],
  ['PASSWORD2', 'granite', 'secret'],
]

describe('secretBy', () => {
  for (const [name, value, expected] of VARIABLES)
    it(`${name}=${value}: ${expected ?? 'none'}`, () => assert.equal(secretBy(name, value), expected))
})

describe('loginPassword', () => {
  for (const [name, value] of [
    ['CONCOURSE_ADD_LOCAL_USER', 'test:granite'],
    ['SFTP_USERS', 'foo:granite:1001:100:up'],
    ['SMTP_AUTH', 'me:granite'],
  ] as const)
    it(`${name}: ${value}`, () => assert.equal(value.slice(loginPassword(name, value)).startsWith('granite'), true))

  for (const [name, value] of [
    ['APP_USER', 'node:node'],
    ['SFTP_USERS', 'foo:1001'],
    ['LOCAL_USER', 'test'],
  ] as const)
    it(`${name}: ${value} is none`, () => assert.equal(loginPassword(name, value), undefined))
})

describe('isNoSecretValue', () => {
  for (const value of [
    'enabled',
    '15m',
    '7 days',
    'HS256',
    '/keys/gcp.json',
    './id_rsa',
    '/run/keys/jwt',
    '~/.ssh/id_ed25519',
    '{}',
    '[]',
    '""',
    'user_provided',
    'invalid',
    'notSet',
    'not-set',
    'unset',
    'REQUIRED',
    '<your token here>',
    '{{ vault_secret }}',
  ])
    it(`${value} is none`, () => assert.equal(isNoSecretValue(value), true))

  for (const value of [
    '15',
    '123456',
    '7dwarfs',
    '/9j/4AAQSkZJRg',
    'example.com',
    'my.pem',
    'a/b.json',
    'HS256x',
    '/pass/word',
    '{x}',
    '<9>',
    'a{{b}}',
    '"x"',
  ])
    it(`${value} may be one`, () => assert.equal(isNoSecretValue(value), false))
})
