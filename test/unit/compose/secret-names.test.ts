import assert from 'node:assert/strict'
import { isSecretName } from '../../../src/compose/secret-names.js'

describe('isSecretName', () => {
  for (const name of [
    'REDIS_AUTH',
    'NEO4J_AUTH',
    'APP_KEYS',
    'APP_KEY',
    'JWT_SECRET',
    'DBPASS',
    'GRAYLOG_PASSWORD_SECRET',
  ])
    it(`${name} is one`, () => assert.equal(isSecretName(name), true))

  for (const name of ['MAILCOW_PASS_SCHEME', 'JWT_EXP', 'JWT_ALG', 'JWT_AUD', 'SMTP_AUTH', 'PASSWORD_MIN_LENGTH'])
    it(`${name} is none`, () => assert.equal(isSecretName(name), false))
})
