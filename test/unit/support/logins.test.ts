import assert from 'node:assert/strict'
import { withoutLogins } from '../../../src/support/logins.js'
import { printable } from '../../../src/support/printable.js'

const PASSWORD = ['Blue', 'Heron', '42'].join('-')
const TOKEN = ['ghp_', 'Q1XXhLdCkfOMPwHJ0u', 'EZTiIp72hxGL3tkx9s'].join('')

describe('logins in addresses', () => {
  const masked: readonly (readonly [string, string])[] = [
    [`https://bob:${PASSWORD}@github.com/x/y.git`, 'https://****@github.com/x/y.git'],
    [`https://bob:${PASSWORD}@github.com/x/y.git#main:web`, 'https://****@github.com/x/y.git#main:web'],
    [`https://${TOKEN}@github.com/x/y.git`, 'https://****@github.com/x/y.git'],
    [`git+https://${TOKEN}@github.com/x/y.git`, 'git+https://****@github.com/x/y.git'],
    [`HTTPS://bob:${PASSWORD}@host`, 'HTTPS://****@host'],
    [`redis://:${PASSWORD}@cache:6379`, 'redis://****@cache:6379'],
    [`ssh://git:${PASSWORD}@host/x`, 'ssh://****@host/x'],
    // As a path is normalised.
    [`/srv/shop/https:/bob:${PASSWORD}@host/compose.yaml`, '/srv/shop/https:/****@host/compose.yaml'],
    [`https:/${TOKEN}@host/compose.yaml`, 'https:/****@host/compose.yaml'],
    [`bob:${PASSWORD}@reg.example/x:1`, '****@reg.example/x:1'],
    [`docker:bob:${PASSWORD}@reg.example/x`, '****@reg.example/x'],
    [`bob:${PASSWORD}@reg.example/x@sha256:${'a'.repeat(64)}`, `****@reg.example/x@sha256:${'a'.repeat(64)}`],
    // Passwords that nobody has encoded.
    [`https://bob:a@b/${PASSWORD}@host/x`, 'https://****@host/x'],
    [`https://bob:"${PASSWORD}@host/x`, 'https://****@host/x'],
    [`bob:a/${PASSWORD}@host`, '****@host'],
    [
      `a is built from "https://bob:${PASSWORD}@host/x", which is remote`,
      'a is built from "https://****@host/x", which is remote',
    ],
    [`"bob:${PASSWORD}@host/x" is none`, '"****@host/x" is none'],
    [`https://a:${PASSWORD}@one https://b:${PASSWORD}@two`, 'https://****@one https://****@two'],
  ]
  for (const [text, shown] of masked)
    it(`shows ${shown}`, () => {
      assert.equal(withoutLogins(text), shown)
      assert.equal(withoutLogins(shown), shown, 'a second time changes nothing')
      assert.equal(printable(text), shown, 'names are shown so')
    })

  for (const text of [
    'ops@example.com',
    'mailto:ops@example.com',
    'git@github.com:team/app.git',
    'ssh://git@github.com/team/app.git',
    'ssh://root@host:22',
    `app:1.2@sha256:${'a'.repeat(64)}`,
    `reg.example:5000/team/app:1.2@sha256:${'a'.repeat(64)}`,
    `http://localhost:5000/app@sha256:${'a'.repeat(64)}`,
    'registry.example.com/team/app@sha256:…',
    'https://host/mail?to=ops@example.com',
    'https://host:8443/@scope/pkg',
    'http://[::1]:5000/a@b',
    './web:/srv/node_modules/@scope/pkg',
    // Says where a value stands, and nothing of it.
    'https://bob:${GIT_PASSWORD}@github.com/x/y.git',
    'https://$TOKEN@github.com/x/y.git',
  ])
    it(`leaves ${text} as it is`, () => assert.equal(withoutLogins(text), text))

  it('is done with long texts that could be many logins', () => {
    for (const part of ['a:', 'a', 'http:/', '@', 'a:/'])
      assert.ok(withoutLogins(`${part.repeat(200_000)} https://bob:${PASSWORD}@host`).endsWith(' https://****@host'))
  })
})
