import assert from 'node:assert/strict'
import { loginPasswords } from '../../../src/compose/login-values.js'

describe('loginPasswords', () => {
  const passwords = (name: string, value: string) =>
    loginPasswords(name, value).map(([start, end]) => value.slice(start, end))

  for (const [name, value] of [
    ['CONCOURSE_ADD_LOCAL_USER', 'test:granite'],
    ['SMTP_AUTH', 'me:granite'],
    ['smtp_user', 'joe:granite'],
    ['VPN_AUTH', 'joe;granite'],
    ['REDIS_HOSTS', 'local:redis:6379:0:granite,other:cache:6379:0'],
    ['USER', 'joe;granite'],
    ['USER2', 'joe;granite;1000;users;100'],
  ] as const)
    it(`${name}: ${value}`, () => assert.match(passwords(name, value)[0] ?? '', /^granite/))

  for (const [name, value] of [
    ['REDIS_HOSTS', 'first:redis:6379:0,local:redis:6379:0:granite,other:cache:6379:1:basalt'],
    ['SFTP_USERS', 'foo:granite:1001:100:up bar:basalt:1002'],
    ['SFTP_USERS', 'foo:granite\nbar:basalt:e:1002:100\n'],
    ['EJABBERD_USERS', 'admin@chat.example:granite joe@chat.example:basalt'],
    ['LOCAL_USERS', 'granite:granite;basalt:basalt'],
  ] as const)
    it(`${name} has each password by itself, and nothing else: ${JSON.stringify(value)}`, () =>
      assert.deepEqual(passwords(name, value), ['granite', 'basalt']))

  it('SFTP_USERS of one user has the password without what stands behind', () =>
    assert.deepEqual(passwords('SFTP_USERS', 'foo:granite:1001:100:up'), ['granite']))

  for (const [name, value] of [
    ['APP_USER', 'node:node'],
    ['SFTP_USERS', 'foo:1001'],
    ['LOCAL_USER', 'test'],
    ['USER', 'joe;'],
    ['REDIS_HOSTS', 'local:redis:6379:0,other:cache:6379:1'],
    ['SHARE', 'media;/media;yes;no'],
  ] as const)
    it(`${name}: ${value} is none`, () => assert.deepEqual(loginPasswords(name, value), []))
})
