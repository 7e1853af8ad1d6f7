import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NotifyChannel } from '../../../../src/sweep/notify/channels.js'
import { deliverDue, nextDelivery } from '../../../../src/sweep/notify/deliver.js'
import { writeOutbox } from '../../../../src/sweep/notify/outbox.js'
import { outboxState } from '../../../../src/sweep/notify/outbox-state.js'
import { type NotificationPayload, notificationPayload } from '../../../../src/sweep/notify/payload.js'
import type { Database } from '../../../../src/sweep/store/database.js'
import { memoryStore } from '../../../fixtures/memory-store.js'
import { type ScriptedServer, startServer } from '../../../fixtures/scripted-server.js'
import { startSmtpServer } from '../../../fixtures/smtp-server.js'
import { addImage, addSweep } from '../../../fixtures/sweep-store.js'

const rules = new Map([['github-personal-access-token', { title: 'GitHub personal access token' }]])
const signal = new AbortController().signal

describe('sweep/notify/outbox', function () {
  this.timeout(60_000)
  let database: Database
  let server: ScriptedServer
  let folder: string
  let webhook: NotifyChannel & { readonly kind: 'webhook' }

  before(async () => {
    database = await memoryStore()
    server = await startServer((_, response) => response.end('ok'))
    folder = mkdtempSync(join(tmpdir(), 'secretscan-outbox-'))
    writeFileSync(join(folder, 'key'), `made-up-${'key-of-the-test'}`)
    webhook = {
      kind: 'webhook',
      name: 'hook',
      minSeverity: 'low',
      uncertain: 'give-up',
      address: { url: `${server.origin}/in` },
      secretFile: join(folder, 'key'),
    }
  })
  beforeEach(async () => {
    await database.script(
      'TRUNCATE sweep, repository, image, finding, secret, acknowledgement RESTART IDENTITY CASCADE',
    )
    server.seen.length = 0
    server.answer = (_, response) => response.end('ok')
  })
  after(async () => {
    await database.close()
    await server.close()
    rmSync(folder, { recursive: true })
  })

  const sweepWith = async (...findings: Parameters<typeof addImage>[2]['findings'][number][]): Promise<number> => {
    const sweep = await addSweep(database, '2026-01-01T03:00:00Z')
    const layers = [{ name: 'l', instruction: 'COPY . /app' }]
    await addImage(database, sweep, {
      name: `image-${sweep}`,
      tags: [`reg.example.com/team/app:${sweep}`],
      layers,
      findings,
    })
    return sweep
  }
  const write = (sweep: number, channels: readonly NotifyChannel[] = [webhook]): Promise<number> =>
    database.transaction((queries) => writeOutbox(queries, sweep, { channels, rules }))
  const deliver = (channels: readonly NotifyChannel[] = [webhook]) => deliverDue(database, { channels, signal })
  const letTimePass = () => database.query(`UPDATE notification SET not_before = now() - interval '1 second'`)
  const received = (): NotificationPayload[] =>
    server.seen.map(({ body }) => notificationPayload.parse(JSON.parse(body)))

  it('tells what is new once, with where it is, by the published form', async () => {
    const sweep = await sweepWith({ fingerprint: 'v1:a', severity: 'critical', layer: 0 })
    assert.equal(await write(sweep), 1)
    assert.equal(await write(sweep), 1)
    assert.deepEqual(await deliver(), { sent: 1, waiting: 0, dead: 0 })
    assert.deepEqual(await deliver(), { sent: 0, waiting: 0, dead: 0 })
    const [payload] = received()
    assert.deepEqual(payload?.totals, { new: 1, critical: 1, high: 0, medium: 0, low: 0, listed: 1 })
    const { title, place, images, imageCount, instruction } = payload?.findings[0] ?? {}
    assert.deepEqual(
      [title, place, images, imageCount, instruction],
      ['GitHub personal access token', 'app/.env:3:13', ['reg.example.com/team/app:1'], 1, 'COPY . /app'],
    )
  })

  it('says nothing where nothing is new: known findings, accepted ones, those below the channel', async () => {
    await sweepWith({ fingerprint: 'v1:a', layer: 0 })
    await database.query(`INSERT INTO acknowledgement (fingerprint, reason) VALUES ('v1:accepted', 'test')`)
    const second = await sweepWith(
      { fingerprint: 'v1:a', layer: 0 },
      { fingerprint: 'v1:accepted', layer: 0 },
      { fingerprint: 'v1:low', severity: 'low', layer: 0 },
    )
    assert.equal(await write(second, [{ ...webhook, minSeverity: 'medium' }]), 0)
    assert.equal(await write(second), 1)
  })

  it('is rolled back with the sweep', async () => {
    const sweep = await sweepWith({ fingerprint: 'v1:a', layer: 0 })
    const failing = database.transaction(async (queries) => {
      await writeOutbox(queries, sweep, { channels: [webhook], rules })
      throw new Error('the sweep goes on')
    })
    await assert.rejects(failing, /goes on/)
    assert.deepEqual(await deliver(), { sent: 0, waiting: 0, dead: 0 })
  })

  it('gives programs all in batches, people one message with the worst', async () => {
    const findings = Array.from(
      { length: 230 },
      (_, n) => ({ fingerprint: `v1:${n}`, layer: 0, severity: n === 229 ? 'critical' : 'low' }) as const,
    )
    const sweep = await sweepWith(...findings)
    const slack: NotifyChannel = { ...webhook, kind: 'slack', name: 'slack' }
    assert.equal(await write(sweep, [webhook, slack]), 4)
    assert.deepEqual(await deliver([webhook, slack]), { sent: 4, waiting: 0, dead: 0 })
    const payloads = server.seen
      .filter(({ body }) => body.includes('schemaVersion'))
      .map(({ body }) => JSON.parse(body) as NotificationPayload)
    assert.deepEqual(
      payloads.map(({ batch, findings: part }) => [batch.number, batch.of, part.length]),
      [
        [1, 3, 100],
        [2, 3, 100],
        [3, 3, 30],
      ],
    )
    assert.equal(
      new Set(payloads.flatMap(({ findings: part }) => part.map(({ fingerprint }) => fingerprint))).size,
      230,
    )
    assert.equal(payloads[0]?.findings[0]?.fingerprint, 'v1:229')
    assert.match(server.seen.at(-1)?.body ?? '', /and 210 more/)
  })

  it('tries again later with the same delivery id, and marks what is sent', async () => {
    const sweep = await sweepWith({ fingerprint: 'v1:a', layer: 0 })
    await write(sweep)
    server.answer = (_, response) => response.writeHead(503).end()
    assert.deepEqual(await deliver(), { sent: 0, waiting: 1, dead: 0 })
    assert.deepEqual(await deliver(), { sent: 0, waiting: 0, dead: 0 })
    assert.ok((await nextDelivery(database))?.getTime() ?? 0 > Date.now())
    await letTimePass()
    server.answer = (_, response) => response.end()
    assert.deepEqual(await deliver(), { sent: 1, waiting: 0, dead: 0 })
    assert.equal(new Set(received().map(({ delivery }) => delivery)).size, 1)
    assert.equal(await nextDelivery(database), undefined)
  })

  it('says of what waits why, and when it is tried again', async () => {
    await write(await sweepWith({ fingerprint: 'v1:a', layer: 0 }))
    const [untried] = (await outboxState(database)).waiting
    assert.deepEqual([untried?.reason, untried?.attempts, untried?.nextAt], ['', 0, null])
    server.answer = (_, response) => response.writeHead(503, { 'retry-after': '7200' }).end()
    await deliver()
    const { waiting, pending } = await outboxState(database)
    assert.deepEqual(
      waiting.map(({ sweep, channel, attempts }) => [sweep, channel, attempts]),
      [[1, 'hook', 1]],
    )
    assert.equal(pending, 1)
    assert.match(waiting[0]?.reason ?? '', /status 503/)
    assert.ok((waiting[0]?.nextAt?.getTime() ?? 0) > Date.now() + 3_600_000)
  })

  const mailChannel = (port: number, ...to: string[]): NotifyChannel => ({
    kind: 'smtp',
    name: 'mail',
    minSeverity: 'low',
    uncertain: 'give-up',
    host: 'localhost',
    port,
    security: 'none',
    from: 'scan@example.com',
    to,
  })

  it('sends a mail again to those alone that were not taken for now', async () => {
    const answers: Record<string, string> = { 'busy@example.com': '450 later', 'gone@example.com': '550 no such user' }
    const mail = await startSmtpServer({ atRecipient: answers })
    const channel = mailChannel(mail.port, 'team@example.com', 'busy@example.com', 'gone@example.com')
    try {
      await write(await sweepWith({ fingerprint: 'v1:a', layer: 0 }), [channel])
      assert.deepEqual(await deliver([channel]), { sent: 0, waiting: 1, dead: 0 })
      const [waiting] = (await outboxState(database)).waiting
      assert.match(waiting?.reason ?? '', /gone@example\.com \(550\).*busy@example\.com \(450\)/)
      await letTimePass()
      await deliver([channel])
      assert.equal(mail.mails.length, 1, 'nobody has taken it')
      delete answers['busy@example.com']
      await letTimePass()
      assert.deepEqual(await deliver([channel]), { sent: 1, waiting: 0, dead: 0 })
      assert.deepEqual(mail.mails.at(-1)?.to, ['busy@example.com'])
      assert.equal(mail.mails.length, 2)
    } finally {
      await mail.close()
    }
    const [some] = (await outboxState(database)).sentToSome
    assert.match(some?.reason ?? '', /^The mail server localhost does not take gone@example\.com \(550\); [^;]+$/)
  })

  it('says at last who has not got a mail that the others have', async () => {
    const answers: Record<string, string> = { 'busy@example.com': '450 later' }
    const mail = await startSmtpServer({ atRecipient: answers })
    const channel = mailChannel(mail.port, 'team@example.com', 'busy@example.com')
    try {
      await write(await sweepWith({ fingerprint: 'v1:a', layer: 0 }), [channel])
      await deliver([channel])
      answers['busy@example.com'] = '550 no such user'
      await letTimePass()
      assert.deepEqual(await deliver([channel]), { sent: 1, waiting: 0, dead: 0 })
    } finally {
      await mail.close()
    }
    const [some] = (await outboxState(database)).sentToSome
    assert.match(
      some?.reason ?? '',
      /answers with 550\. So busy@example\.com did not get the message; the other recipients/,
    )
  })

  it('counts a mail that went to some of its recipients as sent, and says whom it did not reach', async () => {
    const mail = await startSmtpServer({ atRecipient: { 'gone@example.com': '550 no such user' } })
    const channel = mailChannel(mail.port, 'team@example.com', 'gone@example.com')
    try {
      await write(await sweepWith({ fingerprint: 'v1:a', layer: 0 }), [channel])
      assert.deepEqual(await deliver([channel]), { sent: 1, waiting: 0, dead: 0 })
      assert.deepEqual(await deliver([channel]), { sent: 0, waiting: 0, dead: 0 })
    } finally {
      await mail.close()
    }
    const { sent, sentToSome } = await outboxState(database)
    assert.equal(sent, 1)
    assert.match(sentToSome[0]?.reason ?? '', /does not take gone@example\.com \(550\)/)
  })

  it('gives up after twelve attempts and says why', async () => {
    await write(await sweepWith({ fingerprint: 'v1:a', layer: 0 }))
    server.answer = (_, response) => response.writeHead(500).end()
    for (let attempt = 1; attempt <= 15; attempt++) {
      await letTimePass()
      await deliver()
    }
    assert.equal(server.seen.length, 12)
    const { dead } = await outboxState(database)
    assert.deepEqual(
      dead.map(({ sweep, channel, attempts }) => [sweep, channel, attempts]),
      [[1, 'hook', 12]],
    )
    assert.match(dead[0]?.reason ?? '', /status 500.*attempt 12, the last one/)
  })

  it('does not try again what is refused, and what is for a channel that is gone', async () => {
    await write(await sweepWith({ fingerprint: 'v1:a', layer: 0 }), [webhook, { ...webhook, name: 'old' }])
    server.answer = (_, response) => response.writeHead(404).end()
    assert.deepEqual(await deliver(), { sent: 0, waiting: 0, dead: 2 })
    const { dead } = await outboxState(database)
    assert.match(dead[0]?.reason ?? '', /no channel named old/)
    assert.match(dead[1]?.reason ?? '', /status 404/)
  })

  for (const [uncertain, requests, state] of [
    ['give-up', 1, { sent: 0, dead: 1 }],
    ['resend', 2, { sent: 1, dead: 0 }],
  ] as const) {
    it(`a connection that breaks after the request: ${uncertain}`, async () => {
      await write(await sweepWith({ fingerprint: 'v1:a', layer: 0 }))
      server.answer = (_, response) => response.socket?.destroy()
      await deliver([{ ...webhook, uncertain }])
      server.answer = (_, response) => response.end()
      await letTimePass()
      await deliver([{ ...webhook, uncertain }])
      assert.equal(server.seen.length, requests)
      const { sent, deadTotal } = await outboxState(database)
      assert.deepEqual({ sent, dead: deadTotal }, state)
    })

    it(`a process that died after its claim: ${uncertain}`, async () => {
      await write(await sweepWith({ fingerprint: 'v1:a', layer: 0 }))
      await database.query(`UPDATE notification SET status = 'sending', not_before = now() + interval '1 minute'`)
      await deliver([{ ...webhook, uncertain }])
      assert.equal(server.seen.length, 0, 'the claim still holds')
      await letTimePass()
      await deliver([{ ...webhook, uncertain }])
      assert.equal(server.seen.length, requests - 1)
      assert.equal((await outboxState(database)).deadTotal, state.dead)
    })
  }

  it('two processes at once send each message once', async () => {
    for (let n = 0; n < 5; n++) await write(await sweepWith({ fingerprint: `v1:${n}`, layer: 0 }))
    const both = await Promise.all([deliver(), deliver()])
    assert.equal(
      both.reduce((sum, { sent }) => sum + sent, 0),
      5,
    )
    assert.equal(new Set(received().map(({ delivery }) => delivery)).size, 5)
    assert.equal(server.seen.length, 5)
  })
})
