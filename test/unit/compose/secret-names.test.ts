import assert from 'node:assert/strict'
import { isNoSecretValue, isSecretName } from '../../../src/compose/secret-names.js'

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
  ])
    it(`${name} is none`, () => assert.equal(isSecretName(name), false))
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
  ])
    it(`${value} may be one`, () => assert.equal(isNoSecretValue(value), false))
})
