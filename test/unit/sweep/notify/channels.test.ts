import assert from 'node:assert/strict'
import { channelOf, notifyEntries } from '../../../../src/sweep/notify/channels.js'

const webhook = { url: 'https://hooks.example.com/in', secretFile: './hook.key' }
const smtp = { host: 'mail.example.com', from: 'scan@example.com', to: ['team@example.com'] }

const channels = (entries: unknown) => notifyEntries.parse(entries).map((entry) => channelOf(entry, '/etc/sweep'))

describe('sweep/notify/channels', () => {
  it('fills in defaults and makes paths absolute against the folder of the file', () => {
    assert.deepEqual(channels([{ webhook }]), [
      {
        name: 'webhook',
        kind: 'webhook',
        minSeverity: 'low',
        uncertain: 'give-up',
        address: { url: 'https://hooks.example.com/in' },
        secretFile: '/etc/sweep/hook.key',
      },
    ])
    const [mail] = channels([{ smtp: { ...smtp, username: 'scan', passwordFile: 'mail.password', ca: '/ca.pem' } }])
    assert.ok(mail?.kind === 'smtp')
    assert.deepEqual(
      [mail.port, mail.security, mail.login, mail.ca],
      [587, 'starttls', { username: 'scan', passwordFile: '/etc/sweep/mail.password' }, '/ca.pem'],
    )
  })

  it('runs a program of the folder by its path and one without a slash by PATH', () => {
    const runs = channels([{ command: { run: ['./tell.sh', './x'] } }, { name: 'other', command: { run: ['tell'] } }])
    assert.deepEqual(
      runs.map((channel) => (channel.kind === 'command' ? channel.run : [])),
      [['/etc/sweep/tell.sh', './x'], ['tell']],
    )
  })

  for (const [what, entries] of [
    ['no kind', [{ name: 'a' }]],
    ['two kinds', [{ webhook, slack: { urlFile: 'x' } }]],
    ['a webhook without a key', [{ webhook: { url: webhook.url } }]],
    ['an address and a file with one', [{ webhook: { ...webhook, urlFile: 'x' } }]],
    ['an address that is no web address', [{ webhook: { ...webhook, url: 'file:///etc/passwd' } }]],
    ['a password without a user', [{ smtp: { ...smtp, passwordFile: 'x' } }]],
    ['an e-mail address with a line end in it', [{ smtp: { ...smtp, to: ['a@b\r\nBcc: c@d'] } }]],
    ['two channels of one name', [{ webhook }, { webhook }]],
    ['an unknown field', [{ webhook, colour: 'red' }]],
  ] as const) {
    it(`refuses ${what}`, () => assert.equal(notifyEntries.safeParse(entries).success, false))
  }
})
