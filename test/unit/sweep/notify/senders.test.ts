import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  CommandChannel,
  SlackChannel,
  SmtpChannel,
  WebhookChannel,
} from '../../../../src/sweep/notify/channels.js'
import { send } from '../../../../src/sweep/notify/senders/index.js'
import { type Certificate, makeCertificate } from '../../../fixtures/certificate.js'
import { notification } from '../../../fixtures/notification.js'
import { type ScriptedServer, startServer } from '../../../fixtures/scripted-server.js'
import { type SmtpServer, type SmtpServerOptions, startSmtpServer } from '../../../fixtures/smtp-server.js'

const KEY = `made-up-${'key-of-the-test'}`
const PASSWORD = `made-up-${'mail-password'}`
const context = { signal: new AbortController().signal, now: () => new Date('2026-01-01T03:21:00Z') }
const base = { minSeverity: 'low', uncertain: 'give-up' } as const

/** A process that has ended and that nobody has waited for yet is none. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('sweep/notify/senders', () => {
  let folder: string
  let server: ScriptedServer
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-notify-'))
    server = await startServer((_, response) => response.end('ok'))
  })
  beforeEach(() => {
    server.seen.length = 0
    server.answer = (_, response) => response.end('ok')
  })
  after(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  describe('webhook', () => {
    const channel = (change: Partial<WebhookChannel> = {}): WebhookChannel => ({
      ...base,
      name: 'webhook',
      kind: 'webhook',
      address: { url: `${server.origin}/in` },
      secretFile: file('hook.key', `${KEY}\n`),
      ...change,
    })

    it('posts the payload with a signature over the timestamp and the body', async () => {
      assert.deepEqual(await send(channel(), notification(), context), { result: 'sent' })
      const [request] = server.seen
      assert.deepEqual(JSON.parse(request?.body ?? ''), notification())
      const expected = createHmac('sha256', KEY).update(`1767237660.${request?.body}`).digest('hex')
      assert.equal(request?.headers['x-secretscan-timestamp'], '1767237660')
      assert.equal(request?.headers['x-secretscan-signature'], `sha256=${expected}`)
      assert.equal(request?.headers['idempotency-key'], notification().delivery)
    })

    for (const [status, result] of [
      [204, 'sent'],
      [302, 'refused'],
      [400, 'refused'],
      [404, 'refused'],
      [429, 'failed'],
      [500, 'failed'],
      [503, 'failed'],
      [504, 'uncertain'],
    ] as const) {
      it(`takes status ${status} for ${result}`, async () => {
        server.answer = (_, response) => response.writeHead(status, { location: '/elsewhere' }).end()
        assert.equal((await send(channel(), notification(), context)).result, result)
        assert.equal(server.seen.length, 1)
      })
    }

    it('waits as long as it is told to', async () => {
      server.answer = (_, response) => response.writeHead(429, { 'retry-after': '120' }).end()
      const outcome = await send(channel(), notification(), context)
      assert.ok(outcome.result === 'failed')
      assert.equal(outcome.retryAfterSeconds, 120)
    })

    it('waits until a date that it is told, and no longer than a day', async () => {
      const waits: (number | undefined)[] = []
      for (const header of [new Date(Date.now() + 3_600_000).toUTCString(), '864000', 'soon']) {
        server.answer = (_, response) => response.writeHead(503, { 'retry-after': header }).end()
        const outcome = await send(channel(), notification(), context)
        assert.ok(outcome.result === 'failed')
        waits.push(outcome.retryAfterSeconds)
      }
      assert.ok(Math.abs((waits[0] ?? 0) - 3600) < 60, `${waits[0]}`)
      assert.deepEqual(waits.slice(1), [86_400, undefined])
    })

    it('does not know what came of a connection that breaks after the request', async () => {
      server.answer = (_, response) => response.socket?.destroy()
      assert.equal((await send(channel(), notification(), context)).result, 'uncertain')
    })

    it('knows that nothing was sent where nobody listens, and names neither path nor query', async () => {
      const closed = await startServer(() => {})
      await closed.close()
      const url = `${closed.origin}/services/T0/made-up?token=made-up`
      const outcome = await send(channel({ address: { urlFile: file('url', `${url}\n`) } }), notification(), context)
      assert.ok(outcome.result === 'failed')
      assert.match(outcome.reason, /^127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\.$/)
    })

    it('sends nothing in the clear to another machine', async () => {
      const outcome = await send(channel({ address: { url: 'http://192.0.2.1/secret' } }), notification(), context)
      assert.ok(outcome.result === 'failed')
      assert.doesNotMatch(outcome.reason, /\/secret/)
    })

    it('sends nothing without its key, or with one that could be guessed', async () => {
      const missing = await send(channel({ secretFile: join(folder, 'none') }), notification(), context)
      assert.ok(missing.result === 'failed' && missing.reason.includes('ENOENT'))
      const short = await send(channel({ secretFile: file('short.key', 'abc') }), notification(), context)
      assert.equal(short.result, 'failed', 'the key can be mended before the next attempt')
      assert.equal(server.seen.length, 0)
    })
  })

  it('Slack: names from images can neither mention people nor end what they stand in', async () => {
    const channel: SlackChannel = {
      ...base,
      name: 'slack',
      kind: 'slack',
      address: { url: `${server.origin}/services/x` },
    }
    assert.deepEqual(await send(channel, notification(), context), { result: 'sent' })
    const body = server.seen[0]?.body ?? ''
    assert.match(body, /2 new findings: 1 critical, 1 high/)
    assert.match(body, /&lt;!channel&gt;/)
    assert.doesNotMatch(body, /<!channel>|\\u001b|\u202e/)
    assert.match(body, /and 1 more/)
  })

  describe('command', () => {
    const channel = (run: CommandChannel['run'], timeoutSeconds = 20): CommandChannel => ({
      ...base,
      name: 'command',
      kind: 'command',
      run,
      timeoutSeconds,
      folder,
    })
    const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args] as const

    it('gives the payload on standard input, arguments as they are and no shell', async () => {
      const script = `process.stdin.pipe(require('fs').createWriteStream('got.json')).on('close', () =>
        require('fs').writeFileSync('argument', process.argv[1] + ' ' + process.env.SECRETSCAN_DELIVERY))`
      assert.deepEqual(await send(channel([...node(script), '$(touch pwned); *']), notification(), context), {
        result: 'sent',
      })
      assert.deepEqual(JSON.parse(readFileSync(join(folder, 'got.json'), 'utf8')), notification())
      assert.equal(readFileSync(join(folder, 'argument'), 'utf8'), `$(touch pwned); * ${notification().delivery}`)
    })

    it('tells failing from not starting and from being ended', async () => {
      const failing = await send(channel(node('process.exit(3)')), notification(), context)
      assert.deepEqual([failing.result, 'reason' in failing && /exit code 3/.test(failing.reason)], ['failed', true])
      const missing = await send(channel(['./no-such-program']), notification(), context)
      assert.deepEqual([missing.result, 'reason' in missing && /ENOENT/.test(missing.reason)], ['failed', true])
      const slow = await send(channel(node('setInterval(() => {}, 1000)'), 1), notification(), context)
      assert.deepEqual([slow.result, 'reason' in slow && /more than 1 second/.test(slow.reason)], ['uncertain', true])
    })
  })

  it('a command that runs too long is ended with all that it has started', async () => {
    const started = join(folder, 'started.pid')
    const script = `sleep 600 & echo $! > '${started}'; sleep 600`
    const channel: CommandChannel = {
      ...base,
      name: 'command',
      kind: 'command',
      run: ['sh', '-c', script],
      timeoutSeconds: 2,
      folder,
    }
    assert.equal((await send(channel, notification(), context)).result, 'uncertain')
    const pid = Number(readFileSync(started, 'utf8'))
    for (let n = 0; n < 50 && isAlive(pid); n++) await sleep(20)
    assert.ok(!isAlive(pid))
  })

  describe('e-mail', () => {
    let certificate: Certificate
    let mail: SmtpServer | undefined
    before(() => {
      certificate = makeCertificate()
    })
    after(() => rmSync(certificate.folder, { recursive: true }))
    afterEach(async () => {
      await mail?.close()
      mail = undefined
    })
    const start = async (options: SmtpServerOptions, change: Partial<SmtpChannel> = {}): Promise<SmtpChannel> => {
      mail = await startSmtpServer(options)
      const address = { from: 'scan@example.com', to: ['team@example.com', 'ops@example.com'] }
      return {
        ...base,
        name: 'smtp',
        kind: 'smtp',
        host: 'localhost',
        port: mail.port,
        security: 'none',
        ...address,
        ...change,
      }
    }

    it('is encrypted, logs in and is one message for all recipients', async () => {
      const login = { username: 'scan', passwordFile: file('mail.password', `${PASSWORD}\n`) }
      const channel = await start(
        { certificate, password: PASSWORD },
        { security: 'starttls', ca: certificate.file, login },
      )
      assert.deepEqual(await send(channel, notification(), context), { result: 'sent' })
      const [got] = mail?.mails ?? []
      assert.equal(got?.encrypted, true)
      assert.equal(got?.login, `scan:${PASSWORD}`)
      assert.deepEqual(got?.to, channel.to)
      assert.match(got?.text ?? '', /^Subject: \[secretscan\] 2 new findings: 1 critical, 1 high$/m)
      assert.match(got?.text ?? '', new RegExp(`^Message-ID: <${notification().delivery}@example.com>$`, 'im'))
      assert.match(got?.text ?? '', /ghp_\*\*\*\*wXyZ/)
      assert.equal(mail?.mails.length, 1)
    })

    it('says which of several recipients was refused, and is not sent to the others again', async () => {
      const channel = await start({ atRecipient: { 'ops@example.com': '550 no such user' } })
      const outcome = await send(channel, notification(), context)
      assert.ok(outcome.result === 'sent')
      assert.match(outcome.without ?? '', /does not take ops@example\.com \(550\); the other recipients have/)
      assert.equal(mail?.mails.length, 1)
    })

    it('says nothing of the message to a server whose certificate nobody has signed', async () => {
      const channel = await start({ certificate }, { security: 'starttls' })
      assert.equal((await send(channel, notification(), context)).result, 'failed')
      assert.equal(mail?.mails.length, 0)
    })

    it('is not sent where the server cannot encrypt, nor without TLS to another machine', async () => {
      const channel = await start({}, { security: 'starttls' })
      assert.equal((await send(channel, notification(), context)).result, 'failed')
      const away = await send({ ...channel, host: 'mail.example.com', security: 'none' }, notification(), context)
      assert.equal(away.result, 'failed')
      assert.equal(mail?.mails.length, 0)
    })

    it('holds no line that a stranger wrote as a line of its own', async () => {
      await send(await start({}), notification(), context)
      const text = mail?.mails[0]?.text.replaceAll('=\n', '') ?? ''
      assert.match(text, /made by COPY \. \/app\\x0d\\x0a\.\\x0d\\x0aQUIT/)
    })

    for (const [what, options, result] of [
      ['a wrong password', { password: 'another' }, 'failed'],
      ['a refused recipient', { atRecipient: '550 no such user', password: PASSWORD }, 'refused'],
      ['a busy server', { atEnd: '451 later', password: PASSWORD }, 'failed'],
      ['a refused message', { atEnd: '554 no', password: PASSWORD }, 'refused'],
      ['a server that takes the message and goes away', { atEnd: 'cut', password: PASSWORD }, 'uncertain'],
    ] as const) {
      it(`${what}: ${result}`, async () => {
        const login = { username: 'scan', passwordFile: file('mail.password', PASSWORD) }
        const outcome = await send(await start(options, { login }), notification(), context)
        assert.equal(outcome.result, result, JSON.stringify(outcome))
        assert.doesNotMatch(JSON.stringify(outcome), new RegExp(PASSWORD))
      })
    }

    it('a server that is not there: failed', async () => {
      const channel = await start({})
      await mail?.close()
      const outcome = await send(channel, notification(), context)
      assert.equal(outcome.result, 'failed', JSON.stringify(outcome))
    })
  })
})
